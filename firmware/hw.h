/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the portable part of the firmware asks of the machine. hw.c answers
 * with OpenSBI's functions, the unit tests with fakes.
 */
#ifndef BULKHEAD_FIRMWARE_HW_H
#define BULKHEAD_FIRMWARE_HW_H

#include <stdbool.h>
#include <stdint.h>

struct part;

/* As large as OpenSBI's spinlock_t, which hw.c takes it for: fair, first come first served. */
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

/* Something that no partition can foresee. */
uint64_t hw_nonce(void);

/* The machine itself, once nobody is left who would use it. Returns when it can't. */
void hw_power_off(void);

/* One line on the firmware's console. */
void hw_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
