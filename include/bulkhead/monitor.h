/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The monitor, as the partitions see it: monitor calls, status pages, doorbells and consoles.
 *
 * THIS IS A CONTRACT between the monitor (monitor/, firmware/, boot/) and its callers:
 * kernels, and programs that map the status page. docs/firmware.md is its document for
 * RISC-V. BH_MONITOR_VERSION changes when an old caller would misunderstand a new monitor;
 * adding a call or a field in reserved space does not change it.
 *
 *			RISC-V				x86-64
 *	status page	written when anything changes	as of the first start
 *	monitor calls	ECALL, and stores to the page	none yet
 *	doorbells	System MSI			between kernels (<bulkhead/channel.h>)
 *
 * Everything is little-endian. Partitions are named by id, as in the plan's
 * blob (BH_PARTITION_ID_BASE and up).
 */
#ifndef BULKHEAD_MONITOR_H
#define BULKHEAD_MONITOR_H

#ifdef __KERNEL__
#include <linux/types.h>
#include <linux/stddef.h>
#else
#include <stddef.h>
#include <stdint.h>
#endif

#include <bulkhead/words.h>

#define BH_MONITOR_VERSION	1

/*
 * The SBI extension id: in the experimental space 0x08000000 to 0x08ffffff
 * (SBI v3.0, table 1), "BHK" behind it. A caller probes it with
 * sbi_probe_extension() and then compares BH_CALL_VERSION.
 */
#define BH_SBI_EXTENSION	0x0842484bUL

/*
 * Monitor calls: (argument) -> answer. Each has an error besides, 0 or enum bh_error. On
 * RISC-V a0 carries the argument and a6 the call, sbiret.error and sbiret.value
 * what comes of it (SBI v3.0, chapter 3).
 *
 * A partition that the caller may know nothing about is denied, whether or not it
 * exists. START, STOP, FORCE_STOP and RESTART need `manages` of the plan (every
 * partition manages itself); STATUS also takes peers of a channel; RING needs a
 * channel between the two.
 *
 * START, FORCE_STOP and RESTART return as soon as the CPUs are told:
 * STATUS says when it is done, and the manager is rung (BH_SYSMSI_CONTROL).
 */
enum bh_call {
	BH_CALL_VERSION,	/* () -> BH_MONITOR_VERSION */
	BH_CALL_SELF,		/* () -> id in bits 31:0, epoch in bits 63:32 */
	BH_CALL_STATUS,		/* (id) -> BH_STATUS_*() */
	BH_CALL_START,		/* (id): from its golden images */
	BH_CALL_STOP,		/* (id): ask it to; it reads `request` of its status page */
	BH_CALL_FORCE_STOP,	/* (id): now, whatever its CPUs are doing */
	BH_CALL_RESTART,	/* (id): forced stop, then start */
	BH_CALL_RING,		/* (id): the doorbell of a peer */
	BH_CALL_WATCHDOG,	/* (ms): restart me unless called again in time; 0: off */
	BH_CALLS,
};

#define BH_WATCHDOG_MAX_MS	(24UL * 60 * 60 * 1000)

/* The answer of BH_CALL_STATUS. Epochs count a partition's starts, from 1. */
#define BH_STATUS_STATE(v)	((uint32_t)(v) & 0xff)
#define BH_STATUS_REASON(v)	((uint32_t)(v) >> 8 & 0xff)
#define BH_STATUS_EPOCH(v)	((uint32_t)((uint64_t)(v) >> 32))

/*
 * The status page: what the partition reads and only the monitor writes. On RISC-V a
 * page of its own; on x86-64 the firmware's half of the partition's wakeup mailbox (ACPI 6.5,
 * table 5.44), where nothing but convention keeps its kernel from writing.
 *
 * On RISC-V a store to it traps; one to a command register is a monitor call, so
 * that a program of a partition whose kernel knows nothing of us rings and
 * manages through the mapping of an ordinary UIO device. A command is one aligned
 * 8-byte store (sd) of the argument to BH_STATUS_COMMAND(call), from BH_CALL_STATUS on;
 * what it did is in `result` before the next instruction. There is one result: programs
 * of a partition take turns. Any other store is refused as an access fault.
 */
#define BH_STATUS_PAGE_MAGIC	0x444e495748420a1aULL	/* "\x1a\nBHWIND" */
#define BH_STATUS_PAGE_SIZE	4096	/* RISC-V: with the commands */
#define BH_STATUS_COMMAND(call)	(2048 + 8 * (call))
#define BH_STATUS_PAGE_PEERS	64

enum bh_request {
	BH_REQUEST_NONE,
	BH_REQUEST_STOP,	/* a manager asks for an orderly shutdown */
};

#define BH_RIGHT_RING		(1U << 0)
#define BH_RIGHT_MANAGE		(1U << 1)

struct bh_status_peer {
	uint32_t id;		/* 0: none here, nor behind */
	uint32_t rights;	/* BH_RIGHT_* */
	uint64_t status;	/* as of the last change, see BH_STATUS_*() */
};

struct bh_status_page {
	uint64_t magic;
	uint32_t version;	/* BH_MONITOR_VERSION */
	uint32_t id;
	uint32_t epoch;		/* starts of this partition so far: the first one is 1 */
	uint32_t request;	/* enum bh_request */
	uint64_t started;	/* when this epoch began: `time` CSR, TSC */
	uint64_t challenge;	/* the monitor's own: changes with every command */
	uint8_t reserved[24];
	struct {
		uint64_t count;	/* commands carried out */
		int64_t error;	/* of the last */
		int64_t value;	/* its answer */
	} result;
	uint8_t reserved2[40];
	struct bh_status_peer peers[BH_STATUS_PAGE_PEERS];
	uint8_t reserved3[896];
};

_Static_assert(offsetof(struct bh_status_page, result) == 64, "status page: result");
_Static_assert(offsetof(struct bh_status_page, peers) == 128, "status page: peers");
_Static_assert(sizeof(struct bh_status_page) == BH_STATUS_COMMAND(0), "status page: commands follow");
_Static_assert(BH_STATUS_COMMAND(BH_CALLS) <= BH_STATUS_PAGE_SIZE, "status page: one page");

/*
 * Doorbells: one MPXY channel (SBI v3.0, chapter 20) whose protocol is RPMI and
 * whose service group is System MSI (RPMI v1.0, section 4.5). The number is the
 * same in every partition, and each sees its own; it carries only what is rung
 * to the caller.
 *
 * System MSI 0 is control: a request is pending, or a managed partition's status
 * has changed. MSI BH_SYSMSI_OF(id) is that peer's doorbell. The receiver chooses
 * the target, and masks: the firmware takes only IMSIC files of the receiver's
 * own harts.
 */
#define BH_MPXY_DOORBELLS	0x4248U
#define BH_SYSMSI_CONTROL	0U
#define BH_SYSMSI_OF(id)	((uint32_t)(id) - 2)
#define BH_SYSMSI_COUNT		65U

/*
 * The UART: a 16550 at BH_UART_OFFSET from the start of the resident part, one byte a
 * register, the same address in every partition and its own in each. Loads and stores of
 * bytes trap and are emulated. It is the debug console's other face, for kernels
 * that have no driver for DBCN. No interrupt; a partition without a console
 * has none.
 */
#define BH_UART_OFFSET		0x40000UL	/* behind the last possible status page */
#define BH_UART_SIZE		8

/*
 * One UART for many consoles. Each partition has SBI's debug console (DBCN); the
 * firmware sends what they write through the UART it has, and marks whose it
 * is, by bytes that a line editor or a terminal would hardly send:
 *
 *	BH_MUX_ESCAPE, BH_MUX_SOURCE + id	what follows is that partition's;
 *						id 0 is the firmware itself
 *	BH_MUX_ESCAPE, BH_MUX_ESCAPE		the byte itself
 *
 * What follows the start, in both directions, is of id 0. Input uses the same
 * form: it goes to the partition that was named last. What is sent to id 0, or to
 * a partition that reads nothing while its buffer is full, is dropped.
 */
#define BH_MUX_ESCAPE		0x1e	/* ASCII RS */
#define BH_MUX_SOURCE		0x40	/* id 3 is 'C', the last one, 66, is 0x82 */

#endif
