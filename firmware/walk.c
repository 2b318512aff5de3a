// SPDX-License-Identifier: GPL-2.0-only
/* Sv39, Sv48 and Sv57 (privileged specification, 12.4 to 12.6), with Svnapot. */
#include "walk.h"

#define SATP_MODE(satp)		((satp) >> 60)
#define SATP_PPN(satp)		((satp) & ((1ULL << 44) - 1))

#define PTE_V			(1ULL << 0)
#define PTE_RWX			(7ULL << 1)
#define PTE_PPN(pte)		((pte) >> 10 & ((1ULL << 44) - 1))
#define PTE_NAPOT		(1ULL << 63)
#define NAPOT_PAGES		16ULL	/* 64 KiB, the one size there is */

#define PAGE_SHIFT		12
#define LEVEL_BITS		9

enum { BARE = 0, SV39 = 8, SV48 = 9, SV57 = 10 };

static int levels(uint64_t satp)
{
	switch (SATP_MODE(satp)) {
	case SV39:
		return 3;
	case SV48:
		return 4;
	case SV57:
		return 5;
	default:
		return 0;
	}
}

bool walk(uint64_t satp, uint64_t address, uint64_t *physical,
	  bool (*load)(uint64_t at, uint64_t *entry))
{
	uint64_t ppn = SATP_PPN(satp), entry;
	int level = levels(satp), shift = PAGE_SHIFT + LEVEL_BITS * level;

	if (SATP_MODE(satp) == BARE) {
		*physical = address;
		return true;
	}
	/* Bits above are copies of the uppermost one. */
	if ((uint64_t)((int64_t)(address << (64 - shift)) >> (64 - shift)) != address)
		return false;
	while (level--) {
		uint64_t offset;

		shift -= LEVEL_BITS;
		if (!load((ppn << PAGE_SHIFT) + (address >> shift & ((1U << LEVEL_BITS) - 1)) * 8, &entry) ||
		    !(entry & PTE_V))
			return false;
		ppn = PTE_PPN(entry);
		if (!(entry & PTE_RWX))
			continue;
		if (entry & PTE_NAPOT) {
			if (level || (ppn & (NAPOT_PAGES - 1)) != NAPOT_PAGES / 2)
				return false;
			shift += 4;
		}
		offset = address & ((1ULL << shift) - 1);
		ppn &= ~((1ULL << (shift - PAGE_SHIFT)) - 1);
		*physical = (ppn << PAGE_SHIFT) | offset;
		return true;
	}
	return false;
}
