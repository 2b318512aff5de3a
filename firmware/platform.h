/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the firmware keeps for a partition and for the machine, beside monitor/part.h.
 *
 * Locks, outermost first: store_lock, the state lock (hw_lock()), bell_lock, uart.lock, the
 * consoles' (console.c), since a change of state says so.
 */
#ifndef BULKHEAD_FIRMWARE_PLATFORM_H
#define BULKHEAD_FIRMWARE_PLATFORM_H

#include "monitor/part.h"

#include "bell.h"
#include "hw.h"
#include "uart.h"

#define HART_NONE	0xffffffffU

/*
 * struct part_platform - one partition
 * @files: the address of each of its harts' S-level IMSIC file (0: none)
 * @console: it has one
 * @keeper: the hart whose M-mode timer keeps its heartbeat (HART_NONE: nobody); under
 *	the state lock
 */
struct part_platform {
	uint64_t *files;
	bool console;
	uint32_t keeper;
	struct hw_spinlock store_lock;
	struct uart uart;
	struct hw_spinlock bell_lock;
	struct bell bells[BH_SYSMSI_COUNT];
};

/*
 * struct firmware - the machine
 * @uart: where each partition finds its own
 * @imsic_ids: interrupt identities of an IMSIC file: 1 .. imsic_ids
 */
struct firmware {
	uint64_t uart;
	uint32_t imsic_ids;
};

extern struct firmware fw;

#endif
