// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plan as a blob: include/bulkhead/blob.h, line by line. What comes out is
 * read back with the boot stage's own reader before anyone gets it.
 */
#include <errno.h>
#include <fcntl.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/blob.h"
#include "core/platform.h"
#include "core/sha256.h"
#include "host/plan.h"

/* libfdt's calls in a row: the first failure stays, the rest does nothing. */
struct writer {
	void *fdt;
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

static void begin_id(struct writer *w, const char *name, uint32_t id)
{
	char full[32];

	snprintf(full, sizeof(full), "%s@%x", name, id);
	begin(w, full);
	write_fdt(w, fdt_property_u32(w->fdt, "reg", id));
}

static void end(struct writer *w)
{
	write_fdt(w, fdt_end_node(w->fdt));
}

static void put_string(struct writer *w, const char *name, const char *text)
{
	write_fdt(w, fdt_property_string(w->fdt, name, text));
}

static void put_u32(struct writer *w, const char *name, uint32_t value)
{
	write_fdt(w, fdt_property_u32(w->fdt, name, value));
}

/* A property of @count ranges; none when there are none. */
static void put_ranges(struct writer *w, const char *name, const struct bh_range *ranges,
		       uint32_t count)
{
	void *place = NULL;
	fdt64_t *cells;
	uint32_t i;

	if (!count)
		return;
	write_fdt(w, fdt_property_placeholder(w->fdt, name, (int)(count * 16), &place));
	if (w->error)
		return;
	cells = place;
	for (i = 0; i < count; i++) {
		fdt64_st(&cells[2 * i], ranges[i].base);
		fdt64_st(&cells[2 * i + 1], ranges[i].size);
	}
}

static void put_range(struct writer *w, const char *name, const struct bh_range *range)
{
	put_ranges(w, name, range, range->size != 0);
}

/* An address; none where there is none. */
static void put_address(struct writer *w, const char *name, uint64_t address)
{
	if (address)
		write_fdt(w, fdt_property_u64(w->fdt, name, address));
}

static void put_cells(struct writer *w, const char *name, const uint32_t *values,
		      uint32_t count)
{
	void *place = NULL;
	fdt32_t *cells;
	uint32_t i;

	if (!count)
		return;
	write_fdt(w, fdt_property_placeholder(w->fdt, name, (int)(count * 4), &place));
	if (w->error)
		return;
	cells = place;
	for (i = 0; i < count; i++)
		fdt32_st(&cells[i], values[i]);
}

static void put_devices(struct writer *w, uint32_t devices)
{
	char list[16];
	int length = 0;

	if (devices & BH_DEV_LEGACY)
		length += sprintf(list + length, "legacy") + 1;
	if (devices & BH_DEV_PCI)
		length += sprintf(list + length, "pci") + 1;
	if (length)
		write_fdt(w, fdt_property(w->fdt, "bulkhead,devices", list, length));
}

static void put_image(struct writer *w, const struct bh_image *image, uint32_t index)
{
	begin_id(w, "image", index);
	put_string(w, "label", image->label);
	put_string(w, "kind", image->kind == BH_IMAGE_KERNEL ? "kernel" : "initrd");
	write_fdt(w, fdt_property_u64(w->fdt, "size", image->size));
	write_fdt(w, fdt_property(w->fdt, "sha256", image->sha256, sizeof(image->sha256)));
	put_range(w, "memory", &image->golden);
	end(w);
}

static void put_partition(struct writer *w, const struct bh_plan *plan, uint32_t index)
{
	const struct bh_partition *part = &plan->partitions[index];
	uint32_t managed[BH_PARTITIONS_MAX], n = 0, i;

	begin_id(w, "partition", BH_PARTITION_ID_BASE + index);
	put_string(w, "label", part->name);
	put_cells(w, "cpus", plan->cpus + part->first_cpu, part->ncpus);
	put_ranges(w, "memory", plan->memory + part->first_mem, part->nmem);
	put_range(w, "low-slice", &part->low_slice);
	if (part->kernel != BH_NONE)
		put_u32(w, "kernel", part->kernel);
	if (part->initrd != BH_NONE)
		put_u32(w, "initrd", part->initrd);
	if (part->cmdline)
		put_string(w, "bootargs", part->cmdline);
	if (part->console_port)
		put_u32(w, "console-port", part->console_port);
	if (part->console_firmware)
		put_string(w, "console", "firmware");
	put_range(w, "window", &part->window);
	put_range(w, "tree", &part->tree);
	put_address(w, "kernel-at", part->kernel_at);
	put_address(w, "initrd-at", part->initrd_at);
	put_address(w, "tree-at", part->tree_at);
	put_devices(w, part->devices);
	for (i = 0; i < plan->npartitions; i++)
		if (part->manages >> i & 1)
			managed[n++] = BH_PARTITION_ID_BASE + i;
	put_cells(w, "manages", managed, n);
	end(w);
}

static void put_channel(struct writer *w, const struct bh_channel *channel, uint32_t index)
{
	const uint32_t between[2] = {
		BH_PARTITION_ID_BASE + channel->side[0],
		BH_PARTITION_ID_BASE + channel->side[1],
	};

	begin_id(w, "channel", index);
	put_cells(w, "between", between, 2);
	put_range(w, "memory", &channel->memory);
	end(w);
}

/* The cells that every node with ids below it needs (devicetree spec., 2.3.5). */
static void begin_list(struct writer *w, const char *name)
{
	begin(w, name);
	put_u32(w, "#address-cells", 1);
	put_u32(w, "#size-cells", 0);
}

/* Returns 0 or one of libfdt's errors. */
static int write_blob(const struct bh_plan *plan, void *blob, int room)
{
	struct writer w = { .fdt = blob };
	uint32_t i;

	write_fdt(&w, fdt_create(blob, room));
	write_fdt(&w, fdt_finish_reservemap(blob));
	begin(&w, "");
	put_string(&w, "compatible", BH_BLOB_COMPATIBLE);
	put_u32(&w, "bulkhead,version", BH_BLOB_VERSION);
	put_string(&w, "model", "Bulkhead plan");
	put_string(&w, "bulkhead,platform", bh_platform_name(plan->platform));
	put_u32(&w, "#address-cells", 2);
	put_u32(&w, "#size-cells", 2);

	begin(&w, "monitor");
	put_range(&w, "memory", &plan->monitor);
	put_range(&w, "low-page", &plan->low_page);
	put_range(&w, "firmware", &plan->firmware);
	put_range(&w, "tree", &plan->tree);
	end(&w);

	begin_list(&w, "images");
	for (i = 0; i < plan->nimages; i++)
		put_image(&w, &plan->images[i], i);
	end(&w);

	begin_list(&w, "partitions");
	for (i = 0; i < plan->npartitions; i++)
		put_partition(&w, plan, i);
	end(&w);

	begin_list(&w, "channels");
	for (i = 0; i < plan->nchannels; i++)
		put_channel(&w, &plan->channels[i], i);
	end(&w);

	end(&w);
	write_fdt(&w, fdt_finish(blob));
	return w.error;
}

/* --- images --- */

static int hash_file(const char *path, uint64_t *size, uint8_t digest[BH_SHA256_SIZE])
{
	struct bh_sha256 ctx;
	char *buf;
	const size_t room = 256 * 1024;
	int fd, err = 0;

	*size = 0;
	buf = malloc(room);
	if (!buf)
		return -ENOMEM;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		goto out_free;
	}
	bh_sha256_init(&ctx);
	for (;;) {
		ssize_t n = read(fd, buf, room);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			err = -errno;
		if (n <= 0)
			break;
		bh_sha256_update(&ctx, buf, (size_t)n);
		*size += (uint64_t)n;
	}
	bh_sha256_final(&ctx, digest);
	close(fd);
out_free:
	free(buf);
	return err;
}

static int hash_images(const struct bh_plan_file *file, struct bh_diag *diag)
{
	const struct bh_mark nowhere = { 0, 0 };
	uint32_t i;

	for (i = 0; i < file->plan.nimages; i++) {
		struct bh_image *image = &file->plan.images[i];
		const char *path = file->files[i].path;
		uint64_t size;
		int err = hash_file(path, &size, image->sha256);

		if (err) {
			bh_diag_at(diag, BH_ERROR, "image-read", nowhere, NULL,
				   "%s cannot be read: %s", path, strerror(-err));
			return err;
		}
		if (size != image->size) {
			bh_diag_at(diag, BH_ERROR, "image-changed", nowhere, "try again",
				   "%s changed while it was read", path);
			return -EAGAIN;
		}
	}
	return 0;
}

/* --- reading back --- */

static bool same_range(const struct bh_range *a, const struct bh_range *b)
{
	return a->size == b->size && (!a->size || a->base == b->base);
}

static bool same_text(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

static bool same_partition(const struct bh_plan *pa, const struct bh_plan *pb, uint32_t index)
{
	const struct bh_partition *a = &pa->partitions[index], *b = &pb->partitions[index];
	uint32_t i;

	if (strcmp(a->name, b->name) || a->ncpus != b->ncpus || a->nmem != b->nmem ||
	    !same_range(&a->low_slice, &b->low_slice) || a->kernel != b->kernel ||
	    a->initrd != b->initrd || !same_text(a->cmdline, b->cmdline) ||
	    a->console_port != b->console_port || a->console_firmware != b->console_firmware ||
	    !same_range(&a->window, &b->window) || !same_range(&a->tree, &b->tree) ||
	    a->kernel_at != b->kernel_at || a->initrd_at != b->initrd_at ||
	    a->tree_at != b->tree_at || a->devices != b->devices ||
	    a->manages != b->manages)
		return false;
	if (a->ncpus && memcmp(pa->cpus + a->first_cpu, pb->cpus + b->first_cpu,
			       a->ncpus * sizeof(*pa->cpus)))
		return false;
	for (i = 0; i < a->nmem; i++)
		if (!same_range(&pa->memory[a->first_mem + i], &pb->memory[b->first_mem + i]))
			return false;
	return true;
}

static bool same_plan(const struct bh_plan *a, const struct bh_plan *b)
{
	uint32_t i;

	if (a->platform != b->platform || !same_range(&a->monitor, &b->monitor) ||
	    !same_range(&a->low_page, &b->low_page) || !same_range(&a->firmware, &b->firmware) ||
	    !same_range(&a->tree, &b->tree) || a->npartitions != b->npartitions ||
	    a->nimages != b->nimages || a->nchannels != b->nchannels)
		return false;
	for (i = 0; i < a->nimages; i++) {
		const struct bh_image *x = &a->images[i], *y = &b->images[i];

		if (strcmp(x->label, y->label) || x->kind != y->kind || x->size != y->size ||
		    !same_range(&x->golden, &y->golden) || memcmp(x->sha256, y->sha256, sizeof(x->sha256)))
			return false;
	}
	for (i = 0; i < a->npartitions; i++)
		if (!same_partition(a, b, i))
			return false;
	for (i = 0; i < a->nchannels; i++) {
		const struct bh_channel *x = &a->channels[i], *y = &b->channels[i];

		if (x->side[0] != y->side[0] || x->side[1] != y->side[1] ||
		    !same_range(&x->memory, &y->memory))
			return false;
	}
	return true;
}

/* Returns 0, -EINVAL when the blob says anything else than the plan, or -ENOMEM. */
static int read_back(const struct bh_plan *plan, const void *blob, size_t size,
		     struct bh_sink *sink)
{
	struct bh_plan back = {
		.partitions = calloc(plan->npartitions + 1, sizeof(*plan->partitions)),
		.partitions_cap = plan->npartitions,
		.images = calloc(plan->nimages + 1, sizeof(*plan->images)),
		.images_cap = plan->nimages,
		.channels = calloc(plan->nchannels + 1, sizeof(*plan->channels)),
		.channels_cap = plan->nchannels,
		.cpus = calloc(plan->ncpus + 1, sizeof(*plan->cpus)),
		.cpus_cap = plan->ncpus,
		.memory = calloc(plan->nmemory + 1, sizeof(*plan->memory)),
		.memory_cap = plan->nmemory,
	};
	int err = -ENOMEM;

	if (back.partitions && back.images && back.channels && back.cpus && back.memory) {
		err = bh_blob_read(blob, size, &back, sink);
		if (!err && !same_plan(plan, &back))
			err = -EINVAL;
	}
	free(back.partitions);
	free(back.images);
	free(back.channels);
	free(back.cpus);
	free(back.memory);
	return err;
}

int bh_plan_compile(const struct bh_plan_file *file, void **blob, size_t *size,
		    struct bh_diag *diag)
{
	const struct bh_mark nowhere = { 0, 0 };
	void *buf;
	int err;

	err = hash_images(file, diag);
	if (err)
		return err;
	buf = calloc(1, BH_BLOB_SIZE_MAX);
	if (!buf)
		return -ENOMEM;
	err = write_blob(&file->plan, buf, BH_BLOB_SIZE_MAX);
	if (err == -FDT_ERR_NOSPACE) {
		bh_diag_at(diag, BH_ERROR, "blob-size", nowhere, NULL,
			   "the compiled plan is larger than %d KiB", BH_BLOB_SIZE_MAX / 1024);
		err = -ENOSPC;
		goto err_free;
	}
	if (err) {
		bh_diag_at(diag, BH_ERROR, "blob-write", nowhere, NULL,
			   "the plan cannot be written as a device tree: %s", fdt_strerror(err));
		err = -EINVAL;
		goto err_free;
	}
	*size = fdt_totalsize(buf);
	err = read_back(&file->plan, buf, *size, &diag->sink);
	if (err) {
		bh_diag_at(diag, BH_ERROR, "blob-differs", nowhere, "please report this",
			   "the compiled plan does not read back as what was written");
		goto err_free;
	}
	*blob = buf;
	return 0;

err_free:
	free(buf);
	return err;
}
