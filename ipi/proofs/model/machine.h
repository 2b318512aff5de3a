/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine with weak memory that runs the ring core in every way it can be run.
 *
 * Two CPUs, each a coroutine. Every store of one appends a message to the
 * history of its location; a load may return any message that is not older than what
 * its CPU knows of that location, and so may come out stale: that covers store buffers,
 * stores that become visible out of order, and loads that are satisfied early. What a
 * CPU knows is a view: a number of a message for each location. A release store
 * sends its CPU's view along, an acquire load takes it over, a full fence exchanges
 * views with all fences before it. (This is C11's model as a machine, without loads
 * that return what is stored later: the core's ring data is checked for that by the rule
 * of data races below. RISC-V's and x86's orders are subsets.)
 *
 * Locations have one writer, so their histories need no order between CPUs; a store
 * never limits what the other may still read. Hence CPUs take turns only before
 * loads of the other's memory, fences and doorbells, and no behaviour is missed; and only
 * where the other's turn makes a difference to that step.
 *
 * Payload and frame headers are also watched for data races: payload that is read must be
 * what was written last and known to be; and what the other has read may only be
 * overwritten once the writer knows of the read.
 *
 * The search is depth first over all choices, by running again from the start. A CPU is
 * deterministic, so the messages it has read so far are its state; states seen before are
 * not searched again. Hashes of 128 bits stand for them.
 *
 * A doorbell carries no view: the protocol does not lean on the order of interrupts.
 */
#ifndef BULKHEAD_PROOFS_MACHINE_H
#define BULKHEAD_PROOFS_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODEL_CPUS	2
#define MODEL_SECTION	4096U

enum model_kind { MODEL_RELAXED, MODEL_ACQUIRE, MODEL_RELEASE, MODEL_FENCE };

struct model_site {
	const char *function, *expr;
	enum model_kind kind;
	bool weak;		/* the mutant: without its order */
	unsigned int run;	/* in which `weak` was found out */
};

/* A barrier to leave out. @expr may be NULL when the function has one of the kind. */
struct model_mutant {
	const char *name, *function, *expr;
	enum model_kind kind;
	const char *shown_by;	/* the scenario that is asked first */
};

struct model_scenario {
	const char *name;
	void (*setup)(void);		/* before the CPUs run: stores have no history */
	void (*cpu[MODEL_CPUS])(void);
	bool (*done)(void);		/* asked when no CPU can go on: is that the end? */
	bool mortal[MODEL_CPUS];	/* may die before any step; then cpu[] is called again */
	unsigned int deaths;		/* in all */
	bool slow;			/* for the long run only */
};

struct model_result {
	uint64_t runs, states, steps;
	bool reached;			/* the mutant's barrier */
	const char *error;		/* NULL: none in any run */
	char what[160];
};

/* The sections of the CPUs. Their addresses count, not what is in them. */
extern uint8_t model_section[MODEL_CPUS][MODEL_SECTION];

/*
 * All runs of @scenario without the barrier @mutant (NULL: with all), in each of which at
 * most @most_stale loads return something else than the newest. Ends with the first error.
 */
void model_search(const struct model_scenario *scenario, const struct model_mutant *mutant,
		  unsigned int most_stale, bool trace, struct model_result *result);

/* --- for the core, through shim.h --- */

uint64_t model_load(struct model_site *site, const volatile void *p, unsigned int size);
void model_store(struct model_site *site, volatile void *p, uint64_t value, unsigned int size);
void model_fence(struct model_site *site);
void model_copy(const char *function, void *to, const void *from, size_t bytes);

/* --- for scenarios --- */

int model_self(void);
unsigned int model_life(void);			/* deaths of this CPU so far */
unsigned int model_choose(unsigned int n);	/* any of 0 .. n - 1 */
void model_ring(int cpu);
void model_wait(void);				/* until rung; a ring from before counts */
void model_await(const volatile void *p);	/* until there is something newer at @p: for those who poll */
void model_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
