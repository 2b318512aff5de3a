/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PMP entries of a partition: what its domain may touch, one naturally aligned
 * power of two each. The checker counts them, device trees are made of them.
 */
#ifndef BULKHEAD_CORE_PMP_H
#define BULKHEAD_CORE_PMP_H

#include "core/model.h"

enum bh_pmp_kind {
	BH_PMP_MEMORY,		/* read, write, execute */
	BH_PMP_STATUS,		/* read */
	BH_PMP_IMSIC,		/* read, write: interrupt files of its harts */
	BH_PMP_CHANNEL_OWN,	/* read, write: its half of a channel */
	BH_PMP_CHANNEL_PEER,	/* read: the other half */
	BH_PMP_DEVICE,		/* read, write */
	BH_PMP_KINDS,
};

/*
 * struct bh_pmp_entry - one of them
 * @index: of the channel, or of the machine's range of MMIO; else 0
 */
struct bh_pmp_entry {
	enum bh_pmp_kind kind;
	uint32_t index;
	struct bh_range range;
};

/*
 * bh_pmp_entries() - what one partition of a placed plan needs
 * @plan: of a platform with PMP
 * @machine: has the interrupt files and the devices
 * @entries, @cap: gets them in the order of the kinds; as many as there is room for
 *
 * Interrupt files that follow one another are joined before they are split, so
 * harts on a boundary of their number need one entry. Not reentrant. Returns how
 * many there are, which may be more than @cap.
 */
uint32_t bh_pmp_entries(const struct bh_plan *plan, const struct bh_machine *machine,
			uint32_t partition, struct bh_pmp_entry *entries, uint32_t cap);

/* How many a partition may have in this machine. */
uint32_t bh_pmp_left(const struct bh_plan *plan, const struct bh_machine *machine);

/* One side's half of a channel: 0 is the lower one. */
struct bh_range bh_channel_half(const struct bh_channel *channel, uint32_t side);

#endif
