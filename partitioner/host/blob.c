// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plan as a blob: include/bulkhead/blob.h. The nodes are here; their properties
 * are rows of core/blob_fields.c, and each type of them is written and compared by
 * an entry of the table below.
 */
#include "host/blob.h"

#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "core/blob_fields.h"
#include "core/platform.h"
#include "core/sha256.h"

/* libfdt's calls in a row: the first failure stays, the rest does nothing. */
struct writer {
	void *fdt;
	const struct bh_plan *plan;
	int error;
};

#define write_fdt(w, call) do {			\
	if (!(w)->error)			\
		(w)->error = (call);		\
} while (0)

static void begin(struct writer *w, const char *name)
{
	write_fdt(w, fdt_begin_node(w->fdt, name));
}

static void end(struct writer *w)
{
	write_fdt(w, fdt_end_node(w->fdt));
}

static void put_text(struct writer *w, const char *name, const char *text)
{
	write_fdt(w, fdt_property_string(w->fdt, name, text));
}

static void put_u32(struct writer *w, const char *name, uint32_t value)
{
	write_fdt(w, fdt_property_u32(w->fdt, name, value));
}

/* Room for a property of @size bytes; NULL for one of none, which is absent, and after errors. */
static void *put_room(struct writer *w, const char *name, size_t size)
{
	void *place = NULL;

	if (size)
		write_fdt(w, fdt_property_placeholder(w->fdt, name, (int)size, &place));
	return w->error ? NULL : place;
}

static void put_list(struct writer *w, const char *name, const struct bh_range *ranges,
		     uint32_t count)
{
	fdt64_t *cells = put_room(w, name, count * 16);
	uint32_t i;

	for (i = 0; cells && i < count; i++) {
		fdt64_st(&cells[2 * i], ranges[i].base);
		fdt64_st(&cells[2 * i + 1], ranges[i].size);
	}
}

static bool same_list(const struct bh_range *a, const struct bh_range *b, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		if (a[i].size != b[i].size || (a[i].size && a[i].base != b[i].base))
			return false;
	return true;
}

/* --- one property of each type --- */

static void put_name(struct writer *w, const struct bh_blob_field *f, const void *member)
{
	put_text(w, f->name, member);
}

static bool same_name(const struct bh_plan *pa, const void *a, const struct bh_plan *pb,
		      const void *b)
{
	(void)pa;
	(void)pb;
	return !strcmp(a, b);
}

static void put_string(struct writer *w, const struct bh_blob_field *f, const void *member)
{
	const char *const *text = member;

	if (*text)
		put_text(w, f->name, *text);
}

static bool same_string(const struct bh_plan *pa, const void *a, const struct bh_plan *pb,
			const void *b)
{
	const char *const *x = a, *const *y = b;

	(void)pa;
	(void)pb;
	return !strcmp(*x ? *x : "", *y ? *y : "");
}

static void put_word(struct writer *w, const struct bh_blob_field *f, const void *member)
{
	const uint32_t *index = member;

	put_text(w, f->name, f->words[*index]);
}

static void put_flag(struct writer *w, const struct bh_blob_field *f, const void *member)
{
	const bool *set = member;

	if (*set)
		put_text(w, f->name, f->words[0]);
}

static void put_words(struct writer *w, const struct bh_blob_field *f, const void *member)
{
	const uint32_t *bits = member;
	size_t size = 0;
	uint32_t i;
	char *list;

	for (i = 0; f->words[i]; i++)
		size += *bits >> i & 1 ? strlen(f->words[i]) + 1 : 0;
	list = put_room(w, f->name, size);
	for (i = 0; list && f->words[i]; i++)
		if (*bits >> i & 1)
			list = stpcpy(list, f->words[i]) + 1;
}

static void put_cell(struct writer *w, const struct bh_blob_field *f, const void *member)
{
	const uint32_t *value = member;

	if (*value || !f->optional)
		put_u32(w, f->name, *value);
}

static void put_size(struct writer *w, const struct bh_blob_field *f, const void *member)
{
	const uint64_t *size = member;

	write_fdt(w, fdt_property_u64(w->fdt, f->name, *size));
}

static void put_address(struct writer *w, const struct bh_blob_field *f, const void *member)
{
	const uint64_t *address = member;

	if (*address)
		put_size(w, f, member);
}

static void put_range(struct writer *w, const struct bh_blob_field *f, const void *member)
{
	const struct bh_range *range = member;

	put_list(w, f->name, range, range->size != 0);
}

static bool same_range(const struct bh_plan *pa, const void *a, const struct bh_plan *pb,
		       const void *b)
{
	(void)pa;
	(void)pb;
	return same_list(a, b, 1);
}

static void put_ranges(struct writer *w, const struct bh_blob_field *f, const void *member)
{
	const uint32_t *pool = member;

	put_list(w, f->name, w->plan->memory + pool[0], pool[1]);
}

static bool same_ranges(const struct bh_plan *pa, const void *a, const struct bh_plan *pb,
			const void *b)
{
	const uint32_t *x = a, *y = b;

	return x[1] == y[1] && same_list(pa->memory + x[0], pb->memory + y[0], x[1]);
}

static void put_cells(struct writer *w, const char *name, const uint32_t *values, uint32_t count)
{
	fdt32_t *cells = put_room(w, name, count * 4);
	uint32_t i;

	for (i = 0; cells && i < count; i++)
		fdt32_st(&cells[i], values[i]);
}

static void put_cpus(struct writer *w, const struct bh_blob_field *f, const void *member)
{
	const uint32_t *pool = member;

	put_cells(w, f->name, w->plan->cpus + pool[0], pool[1]);
}

static bool same_cpus(const struct bh_plan *pa, const void *a, const struct bh_plan *pb,
		      const void *b)
{
	const uint32_t *x = a, *y = b;

	return x[1] == y[1] &&
	       (!x[1] || !memcmp(pa->cpus + x[0], pb->cpus + y[0], x[1] * sizeof(*pa->cpus)));
}

static void put_files(struct writer *w, const struct bh_blob_field *f, const void *member)
{
	const uint32_t *pool = member;
	fdt64_t *cells = put_room(w, f->name, pool[1] * sizeof(*cells));
	uint32_t i;

	for (i = 0; cells && i < pool[1]; i++)
		fdt64_st(&cells[i], w->plan->files[pool[0] + i]);
}

static bool same_files(const struct bh_plan *pa, const void *a, const struct bh_plan *pb,
		       const void *b)
{
	const uint32_t *x = a, *y = b;

	return x[1] == y[1] &&
	       (!x[1] || !memcmp(pa->files + x[0], pb->files + y[0], x[1] * sizeof(*pa->files)));
}

static void put_image_id(struct writer *w, const struct bh_blob_field *f, const void *member)
{
	const uint32_t *index = member;

	if (*index != BH_NONE)
		put_u32(w, f->name, *index);
}

static void put_pair(struct writer *w, const struct bh_blob_field *f, const void *member)
{
	const uint32_t *index = member;
	const uint32_t ids[2] = { BH_PARTITION_ID_BASE + index[0], BH_PARTITION_ID_BASE + index[1] };

	put_cells(w, f->name, ids, 2);
}

static void put_partitions(struct writer *w, const struct bh_blob_field *f, const void *member)
{
	const uint64_t *set = member;
	uint32_t ids[BH_PARTITIONS_MAX], n = 0, i;

	for (i = 0; i < w->plan->npartitions; i++)
		if (*set >> i & 1)
			ids[n++] = BH_PARTITION_ID_BASE + i;
	put_cells(w, f->name, ids, n);
}

static void put_digest(struct writer *w, const struct bh_blob_field *f, const void *member)
{
	write_fdt(w, fdt_property(w->fdt, f->name, member, BH_SHA256_SIZE));
}

/* @same: NULL where members of @size bytes are compared as they are */
static const struct {
	void (*put)(struct writer *w, const struct bh_blob_field *f, const void *member);
	bool (*same)(const struct bh_plan *pa, const void *a, const struct bh_plan *pb,
		     const void *b);
	size_t size;
} types[BH_TYPES] = {
	[BH_TYPE_NAME] = { put_name, same_name, 0 },
	[BH_TYPE_STRING] = { put_string, same_string, 0 },
	[BH_TYPE_WORD] = { put_word, NULL, sizeof(uint32_t) },
	[BH_TYPE_FLAG] = { put_flag, NULL, sizeof(bool) },
	[BH_TYPE_WORDS] = { put_words, NULL, sizeof(uint32_t) },
	[BH_TYPE_CELL] = { put_cell, NULL, sizeof(uint32_t) },
	[BH_TYPE_SIZE] = { put_size, NULL, sizeof(uint64_t) },
	[BH_TYPE_ADDRESS] = { put_address, NULL, sizeof(uint64_t) },
	[BH_TYPE_RANGE] = { put_range, same_range, 0 },
	[BH_TYPE_RANGES] = { put_ranges, same_ranges, 0 },
	[BH_TYPE_CPUS] = { put_cpus, same_cpus, 0 },
	[BH_TYPE_FILES] = { put_files, same_files, 0 },
	[BH_TYPE_IMAGE] = { put_image_id, NULL, sizeof(uint32_t) },
	[BH_TYPE_PAIR] = { put_pair, NULL, 2 * sizeof(uint32_t) },
	[BH_TYPE_PARTITIONS] = { put_partitions, NULL, sizeof(uint64_t) },
	[BH_TYPE_DIGEST] = { put_digest, NULL, BH_SHA256_SIZE },
};

/* --- the nodes --- */

static void put_fields(struct writer *w, unsigned int section, const void *object)
{
	const struct bh_blob_section *s = &bh_blob_sections[section];
	const struct bh_blob_field *f;

	for (f = s->fields; f < s->fields + s->nfields; f++)
		if (bh_blob_field_on(f, w->plan->platform))
			types[f->type].put(w, f, (const uint8_t *)object + f->offset);
}

static void put_node(struct writer *w, unsigned int section, uint32_t id, const void *object)
{
	char name[32];

	snprintf(name, sizeof(name), "%s@%x", bh_blob_sections[section].name, id);
	begin(w, name);
	put_u32(w, "reg", id);
	put_fields(w, section, object);
	end(w);
}

/* The cells that every node with ids below it needs (devicetree spec., 2.3.5). */
static void begin_list(struct writer *w, const char *name)
{
	begin(w, name);
	put_u32(w, "#address-cells", 1);
	put_u32(w, "#size-cells", 0);
}

int bh_blob_write(const struct bh_plan *plan, void *blob, int room)
{
	struct writer w = { .fdt = blob, .plan = plan };
	uint32_t i;

	write_fdt(&w, fdt_create(blob, room));
	write_fdt(&w, fdt_finish_reservemap(blob));
	begin(&w, "");
	put_text(&w, "compatible", BH_BLOB_COMPATIBLE);
	put_u32(&w, "bulkhead,version", BH_BLOB_VERSION);
	put_text(&w, "model", "Bulkhead plan");
	put_text(&w, "bulkhead,platform", bh_platform_name(plan->platform));
	put_u32(&w, "#address-cells", 2);
	put_u32(&w, "#size-cells", 2);

	begin(&w, "monitor");
	put_fields(&w, BH_BLOB_MONITOR, plan);
	end(&w);

	begin_list(&w, "images");
	for (i = 0; i < plan->nimages; i++)
		put_node(&w, BH_BLOB_IMAGE, i, &plan->images[i]);
	end(&w);

	begin_list(&w, "partitions");
	for (i = 0; i < plan->npartitions; i++)
		put_node(&w, BH_BLOB_PARTITION, BH_PARTITION_ID_BASE + i, &plan->partitions[i]);
	end(&w);

	begin_list(&w, "channels");
	for (i = 0; i < plan->nchannels; i++)
		put_node(&w, BH_BLOB_CHANNEL, i, &plan->channels[i]);
	end(&w);

	end(&w);
	write_fdt(&w, fdt_finish(blob));
	return w.error;
}

/* --- comparing --- */

/* A row that is not for the platform too: a member that is set, and not written, is lost. */
static bool same_fields(unsigned int section, const struct bh_plan *pa, const void *a,
			const struct bh_plan *pb, const void *b)
{
	const struct bh_blob_section *s = &bh_blob_sections[section];
	const struct bh_blob_field *f;

	for (f = s->fields; f < s->fields + s->nfields; f++) {
		const uint8_t *x = (const uint8_t *)a + f->offset, *y = (const uint8_t *)b + f->offset;

		if (types[f->type].same ? !types[f->type].same(pa, x, pb, y) :
		    memcmp(x, y, types[f->type].size) != 0)
			return false;
	}
	return true;
}

bool bh_blob_same(const struct bh_plan *a, const struct bh_plan *b)
{
	uint32_t i;

	if (a->platform != b->platform || a->npartitions != b->npartitions ||
	    a->nimages != b->nimages || a->nchannels != b->nchannels ||
	    !same_fields(BH_BLOB_MONITOR, a, a, b, b))
		return false;
	for (i = 0; i < a->nimages; i++)
		if (!same_fields(BH_BLOB_IMAGE, a, &a->images[i], b, &b->images[i]))
			return false;
	for (i = 0; i < a->npartitions; i++)
		if (!same_fields(BH_BLOB_PARTITION, a, &a->partitions[i], b, &b->partitions[i]))
			return false;
	for (i = 0; i < a->nchannels; i++)
		if (!same_fields(BH_BLOB_CHANNEL, a, &a->channels[i], b, &b->channels[i]))
			return false;
	return true;
}
