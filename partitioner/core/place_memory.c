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
 *
 * A kernel wants one piece, an initrd another or the same. Where that sharing leaves
 * a partition without such a piece, everything is placed once more, and those that
 * came off badly get it before anybody shares.
 */
#include "core/place_internal.h"

#include <string.h>

#include "core/layout.h"
#include "core/linux_image.h"
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
	const struct bh_bounds bounds = {
		.align = BH_PAGE_SIZE, .start = start, .end = UINT64_MAX, .node = BH_NONE,
	};
	uint64_t size = bh_monitor_size(p->rules, p->plan);

	if (start % p->rules->mem_align == 0 &&
	    bh_runs_lowest(p->runs, &bounds, size, monitor) && monitor->base == start) {
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
	struct bh_bounds bounds = {
		.align = BH_PAGE_SIZE, .start = rules->low_page_min, .end = rules->low_slice_end,
		.node = BH_NONE,
	};

	if (rules->low_page_min && !plan->low_page.size) {
		if (bh_runs_lowest(p->runs, &bounds, BH_PAGE_SIZE, &plan->low_page))
			bh_runs_take(p->runs, &plan->low_page);
		else
			bh_report(p->sink, BH_ERROR, BH_RULE_LOW_PAGE,
				  bh_at(BH_AT_MACHINE, BH_NONE, BH_NONE), NULL,
				  "there is no page of RAM for the monitor between 0x%llx and 0x%llx",
				  (unsigned long long)bounds.start, (unsigned long long)bounds.end);
	}

	bounds.start = rules->low_slice_min;
	for (uint32_t i = 0; rules->low_slice && i < plan->npartitions; i++) {
		struct bh_partition *partition = &plan->partitions[i];

		if (partition->low_slice.size)
			continue;
		if (bh_runs_lowest(p->runs, &bounds, rules->low_slice, &partition->low_slice))
			bh_runs_take(p->runs, &partition->low_slice);
		else
			bh_report(p->sink, BH_ERROR, BH_RULE_LOW_SLICE,
				  bh_at(BH_AT_PARTITION, i, BH_NONE),
				  "every partition needs one to start its CPUs in real mode",
				  "no %s of RAM are left for partition '%s' between 0x%llx and 0x%llx",
				  bh_size_text(rules->low_slice).s, partition->name,
				  (unsigned long long)bounds.start, (unsigned long long)bounds.end);
	}

	if (plan->monitor.size)
		return;
	if (rules->monitor_first) {
		place_at_start(p);
		return;
	}
	bounds.start = rules->monitor_min;
	bounds.end = rules->dma32_end ? rules->dma32_end : UINT64_MAX;
	if (bh_runs_lowest(p->runs, &bounds, bh_monitor_size(rules, plan), &plan->monitor))
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
	struct bh_bounds bounds = {
		.align = BH_PAGE_SIZE, .start = p->rules->mem_min, .end = UINT64_MAX, .node = node,
	};
	uint64_t size = memory->size;

	if (!p->rules->napot)
		return bh_runs_highest(p->runs, &bounds, size, memory);
	/* Both its halves are aligned where the whole is aligned to a half. */
	bounds.align = size / 2;
	return bh_runs_lowest(p->runs, &bounds, size, memory);
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

/* Up to @amount within bounds: in one piece, or else from the largest pieces on. */
static void give(struct bh_placement *p, struct bh_wish *wish, uint64_t amount,
		 uint64_t start, uint64_t end, uint32_t node)
{
	const struct bh_bounds bounds = {
		.align = p->rules->mem_align, .start = start, .end = end, .node = node,
	};

	if (amount > wish->left)
		amount = wish->left;
	while (amount && wish->npieces < wish->pieces_max) {
		struct bh_range range;

		if (!bh_runs_lowest(p->runs, &bounds, amount, &range)) {
			if (!bh_runs_largest(p->runs, &bounds, &range))
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
	const struct bh_bounds bounds = {
		.align = p->rules->mem_align, .start = p->rules->mem_min,
		.end = p->rules->dma32_end, .node = wish->node,
	};

	if (wish->node != BH_NONE && wish->left > FAR_LOW && !bh_runs_total(p->runs, &bounds))
		return FAR_LOW;
	return wish->left;
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

/* Of one that has low memory already, by the piece that it was given whole. */
static bool has_low(const struct bh_placement *p, const struct bh_wish *wish)
{
	for (uint32_t i = 0; i < wish->npieces; i++) {
		if (wish->pieces[i].base < p->rules->dma32_end)
			return true;
	}
	return false;
}

static void share_low(struct bh_placement *p, struct bh_wish *wishes)
{
	const struct bh_bounds bounds = {
		.align = p->rules->mem_align, .start = p->rules->mem_min,
		.end = p->rules->dma32_end, .node = BH_NONE,
	};
	uint32_t n = p->plan->npartitions;
	uint64_t claims[BH_PARTITIONS_MAX];
	uint64_t level;

	for (uint32_t i = 0; i < n; i++)
		claims[i] = has_low(p, &wishes[i]) ? 0 : low_claim(p, &wishes[i]);
	level = water_level(claims, n, bh_runs_total(p->runs, &bounds), bounds.align);

	for (uint32_t i = 0; i < n; i++) {
		struct bh_wish *wish = &wishes[i];
		uint64_t share = claims[i] < level ? claims[i] : level;
		uint64_t before = wish->left, given;

		give(p, wish, share, bounds.start, bounds.end, wish->node);
		given = before - wish->left;
		if (given < share && given < FAR_LOW)
			give(p, wish, (share < FAR_LOW ? share : FAR_LOW) - given, bounds.start,
			     bounds.end, BH_NONE);
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

/* One more piece in a list by rising address; false: no room. */
static bool note_piece(struct bh_range *memory, uint32_t cap, uint32_t *n,
		       const struct bh_range *range)
{
	uint32_t at;

	if (cap <= *n)
		return false;
	for (at = (*n)++; at > 0 && memory[at - 1].base > range->base; at--)
		memory[at] = memory[at - 1];
	memory[at] = *range;
	return true;
}

/* Fixed ranges and pieces, by rising address, into @memory; false: no room. */
static bool list_memory(const struct bh_placement *p, uint32_t index, const struct bh_wish *wish,
			struct bh_range *memory, uint32_t cap, uint32_t *n)
{
	const struct bh_partition *partition = &p->plan->partitions[index];
	bool room = true;

	*n = 0;
	for (uint32_t i = 0; room && i < partition->nrequests; i++) {
		struct bh_range rest = bh_partition_requests(p->plan, partition)[i];

		if (rest.base == BH_ANYWHERE || !sensible(p, &rest))
			continue;
		while (room && rest.size) {
			struct bh_range piece = p->rules->napot ? bh_napot_head(&rest) : rest;

			room = note_piece(memory, cap, n, &piece);
			rest.base += piece.size;
			rest.size -= piece.size;
		}
	}
	for (uint32_t i = 0; room && i < wish->npieces; i++)
		room = note_piece(memory, cap, n, &wish->pieces[i]);
	return room;
}

static void write_memory(struct bh_placement *p, uint32_t index, const struct bh_wish *wish)
{
	struct bh_plan *plan = p->plan;
	struct bh_partition *partition = &plan->partitions[index];
	uint32_t n;

	if (!list_memory(p, index, wish, plan->memory + plan->nmemory,
			 plan->memory_cap - plan->nmemory, &n)) {
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

/* What of a partition has to be in one piece each; NULL when nobody has looked into its kernel. */
static const struct bh_image *kernel_of(const struct bh_placement *p, uint32_t index)
{
	const struct bh_image *kernel = bh_plan_image(p->plan, p->plan->partitions[index].kernel);

	return kernel && kernel->init_size ? kernel : NULL;
}

static const struct bh_image *initrd_of(const struct bh_placement *p, uint32_t index)
{
	return bh_plan_image(p->plan, p->plan->partitions[index].initrd);
}

/* Do kernel, initrd and private area fit into what a partition was given? */
static bool images_fit(const struct bh_placement *p, uint32_t index, const struct bh_wish *wish)
{
	const struct bh_image *kernel = kernel_of(p, index);
	struct bh_range memory[BH_RANGES_MAX];
	struct bh_layout layout;
	uint32_t n;

	return !kernel || !list_memory(p, index, wish, memory, BH_RANGES_MAX, &n) ||
	       !bh_layout_linux(memory, n, kernel, initrd_of(p, index), p->rules->private_size,
				&layout);
}

/*
 * The piece that holds all of it, wherever it lies. All that the partition leaves to
 * placement where that is less: something may have its place in what the plan fixes.
 */
static uint64_t whole_piece(const struct bh_placement *p, uint32_t index, uint64_t total)
{
	const struct bh_image *kernel = kernel_of(p, index), *initrd = initrd_of(p, index);
	uint64_t align = kernel->kernel_alignment > p->rules->mem_align ?
			 kernel->kernel_alignment : p->rules->mem_align;
	uint64_t size = p->rules->private_size + BH_PAGE_SIZE;

	if (kernel->init_size > total || (initrd && initrd->size > total))
		return total;
	/* Above its lowest address a kernel may have to move up to the next that it likes. */
	size += kernel->init_size + align - p->rules->mem_align;
	if (initrd)
		size += bh_golden_size(initrd);
	size = (size + p->rules->mem_align - 1) & ~(p->rules->mem_align - 1);
	return size < total ? size : total;
}

/*
 * The piece that an image needs, before anybody shares. Above 4 GiB, where RAM is
 * not scarce; but below where the partition would else have no RAM there, or where
 * its kernel has to be. Best with nothing below the address that its kernel runs at or above.
 */
static void give_whole(struct bh_placement *p, uint32_t index, struct bh_wish *wish)
{
	uint64_t low = p->rules->mem_min, split = p->rules->dma32_end > low ? p->rules->dma32_end : low;
	const struct bh_image *kernel = kernel_of(p, index);
	bool above = kernel->xloadflags & BH_XLF_CAN_BE_LOADED_ABOVE_4G;
	bool low_first = !above || wish->total - wish->whole < FAR_LOW;
	const uint64_t floors[] = { kernel->pref_address, 0 };
	const uint32_t nodes[] = { wish->node, BH_NONE };
	struct bh_bounds bounds = { .align = p->rules->mem_align };
	struct bh_range piece;

	for (uint32_t i = 0; i < 2 * 2 * 2; i++) {
		bool is_low = (i % 2 == 0) == low_first;
		uint64_t floor = floors[i / 4];

		bounds.node = nodes[i / 2 % 2];
		bounds.start = is_low ? low : split;
		if (bounds.start < floor)
			bounds.start = floor;
		bounds.end = is_low ? split : UINT64_MAX;
		if ((!is_low && !above) || !bh_runs_lowest(p->runs, &bounds, wish->whole, &piece))
			continue;
		bh_runs_take(p->runs, &piece);
		add_piece(wish, &piece);
		return;
	}
}

/* All wishes from the start; those that must have a piece whole get that first, the largest of all. */
static void place_wishes(struct bh_placement *p, struct bh_wish *wishes, const struct bh_runs *free)
{
	uint64_t served = 0;

	*p->runs = *free;
	for (uint32_t i = 0; i < p->plan->npartitions; i++) {
		wishes[i].left = wishes[i].total;
		wishes[i].npieces = 0;
	}
	if (p->rules->napot) {
		bh_place_napot(p, wishes);
		return;
	}
	for (;;) {
		uint32_t next = BH_NONE;

		for (uint32_t i = 0; i < p->plan->npartitions; i++) {
			if (wishes[i].whole && !(served >> i & 1) &&
			    (next == BH_NONE || wishes[i].whole > wishes[next].whole))
				next = i;
		}
		if (next == BH_NONE)
			break;
		served |= 1ULL << next;
		give_whole(p, next, &wishes[next]);
	}
	if (p->rules->dma32_end)
		share_low(p, wishes);
	for (uint32_t i = 0; i < p->plan->npartitions; i++) {
		if (wishes[i].pieces_max != BH_NONE)
			place_rest(p, &wishes[i]);
	}
}

/* Wishes and images that got no place. */
static uint32_t count_misfits(const struct bh_placement *p, const struct bh_wish *wishes)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->plan->npartitions; i++) {
		if (wishes[i].total && wishes[i].pieces_max != BH_NONE)
			n += wishes[i].left || !images_fit(p, i, &wishes[i]);
	}
	return n;
}

/*
 * Place all; those whose images found no place get a whole piece in the next round.
 * Each round has more of them, so there is a last one; the best one counts. Returns
 * how many wishes or images that leaves without a place.
 */
static uint32_t place_all(struct bh_placement *p, struct bh_wish *wishes)
{
	static struct bh_runs free;
	uint64_t best[BH_PARTITIONS_MAX] = { 0 };
	uint32_t n = p->plan->npartitions, least = UINT32_MAX;
	bool more;

	free = *p->runs;
	for (uint32_t i = 0; i < n; i++)
		wishes[i].whole = 0;
	do {
		uint32_t misfits;

		place_wishes(p, wishes, &free);
		misfits = count_misfits(p, wishes);
		for (uint32_t i = 0; i < n && misfits < least; i++)
			best[i] = wishes[i].whole;
		least = misfits < least ? misfits : least;
		more = false;
		for (uint32_t i = 0; i < n && misfits; i++) {
			struct bh_wish *wish = &wishes[i];

			if (!wish->total || wish->pieces_max == BH_NONE || wish->whole ||
			    images_fit(p, i, wish))
				continue;
			wish->whole = whole_piece(p, i, wish->total);
			more = true;
		}
	} while (more);

	for (uint32_t i = 0; i < n; i++) {
		more = more || wishes[i].whole != best[i];
		wishes[i].whole = best[i];
	}
	if (more)
		place_wishes(p, wishes, &free);
	return least;
}

/*
 * The golden copies get what partitions leave. Where that is too little in one
 * piece, they go first, unless that leaves a partition with less than it wants.
 */
static void place_beside_golden(struct bh_placement *p, struct bh_wish *wishes)
{
	static struct bh_runs before;
	struct bh_range golden;
	uint32_t misfits;

	before = *p->runs;
	misfits = place_all(p, wishes);
	if (!bh_find_golden(p, &golden)) {
		*p->runs = before;
		if (!bh_find_golden(p, &golden) || place_all(p, wishes) > misfits) {
			golden.size = 0;
			*p->runs = before;
			place_all(p, wishes);
			bh_report(p->sink, BH_ERROR, BH_RULE_GOLDEN,
				  bh_at(BH_AT_MACHINE, BH_NONE, BH_NONE),
				  "every kernel and initrd is kept once, beside the partitions' memory",
				  "no %s of RAM are left in one piece for the golden images",
				  bh_size_text(bh_golden_total(p->rules, p->plan)).s);
		}
	}
	bh_place_golden(p, &golden);
}

static void place_partitions(struct bh_placement *p)
{
	static struct bh_wish wishes[BH_PARTITIONS_MAX];
	const struct bh_bounds all = {
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

	place_beside_golden(p, wishes);
	for (uint32_t i = 0; i < p->plan->npartitions; i++) {
		struct bh_wish *wish = &wishes[i];

		if (!wants_memory(&p->plan->partitions[i]) || wish->pieces_max == BH_NONE)
			continue;
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
	bh_place_loaded(p);
}
