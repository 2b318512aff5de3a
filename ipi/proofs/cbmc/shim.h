/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ring core's atomics for CBMC. Whatever is loaded from a section is any value at
 * all, each time: the peer may have written it just then. Accesses have to lie within
 * what the pointer was made from, which CBMC knows.
 */
#ifndef BULKHEAD_PROOFS_CBMC_SHIM_H
#define BULKHEAD_PROOFS_CBMC_SHIM_H

#include <stdint.h>

uint64_t nondet_u64(void);
uint32_t nondet_u32(void);

#define bh_load(p)		({							\
	__CPROVER_assert(__CPROVER_r_ok(p, sizeof(*(p))), "load within the section");	\
	__CPROVER_assert(__CPROVER_POINTER_OFFSET(p) % sizeof(*(p)) == 0, "load is aligned");	\
	(__typeof__(*(p) + 0))nondet_u64();						\
})
#define bh_load_acquire(p)	bh_load(p)

/* Stores leave no value behind: loads don't look at it. */
#define bh_store(p, v)		({							\
	__CPROVER_assert(__CPROVER_w_ok(p, sizeof(*(p))), "store within the section");	\
	__CPROVER_assert(__CPROVER_POINTER_OFFSET(p) % sizeof(*(p)) == 0, "store is aligned");	\
	(void)(v);									\
})
#define bh_store_release(p, v)	bh_store(p, v)
#define bh_fence()		((void)0)
#define bh_copy(to, from, n)	({							\
	__CPROVER_assert(__CPROVER_w_ok(to, n), "copy to within bounds");		\
	__CPROVER_assert(__CPROVER_r_ok(from, n), "copy from within bounds");		\
})

#endif
