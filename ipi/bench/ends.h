/* SPDX-License-Identifier: GPL-2.0-only */
/* Both ends of a channel in one process. */
#ifndef RING_BENCH_ENDS_H
#define RING_BENCH_ENDS_H

#include "bench.h"

#include "../ring/bh_ring_many.h"

struct ends {
	struct bh_ring a, b;
};

bool ends_open(struct ends *ends, uint8_t *arena, uint32_t section, uint64_t features);

#endif
