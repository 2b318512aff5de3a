/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a kernel, its initrd and its private area go inside a partition.
 *
 * Placement asks this for where a start puts things, and check for whether they fit.
 */
#ifndef BULKHEAD_CORE_LAYOUT_H
#define BULKHEAD_CORE_LAYOUT_H

#include "core/model.h"

/* Tables, boot_params, command line and device tree of one partition (x86-64). */
#define BH_X86_PRIVATE_SIZE	0x20000ULL

struct bh_layout {
	struct bh_range kernel;		/* init_size bytes */
	struct bh_range initrd;		/* size 0 when there is none */
	struct bh_range private_area;	/* riscv64: the device tree's room */
};

/*
 * bh_layout_linux() - lay out one Linux in its partition's memory
 * @memory, @nmemory: the partition's placed ranges
 * @kernel: init_size, pref_address, kernel_alignment, xloadflags are used
 * @initrd: may be NULL
 * @private_size: bytes of the private area, whole pages
 *
 * The private area goes to the top of the highest range below 4 GiB (or of
 * the highest at all), the initrd below it (below 4 GiB unless the kernel has
 * XLF_CAN_BE_LOADED_ABOVE_4G), the kernel as low as the boot protocol lets it, on 2 MiB.
 *
 * Returns 0; -ENOSPC when the private area, -EFBIG when the kernel, -E2BIG
 * when the initrd does not fit.
 */
int bh_layout_linux(const struct bh_range *memory, uint32_t nmemory,
		    const struct bh_image *kernel, const struct bh_image *initrd,
		    uint64_t private_size, struct bh_layout *layout);

#endif
