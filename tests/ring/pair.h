/* SPDX-License-Identifier: GPL-2.0-only */
/* Two ends of a channel in one process, for the tests of the ring core. */
#ifndef BULKHEAD_TESTS_RING_PAIR_H
#define BULKHEAD_TESTS_RING_PAIR_H

#include <stdlib.h>

#include <bulkhead/channel.h>

#include "bh_ring.h"

struct pair {
	uint32_t size;
	void *section[2];
	struct bh_ring_setup setup[2];
	struct bh_ring ring[2];
};

static inline void pair_setup(struct pair *p, int side, uint64_t epoch)
{
	p->setup[side] = (struct bh_ring_setup){
		.own = p->section[side],
		.peer = p->section[!side],
		.size = p->size,
		.owner = 3 + (uint32_t)side,
		.peer_id = 4 - (uint32_t)side,
		.epoch = epoch,
	};
}

/* Begin a life of one end. */
static inline int pair_open(struct pair *p, int side, uint64_t epoch)
{
	int err;

	pair_setup(p, side, epoch);
	err = bh_ring_init(&p->ring[side], &p->setup[side]);
	if (!err)
		bh_ring_open(&p->ring[side], &p->setup[side]);
	return err;
}

/* Let both look at each other until they agree. */
static inline bool pair_agree(struct pair *p)
{
	bh_ring_check_peer(&p->ring[0]);
	bh_ring_check_peer(&p->ring[1]);
	return bh_ring_check_peer(&p->ring[0]) == BH_LINK_UP &&
	       bh_ring_check_peer(&p->ring[1]) == BH_LINK_UP;
}

static inline bool pair_init(struct pair *p, uint32_t size)
{
	p->size = size;
	p->section[0] = aligned_alloc(128, size);
	p->section[1] = aligned_alloc(128, size);
	if (!p->section[0] || !p->section[1])
		return false;
	/* What is in memory before an end opens has no meaning. */
	memset(p->section[0], 0xa5, size);
	memset(p->section[1], 0x5a, size);
	((struct bh_section *)p->section[0])->epoch.epoch = 0;
	((struct bh_section *)p->section[1])->epoch.epoch = 0;
	return !pair_open(p, 0, 1) && !pair_open(p, 1, 1) && pair_agree(p);
}

static inline void pair_free(struct pair *p)
{
	free(p->section[0]);
	free(p->section[1]);
}

#endif
