// SPDX-License-Identifier: GPL-2.0-only
#include "heartbeat.h"

#include "machine.h"

static void set(struct part *p, uint64_t deadline)
{
	p->deadline = deadline;
	hw_tick_at(p, deadline ? deadline : HW_NEVER);
}

void heartbeat_clear(struct part *p)
{
	set(p, 0);
}

int heartbeat_set(struct part *p, uint64_t ms)
{
	if (ms > BH_WATCHDOG_MAX_MS)
		return BH_ERROR_INVALID;
	/* On its way down already: the last word must not be a deadline. */
	if (p->state == BH_STATE_RUNNING)
		set(p, ms ? hw_time() + ms * hw_frequency() / 1000 : 0);
	return 0;
}
