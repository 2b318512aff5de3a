/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The partitions while the machine runs, and what one may do to another.
 *
 * monitor/ is the portable core of what stays resident under the partitions. It is
 * compiled for each platform, with machine.h's functions by that platform, and for the
 * unit tests and the fuzzer, with fakes. It allocates nothing: what starts the machine
 * fills in `monitor` once, and its shape is constant from then on.
 */
#ifndef BULKHEAD_MONITOR_PART_H
#define BULKHEAD_MONITOR_PART_H

#include <stdbool.h>
#include <stdint.h>

#include <bulkhead/monitor.h>

#include "core/model.h"
#include "monitor/start.h"

/* What the platform keeps for a partition; monitor/ hands the pointer on. */
struct part_platform;

/*
 * struct part - one partition
 * @ncpus, @cpus: its CPUs, the one that boots it first; named as machine.h says
 * @manages, @peers: bit i is monitor.parts[i]; of the plan's rights and channels
 * @start: what each start of it copies, and where its boot CPU goes
 * @state, @reason, @epoch: as BH_CALL_STATUS tells; under the state lock
 * @restart: STOPPING only: start again once every CPU has stopped
 * @broken: its images are not what the plan says; it never starts
 * @deadline: of hw_time(): when it is restarted unless it calls before; 0: never.
 *	heartbeat.c's
 */
struct part {
	uint32_t id;
	char name[BH_NAME_MAX + 1];
	uint32_t ncpus;
	uint32_t *cpus;
	uint64_t manages, peers;

	struct start_list start;

	enum bh_state state;
	enum bh_reason reason;
	uint32_t epoch;
	bool restart, broken;
	uint64_t deadline;

	struct bh_status_page *page;
	struct part_platform *platform;
};

struct monitor {
	struct part *parts;
	uint32_t nparts;
	struct start_image *images;
	uint32_t nimages;
};

extern struct monitor monitor;

/*
 * part_take() - what @plan says of its partition @index, into @p = &monitor.parts[index]
 *
 * Id, name, rights and peers; the rest is the platform's to fill in.
 */
void part_take(struct part *p, const struct bh_plan *plan, uint32_t index);

/* NULL when the plan has none; @id is not trusted. */
struct part *part_by_id(uint64_t id);

static inline uint32_t part_index(const struct part *p)
{
	return (uint32_t)(p - monitor.parts);
}

/* What @caller may do to @target: BH_RIGHT_*; both of them to itself, but for the doorbell. */
uint32_t part_rights(const struct part *caller, const struct part *target);

#endif
