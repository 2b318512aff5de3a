/* SPDX-License-Identifier: GPL-2.0-only */
/* Checks and placement: the rules of a good plan, on any machine. */
#ifndef BULKHEAD_CORE_CHECK_H
#define BULKHEAD_CORE_CHECK_H

#include "core/finding.h"
#include "core/model.h"

/*
 * bh_place() - choose what the plan left to the tool
 * @plan: partitions' cpus_wanted, requests at BH_ANYWHERE, low slices, the
 *	monitor's ranges and channel memory that are not placed get a place
 * @machine: what there is
 *
 * Deterministic: the same plan on the same machine always gives the same
 * result. Whole cores first, one NUMA node, no SMT sibling of another
 * partition's CPU; memory on the CPUs' node; the BSP goes to the owner of
 * legacy devices and to nobody else. What the plan fixes is never moved.
 * What can't be placed is reported; findings count in @sink.
 *
 * Listed CPUs keep their order, but the BSP moves to the front. Neither this
 * nor bh_check() is reentrant: both index the machine in static memory.
 *
 * Returns 0, -ENOSPC when something did not fit (each reported), or -EINVAL
 * when plan or machine is refused as a whole; bh_check() then says why.
 */
int bh_place(struct bh_plan *plan, const struct bh_machine *machine,
	     struct bh_sink *sink);

/*
 * bh_check() - compare partitions with each other and with the hardware
 * @plan: placed or not; what is not placed yet is not checked against places
 * @machine: may be NULL: then only the checks that need no hardware run
 *
 * Reports everything it finds in one run; the rules' names are in rules.h.
 * Does not repeat what bh_place() reports. Returns 0 or -EINVAL.
 */
int bh_check(const struct bh_plan *plan, const struct bh_machine *machine,
	     struct bh_sink *sink);

/*
 * bh_check_starts() - where a start puts kernel, initrd and private area
 * @plan: one that has passed bh_check(), which has asked this too, but perhaps
 *	before anybody had looked into the kernels' headers
 *
 * Returns 0 or -EINVAL, with each mistake reported.
 */
int bh_check_starts(const struct bh_plan *plan, struct bh_sink *sink);

#endif
