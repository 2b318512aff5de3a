/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the fuzzers of every shape have in common: what kernels may do that every machine
 * lets them do, and what must hold after each step. Locks and the order in which CPUs
 * stop and start are checked by the fakes.
 */
#ifndef BULKHEAD_TEST_MONITOR_FUZZ_H
#define BULKHEAD_TEST_MONITOR_FUZZ_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"
#include "monitor/calls.h"

#define FUZZ_OPS	5U	/* of fuzz_step() */

static inline void must(bool holds)
{
	if (!holds)
		abort();
}

struct fuzz_input {
	const uint8_t *data;
	size_t left;
};

/* Takes @size bytes, or what there is and zeroes. */
static inline uint64_t take(struct fuzz_input *in, size_t size)
{
	uint64_t value = 0;
	size_t n = size < in->left ? size : in->left;

	memcpy(&value, in->data, n);
	in->data += n;
	in->left -= n;
	return value;
}

/* A CPU that is not the boot CPU is plugged in, or any is taken out. */
static inline void fuzz_plug(struct part *p, uint32_t index)
{
	uint32_t cpu = p->cpus[index];

	if (p->state != BH_STATE_RUNNING)
		return;
	if (fake.cpus[cpu] == CPU_RUNNING)
		fake_cpu_stops(p, cpu);
	else if (index && fake.cpus[cpu] == CPU_STOPPED)
		fake_cpu_starts(p, cpu);
}

static inline void fuzz_step(struct part *p, uint64_t op, struct fuzz_input *in)
{
	int64_t value;

	fake.cpu = p->cpus[0];
	switch (op) {
	case 0:
		/* Only a kernel that runs can call. */
		if (p->state == BH_STATE_RUNNING)
			monitor_call(p, take(in, 1), take(in, 8), &value);
		break;
	case 1:
		fake_settle();
		break;
	case 2:
		/* At most a minute, and not in ticks of one. */
		fake_pass(take(in, 2) % 60000 * (FAKE_HZ / 1000));
		break;
	case 3:
		fake.bad_image[part_index(p)] = take(in, 1) & 1;
		break;
	default:
		fuzz_plug(p, (uint32_t)take(in, 1) % p->ncpus);
	}
}

/* @before: the epochs before the step, which may be a long time */
static inline void fuzz_check(const uint32_t before[FAKE_PARTS])
{
	for (uint32_t i = 0; i < monitor.nparts; i++) {
		const struct part *p = &monitor.parts[i];

		must(p->state <= BH_STATE_STOPPING && p->reason <= BH_REASON_TRAP);
		must(p->epoch >= before[i] && p->epoch - before[i] <= 2);
		must(p->page->epoch == p->epoch && p->page->id == p->id);
		/* A promise is of a kernel that runs, and at most a day old. */
		must(!p->deadline || p->state == BH_STATE_RUNNING);
		must(!p->deadline || p->deadline <= fake.time + BH_WATCHDOG_MAX_MS * (FAKE_HZ / 1000));
		for (uint32_t k = 0; p->state == BH_STATE_STOPPED && k < p->ncpus; k++)
			must(fake.cpus[p->cpus[k]] == CPU_STOPPED);
	}
	must(!fake.locked);
}

#endif
