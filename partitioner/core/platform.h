/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between platforms, as numbers: checks and placement read them here. */
#ifndef BULKHEAD_CORE_PLATFORM_H
#define BULKHEAD_CORE_PLATFORM_H

#include "core/model.h"

/*
 * struct bh_platform_rules - one platform's numbers
 * @mem_align: partition memory starts and ends on multiples of this
 * @mem_min: no partition memory below
 * @low_slice: bytes of a partition's slice of low memory; 0: none needed
 * @low_slice_min, @low_slice_end: where slices may lie
 * @low_page_min: the monitor's page of low memory is here or above; 0: none needed
 * @monitor_size, @monitor_min: the resident part: its size, where it may begin
 * @monitor_fixed, @monitor_partition, @monitor_cpu: what it is made of
 * @dma32_end: KHO wants some RAM of each partition below this; 0: anywhere will do
 * @io_ports: consoles are named by I/O port
 */
struct bh_platform_rules {
	enum bh_platform platform;
	uint64_t mem_align;
	uint64_t mem_min;
	uint64_t low_slice;
	uint64_t low_slice_min, low_slice_end;
	uint64_t low_page_min;
	uint64_t monitor_size, monitor_min;
	uint64_t monitor_fixed, monitor_partition, monitor_cpu;
	uint64_t dma32_end;
	bool io_ports;
};

/* NULL for a platform that this version does not know how to split. */
const struct bh_platform_rules *bh_platform_rules(enum bh_platform platform);

/* How large the resident part is for a plan: more than monitor_size only for many CPUs. */
uint64_t bh_monitor_size(const struct bh_platform_rules *rules, const struct bh_plan *plan);

/* Names as the blob and the plan spell them. BH_PLATFORM_NONE for a name that nothing has; "?" for what has no name. */
enum bh_platform bh_platform_by_name(const char *name);
const char *bh_platform_name(enum bh_platform platform);

#endif
