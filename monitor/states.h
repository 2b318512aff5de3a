/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From state to state.
 *
 *	            start                        loaded
 *	STOPPED ------------> STARTING ------------------> RUNNING
 *	   ^  ^                 |   bad image,               |
 *	   |  |                 |   forced stop              | forced stop, its own wish,
 *	   |  | all CPUs        v                            | missed heartbeat, trap
 *	   |  +------------- STOPPING <----------------------+
 *	   |                    |
 *	   |     `restart` set: on to STARTING with the next epoch
 *	   +-- RUNNING, when its own kernel has stopped every CPU
 *
 * A state says what every CPU of the partition has to do; CPUs look at it whenever
 * they come by in the monitor. Nothing is sent that could get lost, and so two
 * managers, a restart in the middle of a start and a CPU that is just being plugged in
 * need no cases of their own: the last decision stands.
 *
 * The caller of each of these holds the state lock. None waits: the CPUs are told, and
 * the state goes on from states_cpus_stopped(), states_loaded() and states_tick().
 */
#ifndef BULKHEAD_MONITOR_STATES_H
#define BULKHEAD_MONITOR_STATES_H

#include "monitor/part.h"

/* Each returns 0 or a monitor call's error. */
int states_start(struct part *p);
int states_ask_to_stop(struct part *p);
int states_force_stop(struct part *p, enum bh_reason reason);
int states_restart(struct part *p, enum bh_reason reason);

/* All CPUs of @p have stopped, for whatever reason. */
void states_cpus_stopped(struct part *p);

/* The boot CPU of @p has run its start list, or could not. */
void states_loaded(struct part *p, bool good);

/*
 * states_tick() - what is due by the clock
 * @now: of hw_time()
 *
 * Any CPU may call this, as often as it likes; see hw_tick_at() for when it must be.
 */
void states_tick(uint64_t now);

#endif
