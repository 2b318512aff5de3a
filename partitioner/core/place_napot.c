// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory in naturally aligned powers of two: `memory: 768M` is 512M and 256M.
 *
 * Larger pieces are placed before smaller ones, whoever asks, each at the lowest
 * address that there is: so no small piece ever stands where a large one could
 * have been. A piece that has no place becomes two of half its size; one that
 * holds a large image (struct bh_wish, whole) is placed before all. Each
 * piece costs a PMP entry, so a piece on another NUMA node is better than two
 * at home.
 */
#include "core/place_internal.h"

static bool place_piece(struct bh_placement *p, struct bh_wish *wish, uint64_t size)
{
	struct bh_bounds bounds = {
		.align = size, .start = p->rules->mem_min, .end = UINT64_MAX, .node = wish->node,
	};
	struct bh_range *piece = &wish->pieces[wish->npieces];

	if (wish->npieces >= wish->pieces_max)
		return false;
	if (!bh_runs_lowest(p->runs, &bounds, size, piece)) {
		bounds.node = BH_NONE;
		if (!bh_runs_lowest(p->runs, &bounds, size, piece))
			return false;
	}
	bh_runs_take(p->runs, piece);
	wish->npieces++;
	wish->left -= size;
	return true;
}

/* The least piece of a wish that is large enough for what must be whole; 0: none. */
static uint64_t whole_piece(const struct bh_wish *wish)
{
	uint64_t size = 1;

	while (size && (size < wish->whole || !(wish->total & size)))
		size *= 2;
	return wish->whole ? size : 0;
}

void bh_place_napot(struct bh_placement *p, struct bh_wish *wishes)
{
	/* Pieces of the size at hand that each partition still wants. */
	uint64_t pieces[BH_PARTITIONS_MAX] = { 0 };
	uint64_t first[BH_PARTITIONS_MAX] = { 0 };

	/* Before a larger piece takes the hole, which can be two pieces as well. */
	for (uint64_t size = 1ULL << 63; size >= p->rules->mem_align; size /= 2) {
		for (uint32_t i = 0; i < p->plan->npartitions; i++) {
			if (whole_piece(&wishes[i]) == size && place_piece(p, &wishes[i], size))
				first[i] = size;
		}
	}
	for (uint64_t size = 1ULL << 63; size >= p->rules->mem_align; size /= 2) {
		for (uint32_t i = 0; i < p->plan->npartitions; i++) {
			struct bh_wish *wish = &wishes[i];

			if (wish->pieces_max == BH_NONE)
				continue;
			pieces[i] = 2 * pieces[i] + ((wish->total & ~first[i]) & size ? 1 : 0);
			while (pieces[i] && place_piece(p, wish, size))
				pieces[i]--;
		}
	}
}
