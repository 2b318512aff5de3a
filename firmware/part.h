/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A partition while the machine runs, and what may be done with it.
 *
 * Everything here is portable: it compiles for the firmware and, with hw.h's
 * functions replaced by fakes, for the unit tests and the fuzzer. Harts are
 * OpenSBI's hart indices, never hart ids.
 *
 * Locks, outermost first: part.window_lock, the state lock (hw_lock()),
 * part.bell_lock, part.uart.lock, the consoles' (console.c), since a change of state says so.
 */
#ifndef BULKHEAD_FIRMWARE_PART_H
#define BULKHEAD_FIRMWARE_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bulkhead/service.h>

#include "core/model.h"
#include "monitor/machine.h"
#include "monitor/start.h"

#include "bell.h"

#define PART_NONE	0xffffffffU	/* no hart */

/* The 16550 in front of a partition's console; see uart.c. */
struct uart {
	struct hw_spinlock lock;
	uint8_t registers[8];
	uint16_t divisor;
	uint8_t held;		/* a byte that was received and not read yet */
	bool full;		/* there is one */
	bool fifos;
};

/*
 * struct part - one partition
 * @nharts, @harts, @files: its harts' indices, the one that boots it first, and the
 *	address of each one's S-level IMSIC file (0: none)
 * @manages, @peers: bit i is parts[i]; of the plan's rights and channels
 * @start: what each start of it copies, and where its boot hart goes
 * @state, @reason, @epoch: as BH_SBI_STATUS tells; under the state lock
 * @restart: STOPPING only: start again once every hart has stopped
 * @broken: its images are not what the plan says; it never starts
 * @deadline, @watchdog_hart: `time` at which the watchdog bites (0: off), and the
 *	hart whose timer is set for it (PART_NONE: one has to take it over)
 */
struct part {
	uint32_t id;
	char name[BH_NAME_MAX + 1];
	uint32_t nharts;
	uint32_t *harts;
	uint64_t *files;
	uint64_t manages, peers;
	bool console;

	struct start_list start;

	enum bh_state state;
	enum bh_reason reason;
	uint32_t epoch;
	bool restart, broken;
	uint64_t deadline;
	uint32_t watchdog_hart;

	struct bh_window *window;
	struct hw_spinlock window_lock;
	struct uart uart;
	struct hw_spinlock bell_lock;
	struct bell bells[BH_SYSMSI_COUNT];
};

/* The whole machine. Filled at cold boot (plan.c), constant in shape from then on. */
struct parts {
	struct part *parts;
	uint32_t nparts;
	struct start_image *images;
	uint32_t nimages;
	uint64_t uart;		/* where each partition finds its own */
	uint32_t imsic_ids;	/* interrupt identities of an IMSIC file: 1 .. imsic_ids */
};

extern struct parts fw;

/* --- part.c --- */

/* NULL when the plan has none; @id is not trusted. */
struct part *part_by_id(uint64_t id);

static inline uint32_t part_index(const struct part *p)
{
	return (uint32_t)(p - fw.parts);
}

/* What @caller may do to @target: BH_RIGHT_*; both of them to itself, but for the bell. */
uint32_t part_rights(const struct part *caller, const struct part *target);

uint64_t part_status(const struct part *p);

/* --- control.c: from state to state; the caller holds the state lock --- */

/*
 * Each returns 0 or one of the SBI error codes of BH_SBI_START and so on. None
 * waits: the harts are told, and the state goes on from control_harts_stopped()
 * and control_loaded().
 */
int control_start(struct part *p);
int control_ask_to_stop(struct part *p);
int control_force_stop(struct part *p, enum bh_reason reason);
int control_restart(struct part *p, enum bh_reason reason);

/* All harts of @p have stopped, for whatever reason. */
void control_harts_stopped(struct part *p);

/* The boot hart has put the images in place, or could not. */
void control_loaded(struct part *p, bool good);

/* --- window.c --- */

void window_reset(struct part *p);
/* @p has changed: shows it in the windows of all who may see it. */
void window_tell(const struct part *p);
/*
 * window_store() - a store by @caller faulted
 * @address, @length, @value: virtual address as the caller used it, bytes, data
 *
 * Returns false when this was no command: the fault is then the caller's.
 */
bool window_store(struct part *caller, uint64_t address, unsigned int length, uint64_t value);

/* --- uart.c --- */

void uart_reset(struct part *p);
/*
 * uart_load(), uart_store() - a load or store by @caller faulted
 * @address, @length: virtual address as the caller used it, bytes
 *
 * Return false when no register of its UART is there: the fault is then the caller's.
 */
bool uart_load(struct part *caller, uint64_t address, unsigned int length, uint8_t *value);
bool uart_store(struct part *caller, uint64_t address, unsigned int length, uint8_t value);

/* --- service.c --- */

/* One call of enum bh_sbi_function. Returns 0 or an SBI error, *value is the answer. */
int service_call(struct part *caller, uint64_t function, uint64_t argument, int64_t *value);

/* --- watchdog.c; the caller holds the state lock --- */

#define WATCHDOG_NEVER	UINT64_MAX

int watchdog_set(struct part *p, uint64_t ms);
/* This hart stops: its timer no longer counts. */
void watchdog_leave(struct part *p, uint32_t hart);
/* Takes over a watchdog that no hart keeps. */
void watchdog_adopt(struct part *p, uint32_t hart);
/* This hart's timer may have run out: bites, or returns when to come again. */
uint64_t watchdog_check(struct part *p, uint32_t hart);

#endif
