// SPDX-License-Identifier: GPL-2.0-only
#include "calls.h"

#include "heartbeat.h"
#include "machine.h"
#include "states.h"
#include "status.h"

/* The right that a function needs of the caller over the partition it names. */
static uint32_t right_for(uint64_t function)
{
	switch (function) {
	case BH_CALL_STATUS:
		return BH_RIGHT_MANAGE | BH_RIGHT_RING;
	case BH_CALL_RING:
		return BH_RIGHT_RING;
	default:
		return BH_RIGHT_MANAGE;
	}
}

static int call_on(struct part *caller, struct part *target, uint64_t function, int64_t *value)
{
	int error = 0;

	/* The way of every message: without the state lock. */
	if (function == BH_CALL_RING) {
		hw_ring(target, caller);
		return 0;
	}

	hw_lock();
	switch (function) {
	case BH_CALL_STATUS:
		*value = (int64_t)status_word(target);
		break;
	case BH_CALL_START:
		error = states_start(target);
		break;
	case BH_CALL_STOP:
		error = states_ask_to_stop(target);
		break;
	case BH_CALL_FORCE_STOP:
		error = states_force_stop(target, BH_REASON_FORCED);
		break;
	case BH_CALL_RESTART:
		error = states_restart(target, BH_REASON_FORCED);
		break;
	}
	hw_unlock();
	return error;
}

int monitor_call(struct part *caller, uint64_t function, uint64_t argument, int64_t *value)
{
	struct part *target;
	int error;

	*value = 0;
	switch (function) {
	case BH_CALL_VERSION:
		*value = BH_MONITOR_VERSION;
		return 0;
	case BH_CALL_SELF:
		*value = (int64_t)((uint64_t)caller->epoch << 32 | caller->id);
		return 0;
	case BH_CALL_WATCHDOG:
		hw_lock();
		error = heartbeat_set(caller, argument);
		hw_unlock();
		return error;
	case BH_CALL_STATUS:
	case BH_CALL_START:
	case BH_CALL_STOP:
	case BH_CALL_FORCE_STOP:
	case BH_CALL_RESTART:
	case BH_CALL_RING:
		break;
	default:
		return BH_ERROR_NOT_SUPPORTED;
	}

	/* One answer for "there is none" and "not yours": the caller learns nothing. */
	target = part_by_id(argument);
	if (!target || !(part_rights(caller, target) & right_for(function)))
		return BH_ERROR_DENIED;
	return call_on(caller, target, function, value);
}
