/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GRUB: the configuration that loads a bundle, and an image that boots it.
 *
 * Multiboot2 specification 2.0; GRUB manual 2.06, "multiboot2", "module2".
 */
#ifndef BULKHEAD_IMAGE_GRUB_H
#define BULKHEAD_IMAGE_GRUB_H

#include <stdio.h>

#include "image/bundle.h"

/*
 * bh_grub_commands() - the lines that load a bundle, without `boot`
 * @dir: the folder as GRUB sees it, without a closing slash; may hold a GRUB
 *	variable, and is put in double quotes
 * @indent: goes before each line
 *
 * GRUB goes on when a module can't be loaded; the boot stage then misses it
 * and says so, as it must for any loader.
 */
void bh_grub_commands(FILE *out, const struct bh_bundle *bundle, const char *dir,
		      const char *indent);

/*
 * bh_image_build() - one file that boots on BIOS and on UEFI
 * @out: path; written beside and renamed
 *
 * The file is a CD image with a partition table: it boots from CD, and copied
 * as it is from a disk or a USB stick. The same bundle, tools and
 * SOURCE_DATE_EPOCH give the same bytes.
 *
 * Returns 0 or -errno (reported): -ENOENT when a tool is missing.
 */
int bh_image_build(const struct bh_bundle *bundle, const char *out);

/*
 * bh_image_cached() - the image of a bundle, built unless there is one already
 * @path: malloc'ed
 * @fresh: set when it had to be built; may be NULL
 *
 * Lives under $BULKHEAD_CACHE (or the user's cache folder) in boot-images/,
 * of which the most recently used are kept.
 */
int bh_image_cached(const struct bh_bundle *bundle, char **path, bool *fresh);

#endif
