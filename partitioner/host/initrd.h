/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel will find in an initrd, as far as an archive's listing tells: how it is
 * packed and which program it starts. For advice; nothing is unpacked, and a file that is
 * no archive is nothing to be reported here.
 */
#ifndef BULKHEAD_HOST_INITRD_H
#define BULKHEAD_HOST_INITRD_H

#include <stdbool.h>
#include <stddef.h>

/* Linux's PATH_MAX. */
#define BH_INITRD_PATH_MAX	4096

/*
 * struct bh_initrd - what was found
 * @packed: the kernel's option that unpacks it, as "CONFIG_RD_ZSTD"; NULL: it is not packed,
 *	or that was not to be seen
 * @init: the program that is started, with links followed, without a slash in front; "" when
 *	there is none or it was not found within the limits
 */
struct bh_initrd {
	const char *packed;
	char init[BH_INITRD_PATH_MAX];
};

/*
 * bh_initrd_look() - look into an initrd
 * @bytes, @size: all of it
 * @init: the path that the kernel starts, "/init" unless rdinit= says otherwise
 *
 * Archives of newc entries, one behind the other, up to the first that is packed: what stands
 * behind that one is not looked into. At most 64 archives, 1 GiB of unpacked data in them, and
 * 65,536 links with 16 MiB of paths are read.
 */
void bh_initrd_look(const void *bytes, size_t size, const char *init, struct bh_initrd *out);

/* Is @init, as found by bh_initrd_look(), systemd? */
bool bh_initrd_is_systemd(const char *init);

#endif
