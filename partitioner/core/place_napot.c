// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory in naturally aligned powers of two: `memory: 768M` is 512M and 256M.
 *
 * Larger pieces are placed before smaller ones, whoever asks, each at the lowest
 * address that there is: so no small piece ever stands where a large one could
 * have been. A piece that has no place becomes two of half its size. Each
 * piece costs a PMP entry, so a piece on another NUMA node is better than two
 * at home.
 */
#include "core/place_internal.h"

static bool place_piece(struct bh_placement *p, struct bh_wish *wish, uint64_t size)
{
	struct bh_window window = {
		.align = size, .start = p->rules->mem_min, .end = UINT64_MAX, .node = wish->node,
	};
	struct bh_range *piece = &wish->pieces[wish->npieces];

	if (wish->npieces >= wish->pieces_max)
		return false;
	if (!bh_runs_lowest(p->runs, &window, size, piece)) {
		window.node = BH_NONE;
		if (!bh_runs_lowest(p->runs, &window, size, piece))
			return false;
	}
	bh_runs_take(p->runs, piece);
	wish->npieces++;
	wish->left -= size;
	return true;
}

void bh_place_napot(struct bh_placement *p, struct bh_wish *wishes)
{
	/* Pieces of the size at hand that each partition still wants. */
	uint64_t pieces[BH_PARTITIONS_MAX] = { 0 };

	for (uint64_t size = 1ULL << 63; size >= p->rules->mem_align; size /= 2) {
		for (uint32_t i = 0; i < p->plan->npartitions; i++) {
			struct bh_wish *wish = &wishes[i];

			if (wish->pieces_max == BH_NONE)
				continue;
			pieces[i] = 2 * pieces[i] + (wish->total & size ? 1 : 0);
			while (pieces[i] && place_piece(p, wish, size))
				pieces[i]--;
		}
	}
}
