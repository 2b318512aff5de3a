// SPDX-License-Identifier: GPL-2.0-only
#include "states.h"

#include "heartbeat.h"
#include "machine.h"
#include "status.h"

/* Shows the new state to all who may see it, and rings those who manage. */
static void tell(struct part *p)
{
	status_tell(p);
	for (uint32_t i = 0; i < monitor.nparts; i++) {
		if (&monitor.parts[i] != p && (part_rights(&monitor.parts[i], p) & BH_RIGHT_MANAGE))
			hw_ring(&monitor.parts[i], NULL);
	}
}

/*
 * With every partition stopped there is nobody left who could start one. When
 * that is what somebody wanted, the machine goes off; otherwise what is on the
 * console stays there to be read.
 */
static void nobody_left(void)
{
	bool wanted = false;

	for (uint32_t i = 0; i < monitor.nparts; i++) {
		if (monitor.parts[i].state != BH_STATE_STOPPED)
			return;
		wanted = wanted || monitor.parts[i].reason == BH_REASON_SHUTDOWN;
	}
	hw_say("every partition has stopped%s", wanted ? ": power off" : "");
	if (wanted)
		hw_power_off();
}

/*
 * What the epoch that ends has promised and asked for. At each step down, and once more
 * on the way up: a CPU that stopped late may have set something.
 */
static void forget(struct part *p)
{
	heartbeat_clear(p);
	hw_part_reset(p);
}

static void stopped(struct part *p)
{
	p->state = BH_STATE_STOPPED;
	p->restart = false;
	forget(p);
	hw_say("%s: stopped: %s", p->name, bh_reason_word(p->reason));
	tell(p);
	nobody_left();
}

static int begin(struct part *p)
{
	int error;

	p->state = BH_STATE_STARTING;
	p->restart = false;
	p->epoch++;
	forget(p);
	status_reset(p);
	error = hw_boot_cpu_start(p);
	if (error) {
		hw_say("%s: its boot CPU does not start (error %d)", p->name, error);
		p->reason = BH_REASON_FAILURE;
		stopped(p);
		return BH_ERROR_FAILED;
	}
	tell(p);
	return 0;
}

int states_start(struct part *p)
{
	if (p->broken)
		return BH_ERROR_FAILED;
	switch (p->state) {
	case BH_STATE_STOPPED:
		return begin(p);
	case BH_STATE_STOPPING:
		p->restart = true;
		return 0;
	default:
		return BH_ERROR_ALREADY_STARTED;
	}
}

int states_ask_to_stop(struct part *p)
{
	if (p->state == BH_STATE_STOPPED)
		return BH_ERROR_ALREADY_STOPPED;
	status_request(p, BH_REQUEST_STOP);
	hw_ring(p, NULL);
	return 0;
}

/* CPUs are told once; a later call only changes what happens then. */
static int stop(struct part *p, enum bh_reason reason, bool restart)
{
	p->restart = restart;
	if (p->state == BH_STATE_STOPPING)
		return 0;
	p->state = BH_STATE_STOPPING;
	p->reason = reason;
	forget(p);
	tell(p);
	hw_cpus_look(p);
	return 0;
}

int states_force_stop(struct part *p, enum bh_reason reason)
{
	if (p->state == BH_STATE_STOPPED)
		return BH_ERROR_ALREADY_STOPPED;
	return stop(p, reason, false);
}

int states_restart(struct part *p, enum bh_reason reason)
{
	if (p->broken)
		return BH_ERROR_FAILED;
	if (p->state == BH_STATE_STOPPED)
		return begin(p);
	return stop(p, reason, true);
}

void states_cpus_stopped(struct part *p)
{
	switch (p->state) {
	case BH_STATE_STOPPING:
		break;
	case BH_STATE_RUNNING:
		/* Its kernel has unplugged its last CPU. Nobody in it can bring it back. */
		p->restart = heartbeat_is_promised(p);
		p->reason = p->restart ? BH_REASON_WATCHDOG : BH_REASON_SHUTDOWN;
		break;
	default:
		return;
	}
	if (!p->restart) {
		stopped(p);
		return;
	}
	hw_say("%s: starts again: %s", p->name, bh_reason_word(p->reason));
	begin(p);
}

void states_loaded(struct part *p, bool good)
{
	if (!good) {
		p->broken = true;
		p->reason = BH_REASON_IMAGE;
		p->restart = false;
	}
	/* Told to stop in the meantime: the CPU that loaded it will see that. */
	if (p->state != BH_STATE_STARTING)
		return;
	p->state = good ? BH_STATE_RUNNING : BH_STATE_STOPPING;
	tell(p);
}

void states_tick(uint64_t now)
{
	for (uint32_t i = 0; i < monitor.nparts; i++) {
		if (heartbeat_is_late(&monitor.parts[i], now))
			states_restart(&monitor.parts[i], BH_REASON_WATCHDOG);
	}
}
