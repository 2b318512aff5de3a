/* SPDX-License-Identifier: GPL-2.0-only */
/* Monitor calls: who may ask for what. The contract is <bulkhead/monitor.h>. */
#ifndef BULKHEAD_MONITOR_CALLS_H
#define BULKHEAD_MONITOR_CALLS_H

#include "monitor/part.h"

/*
 * monitor_call() - one call of enum bh_call
 * @caller: the partition of the CPU that this runs on
 * @function, @argument: as the caller gave them
 * @value: the answer
 *
 * Takes the state lock. Returns 0 or an error of the contract's.
 */
int monitor_call(struct part *caller, uint64_t function, uint64_t argument, int64_t *value);

#endif
