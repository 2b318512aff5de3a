/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bundle: all that GRUB has to load for one plan.
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
	char *module;		/* multiboot2 module string; NULL: the boot stage itself */
	char *path;		/* where its bytes are; NULL: in @data */
	const void *data;
	uint64_t size;
	uint8_t sha256[32];
};

/*
 * struct bh_bundle - what goes along, in the order in which GRUB loads it
 * @title: the plan's name: its file name less the ending, letters, digits and ._+- only
 * @id: digest over everything in the bundle; names caches and marks media
 */
struct bh_bundle {
	char *title;
	char id[BH_BUNDLE_ID_LEN + 1];
	struct bh_bundle_file *files;
	size_t nfiles;
};

/*
 * bh_boot_stage_path() - where the boot stage's ELF file is
 * @given: the user's choice, or NULL: $BULKHEAD_IMAGES/x86-64/boot.elf, then
 *	images/x86-64/boot.elf beside the running program, then where `make install`
 *	puts it
 * @path: malloc'ed
 *
 * Returns 0 or -ENOENT (reported with the places that were tried).
 */
int bh_boot_stage_path(const char *given, char **path);

/*
 * bh_bundle_init() - gather the files of a compiled plan
 * @file: the plan; only read here, and needed no longer afterwards
 * @blob, @size: what bh_plan_compile() made of it; must outlive the bundle
 * @boot_stage: path of the boot stage
 *
 * Sizes and digests of the images come from the blob: bh_bundle_copy() holds
 * the files to them. Returns 0 or -errno (reported); free with
 * bh_bundle_free() either way.
 */
int bh_bundle_init(struct bh_bundle *bundle, const struct bh_plan_file *file,
		   const void *blob, size_t size, const char *boot_stage);
void bh_bundle_free(struct bh_bundle *bundle);

/*
 * bh_bundle_copy() - write one file of a bundle to @path
 *
 * Hashes on the way: an image that changed since the plan was compiled is
 * refused here, not on the console of a machine. Returns 0 or -errno
 * (reported; nothing is left at @path).
 */
int bh_bundle_copy(const struct bh_bundle_file *file, const char *path);

/* bh_hex() - @size bytes as lower-case hex digits with a NUL */
void bh_hex(const uint8_t *bytes, size_t size, char *text);

#endif
