// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copying on RISC-V. The kernel's memcpy() goes byte by byte where the two places are not
 * aligned alike, and a packet's bytes lie behind headers of 14, 20 and 32 bytes: they
 * are so nearly always.
 */
#include <linux/export.h>

#include "bulkhead.h"
#include "copy_words.h"

void bh_copy_data(void *to, const void *from, size_t length)
{
	bh_copy_words(to, from, length);
}
EXPORT_SYMBOL_GPL(bh_copy_data);
