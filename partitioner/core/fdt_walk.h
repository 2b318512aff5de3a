/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is this a flattened device tree, from the first byte to the last?
 *
 * libfdt has fdt_check_full() for that, but 1.6.1, which Debian 12 ships, can be
 * brought to follow a null pointer (a structure version before 16) and to run
 * for ever (a property's length that overflows an int; fixed in 1.7.0). A boot
 * stage can't afford either, so this walk comes before any call of libfdt.
 */
#ifndef BULKHEAD_CORE_FDT_WALK_H
#define BULKHEAD_CORE_FDT_WALK_H

#include <stdint.h>

/*
 * bh_fdt_walk() - check a tree's structure (devicetree specification v0.4, chapter 5)
 * @fdt: the bytes, on a boundary of 8
 * @size: how many there are
 *
 * Returns NULL when header, reservations, tokens and strings are sound, else the
 * end of a sentence that begins with "the blob".
 */
const char *bh_fdt_walk(const void *fdt, uint64_t size);

#endif
