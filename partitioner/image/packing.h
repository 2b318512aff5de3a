/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What packing a plan means on one platform: which files go along, what medium
 * they go onto, and what QEMU boots from.
 */
#ifndef BULKHEAD_IMAGE_PACKING_H
#define BULKHEAD_IMAGE_PACKING_H

#include "image/prepare.h"
#include "image/qemu.h"

/*
 * struct bh_image_options - how an image is made
 * @key: riscv64: folder with the key that signs it (`bulkhead keygen`), or NULL
 * @fit: riscv64: the FIT alone, for a board that has a U-Boot
 */
struct bh_image_options {
	const char *key;
	bool fit;
};

/*
 * struct bh_packing - one platform
 * @summary: of the image, as `build` says it: "boots on BIOS and UEFI"
 * @suffix: of a cached image
 * @beside: suffix of a second file that @build writes beside the image, unless it makes a
 *	FIT alone; or NULL
 * @menu: `install` can put a bundle into this machine's boot menu
 * @fits: @build takes the options
 * @gather: opens prepared->bundle and adds everything to it; 0, -EINVAL (the plan's
 *	fault, reported) or -errno (reported)
 * @build: one file at @out, whole or not there; 0 or -errno (reported): -ENOENT
 *	when a tool is missing
 * @direct: files for BH_FIRMWARE_DIRECT into the folder @dir, unless they are
 *	there, and *media filled; NULL where there is no such thing
 */
struct bh_packing {
	enum bh_platform platform;
	const char *summary;
	const char *suffix;
	const char *beside;
	bool menu;
	bool fits;
	int (*gather)(struct bh_prepared *prepared, const char *machine,
		      const struct bh_boot_files *files, struct bh_diag *diag);
	int (*build)(const struct bh_bundle *bundle, const struct bh_image_options *options,
		     const char *out);
	int (*direct)(const struct bh_bundle *bundle, const char *dir, struct bh_media *media);
};

extern const struct bh_packing bh_packing_grub, bh_packing_fit;

/* Every platform that a plan can name has one. */
const struct bh_packing *bh_packing(enum bh_platform platform);

/*
 * bh_image_place() - before the work of making an image: can there be one at @out?
 * @fresh: an empty file beside it, malloc'ed, to be made the image and renamed, or unlinked
 *
 * Returns 0 or -errno (reported, by the name that the user gave).
 */
int bh_image_place(const char *out, char **fresh);

/*
 * bh_media_cached() - what to boot a bundle from, made unless it is there already
 * @media: strings are malloc'ed; bh_media_free() in every case
 *
 * Lives under $BULKHEAD_CACHE (or the user's cache folder) in boot-images/,
 * of which the most recently used are kept. Returns 0 or -errno (reported).
 */
int bh_media_cached(const struct bh_bundle *bundle, enum bh_firmware firmware,
		    struct bh_media *media);

/*
 * bh_media_given() - an image that `build` made
 *
 * Returns 0 or -errno (reported).
 */
int bh_media_given(const struct bh_packing *packing, enum bh_firmware firmware,
		   const char *image, struct bh_media *media);

#endif
