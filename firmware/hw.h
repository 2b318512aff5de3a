/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What those files of the firmware that know no OpenSBI ask of it, besides
 * monitor/machine.h. The unit tests have fakes.
 */
#ifndef BULKHEAD_FIRMWARE_HW_H
#define BULKHEAD_FIRMWARE_HW_H

#include <stdbool.h>
#include <stdint.h>

struct part;

/* As large as OpenSBI's spinlock_t, which machine.c takes it for: fair, first come first served. */
struct hw_spinlock {
	uint32_t ticket;
};

void hw_spin_lock(struct hw_spinlock *lock);
void hw_spin_unlock(struct hw_spinlock *lock);

/* OpenSBI's index of the hart that runs this. */
uint32_t hw_hart(void);

/* Sets this hart's M-mode timer; HW_NEVER: off. */
void hw_timer_set(uint64_t time);

/* A message-signalled interrupt; @address is an IMSIC file. */
void hw_msi_write(uint64_t address, uint32_t data);

/*
 * Where the address leads that the trapped code used; false when nowhere. A hint:
 * see walk.h.
 */
bool hw_translate(uint64_t address, uint64_t *physical);

/* Reads as the trapped S- or U-mode code would; false when that faults. */
bool hw_load_as_caller(uint64_t address, uint64_t *value);

/* The console's line: a byte of @p's; a byte for @p, false when none waits. */
void hw_console_put(struct part *p, uint8_t byte);
bool hw_console_get(struct part *p, uint8_t *byte);

/* What was typed for @p and not read: the next kernel shall not take it for its own. */
void hw_console_forget(struct part *p);

/* Something that no partition can foresee. */
uint64_t hw_nonce(void);

#endif
