// SPDX-License-Identifier: GPL-2.0-only
/*
 * From state to state.
 *
 *	            start                        loaded
 *	STOPPED ------------> STARTING ------------------> RUNNING
 *	   ^  ^                 |   bad image,               |
 *	   |  |                 |   forced stop              | forced stop, SRST,
 *	   |  | all harts       v                            | watchdog, trap
 *	   |  +------------- STOPPING <----------------------+
 *	   |                    |
 *	   |     `restart` set: on to STARTING with the next epoch
 *	   +-- RUNNING, when its own kernel has stopped every hart
 *
 * A state says what every hart of the partition has to do; harts look at it
 * whenever they come by in M-mode (harts.c). Nothing is sent that could get lost, and so
 * two managers, a restart in the middle of a start and a hart that is just being
 * plugged in need no cases of their own: the last decision stands.
 */
#include "part.h"

/* SBI v3.0, table 1. */
enum {
	FAILED = -1,
	ALREADY_STARTED = -7,
	ALREADY_STOPPED = -8,
};

static const char *const reasons[] = {
	[BH_REASON_NONE] = "nothing yet",
	[BH_REASON_SHUTDOWN] = "shutdown",
	[BH_REASON_REBOOT] = "reboot",
	[BH_REASON_FAILURE] = "system failure",
	[BH_REASON_FORCED] = "forced",
	[BH_REASON_WATCHDOG] = "watchdog",
	[BH_REASON_IMAGE] = "its image is not the plan's",
	[BH_REASON_TRAP] = "M-mode trap",
};

/* Shows the new state to all who may see it, and rings those who manage. */
static void tell(struct part *p)
{
	window_tell(p);
	for (uint32_t i = 0; i < fw.nparts; i++) {
		if (&fw.parts[i] != p && (part_rights(&fw.parts[i], p) & BH_RIGHT_MANAGE))
			bell_ring(&fw.parts[i], BH_SYSMSI_CONTROL);
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

	for (uint32_t i = 0; i < fw.nparts; i++) {
		if (fw.parts[i].state != BH_STATE_STOPPED)
			return;
		wanted = wanted || fw.parts[i].reason == BH_REASON_SHUTDOWN;
	}
	hw_say("every partition has stopped%s", wanted ? ": power off" : "");
	if (wanted)
		hw_power_off();
}

static void stopped(struct part *p)
{
	p->state = BH_STATE_STOPPED;
	p->restart = false;
	p->deadline = 0;
	p->watchdog_hart = PART_NONE;
	/* Again: a hart that stopped late may have set a target. */
	bell_reset(p);
	hw_say("%s: stopped: %s", p->name, reasons[p->reason]);
	tell(p);
	nobody_left();
}

static int begin(struct part *p)
{
	int error;

	p->state = BH_STATE_STARTING;
	p->restart = false;
	p->epoch++;
	p->deadline = 0;
	p->watchdog_hart = PART_NONE;
	bell_reset(p);
	window_reset(p);
	uart_reset(p);
	error = hw_boot_hart_start(p);
	if (error) {
		hw_say("%s: its boot hart does not start (error %d)", p->name, error);
		p->reason = BH_REASON_FAILURE;
		stopped(p);
		return FAILED;
	}
	tell(p);
	return 0;
}

int control_start(struct part *p)
{
	if (p->broken)
		return FAILED;
	switch (p->state) {
	case BH_STATE_STOPPED:
		return begin(p);
	case BH_STATE_STOPPING:
		p->restart = true;
		return 0;
	default:
		return ALREADY_STARTED;
	}
}

int control_ask_to_stop(struct part *p)
{
	if (p->state == BH_STATE_STOPPED)
		return ALREADY_STOPPED;
	p->window->request = BH_REQUEST_STOP;
	bell_ring(p, BH_SYSMSI_CONTROL);
	return 0;
}

/* Harts are told once; whoever comes later only changes what happens then. */
static int stop(struct part *p, enum bh_reason reason, bool restart)
{
	p->restart = restart;
	if (p->state == BH_STATE_STOPPING)
		return 0;
	p->state = BH_STATE_STOPPING;
	p->reason = reason;
	p->deadline = 0;
	bell_reset(p);
	tell(p);
	hw_harts_look(p);
	return 0;
}

int control_force_stop(struct part *p, enum bh_reason reason)
{
	if (p->state == BH_STATE_STOPPED)
		return ALREADY_STOPPED;
	return stop(p, reason, false);
}

int control_restart(struct part *p, enum bh_reason reason)
{
	if (p->broken)
		return FAILED;
	if (p->state == BH_STATE_STOPPED)
		return begin(p);
	return stop(p, reason, true);
}

void control_harts_stopped(struct part *p)
{
	switch (p->state) {
	case BH_STATE_STOPPING:
		break;
	case BH_STATE_RUNNING:
		/* Its kernel has unplugged its last hart. Nobody in it can bring it back. */
		p->reason = p->deadline ? BH_REASON_WATCHDOG : BH_REASON_SHUTDOWN;
		p->restart = p->deadline;
		break;
	default:
		return;
	}
	if (!p->restart) {
		stopped(p);
		return;
	}
	hw_say("%s: starts again: %s", p->name, reasons[p->reason]);
	begin(p);
}

void control_loaded(struct part *p, bool good)
{
	if (!good) {
		p->broken = true;
		p->reason = BH_REASON_IMAGE;
		p->restart = false;
	}
	/* Told to stop in the meantime: the hart that loaded it will see that. */
	if (p->state != BH_STATE_STARTING)
		return;
	p->state = good ? BH_STATE_RUNNING : BH_STATE_STOPPING;
	tell(p);
}
