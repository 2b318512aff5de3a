// SPDX-License-Identifier: GPL-2.0-only
/* Both ends of a channel in one process: opened, and each accepted by the other. */

#include "ends.h"

bool ends_open(struct ends *ends, uint8_t *arena, uint32_t section, uint64_t features)
{
	static uint64_t epoch;
	struct bh_ring_setup a = {
		.own = arena,
		.peer = arena + section,
		.size = section,
		.owner = 1,
		.peer_id = 2,
		.epoch = ++epoch,
		.features = features,
	};
	struct bh_ring_setup b = a;

	b.own = arena + section;
	b.peer = arena;
	b.owner = 2;
	b.peer_id = 1;
	b.epoch = ++epoch;
	if (2 * (uint64_t)section > ARENA_SIZE || bh_ring_init(&ends->a, &a) ||
	    bh_ring_init(&ends->b, &b))
		return false;
	bh_ring_open(&ends->a, &a);
	bh_ring_open(&ends->b, &b);
	bh_ring_check_peer(&ends->a);
	bh_ring_check_peer(&ends->b);
	return bh_ring_check_peer(&ends->a) == BH_LINK_UP;
}
