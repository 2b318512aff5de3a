/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the portable monitor asks of the machine that it runs on. Each platform
 * answers with functions of its own, chosen by the linker; the unit tests with fakes.
 *
 * CPUs are named by indices of the platform's own. Errors are negative.
 */
#ifndef BULKHEAD_MONITOR_MACHINE_H
#define BULKHEAD_MONITOR_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

struct part;

/* The state lock: states, epochs, deadlines and status pages of all partitions. */
void hw_lock(void);
void hw_unlock(void);

/* A clock that never goes back, and how often it counts in a second. */
uint64_t hw_time(void);
uint64_t hw_frequency(void);

#define HW_NEVER	UINT64_MAX

/*
 * hw_tick_at() - states_tick() has to be called at @time for @p's sake, or soon after
 * @time: of hw_time(); HW_NEVER: not any more
 *
 * The last one of a partition's counts. The caller holds the state lock, and runs on a CPU
 * of @p when @time is not HW_NEVER: no other partition is to be disturbed by its ticks. A
 * platform where CPUs call states_tick() several times a second anyway has nothing to do.
 */
void hw_tick_at(struct part *p, uint64_t time);

/*
 * Makes the boot CPU of @p, which has stopped like all of @p's, run its start list, tell
 * states_loaded() and go to the entry. Returns 0 or an error.
 */
int hw_boot_cpu_start(struct part *p);

/*
 * Makes every CPU of @p that has not stopped look at the state of @p soon, whatever its
 * kernel is doing; the last one that stops tells states_cpus_stopped(). The caller's
 * own CPU looks when it is about to go back to its kernel.
 */
void hw_cpus_look(struct part *p);

/*
 * hw_ring() - ring the doorbell of @p
 * @from: that of this peer; NULL: that of the monitor itself
 *
 * Takes no lock that is held while the state lock is taken.
 */
void hw_ring(struct part *p, const struct part *from);

/*
 * Forgets where @p's doorbells go and what else the platform keeps for one epoch of it:
 * nothing of the old kernel's reaches the next one. The caller holds the state lock.
 */
void hw_part_reset(struct part *p);

/*
 * The monitor may be kept out of a partition's memory: opens @size bytes at @base for
 * this CPU, and shuts them again. Returns 0 or an error.
 */
int hw_open(uint64_t base, uint64_t size);
void hw_close(uint64_t base, uint64_t size);

/* Physical addresses that do not overlap, as quick as the machine can. */
void hw_copy(uint64_t to, uint64_t from, uint64_t size);

/* Of a loop that waits for another CPU. */
void hw_relax(void);

/* The machine itself, once nobody is left who would use it. Returns when it can't. */
void hw_power_off(void);

/* One line on the monitor's console. */
void hw_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
