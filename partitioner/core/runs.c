// SPDX-License-Identifier: GPL-2.0-only
#include "core/runs.h"

#include <string.h>

void bh_runs_init(struct bh_runs *runs, const struct bh_machine *machine)
{
	runs->n = 0;
	for (uint32_t i = 0; i < machine->nram; i++) {
		struct bh_ram ram = machine->ram[i];
		struct bh_ram *last = runs->n ? &runs->run[runs->n - 1] : NULL;

		if (!(machine->flags & BH_MACHINE_NODES))
			ram.node = 0;
		if (last && last->node == ram.node && bh_range_end(&last->range) == ram.range.base)
			last->range.size += ram.range.size;
		else if (runs->n < BH_RUNS_MAX)
			runs->run[runs->n++] = ram;
	}
}

void bh_runs_take(struct bh_runs *runs, const struct bh_range *range)
{
	uint64_t end = bh_range_end(range);

	for (uint32_t i = 0; i < runs->n; i++) {
		struct bh_ram *run = &runs->run[i];
		uint64_t run_end = bh_range_end(&run->range);

		if (!bh_ranges_overlap(&run->range, range))
			continue;
		if (run->range.base < range->base && run_end > end) {
			/* A hole; with no room to note what is behind it, that is lost. */
			run->range.size = range->base - run->range.base;
			if (runs->n == BH_RUNS_MAX)
				continue;
			memmove(run + 2, run + 1, (runs->n - i - 1) * sizeof(*run));
			runs->n++;
			run[1].range.base = end;
			run[1].range.size = run_end - end;
			run[1].node = run[0].node;
			return;
		}
		if (run->range.base < range->base) {
			run->range.size = range->base - run->range.base;
		} else if (run_end > end) {
			run->range.base = end;
			run->range.size = run_end - end;
		} else {
			memmove(run, run + 1, (runs->n - i - 1) * sizeof(*run));
			runs->n--;
			i--;
		}
	}
}

/* The aligned part of a run inside of the bounds. */
static bool piece(const struct bh_ram *run, const struct bh_bounds *bounds, struct bh_range *out)
{
	uint64_t base = run->range.base, end = bh_range_end(&run->range);

	if (bounds->node != BH_NONE && run->node != bounds->node)
		return false;
	if (base < bounds->start)
		base = bounds->start;
	if (end > bounds->end)
		end = bounds->end;
	if (base > UINT64_MAX - (bounds->align - 1))
		return false;
	base = (base + bounds->align - 1) & ~(bounds->align - 1);
	end &= ~(bounds->align - 1);
	if (base >= end)
		return false;
	out->base = base;
	out->size = end - base;
	return true;
}

bool bh_runs_lowest(const struct bh_runs *runs, const struct bh_bounds *bounds, uint64_t size,
		    struct bh_range *found)
{
	for (uint32_t i = 0; i < runs->n; i++) {
		struct bh_range range;

		if (!piece(&runs->run[i], bounds, &range) || range.size < size)
			continue;
		found->base = range.base;
		found->size = size;
		return true;
	}
	return false;
}

bool bh_runs_highest(const struct bh_runs *runs, const struct bh_bounds *bounds, uint64_t size,
		     struct bh_range *found)
{
	for (uint32_t i = runs->n; i-- > 0;) {
		struct bh_range range;

		if (!piece(&runs->run[i], bounds, &range) || range.size < size)
			continue;
		found->base = (bh_range_end(&range) - size) & ~(bounds->align - 1);
		found->size = size;
		if (found->base >= range.base)
			return true;
	}
	return false;
}

bool bh_runs_largest(const struct bh_runs *runs, const struct bh_bounds *bounds,
		     struct bh_range *found)
{
	found->size = 0;
	for (uint32_t i = 0; i < runs->n; i++) {
		struct bh_range range;

		if (piece(&runs->run[i], bounds, &range) && range.size > found->size)
			*found = range;
	}
	return found->size != 0;
}

uint64_t bh_runs_total(const struct bh_runs *runs, const struct bh_bounds *bounds)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < runs->n; i++) {
		struct bh_range range;

		if (piece(&runs->run[i], bounds, &range))
			total += range.size;
	}
	return total;
}
