/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files that know OpenSBI tell each other. */
#ifndef BULKHEAD_FIRMWARE_FIRMWARE_H
#define BULKHEAD_FIRMWARE_FIRMWARE_H

#include <sbi/sbi_trap_ldst.h>
#include <sbi/sbi_types.h>

#include "monitor/machine.h"

#include "platform.h"

/* --- owner.c --- */

/*
 * Whose hart this is; NULL before the plan is read, and for a hart that the
 * plan gives to nobody.
 */
struct part *part_of_hart(u32 hartindex);
void owner_set(u32 hartindex, struct part *p);

/* --- refuse.c --- */

/* One line, then never again. */
void __attribute__((noreturn)) refuse(const char *why);

/* --- plan.c --- */

/*
 * plan_init() - from the tree's blob to `monitor`; once, at cold boot
 *
 * Says on the console what is wrong. Returns 0 or an SBI error: no partition may
 * start then.
 */
int plan_init(const void *fdt);

/* --- room.c --- */

/*
 * room_alloc() - zeroed memory that stays, for cold boot; never fails
 *
 * Behind OpenSBI's own stacks and heap there is what is left of the 2 MiB that the
 * plan gives to the firmware. Hangs the machine with a message when that is not enough.
 */
void *room_alloc(size_t count, size_t size);
/* What it still has. */
size_t room_left(void);
/* The same from the room's end, not zeroed, for what is needed only until room_give_back(). */
void *room_borrow(size_t count, size_t size);
void room_give_back(void);

/* --- harts.c --- */

/* This hart may have to load its partition: it does, or finds that it need not. */
void harts_load_if_due(void);
/* SRST: this hart's partition stops. Does not return. */
void __attribute__((noreturn)) harts_leave(void);
void harts_early_exit(void);

/* --- timer.c --- */

void timer_init(void);
/* This hart stops: it has no timer any more. */
void timer_reset(void);
/* The hardware's timer has run out. Returns whether it was hw_timer_set()'s, which is off then. */
bool timer_process(u64 now);

/* --- console.c --- */

void console_init(void);
int console_register(void);

/* --- ecall.c --- */

int ecall_register(void);
int ecall_register_doorbells(void);
int ecall_emulate_load(int length, unsigned long address, union sbi_ldst_data *value);
int ecall_emulate_store(int length, unsigned long address, union sbi_ldst_data value);

/* --- machine.c --- */

bool hw_is_locked_by_me(void);

#endif
