// SPDX-License-Identifier: GPL-2.0-only
/*
 * A watchdog for each partition, kept by the M-mode timer of one of its harts. A
 * timer interrupt of M-mode comes through whatever S-mode does, so a kernel
 * that spins with its interrupts off is bitten like any other.
 */
#include "part.h"

enum {
	INVALID_PARAM = -3,
};

int watchdog_set(struct part *p, uint64_t ms)
{
	if (ms > BH_WATCHDOG_MAX_MS)
		return INVALID_PARAM;
	/* On its way down already: the last word must not be a deadline. */
	if (p->state != BH_STATE_RUNNING)
		return 0;
	if (!ms) {
		p->deadline = 0;
		p->watchdog_hart = PART_NONE;
		return 0;
	}
	p->deadline = hw_time() + ms * hw_frequency() / 1000;
	/* Another hart's timer may still be set: it will find that it is not its turn. */
	p->watchdog_hart = hw_hart();
	hw_timer_set(p->deadline);
	return 0;
}

void watchdog_leave(struct part *p, uint32_t hart)
{
	if (p->watchdog_hart != hart)
		return;
	p->watchdog_hart = PART_NONE;
	if (p->deadline)
		hw_harts_look(p);
}

void watchdog_adopt(struct part *p, uint32_t hart)
{
	if (!p->deadline || p->watchdog_hart != PART_NONE || p->state != BH_STATE_RUNNING)
		return;
	p->watchdog_hart = hart;
	hw_timer_set(p->deadline);
}

uint64_t watchdog_check(struct part *p, uint32_t hart)
{
	if (!p->deadline || p->watchdog_hart != hart)
		return WATCHDOG_NEVER;
	if (hw_time() < p->deadline)
		return p->deadline;
	control_restart(p, BH_REASON_WATCHDOG);
	return WATCHDOG_NEVER;
}
