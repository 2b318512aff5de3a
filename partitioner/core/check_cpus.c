// SPDX-License-Identifier: GPL-2.0-only
/* CPUs: each at most once, all of them there, and who may have which. */
#include "core/check_internal.h"

#include <string.h>

#include "core/region.h"

/*
 * Which CPUs were seen so far, in 2 KiB of stack. Hardware ids have 32 bits, so
 * a set bit may be another CPU's and is looked up; with the ids that machines
 * have, it never is.
 */
#define SEEN_BITS	16384U

struct seen {
	uint64_t bits[SEEN_BITS / 64];
};

static bool test_and_set(struct seen *seen, uint32_t hwid)
{
	uint64_t *word = &seen->bits[hwid % SEEN_BITS / 64];
	uint64_t bit = 1ULL << (hwid % 64);
	bool was = *word & bit;

	*word |= bit;
	return was;
}

/* The partition that lists a CPU before item @end of partition @last; BH_NONE: none. */
static uint32_t listed_before(const struct bh_plan *plan, uint32_t hwid, uint32_t last,
			      uint32_t end)
{
	for (uint32_t i = 0; i <= last; i++) {
		uint32_t n = i == last ? end : plan->partitions[i].ncpus;

		for (uint32_t k = 0; k < n; k++) {
			if (bh_partition_cpus(plan, &plan->partitions[i])[k] == hwid)
				return i;
		}
	}
	return BH_NONE;
}

/* "0-3, 8-11": what there is, as far as it fits. */
static void list_cpus(const struct bh_machine *machine, char *buf, size_t size)
{
	size_t len = bh_format(buf, size, "this machine's CPUs: ");

	for (uint32_t i = 0; i < machine->ncpus && len < size; i++) {
		uint32_t first = machine->cpus[i].hwid;
		const char *comma = i ? ", " : "";

		while (i + 1 < machine->ncpus &&
		       machine->cpus[i + 1].hwid == machine->cpus[i].hwid + 1)
			i++;
		if (len > size - 32) {
			bh_format(buf + len, size - len, ", ...");
			return;
		}
		if (machine->cpus[i].hwid == first)
			len += bh_format(buf + len, size - len, "%s%u", comma, first);
		else
			len += bh_format(buf + len, size - len, "%s%u-%u", comma, first,
					 machine->cpus[i].hwid);
	}
}

/*
 * The CPU that firmware booted on is special: an INIT to it resets the whole
 * machine. A kernel sends INIT to the CPUs that it starts, but not to the one
 * that it booted on, so that is what the BSP has to be; and only the owner of
 * the legacy devices, whose death takes the machine's interrupts along anyway,
 * may bear what is left of the risk.
 */
static void check_bsp(struct bh_check *c, uint32_t partition, uint32_t item, uint32_t hwid,
		      bool clean)
{
	const struct bh_partition *p = &c->plan->partitions[partition];
	const struct bh_place place = bh_at(BH_AT_CPUS, partition,
					    p->cpus_wanted ? BH_NONE : item);

	if (!(p->devices & BH_DEV_LEGACY)) {
		bh_report(c->sink, BH_ERROR, BH_RULE_CPU_BSP, place,
			  "give it to the owner of the legacy devices, or to nobody",
			  "CPU %u booted the machine and can't belong to partition '%s', which does not own the legacy devices",
			  hwid, p->name);
		return;
	}
	/* bh_place() sees to it, so a plan that it has not seen is not to blame. */
	if (item && clean && c->plan->monitor.size)
		bh_report(c->sink, BH_ERROR, BH_RULE_CPU_BSP_FIRST, place,
			  "list it first",
			  "CPU %u booted the machine and has to be the boot CPU of partition '%s'",
			  hwid, p->name);
}

/* Why the @n-th CPU's interrupt file is refused, with the address where it overlaps; or NULL. */
static const char *refuse_file(const struct bh_check *c, uint32_t n)
{
	const struct bh_plan *plan = c->plan;
	const struct bh_range file = { plan->files[n], BH_PAGE_SIZE };
	uint32_t cpu = c->topo ? bh_topo_find(c->topo, plan->cpus[n]) : BH_NONE;
	struct bh_region region;

	if (file.base % BH_PAGE_SIZE || file.base > UINT64_MAX - 2 * BH_PAGE_SIZE)
		return "is not a page";
	if (cpu != BH_NONE && c->machine->cpus[cpu].imsic != file.base)
		return "is not the machine's";
	for (uint32_t i = 0; i < n; i++) {
		if (plan->files[i] == file.base && plan->cpus[i] != plan->cpus[n])
			return "is another CPU's too";
	}
	for (bool more = bh_region_first(&region, plan); more; more = bh_region_next(&region)) {
		if (bh_ranges_overlap(&region.range, &file))
			return "is RAM that the plan gives away";
	}
	return NULL;
}

/* The firmware writes to an interrupt file for whoever may ring its partition. */
static void check_files(struct bh_check *c)
{
	for (uint32_t i = 0; c->plan->files && i < c->plan->npartitions; i++) {
		const struct bh_partition *p = &c->plan->partitions[i];

		for (uint32_t k = p->first_cpu; k < p->first_cpu + p->ncpus; k++) {
			const char *why = c->plan->files[k] ? refuse_file(c, k) : NULL;

			if (why)
				bh_report(c->sink, BH_ERROR, BH_RULE_CPU_FILE,
					  bh_at(BH_AT_CPUS, i, BH_NONE), NULL,
					  "the interrupt file of CPU %u of partition '%s', at 0x%llx, %s",
					  c->plan->cpus[k], p->name,
					  (unsigned long long)c->plan->files[k], why);
		}
	}
}

/* Each CPU of each partition: listed before? there at all? the BSP? */
static void check_lists(struct bh_check *c)
{
	const struct bh_plan *plan = c->plan;
	struct seen seen;

	memset(&seen, 0, sizeof(seen));
	for (uint32_t i = 0; i < plan->npartitions; i++) {
		const struct bh_partition *p = &plan->partitions[i];
		const uint32_t *cpus = bh_partition_cpus(plan, p);
		uint32_t errors = c->sink->errors;
		uint32_t bsp_item = BH_NONE;

		if (!p->ncpus && !p->cpus_wanted)
			bh_report(c->sink, BH_ERROR, BH_RULE_CPU_NONE,
				  bh_at(BH_AT_CPUS, i, BH_NONE),
				  "a number of CPUs, or a list of hardware ids",
				  "partition '%s' has no CPU", p->name);

		for (uint32_t k = 0; k < p->ncpus; k++) {
			uint32_t hwid = cpus[k];
			uint32_t other = test_and_set(&seen, hwid) ?
					 listed_before(plan, hwid, i, k) : BH_NONE;
			uint32_t cpu = c->topo ? bh_topo_find(c->topo, hwid) : BH_NONE;
			const struct bh_place place = bh_at(BH_AT_CPUS, i,
							    p->cpus_wanted ? BH_NONE : k);

			if (other == i)
				bh_report(c->sink, BH_ERROR, BH_RULE_CPU_TWICE, place, NULL,
					  "CPU %u is listed twice in partition '%s'", hwid, p->name);
			else if (other != BH_NONE)
				bh_report(c->sink, BH_ERROR, BH_RULE_CPU_TWICE, place,
					  "a CPU belongs to one partition",
					  "CPU %u of partition '%s' belongs to partition '%s' already",
					  hwid, p->name, plan->partitions[other].name);

			if (c->topo && cpu == BH_NONE) {
				char hint[120];

				list_cpus(c->machine, hint, sizeof(hint));
				bh_report(c->sink, BH_ERROR, BH_RULE_CPU_ABSENT, place, hint,
					  "CPU %u of partition '%s' is not in this machine",
					  hwid, p->name);
			} else if (c->topo && other == BH_NONE) {
				c->topo->owner[cpu] = (uint8_t)i;
				if (c->machine->cpus[cpu].flags & BH_CPU_BSP)
					bsp_item = k;
			}
		}
		if (bsp_item != BH_NONE)
			check_bsp(c, i, bsp_item, cpus[bsp_item],
				  c->sink->errors == errors);
	}
}

/*
 * Threads of one core share its caches and its execution units: a neighbour
 * there is heard in every latency, and can listen too. Once for each two
 * partitions is enough to say so.
 */
static void check_siblings(struct bh_check *c)
{
	const struct bh_topo *topo = c->topo;
	uint64_t said[BH_PARTITIONS_MAX] = { 0 };

	for (uint32_t cpu = 0; cpu < c->machine->ncpus; cpu++) {
		uint32_t mine = topo->owner[cpu];

		if (mine == BH_NOBODY)
			continue;
		for (uint32_t s = topo->next[cpu]; s != BH_TOPO_END; s = topo->next[s]) {
			uint32_t theirs = topo->owner[s];
			uint32_t low = mine < theirs ? mine : theirs;
			uint32_t high = mine < theirs ? theirs : mine;

			if (theirs == BH_NOBODY || theirs == mine || (said[high] >> low & 1))
				continue;
			said[high] |= 1ULL << low;
			bh_report(c->sink, BH_WARNING, BH_RULE_CPU_SMT,
				  bh_at(BH_AT_CPUS, high, BH_NONE),
				  "whole cores to one partition keep the others' caches and timing apart",
				  "partition '%s' shares a core with partition '%s': CPUs %u and %u are siblings",
				  c->plan->partitions[high].name, c->plan->partitions[low].name,
				  c->machine->cpus[cpu].hwid, c->machine->cpus[s].hwid);
		}
	}
}

static void check_nodes(struct bh_check *c)
{
	for (uint32_t i = 0; i < c->plan->npartitions; i++) {
		const struct bh_partition *p = &c->plan->partitions[i];
		uint32_t first = BH_NONE;

		for (uint32_t k = 0; k < p->ncpus; k++) {
			uint32_t cpu = bh_topo_find(c->topo, bh_partition_cpus(c->plan, p)[k]);

			/* What belongs to another partition is a mistake, not a distance. */
			if (cpu == BH_NONE || c->topo->owner[cpu] != i)
				continue;
			if (first == BH_NONE)
				first = cpu;
			if (bh_topo_node(c->topo, cpu) == bh_topo_node(c->topo, first))
				continue;
			bh_report(c->sink, BH_WARNING, BH_RULE_CPU_NODES,
				  bh_at(BH_AT_CPUS, i, BH_NONE), NULL,
				  "partition '%s' has CPUs on two NUMA nodes: CPU %u on node %u, CPU %u on node %u",
				  p->name, c->machine->cpus[first].hwid,
				  bh_topo_node(c->topo, first), c->machine->cpus[cpu].hwid,
				  bh_topo_node(c->topo, cpu));
			break;
		}
	}
}

void bh_check_cpus(struct bh_check *c)
{
	check_lists(c);
	check_files(c);
	if (!c->topo)
		return;
	check_siblings(c);
	check_nodes(c);
}
