// SPDX-License-Identifier: GPL-2.0-only
#include "keeper.h"

#include "monitor/heartbeat.h"
#include "monitor/machine.h"

#include "platform.h"

void hw_tick_at(struct part *p, uint64_t time)
{
	/* Another hart's timer may still be set: it will find that it is not its turn. */
	p->platform->keeper = time == HW_NEVER ? HART_NONE : hw_hart();
	if (time != HW_NEVER)
		hw_timer_set(time);
}

bool keeper_is_wanted(const struct part *p)
{
	return heartbeat_is_promised(p) && p->platform->keeper == HART_NONE &&
	       p->state == BH_STATE_RUNNING;
}

void keeper_adopt(struct part *p, uint32_t hart)
{
	if (!keeper_is_wanted(p))
		return;
	p->platform->keeper = hart;
	hw_timer_set(p->deadline);
}

bool keeper_leave(struct part *p, uint32_t hart)
{
	if (p->platform->keeper != hart)
		return false;
	p->platform->keeper = HART_NONE;
	return heartbeat_is_promised(p);
}

void keeper_rearm(struct part *p, uint32_t hart)
{
	if (heartbeat_is_promised(p) && p->platform->keeper == hart)
		hw_timer_set(p->deadline);
}
