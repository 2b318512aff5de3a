// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plan as a blob, with its images' digests. What comes out is read back with
 * the boot stage's own reader before anyone gets it.
 */
#include <errno.h>
#include <fcntl.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/blob.h"
#include "core/sha256.h"
#include "host/blob.h"
#include "host/plan.h"

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
		.files = calloc(plan->ncpus + 1, sizeof(*plan->files)),
		.memory = calloc(plan->nmemory + 1, sizeof(*plan->memory)),
		.memory_cap = plan->nmemory,
	};
	int err = -ENOMEM;

	if (back.partitions && back.images && back.channels && back.cpus && back.files &&
	    back.memory) {
		err = bh_blob_read(blob, size, &back, sink);
		if (!err && !bh_blob_same(plan, &back))
			err = -EINVAL;
	}
	free(back.partitions);
	free(back.images);
	free(back.channels);
	free(back.cpus);
	free(back.files);
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
	err = bh_blob_write(&file->plan, buf, BH_BLOB_SIZE_MAX);
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
