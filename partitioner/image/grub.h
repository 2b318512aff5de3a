/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GRUB: the configuration that loads a bundle. The image that boots it is made
 * behind bh_packing_grub.
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

#endif
