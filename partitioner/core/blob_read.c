// SPDX-License-Identifier: GPL-2.0-only
/*
 * A blob into a model. The order of nodes is free (libfdt's read-write calls
 * put the newest first); what counts is each node's `reg`. Ids are dense, so
 * that an id less its base is an index into the model.
 *
 * bh_fdt_walk() and fdt_check_full() have walked every tag before anything here
 * runs, so what is left to distrust is what the tree says, not how it is built.
 */
#include "core/blob.h"

#include <errno.h>
#include <libfdt.h>
#include <string.h>

#include "core/blob_fields.h"
#include "core/fdt_walk.h"
#include "core/platform.h"
#include "core/rules.h"
#include "core/sha256.h"

#define WORD_LENGTH_MAX	255	/* of a word that is to be recognized */

struct reader {
	const void *fdt;
	struct bh_plan *plan;
	struct bh_sink *sink;
	int error;	/* the first one, which is what the caller gets */
};

static const struct bh_place nowhere = { BH_AT_PLAN, BH_NONE, BH_NONE };

/* How a node is called in a message: its own name says enough ("partition@3"). */
static const char *node_name(const struct reader *r, int node)
{
	const char *name = fdt_get_name(r->fdt, node, NULL);

	return name && *name ? name : "/";
}

#define refuse(r, rule, hint, ...) do {						\
	bh_report((r)->sink, BH_ERROR, rule, nowhere, hint, __VA_ARGS__);	\
	if (!(r)->error)							\
		(r)->error = -EINVAL;						\
} while (0)

static void refuse_full(struct reader *r, const char *what, uint32_t cap)
{
	bh_report(r->sink, BH_ERROR, BH_RULE_BLOB_LIMIT, nowhere, NULL,
		  "the blob has more %s than this reader takes (%u)", what, cap);
	if (!r->error)
		r->error = -ENOSPC;
}

/* Devicetree specification, 2.2.4: cells are big-endian and 4-byte aligned. */
static uint32_t cell(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t cell2(const uint8_t *p)
{
	return (uint64_t)cell(p) << 32 | cell(p + 4);
}

/*
 * A property's bytes, when there are @unit times n of them with n from 1 to
 * @max; reports what is missing or misshapen. @count gets n.
 */
static const uint8_t *list(struct reader *r, int node, const char *name, bool needed,
			   int unit, int max, uint32_t *count)
{
	int len = 0;
	const uint8_t *data = fdt_getprop(r->fdt, node, name, &len);

	*count = 0;
	if (!data) {
		if (needed || len != -FDT_ERR_NOTFOUND)
			refuse(r, BH_RULE_BLOB_PROPERTY, NULL, "%.40s has no property %s",
			       node_name(r, node), name);
		return NULL;
	}
	if (len <= 0 || len % unit || len / unit > max) {
		refuse(r, BH_RULE_BLOB_PROPERTY, NULL, "%s of %.40s has an impossible length: %d bytes",
		       name, node_name(r, node), len);
		return NULL;
	}
	*count = (uint32_t)(len / unit);
	return data;
}

static bool get_u32(struct reader *r, int node, const char *name, bool needed, uint32_t *value)
{
	uint32_t n;
	const uint8_t *data = list(r, node, name, needed, 4, 1, &n);

	if (data)
		*value = cell(data);
	return data;
}

/* One or more <BASE SIZE>; refuses what would wrap, since the model never does. */
static const uint8_t *get_ranges(struct reader *r, int node, const char *name, bool needed,
				 int max, uint32_t *count)
{
	const uint8_t *data = list(r, node, name, needed, 16, max, count);

	for (uint32_t i = 0; data && i < *count; i++) {
		uint64_t base = cell2(data + 16 * i), size = cell2(data + 16 * i + 8);

		if (!size || base + size <= base) {
			refuse(r, BH_RULE_BLOB_PROPERTY, NULL,
			       "%s of %.40s is empty or wraps around: 0x%llx, 0x%llx bytes", name,
			       node_name(r, node), (unsigned long long)base,
			       (unsigned long long)size);
			return NULL;
		}
	}
	return data;
}

static struct bh_range range_at(const uint8_t *data, uint32_t i)
{
	return (struct bh_range) { cell2(data + 16 * i), cell2(data + 16 * i + 8) };
}

/* A string, terminated where the property ends and nowhere before. */
static const char *get_string(struct reader *r, int node, const char *name, bool needed,
			      int max)
{
	uint32_t n;
	const char *s = (const char *)list(r, node, name, needed, 1, max + 1, &n);

	if (s && (s[n - 1] || strlen(s) != n - 1)) {
		refuse(r, BH_RULE_BLOB_PROPERTY, NULL, "%s of %.40s is not a string", name,
		       node_name(r, node));
		return NULL;
	}
	return s;
}

/* The index of the partition with this id; BH_NONE and a report for none. */
static uint32_t partition_index(struct reader *r, int node, const char *name, uint32_t id)
{
	uint32_t index = id - BH_PARTITION_ID_BASE;

	if (id < BH_PARTITION_ID_BASE || index >= r->plan->npartitions) {
		refuse(r, BH_RULE_BLOB_ID, NULL, "%s of %.40s: no such partition: %u", name,
		       node_name(r, node), id);
		return BH_NONE;
	}
	return index;
}

/* --- one property of each type, into the member that is for it --- */

static void read_name(struct reader *r, int node, const struct bh_blob_field *f, void *member)
{
	const char *s = get_string(r, node, f->name, !f->optional, BH_NAME_MAX);

	if (s)
		memcpy(member, s, strlen(s) + 1);
}

static void read_string(struct reader *r, int node, const struct bh_blob_field *f, void *member)
{
	const char **value = member;

	*value = get_string(r, node, f->name, !f->optional, f->max);
	/* Reports name an image by its label, also those about other properties of it. */
	if (!*value && !f->optional)
		*value = "";
}

/* The index of @word in a row's words; BH_NONE and a report when it is none of them. */
static uint32_t word_index(struct reader *r, int node, const struct bh_blob_field *f,
			   const char *word)
{
	for (uint32_t i = 0; f->words[i]; i++) {
		if (!strcmp(f->words[i], word))
			return i;
	}
	refuse(r, BH_RULE_BLOB_PROPERTY, NULL, "%s of %.40s: unknown value '%.40s'", f->name,
	       node_name(r, node), word);
	return BH_NONE;
}

static void read_word(struct reader *r, int node, const struct bh_blob_field *f, void *member)
{
	const char *s = get_string(r, node, f->name, !f->optional, WORD_LENGTH_MAX);
	uint32_t index = s ? word_index(r, node, f, s) : BH_NONE;

	if (index != BH_NONE)
		*(uint32_t *)member = index;
}

static void read_flag(struct reader *r, int node, const struct bh_blob_field *f, void *member)
{
	const char *s = get_string(r, node, f->name, !f->optional, WORD_LENGTH_MAX);

	*(bool *)member = s && word_index(r, node, f, s) != BH_NONE;
}

static void read_words(struct reader *r, int node, const struct bh_blob_field *f, void *member)
{
	int n = fdt_stringlist_count(r->fdt, node, f->name);
	uint32_t *bits = member;

	if (n == -FDT_ERR_NOTFOUND && f->optional)
		return;
	if (n <= 0) {
		refuse(r, BH_RULE_BLOB_PROPERTY, NULL, "%s of %.40s is not a list of strings",
		       f->name, node_name(r, node));
		return;
	}
	/* A list longer than there are words ends at one that is unknown or said twice. */
	for (int i = 0; i < n; i++) {
		const char *word = fdt_stringlist_get(r->fdt, node, f->name, i, NULL);
		uint32_t index = word ? word_index(r, node, f, word) : BH_NONE;

		if (index == BH_NONE)
			return;
		if (*bits >> index & 1) {
			refuse(r, BH_RULE_BLOB_PROPERTY, NULL, "%s of %.40s: '%.40s' is listed twice",
			       f->name, node_name(r, node), word);
			return;
		}
		*bits |= 1U << index;
	}
}

static void read_cell(struct reader *r, int node, const struct bh_blob_field *f, void *member)
{
	get_u32(r, node, f->name, !f->optional, member);
}

static void read_size(struct reader *r, int node, const struct bh_blob_field *f, void *member)
{
	uint32_t n;
	const uint8_t *data = list(r, node, f->name, !f->optional, 8, 1, &n);

	if (data)
		*(uint64_t *)member = cell2(data);
}

/* 0 means "nowhere" in the model, and no partition has that page. */
static void read_address(struct reader *r, int node, const struct bh_blob_field *f, void *member)
{
	uint32_t n;
	const uint8_t *data = list(r, node, f->name, !f->optional, 8, 1, &n);

	if (!data)
		return;
	*(uint64_t *)member = cell2(data);
	if (!cell2(data))
		refuse(r, BH_RULE_BLOB_PROPERTY, NULL, "%s of %.40s is 0", f->name,
		       node_name(r, node));
}

static void read_range(struct reader *r, int node, const struct bh_blob_field *f, void *member)
{
	uint32_t n;
	const uint8_t *data = get_ranges(r, node, f->name, !f->optional, 1, &n);

	if (data)
		*(struct bh_range *)member = range_at(data, 0);
}

static void read_ranges(struct reader *r, int node, const struct bh_blob_field *f, void *member)
{
	struct bh_plan *plan = r->plan;
	uint32_t *pool = member, n;
	const uint8_t *data = get_ranges(r, node, f->name, !f->optional, BH_RANGES_MAX, &n);

	if (data && n > plan->memory_cap - plan->nmemory) {
		refuse_full(r, "ranges of memory", plan->memory_cap);
		return;
	}
	pool[0] = plan->nmemory;
	pool[1] = n;
	for (uint32_t i = 0; data && i < n; i++)
		plan->memory[plan->nmemory++] = range_at(data, i);
}

static void read_cpus(struct reader *r, int node, const struct bh_blob_field *f, void *member)
{
	struct bh_plan *plan = r->plan;
	uint32_t *pool = member, n;
	const uint8_t *data = list(r, node, f->name, !f->optional, 4, BH_CPUS_MAX, &n);

	if (data && n > plan->cpus_cap - plan->ncpus) {
		refuse_full(r, "CPUs", plan->cpus_cap);
		return;
	}
	pool[0] = plan->ncpus;
	pool[1] = n;
	for (uint32_t i = 0; data && i < n; i++)
		plan->cpus[plan->ncpus++] = cell(data + 4 * i);
}

/* Beside the CPUs, which a row above has read. */
static void read_files(struct reader *r, int node, const struct bh_blob_field *f, void *member)
{
	const uint32_t *pool = member;
	uint32_t n;
	const uint8_t *data = list(r, node, f->name, !f->optional, 8, BH_CPUS_MAX, &n);

	if (data && n != pool[1]) {
		refuse(r, BH_RULE_BLOB_PROPERTY, NULL, "%s of %.40s: %u of them, for %u CPUs",
		       f->name, node_name(r, node), n, pool[1]);
		return;
	}
	for (uint32_t i = 0; data && r->plan->files && i < n; i++)
		r->plan->files[pool[0] + i] = cell2(data + 8 * i);
}

static void read_image(struct reader *r, int node, const struct bh_blob_field *f, void *member)
{
	uint32_t *index = member;

	*index = BH_NONE;
	if (get_u32(r, node, f->name, !f->optional, index) && *index >= r->plan->nimages) {
		refuse(r, BH_RULE_BLOB_ID, NULL, "%s of %.40s: no such image: %u", f->name,
		       node_name(r, node), *index);
		*index = BH_NONE;
	}
}

static void read_pair(struct reader *r, int node, const struct bh_blob_field *f, void *member)
{
	uint32_t *index = member, n;
	const uint8_t *data = list(r, node, f->name, !f->optional, 8, 1, &n);

	for (uint32_t i = 0; i < 2; i++)
		index[i] = !data ? BH_NONE : partition_index(r, node, f->name, cell(data + 4 * i));
}

static void read_partitions(struct reader *r, int node, const struct bh_blob_field *f,
			    void *member)
{
	uint32_t n;
	const uint8_t *data = list(r, node, f->name, !f->optional, 4, BH_PARTITIONS_MAX, &n);

	for (uint32_t i = 0; data && i < n; i++) {
		uint32_t index = partition_index(r, node, f->name, cell(data + 4 * i));

		if (index != BH_NONE)
			*(uint64_t *)member |= 1ULL << index;
	}
}

static void read_digest(struct reader *r, int node, const struct bh_blob_field *f, void *member)
{
	uint32_t n;
	const uint8_t *data = list(r, node, f->name, !f->optional, BH_SHA256_SIZE, 1, &n);

	if (data)
		memcpy(member, data, BH_SHA256_SIZE);
}

static void (*const readers[BH_TYPES])(struct reader *r, int node, const struct bh_blob_field *f,
				       void *member) = {
	[BH_TYPE_NAME] = read_name,
	[BH_TYPE_STRING] = read_string,
	[BH_TYPE_WORD] = read_word,
	[BH_TYPE_FLAG] = read_flag,
	[BH_TYPE_WORDS] = read_words,
	[BH_TYPE_CELL] = read_cell,
	[BH_TYPE_SIZE] = read_size,
	[BH_TYPE_ADDRESS] = read_address,
	[BH_TYPE_RANGE] = read_range,
	[BH_TYPE_RANGES] = read_ranges,
	[BH_TYPE_CPUS] = read_cpus,
	[BH_TYPE_FILES] = read_files,
	[BH_TYPE_IMAGE] = read_image,
	[BH_TYPE_PAIR] = read_pair,
	[BH_TYPE_PARTITIONS] = read_partitions,
	[BH_TYPE_DIGEST] = read_digest,
};

/* What @node says of @object, a struct of the section's. */
static void read_fields(struct reader *r, int node, unsigned int section, void *object)
{
	const struct bh_blob_section *s = &bh_blob_sections[section];
	uint8_t *base = object;

	for (const struct bh_blob_field *f = s->fields; f < s->fields + s->nfields; f++) {
		if (!bh_blob_field_on(f, r->plan->platform))
			continue;
		if (f->with && *(const uint32_t *)(const void *)(base + f->with) == BH_NONE)
			continue;
		readers[f->type](r, node, f, base + f->offset);
	}
}

/* A node that must be there; -1 when it is not. */
static int child(struct reader *r, int parent, const char *name)
{
	int node = fdt_subnode_offset(r->fdt, parent, name);

	if (node < 0) {
		refuse(r, BH_RULE_BLOB_PROPERTY, NULL, "the blob has no node /%s", name);
		return -1;
	}
	return node;
}

/*
 * The children of @parent, each with a `reg` from @base on, dense and in any
 * order: calls @fill(node, index) for each. @count is the number of them.
 */
static void for_each_id(struct reader *r, int parent, const char *what, uint32_t base,
			uint32_t cap, uint32_t *count,
			void (*fill)(struct reader *r, int node, uint32_t index))
{
	uint64_t seen[BH_CHANNELS_MAX / 64] = { 0 };
	uint32_t n = 0;
	int node;

	fdt_for_each_subnode(node, r->fdt, parent)
		n++;
	if (n > cap || n > BH_CHANNELS_MAX) {
		refuse_full(r, what, cap);
		return;
	}
	*count = n;

	fdt_for_each_subnode(node, r->fdt, parent) {
		uint32_t id, index;

		if (!get_u32(r, node, "reg", true, &id))
			continue;
		index = id - base;
		if (id < base || index >= n) {
			refuse(r, BH_RULE_BLOB_ID, NULL,
			       "%.40s has id %u: with %u %s, ids go from %u to %u",
			       node_name(r, node), id, n, what, base, base + n - 1);
			continue;
		}
		if (seen[index / 64] >> (index % 64) & 1) {
			refuse(r, BH_RULE_BLOB_ID, NULL, "two %s have the id %u", what, id);
			continue;
		}
		seen[index / 64] |= 1ULL << (index % 64);
		fill(r, node, index);
	}
}

static void fill_image(struct reader *r, int node, uint32_t index)
{
	read_fields(r, node, BH_BLOB_IMAGE, &r->plan->images[index]);
}

static void fill_partition(struct reader *r, int node, uint32_t index)
{
	read_fields(r, node, BH_BLOB_PARTITION, &r->plan->partitions[index]);
}

static void fill_channel(struct reader *r, int node, uint32_t index)
{
	read_fields(r, node, BH_BLOB_CHANNEL, &r->plan->channels[index]);
}

/* Magic, structure, compatible and version: nothing else is looked at before. */
static bool recognize(struct reader *r, uint64_t size)
{
	uint32_t version, cells;
	const char *platform, *why;

	if (size > BH_BLOB_SIZE_MAX) {
		refuse(r, BH_RULE_BLOB_STRUCTURE, NULL, "the blob is larger than %u KiB",
		       BH_BLOB_SIZE_MAX / 1024);
		return false;
	}
	why = bh_fdt_walk(r->fdt, size);
	if (!why && fdt_check_full(r->fdt, (size_t)size))
		why = "is not a valid device tree";
	if (why) {
		refuse(r, BH_RULE_BLOB_STRUCTURE, "compile the plan again, copy the file again",
		       "the blob %s", why);
		return false;
	}

	if (fdt_node_check_compatible(r->fdt, 0, BH_BLOB_COMPATIBLE)) {
		refuse(r, BH_RULE_BLOB_VERSION, NULL,
		       "this device tree is not a Bulkhead blob (compatible is not " BH_BLOB_COMPATIBLE ")");
		return false;
	}
	if (!get_u32(r, 0, "bulkhead,version", true, &version))
		return false;
	if (version != BH_BLOB_VERSION) {
		refuse(r, BH_RULE_BLOB_VERSION, "compile the plan with the tools of this version",
		       "the blob has version %u, this reader knows version %u", version,
		       BH_BLOB_VERSION);
		return false;
	}
	if (!get_u32(r, 0, "#address-cells", true, &cells) || cells != 2 ||
	    !get_u32(r, 0, "#size-cells", true, &cells) || cells != 2) {
		refuse(r, BH_RULE_BLOB_PROPERTY, NULL, "addresses and sizes are not two cells each");
		return false;
	}

	platform = get_string(r, 0, "bulkhead,platform", true, WORD_LENGTH_MAX);
	if (!platform)
		return false;
	r->plan->platform = bh_platform_by_name(platform);
	if (r->plan->platform == BH_PLATFORM_NONE) {
		refuse(r, BH_RULE_PLATFORM, NULL, "the blob is for an unknown platform '%.40s'", platform);
		return false;
	}
	return true;
}

int bh_blob_read(const void *blob, uint64_t size, struct bh_plan *plan,
		 struct bh_sink *sink)
{
	struct reader r = { .fdt = blob, .plan = plan, .sink = sink };
	int node;

	plan->platform = BH_PLATFORM_NONE;
	plan->monitor = plan->low_page = plan->golden = plan->firmware = plan->tree = (struct bh_range) { 0 };
	plan->npartitions = plan->nimages = plan->nchannels = 0;
	plan->ncpus = plan->nrequests = plan->nmemory = 0;
	memset(plan->partitions, 0, plan->partitions_cap * sizeof(*plan->partitions));
	memset(plan->images, 0, plan->images_cap * sizeof(*plan->images));
	memset(plan->channels, 0, plan->channels_cap * sizeof(*plan->channels));

	if (!recognize(&r, size))
		return r.error;

	node = child(&r, 0, "monitor");
	if (node >= 0)
		read_fields(&r, node, BH_BLOB_MONITOR, plan);

	/* Images first: partitions name them; counts before contents for the same reason. */
	node = child(&r, 0, "images");
	if (node >= 0)
		for_each_id(&r, node, "images", 0, plan->images_cap, &plan->nimages, fill_image);
	node = child(&r, 0, "partitions");
	if (node >= 0)
		for_each_id(&r, node, "partitions", BH_PARTITION_ID_BASE,
			    plan->partitions_cap < BH_PARTITIONS_MAX ?
			    plan->partitions_cap : BH_PARTITIONS_MAX,
			    &plan->npartitions, fill_partition);
	/* A plan without channels needs no node for them. */
	node = fdt_subnode_offset(blob, 0, "channels");
	if (node >= 0)
		for_each_id(&r, node, "channels", 0, plan->channels_cap, &plan->nchannels,
			    fill_channel);
	return r.error;
}
