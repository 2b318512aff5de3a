/* SPDX-License-Identifier: GPL-2.0-only */
/* The ring core's atomics, with a peer that may write between any two loads. */
#ifndef BULKHEAD_FUZZ_RING_SHIM_H
#define BULKHEAD_FUZZ_RING_SHIM_H

void fuzz_peer_acts(const volatile void *p);

#define bh_load(p)		({ fuzz_peer_acts(p); __atomic_load_n(p, __ATOMIC_RELAXED); })
#define bh_load_acquire(p)	bh_load(p)
#define bh_store(p, v)		__atomic_store_n(p, v, __ATOMIC_RELAXED)
#define bh_store_release(p, v)	bh_store(p, v)
#define bh_fence()		((void)0)

#endif
