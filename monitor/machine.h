/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the portable monitor asks of the machine that it runs on. Each platform
 * answers with functions of its own, chosen by the linker; the unit tests with fakes.
 */
#ifndef BULKHEAD_MONITOR_MACHINE_H
#define BULKHEAD_MONITOR_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

struct part;

/* Fair, first come first served; all zeroes is free. */
struct hw_spinlock {
	uint32_t ticket;
};

void hw_spin_lock(struct hw_spinlock *lock);
void hw_spin_unlock(struct hw_spinlock *lock);

/* The state lock: states, epochs, windows' contents, watchdogs of all partitions. */
void hw_lock(void);
void hw_unlock(void);

/* Of the hart that runs this. */
uint32_t hw_hart(void);

/* The `time` CSR, and how often it counts in a second. */
uint64_t hw_time(void);
uint64_t hw_frequency(void);

/* Sets this hart's M-mode timer; WATCHDOG_NEVER: off. */
void hw_timer_set(uint64_t time);

/*
 * Makes the boot hart of @p, which is stopped, come and load it. All of @p's
 * harts are stopped. Returns 0 or an SBI error.
 */
int hw_boot_hart_start(struct part *p);

/*
 * Makes every hart of @p that is not stopped look at the state of @p soon, from
 * M-mode and whatever its kernel is doing. The caller's own hart looks when it
 * is about to go back to S-mode.
 */
void hw_harts_look(struct part *p);

/* A message-signalled interrupt; @address is an IMSIC file (see struct part). */
void hw_msi_write(uint64_t address, uint32_t data);

/*
 * Where the address leads that the trapped code used; false when nowhere. A hint:
 * see walk.h.
 */
bool hw_translate(uint64_t address, uint64_t *physical);

/* The console's line: a byte of @p's; a byte for @p, false when none waits. */
void hw_console_put(struct part *p, uint8_t byte);
bool hw_console_get(struct part *p, uint8_t *byte);

/* Reads as the trapped S- or U-mode code would; false when that faults. */
bool hw_load_as_caller(uint64_t address, uint64_t *value);

/*
 * The monitor may be kept out of a partition's memory: opens @size bytes at @base for
 * this CPU, and shuts them again. Returns 0 or an error of the platform's.
 */
int hw_open(uint64_t base, uint64_t size);
void hw_close(uint64_t base, uint64_t size);

/* Physical addresses that do not overlap, as quick as the machine can. */
void hw_copy(uint64_t to, uint64_t from, uint64_t size);

/* Of a loop that waits for another CPU. */
void hw_relax(void);

/* Something that no partition can foresee. */
uint64_t hw_nonce(void);

/* The machine itself, once nobody is left who would use it. Returns when it can't. */
void hw_power_off(void);

/* One line on the monitor's console. */
void hw_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
