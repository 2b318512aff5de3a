/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine for monitor/: machine.h's functions, CPUs that do what real ones do when they
 * come by, and a memory of what was asked for. What is the same everywhere is in fake.c; two
 * files with the rest are two shapes of a machine, and each test is linked with
 * either of them:
 *
 *	timer.c		CPUs are interrupted to look, and a timer calls states_tick() to
 *			the point
 *	parked.c	no timer under a running kernel: CPUs that are parked look and
 *			tick several times a second
 *
 * (tests/firmware has a third one, with the firmware's own files in it.)
 */
#ifndef BULKHEAD_TEST_MONITOR_FAKE_H
#define BULKHEAD_TEST_MONITOR_FAKE_H

#include "monitor/machine.h"
#include "monitor/part.h"

#define FAKE_CPUS	8
#define FAKE_PARTS	3
#define FAKE_HZ		10000000UL

/* Where a fake CPU is; states in between are left out. */
enum fake_cpu {
	CPU_STOPPED,
	CPU_STARTING,	/* the boot CPU, before it has run the start list */
	CPU_RUNNING,
};

struct fake {
	enum fake_cpu cpus[FAKE_CPUS];
	bool told[FAKE_CPUS];		/* hw_cpus_look(), not looked yet */
	uint32_t cpu;			/* that calls */
	uint64_t time;
	bool bad_image[FAKE_PARTS];
	int boot_error;			/* of hw_boot_cpu_start() */
	bool off;
	int locked;
	struct bh_status_page pages[FAKE_PARTS];
	bool shut;			/* hw_open() fails */
	uint64_t open_base, open_size;	/* what is open now */
	uint64_t copied;		/* bytes, by hw_copy() */
	uint32_t relaxed;
	void (*on_relax)(void);		/* what another CPU does meanwhile */
};

extern struct fake fake;

/*
 * fake_reset() - three partitions, all stopped
 *
 * "control" (id 3, CPU 0) manages "rt" (id 4, CPUs 1 and 2), and has a channel with
 * it; "app" (id 5, CPU 3) has nothing.
 */
void fake_reset(void);

#define CONTROL	(&monitor.parts[0])
#define RT	(&monitor.parts[1])
#define APP	(&monitor.parts[2])

/* Each partition is told to start. */
void fake_start(void);

/* CPUs go on until nothing moves: they load, look, stop; the last one tells states.c. */
void fake_settle(void);

/* Time passes, and CPUs do what they do in it; then fake_settle(). */
void fake_pass(uint64_t ticks);

/* A CPU of @p that runs stops by its kernel's wish; one that has stopped is started. */
void fake_cpu_stops(struct part *p, uint32_t cpu);
void fake_cpu_starts(struct part *p, uint32_t cpu);

/* monitor_call() by the boot CPU of @p; the answer to the last one is in fake_value. */
int fake_call(struct part *p, uint64_t function, uint64_t argument);
extern int64_t fake_value;

/* How often @p was rung by @from (NULL: the monitor) since its doorbells were reset. */
uint32_t fake_rings(const struct part *p, const struct part *from);

/* --- what a shape brings, besides its part of machine.h --- */

extern const char *const shape_name;
void shape_reset(void);
/* This CPU of @p stops. */
void shape_leave(struct part *p, uint32_t cpu);
/* CPUs that come by on their own. */
void shape_look(void);
/* Until @end at the latest: lets fake.time be the next moment at which something is due. */
void shape_wait(uint64_t end);

/* --- for shapes --- */

/* rings.c */
void rings_reset(void);

/* The boot CPU of @p begins to start, all of whose CPUs have to be stopped. */
void fake_boot(struct part *p);
/* states_tick(), under the lock. */
void fake_tick(void);

#endif
