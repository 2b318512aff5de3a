/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files that know OpenSBI tell each other. */
#ifndef BULKHEAD_FIRMWARE_FIRMWARE_H
#define BULKHEAD_FIRMWARE_FIRMWARE_H

#include <sbi/sbi_trap_ldst.h>
#include <sbi/sbi_types.h>

#include "part.h"

struct sbi_scratch;
struct sbi_domain;

/*
 * Whose hart this is; NULL before the plan is read, and for a hart that the
 * plan gives to nobody.
 */
struct part *part_of_hart(u32 hartindex);

/* --- plan.c --- */

/*
 * plan_init() - from the tree's blob to fw.parts; once, at cold boot
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
/* The same from the room's end, not zeroed, for what is needed only until room_give_back(). */
void *room_borrow(size_t count, size_t size);
void room_give_back(void);

/* --- harts.c --- */

/* One line, then never again. */
void __attribute__((noreturn)) harts_refuse(const char *why);
/* SRST: this hart's partition stops. Does not return. */
void __attribute__((noreturn)) harts_leave(void);
int harts_early_init(bool cold_boot);
int harts_final_init(bool cold_boot);
void harts_early_exit(void);

/* --- console.c --- */

void console_init(void);
int console_register(void);

/* --- calls.c --- */

int calls_register(void);
int calls_register_doorbells(void);
int calls_emulate_load(int length, unsigned long address, union sbi_ldst_data *value);
int calls_emulate_store(int length, unsigned long address, union sbi_ldst_data value);

/* --- hw.c --- */

bool hw_is_locked_by_me(void);

#endif
