/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bundle: all that has to be loaded for one plan, by GRUB, U-Boot SPL or QEMU.
 *
 * The same files under the same names go into an image that `build` makes,
 * onto the disk that `install` writes, and into what `run` boots.
 */
#ifndef BULKHEAD_IMAGE_BUNDLE_H
#define BULKHEAD_IMAGE_BUNDLE_H

#include "host/plan.h"

#define BH_BUNDLE_ID_LEN	32	/* hex digits of a bundle's id */

struct bh_bundle_file {
	char *name;		/* under /boot/bulkhead: "boot.elf", "blob.dtb", "image-0" */
	char *module;		/* what the loader calls it (<bulkhead/blob.h>); NULL: is itself run first */
	char *path;		/* where its bytes are; NULL: in @data */
	const void *data;
	uint64_t size;
	uint8_t sha256[32];
	uint64_t load;		/* riscv64: where its bytes belong; 0: wherever the loader likes */
};

/*
 * struct bh_bundle - what goes along, in the order in which GRUB loads it
 * @title: the plan's name: its file name less the ending, letters, digits and ._+- only
 * @id: digest over everything in the bundle; names caches and marks media
 * @reset: riscv64: where the machine's harts begin
 * @last_cpu: the highest hardware id in the plan
 */
struct bh_bundle {
	enum bh_platform platform;
	char *title;
	char id[BH_BUNDLE_ID_LEN + 1];
	struct bh_bundle_file *files;
	size_t nfiles;
	uint64_t reset;
	uint32_t last_cpu;
};

#define BH_MODULE_FIRMWARE	"firmware"	/* riscv64: OpenSBI, and its device tree */
#define BH_MODULE_FIRMWARE_TREE	"tree"

/*
 * bh_boot_file_path() - where a file is that we bring for booting
 * @given: the user's choice, or NULL: $BULKHEAD_IMAGES/@name, then images/@name
 *	beside the running program, then where `make install` puts it
 * @name: "x86-64/boot.elf"
 * @what: "the boot stage"
 * @option: that names another one
 * @path: malloc'ed
 *
 * Returns 0 or -ENOENT (reported with the places that were tried).
 */
int bh_boot_file_path(const char *given, const char *name, const char *what, const char *option,
		      char **path);

/*
 * bh_bundle_open() - an empty bundle of a plan's name
 * @file: the plan; only read here, and needed no longer afterwards
 * @extra: files that will be added beside the images
 *
 * Returns 0 or -ENOMEM; free with bh_bundle_free() either way.
 */
int bh_bundle_open(struct bh_bundle *bundle, const struct bh_plan_file *file, size_t extra);
void bh_bundle_free(struct bh_bundle *bundle);

/*
 * bh_bundle_add_file(), bh_bundle_add_data() - one more file of ours
 * @module: as in struct bh_bundle_file; copied
 * @load: likewise
 * @what: for a message
 * @data: must outlive the bundle
 *
 * Return 0 or -errno (reported).
 */
int bh_bundle_add_file(struct bh_bundle *bundle, const char *name, const char *module,
		       const char *path, uint64_t load, const char *what);
int bh_bundle_add_data(struct bh_bundle *bundle, const char *name, const char *module,
		       const void *data, size_t size, uint64_t load);

/*
 * bh_bundle_add_images() - the plan's kernels and initrds
 * @blob, @size: what bh_plan_compile() made of the plan
 *
 * Sizes and digests of the images come from the blob: bh_bundle_copy() holds
 * the files to them. Returns 0 or -errno (reported).
 */
int bh_bundle_add_images(struct bh_bundle *bundle, const struct bh_plan_file *file,
			 const void *blob, size_t size);

/* All is added: makes the id. Returns 0 or -ENOMEM. */
int bh_bundle_close(struct bh_bundle *bundle);

/* The file of that module, or NULL. */
const struct bh_bundle_file *bh_bundle_find(const struct bh_bundle *bundle, const char *module);

/* How many files are images of the plan. */
size_t bh_bundle_nimages(const struct bh_bundle *bundle);

/*
 * bh_bundle_copy() - write one file of a bundle to @path
 *
 * Hashes on the way: an image that changed since the plan was compiled is
 * refused here, not on the console of a machine. Returns 0 or -errno
 * (reported; nothing is left at @path).
 */
int bh_bundle_copy(const struct bh_bundle_file *file, const char *path);

/* The same into memory: @file->size bytes at @to. */
int bh_bundle_read(const struct bh_bundle_file *file, void *to);

/* bh_hex() - @size bytes as lower-case hex digits with a NUL */
void bh_hex(const uint8_t *bytes, size_t size, char *text);

#endif
