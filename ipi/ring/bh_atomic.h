/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The few atomics that the ring core needs, for whoever compiles it. Every access to
 * the sections goes through these.
 *
 * Shared memory is between kernels, so a kernel built for one CPU needs real barriers
 * too: Linux's virt_*, not smp_*. A proof brings its own definitions
 * and says so with BH_ATOMIC_SHIM.
 */
#ifndef BULKHEAD_ATOMIC_H
#define BULKHEAD_ATOMIC_H

#if defined(BH_ATOMIC_SHIM)

#include BH_ATOMIC_SHIM

#elif defined(__KERNEL__)

#include <asm/barrier.h>
#include <linux/compiler.h>
#include <linux/prefetch.h>

#define bh_load(p)		READ_ONCE(*(p))
#define bh_store(p, v)		WRITE_ONCE(*(p), v)
#define bh_load_acquire(p)	virt_load_acquire(p)
#define bh_store_release(p, v)	virt_store_release(p, v)
#define bh_fence()		virt_mb()
#define bh_prefetch_write(p)	prefetchw(p)

#else

#define bh_load(p)		__atomic_load_n(p, __ATOMIC_RELAXED)
#define bh_store(p, v)		__atomic_store_n(p, v, __ATOMIC_RELAXED)
#define bh_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define bh_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)
#define bh_fence()		__atomic_thread_fence(__ATOMIC_SEQ_CST)

/* The builtin reads, unless the compiler was told of a CPU that is younger than 2014. */
#if defined(__x86_64__)
#define bh_prefetch_write(p)	__asm__ volatile("prefetchw %0" : : "m" (*(const uint8_t *)(p)))
#else
#define bh_prefetch_write(p)	__builtin_prefetch(p, 1)
#endif

#endif

/* A hint that a line will be written soon. Nothing depends on it: a proof need not have it. */
#if !defined(bh_prefetch_write)
#define bh_prefetch_write(p)	((void)(p))
#endif

/* Bytes into a section or out of one: not atomic, so a proof can ask what orders them. */
#if !defined(bh_copy)
#define bh_copy(to, from, bytes)	memcpy(to, from, bytes)
#endif

#endif
