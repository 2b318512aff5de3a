// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory for whom the plan leaves it open.
 *
 * RAM below 4 GiB is what everybody wants some of: without it a kernel has no
 * KHO. As long as all wishes fit there, they go there, in the plan's order and
 * in one piece each. When they don't, it is shared like water that fills
 * vessels: all get the same, but nobody more than it wants; the rest of each
 * wish is placed above, in one piece if one is large enough. A wish is split
 * into as few pieces as the holes in RAM allow.
 */
#include "core/place_internal.h"

#include <string.h>

#include "core/napot.h"
#include "core/text.h"

/*
 * What a partition gets below 4 GiB when its own node has no RAM there. Enough
 * for KHO's scratch area and not more, because it is far away.
 */
#define FAR_LOW		(64 * BH_MIB)

static bool sensible(const struct bh_placement *p, const struct bh_range *request)
{
	if (!request->size)
		return false;
	if (request->base == BH_ANYWHERE)
		return request->size % p->rules->mem_align == 0;
	return bh_range_end(request) > request->base;
}

static bool wants_memory(const struct bh_partition *partition)
{
	return !partition->nmem && partition->nrequests;
}

uint64_t bh_memory_wanted(const struct bh_placement *p, uint32_t partition)
{
	const struct bh_partition *part = &p->plan->partitions[partition];
	uint64_t total = 0;

	for (uint32_t i = 0; wants_memory(part) && i < part->nrequests; i++) {
		const struct bh_range *r = &bh_partition_requests(p->plan, part)[i];

		if (r->base == BH_ANYWHERE && sensible(p, r))
			total = r->size < UINT64_MAX - total ? total + r->size : UINT64_MAX;
	}
	return total;
}

/* The node of a partition's boot CPU; BH_NONE where partition, nodes or CPUs are not known. */
static uint32_t home(const struct bh_placement *p, uint32_t partition)
{
	const struct bh_partition *part = bh_plan_partition(p->plan, partition);
	uint32_t cpu;

	if (!part || !(p->machine->flags & BH_MACHINE_NODES) || !part->ncpus)
		return BH_NONE;
	cpu = bh_topo_find(p->topo, bh_partition_cpus(p->plan, part)[0]);
	return cpu == BH_NONE ? BH_NONE : bh_topo_node(p->topo, cpu);
}

/* SPL and OpenSBI are built for the start of RAM: the monitor is there, or nowhere. */
static void place_at_start(struct bh_placement *p)
{
	struct bh_range *monitor = &p->plan->monitor;
	uint64_t start = p->machine->nram ? p->machine->ram[0].range.base : 0;
	const struct bh_window window = {
		.align = BH_PAGE_SIZE, .start = start, .end = UINT64_MAX, .node = BH_NONE,
	};
	uint64_t size = bh_monitor_size(p->rules, p->plan);

	if (start % p->rules->mem_align == 0 &&
	    bh_runs_lowest(p->runs, &window, size, monitor) && monitor->base == start) {
		bh_runs_take(p->runs, monitor);
		return;
	}
	monitor->size = 0;
	bh_report(p->sink, BH_ERROR, BH_RULE_MONITOR, bh_at(BH_AT_MACHINE, BH_NONE, BH_NONE),
		  "leave the start of RAM alone",
		  "the firmware and the golden images need %s in one piece that starts at 0x%llx, the start of RAM",
		  bh_size_text(size).s, (unsigned long long)start);
}

/* The monitor and what it and the partitions need of the memory below 1 MiB. */
static void place_low(struct bh_placement *p)
{
	const struct bh_platform_rules *rules = p->rules;
	struct bh_plan *plan = p->plan;
	struct bh_window window = {
		.align = BH_PAGE_SIZE, .start = rules->low_page_min, .end = rules->low_slice_end,
		.node = BH_NONE,
	};

	if (rules->low_page_min && !plan->low_page.size) {
		if (bh_runs_lowest(p->runs, &window, BH_PAGE_SIZE, &plan->low_page))
			bh_runs_take(p->runs, &plan->low_page);
		else
			bh_report(p->sink, BH_ERROR, BH_RULE_LOW_PAGE,
				  bh_at(BH_AT_MACHINE, BH_NONE, BH_NONE), NULL,
				  "there is no page of RAM for the monitor between 0x%llx and 0x%llx",
				  (unsigned long long)window.start, (unsigned long long)window.end);
	}

	window.start = rules->low_slice_min;
	for (uint32_t i = 0; rules->low_slice && i < plan->npartitions; i++) {
		struct bh_partition *partition = &plan->partitions[i];

		if (partition->low_slice.size)
			continue;
		if (bh_runs_lowest(p->runs, &window, rules->low_slice, &partition->low_slice))
			bh_runs_take(p->runs, &partition->low_slice);
		else
			bh_report(p->sink, BH_ERROR, BH_RULE_LOW_SLICE,
				  bh_at(BH_AT_PARTITION, i, BH_NONE),
				  "every partition needs one to start its CPUs in real mode",
				  "no %s of RAM are left for partition '%s' between 0x%llx and 0x%llx",
				  bh_size_text(rules->low_slice).s, partition->name,
				  (unsigned long long)window.start, (unsigned long long)window.end);
	}

	if (plan->monitor.size)
		return;
	if (rules->monitor_first) {
		place_at_start(p);
		return;
	}
	window.start = rules->monitor_min;
	window.end = rules->dma32_end ? rules->dma32_end : UINT64_MAX;
	if (bh_runs_lowest(p->runs, &window, bh_monitor_size(rules, plan), &plan->monitor))
		bh_runs_take(p->runs, &plan->monitor);
	else
		bh_report(p->sink, BH_ERROR, BH_RULE_MONITOR,
			  bh_at(BH_AT_MACHINE, BH_NONE, BH_NONE), NULL,
			  "no %s of RAM are left for the monitor",
			  bh_size_text(bh_monitor_size(rules, plan)).s);
}

/*
 * From the top of RAM down, except where memory has to be naturally aligned: the
 * largest such pieces end at the top, while what is behind the resident part is
 * of no use to anybody else. There each half has to be one piece as well.
 */
static bool find_channel(struct bh_placement *p, uint32_t node, struct bh_range *memory)
{
	struct bh_window window = {
		.align = BH_PAGE_SIZE, .start = p->rules->mem_min, .end = UINT64_MAX, .node = node,
	};
	uint64_t size = memory->size;

	if (!p->rules->napot)
		return bh_runs_highest(p->runs, &window, size, memory);
	/* Both its halves are aligned where the whole is aligned to a half. */
	window.align = size / 2;
	return bh_runs_lowest(p->runs, &window, size, memory);
}

static bool channel_size_is_good(const struct bh_placement *p, uint64_t size)
{
	return size >= BH_CHANNEL_SIZE_MIN && size % BH_PAGE_SIZE == 0 && size <= BH_CHANNEL_SIZE_MAX &&
	       (!p->rules->napot || !(size & (size - 1)));
}

static void place_channels(struct bh_placement *p)
{

	for (uint32_t i = 0; i < p->plan->nchannels; i++) {
		struct bh_channel *channel = &p->plan->channels[i];
		uint64_t size = channel->memory.size;
		bool found = false;

		/* bh_check() has more to say of sizes that can't be. */
		if (channel->memory.base != BH_ANYWHERE || !channel_size_is_good(p, size))
			continue;
		for (uint32_t side = 0; side < 3 && !found; side++) {
			uint32_t node = side < 2 ? home(p, channel->side[side]) : BH_NONE;

			found = find_channel(p, node, &channel->memory);
		}
		if (found)
			bh_runs_take(p->runs, &channel->memory);
		else
			bh_report(p->sink, BH_ERROR, BH_RULE_CHANNEL_PLACE,
				  bh_at(BH_AT_CHANNEL_SIZE, i, BH_NONE), NULL,
				  "no %s of RAM are left in one piece for a channel",
				  bh_size_text(size).s);
	}
}

/* Note a piece, as part of one that it touches if there is such a one. */
static void add_piece(struct bh_wish *wish, const struct bh_range *range)
{
	wish->left -= range->size;
	for (uint32_t i = 0; i < wish->npieces; i++) {
		struct bh_range *piece = &wish->pieces[i];

		if (bh_range_end(piece) == range->base) {
			piece->size += range->size;
			return;
		}
		if (bh_range_end(range) == piece->base) {
			piece->base = range->base;
			piece->size += range->size;
			return;
		}
	}
	wish->pieces[wish->npieces++] = *range;
}

/* Up to @amount out of a window: in one piece, or else from the largest pieces on. */
static void give(struct bh_placement *p, struct bh_wish *wish, uint64_t amount,
		 uint64_t start, uint64_t end, uint32_t node)
{
	const struct bh_window window = {
		.align = p->rules->mem_align, .start = start, .end = end, .node = node,
	};

	if (amount > wish->left)
		amount = wish->left;
	while (amount && wish->npieces < wish->pieces_max) {
		struct bh_range range;

		if (!bh_runs_lowest(p->runs, &window, amount, &range)) {
			if (!bh_runs_largest(p->runs, &window, &range))
				return;
			if (range.size > amount)
				range.size = amount;
		}
		bh_runs_take(p->runs, &range);
		add_piece(wish, &range);
		amount -= range.size;
	}
}

/* What a wish may claim of the RAM below 4 GiB when that is scarce. */
static uint64_t low_claim(struct bh_placement *p, const struct bh_wish *wish)
{
	const struct bh_window window = {
		.align = p->rules->mem_align, .start = p->rules->mem_min,
		.end = p->rules->dma32_end, .node = wish->node,
	};

	if (wish->node != BH_NONE && wish->total > FAR_LOW && !bh_runs_total(p->runs, &window))
		return FAR_LOW;
	return wish->total;
}

/*
 * The water level: the most that everybody can have who claims as much.
 * Whoever claims less than an equal share leaves the difference to the others,
 * so the level rises until nobody does any more.
 */
static uint64_t water_level(const uint64_t *claims, uint32_t n, uint64_t water, uint64_t align)
{
	uint64_t level = 0;

	for (;;) {
		uint64_t rest = water, next;
		uint32_t thirsty = 0;

		for (uint32_t i = 0; i < n; i++) {
			if (claims[i] <= level)
				rest -= claims[i];
			else
				thirsty++;
		}
		if (!thirsty)
			return UINT64_MAX;
		next = rest / thirsty & ~(align - 1);
		if (next <= level)
			return level;
		level = next;
	}
}

static void share_low(struct bh_placement *p, struct bh_wish *wishes)
{
	const struct bh_window window = {
		.align = p->rules->mem_align, .start = p->rules->mem_min,
		.end = p->rules->dma32_end, .node = BH_NONE,
	};
	uint32_t n = p->plan->npartitions;
	uint64_t claims[BH_PARTITIONS_MAX];
	uint64_t level;

	for (uint32_t i = 0; i < n; i++)
		claims[i] = low_claim(p, &wishes[i]);
	level = water_level(claims, n, bh_runs_total(p->runs, &window), window.align);

	for (uint32_t i = 0; i < n; i++) {
		struct bh_wish *wish = &wishes[i];
		uint64_t share = claims[i] < level ? claims[i] : level;
		uint64_t given;

		give(p, wish, share, window.start, window.end, wish->node);
		given = wish->total - wish->left;
		if (given < share && given < FAR_LOW)
			give(p, wish, (share < FAR_LOW ? share : FAR_LOW) - given, window.start,
			     window.end, BH_NONE);
	}
}

/* The rest: above 4 GiB on its node, below, then wherever there is some. */
static void place_rest(struct bh_placement *p, struct bh_wish *wish)
{
	uint64_t low = p->rules->mem_min, split = p->rules->dma32_end;

	if (split < low)
		split = low;
	give(p, wish, wish->left, split, UINT64_MAX, wish->node);
	give(p, wish, wish->left, low, split, wish->node);
	give(p, wish, wish->left, split, UINT64_MAX, BH_NONE);
	give(p, wish, wish->left, low, split, BH_NONE);
}

/* One more piece of the partition whose memory stands last in the pool; false: no room. */
static bool note_piece(struct bh_plan *plan, uint32_t *n, const struct bh_range *range)
{
	struct bh_range *memory = plan->memory + plan->nmemory;
	uint32_t at;

	if (plan->memory_cap - plan->nmemory <= *n)
		return false;
	for (at = (*n)++; at > 0 && memory[at - 1].base > range->base; at--)
		memory[at] = memory[at - 1];
	memory[at] = *range;
	return true;
}

/* Fixed ranges and pieces as the partition's memory, by rising address. */
static void write_memory(struct bh_placement *p, uint32_t index, const struct bh_wish *wish)
{
	struct bh_plan *plan = p->plan;
	struct bh_partition *partition = &plan->partitions[index];
	bool room = true;
	uint32_t n = 0;

	for (uint32_t i = 0; room && i < partition->nrequests; i++) {
		struct bh_range rest = bh_partition_requests(plan, partition)[i];

		if (rest.base == BH_ANYWHERE || !sensible(p, &rest))
			continue;
		while (room && rest.size) {
			struct bh_range piece = p->rules->napot ? bh_napot_head(&rest) : rest;

			room = note_piece(plan, &n, &piece);
			rest.base += piece.size;
			rest.size -= piece.size;
		}
	}
	for (uint32_t i = 0; room && i < wish->npieces; i++)
		room = note_piece(plan, &n, &wish->pieces[i]);
	if (!room) {
		bh_report(p->sink, BH_ERROR, BH_RULE_MODEL_FULL, bh_at(BH_AT_MEMORY, index, BH_NONE),
			  NULL, "no room to note the memory of partition '%s'", partition->name);
		return;
	}
	partition->first_mem = plan->nmemory;
	partition->nmem = n;
	plan->nmemory += n;
}

/* Pieces of memory that the plan fixes. */
static uint32_t count_fixed(const struct bh_placement *p, const struct bh_partition *partition)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < partition->nrequests; i++) {
		const struct bh_range *r = &bh_partition_requests(p->plan, partition)[i];

		if (r->base != BH_ANYWHERE)
			n += p->rules->napot && sensible(p, r) ? bh_napot_split(r, NULL, 0) : 1;
	}
	return n;
}

static void place_partitions(struct bh_placement *p)
{
	static struct bh_wish wishes[BH_PARTITIONS_MAX];
	const struct bh_window all = {
		.align = p->rules->mem_align, .start = p->rules->mem_min, .end = UINT64_MAX,
		.node = BH_NONE,
	};
	uint64_t free = bh_runs_total(p->runs, &all);

	memset(wishes, 0, sizeof(wishes));
	for (uint32_t i = 0; i < p->plan->npartitions; i++) {
		const struct bh_partition *partition = &p->plan->partitions[i];
		uint32_t fixed = count_fixed(p, partition);
		uint64_t total = bh_memory_wanted(p, i);

		/* A wish that is hopeless must not take from those that are not. */
		if (total > free) {
			bh_report(p->sink, BH_ERROR, BH_RULE_MEM_FEW, bh_at(BH_AT_MEMORY, i, BH_NONE),
				  NULL, "partition '%s' wants %s of memory; %s are left",
				  partition->name, bh_size_text(total).s, bh_size_text(free).s);
			wishes[i].pieces_max = BH_NONE;
			continue;
		}
		wishes[i].node = home(p, i);
		wishes[i].total = wishes[i].left = total;
		wishes[i].pieces_max = fixed >= BH_RANGES_MAX ? 0 : BH_RANGES_MAX - fixed;
		if (!p->rules->napot && wishes[i].pieces_max > BH_PIECES_MAX)
			wishes[i].pieces_max = BH_PIECES_MAX;
	}

	if (p->rules->napot)
		bh_place_napot(p, wishes);
	else if (p->rules->dma32_end)
		share_low(p, wishes);
	for (uint32_t i = 0; i < p->plan->npartitions; i++) {
		struct bh_wish *wish = &wishes[i];

		if (!wants_memory(&p->plan->partitions[i]) || wish->pieces_max == BH_NONE)
			continue;
		if (!p->rules->napot)
			place_rest(p, wish);
		if (wish->left)
			bh_report(p->sink, BH_ERROR, BH_RULE_MEM_FEW, bh_at(BH_AT_MEMORY, i, BH_NONE),
				  NULL, "partition '%s' wants %s of memory; %s are missing (in at most %u pieces)",
				  p->plan->partitions[i].name, bh_size_text(wish->total).s,
				  bh_size_text(wish->left).s, wish->pieces_max);
		else
			write_memory(p, i, wish);
	}
}

void bh_place_memory(struct bh_placement *p)
{
	place_low(p);
	bh_place_resident(p);
	place_channels(p);
	place_partitions(p);
	bh_place_starts(p);
}
