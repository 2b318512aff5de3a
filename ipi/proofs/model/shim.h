/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ring core's atomics as steps of the model checker: see machine.h. Given to the
 * core as BH_ATOMIC_SHIM.
 */
#ifndef BULKHEAD_PROOFS_SHIM_H
#define BULKHEAD_PROOFS_SHIM_H

#include "machine.h"

/* Where in the core a step stands, so that a mutant can name it. */
#define MODEL_SITE(kind_, expr_)						\
	static struct model_site site_ = { .function = __func__, .kind = kind_, .expr = expr_ }

#define MODEL_LOAD(p, kind_) ({							\
	MODEL_SITE(kind_, #p);							\
	(__typeof__(*(p) + 0))model_load(&site_, p, sizeof(*(p)));		\
})

#define MODEL_STORE(p, v, kind_) ({						\
	MODEL_SITE(kind_, #p);							\
	model_store(&site_, p, (__typeof__(*(p) + 0))(v), sizeof(*(p)));	\
})

#define bh_load(p)		MODEL_LOAD(p, MODEL_RELAXED)
#define bh_load_acquire(p)	MODEL_LOAD(p, MODEL_ACQUIRE)
#define bh_store(p, v)		MODEL_STORE(p, v, MODEL_RELAXED)
#define bh_store_release(p, v)	MODEL_STORE(p, v, MODEL_RELEASE)
#define bh_fence()		({ MODEL_SITE(MODEL_FENCE, ""); model_fence(&site_); })
#define bh_copy(to, from, n)	model_copy(__func__, to, from, n)

#endif
