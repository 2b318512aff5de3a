/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BULKHEAD_FIRMWARE_WALK_H
#define BULKHEAD_FIRMWARE_WALK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * walk() - where an address of S- or U-mode leads
 * @satp: the hart's (privileged specification, 12.1.11)
 * @address: as it was used
 * @physical: the answer
 * @load: reads 8 aligned bytes at a physical address of the partition's own
 *	memory; false: it has none there
 *
 * For an access that was refused for its physical address: hardware has checked
 * permissions before. Page tables are the kernel's, which may change them meanwhile:
 * the answer is a hint about its own intent, and no right. At most five loads. Returns
 * false when the address leads nowhere.
 */
bool walk(uint64_t satp, uint64_t address, uint64_t *physical,
	  bool (*load)(uint64_t at, uint64_t *entry));

#endif
