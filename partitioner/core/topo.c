// SPDX-License-Identifier: GPL-2.0-only
#include "core/topo.h"

#include <string.h>

/* By core, then by hardware id (machine->cpus is sorted by that). */
static bool before(const struct bh_cpu *cpus, uint16_t a, uint16_t b)
{
	return cpus[a].core != cpus[b].core ? cpus[a].core < cpus[b].core : a < b;
}

static void sift_down(const struct bh_cpu *cpus, uint16_t *order, uint32_t root, uint32_t n)
{
	for (;;) {
		uint32_t child = 2 * root + 1;
		uint16_t swap;

		if (child >= n)
			return;
		if (child + 1 < n && before(cpus, order[child], order[child + 1]))
			child++;
		if (!before(cpus, order[root], order[child]))
			return;
		swap = order[root];
		order[root] = order[child];
		order[child] = swap;
		root = child;
	}
}

/* Heap sort: in place, no recursion, no bad case. */
static void sort_by_core(const struct bh_cpu *cpus, uint16_t *order, uint32_t n)
{
	for (uint32_t i = n / 2; i-- > 0;)
		sift_down(cpus, order, i, n);
	for (uint32_t i = n; i-- > 1;) {
		uint16_t swap = order[0];

		order[0] = order[i];
		order[i] = swap;
		sift_down(cpus, order, 0, i);
	}
}

struct bh_topo *bh_topo_build(const struct bh_machine *machine)
{
	static struct bh_topo topo;
	const struct bh_cpu *cpus = machine->cpus;
	uint32_t n = machine->ncpus;

	topo.machine = machine;
	memset(topo.owner, BH_NOBODY, n);
	for (uint32_t i = 0; i < n; i++) {
		topo.first[i] = (uint16_t)i;
		topo.next[i] = BH_TOPO_END;
	}
	if (!(machine->flags & BH_MACHINE_TOPOLOGY))
		return &topo;

	/* `first` is the array to sort in until it gets its own values. */
	sort_by_core(cpus, topo.first, n);
	for (uint32_t i = 0; i + 1 < n; i++) {
		if (cpus[topo.first[i]].core == cpus[topo.first[i + 1]].core)
			topo.next[topo.first[i]] = topo.first[i + 1];
	}
	for (uint32_t i = 0; i < n; i++)
		topo.first[i] = (uint16_t)i;
	/* Siblings follow in rising order, so each hands on what it was given. */
	for (uint32_t i = 0; i < n; i++) {
		if (topo.next[i] != BH_TOPO_END)
			topo.first[topo.next[i]] = topo.first[i];
	}
	return &topo;
}

uint32_t bh_topo_find(const struct bh_topo *topo, uint32_t hwid)
{
	uint32_t low = 0, high = topo->machine->ncpus;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (topo->machine->cpus[mid].hwid < hwid)
			low = mid + 1;
		else
			high = mid;
	}
	return low < topo->machine->ncpus && topo->machine->cpus[low].hwid == hwid ? low : BH_NONE;
}

bool bh_ram_covers(const struct bh_machine *machine, const struct bh_range *range,
		   struct bh_range *nearest)
{
	uint64_t at = range->base, end = bh_range_end(range), best = UINT64_MAX;

	nearest->base = nearest->size = 0;
	for (uint32_t i = 0; i < machine->nram; i++) {
		const struct bh_range *ram = &machine->ram[i].range;
		uint64_t ram_end = bh_range_end(ram), distance;

		/* Neighbours on two nodes are still one piece of RAM. */
		if (ram->base <= at && at < ram_end)
			at = ram_end;
		if (at >= end)
			return true;

		distance = ram->base > end ? ram->base - end :
			   ram_end < range->base ? range->base - ram_end : 0;
		if (distance < best) {
			best = distance;
			*nearest = *ram;
		}
	}
	return false;
}
