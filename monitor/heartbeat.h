/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Heartbeats: a partition's kernel promises to call again before a deadline, and is
 * restarted when it does not (states_tick()). Here are the deadlines alone: who notices
 * that one has passed is the platform's affair, see hw_tick_at(). The caller of each of
 * these holds the state lock.
 */
#ifndef BULKHEAD_MONITOR_HEARTBEAT_H
#define BULKHEAD_MONITOR_HEARTBEAT_H

#include "monitor/part.h"

/*
 * heartbeat_set() - restart @p unless it calls this again within @ms milliseconds
 * @ms: 0: no more; at most BH_WATCHDOG_MAX_MS
 *
 * Called on a CPU of @p. Returns 0 or a monitor call's error.
 */
int heartbeat_set(struct part *p, uint64_t ms);

/* Nothing is promised any more. */
void heartbeat_clear(struct part *p);

static inline bool heartbeat_is_promised(const struct part *p)
{
	return p->deadline;
}

static inline bool heartbeat_is_late(const struct part *p, uint64_t now)
{
	return p->deadline && now >= p->deadline;
}

#endif
