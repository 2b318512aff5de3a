/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The partition service: what a partition may ask of the monitor, on RISC-V.
 *
 * THIS IS A CONTRACT between firmware/ and whoever calls it: kernels by ECALL
 * (RISC-V SBI specification v3.0, chapter 3), programs by stores to the
 * window. docs/firmware.md is its document. BH_SERVICE_VERSION changes when an
 * old caller would misunderstand a new firmware; adding a function or a field
 * in reserved space does not change it.
 *
 * Everything is little-endian. Partitions are named by id, as in the plan's
 * blob (BH_PARTITION_ID_BASE and up).
 */
#ifndef BULKHEAD_SERVICE_H
#define BULKHEAD_SERVICE_H

#ifdef __KERNEL__
#include <linux/types.h>
#include <linux/stddef.h>
#else
#include <stddef.h>
#include <stdint.h>
#endif

#define BH_SERVICE_VERSION	1

/*
 * The SBI extension id: in the experimental space 0x08000000 to 0x08ffffff
 * (SBI v3.0, table 1), "BHK" behind it. A caller probes it with
 * sbi_probe_extension() and then compares BH_SBI_VERSION.
 */
#define BH_SBI_EXTENSION	0x0842484bUL

/*
 * Functions. a0 (and a1) carry arguments, sbiret.error one of the standard
 * codes, sbiret.value the answer:
 *
 *	SBI_ERR_INVALID_PARAM	(-3) no partition has this id; a bad argument
 *	SBI_ERR_DENIED		(-4) the plan gives the caller no right to it
 *	SBI_ERR_ALREADY_STARTED	(-7), SBI_ERR_ALREADY_STOPPED (-8)
 *	SBI_ERR_NOT_SUPPORTED	(-2) no such function
 *	SBI_ERR_FAILED		(-1) the partition can't: see its reason
 *
 * An id that the caller may know nothing about is denied, whether or not it
 * exists. START, STOP, FORCE_STOP and RESTART need `manages` of the plan (every
 * partition manages itself); STATUS also takes peers of a channel; RING needs a
 * channel between the two.
 *
 * START, FORCE_STOP and RESTART return as soon as the harts are told:
 * STATUS says when it is done, and the manager is rung (BH_SYSMSI_CONTROL).
 */
enum bh_sbi_function {
	BH_SBI_VERSION,		/* () -> BH_SERVICE_VERSION */
	BH_SBI_SELF,		/* () -> id in bits 31:0, epoch in bits 63:32 */
	BH_SBI_STATUS,		/* (id) -> BH_STATUS_*() */
	BH_SBI_START,		/* (id): from its golden image */
	BH_SBI_STOP,		/* (id): ask it to; it reads `request` of its window */
	BH_SBI_FORCE_STOP,	/* (id): now, whatever its harts are doing */
	BH_SBI_RESTART,		/* (id): forced stop, then start */
	BH_SBI_RING,		/* (id): the doorbell of a peer */
	BH_SBI_WATCHDOG,	/* (ms): restart me unless called again in time; 0: off */
	BH_SBI_FUNCTIONS,
};

#define BH_WATCHDOG_MAX_MS	(24UL * 60 * 60 * 1000)

enum bh_state {
	BH_STATE_STOPPED,
	BH_STATE_STARTING,	/* its image is being loaded */
	BH_STATE_RUNNING,
	BH_STATE_STOPPING,	/* its harts are told to stop */
};

/* Why it stopped last. */
enum bh_reason {
	BH_REASON_NONE,		/* it never has */
	BH_REASON_SHUTDOWN,	/* SRST shutdown */
	BH_REASON_REBOOT,	/* SRST cold or warm reboot */
	BH_REASON_FAILURE,	/* SRST with reason "system failure" */
	BH_REASON_FORCED,	/* by a manager */
	BH_REASON_WATCHDOG,
	BH_REASON_IMAGE,	/* its golden image is not what the plan says: it can't start */
	BH_REASON_TRAP,		/* a hart of it made M-mode trap */
};

/* The answer of BH_SBI_STATUS. Epochs count a partition's starts, from 1. */
#define BH_STATUS_STATE(v)	((uint32_t)(v) & 0xff)
#define BH_STATUS_REASON(v)	((uint32_t)(v) >> 8 & 0xff)
#define BH_STATUS_EPOCH(v)	((uint32_t)((uint64_t)(v) >> 32))

/*
 * The window: one page that the partition reads and only the firmware
 * writes. A store to it traps; one to a command register calls the service, so
 * that a program of a partition whose kernel knows nothing of us rings and
 * manages through the mapping of an ordinary UIO device.
 *
 * A command is one aligned 8-byte store (sd) of the argument to
 * commands[function], for the functions from BH_SBI_STATUS on; what it did is in
 * `result` before the next instruction. There is one result: programs of a
 * partition take turns. Any other store is refused as an access fault.
 */
#define BH_WINDOW_MAGIC		0x444e495748420a1aULL	/* "\x1a\nBHWIND" */
#define BH_WINDOW_SIZE		4096
#define BH_WINDOW_PEERS		64

enum bh_request {
	BH_REQUEST_NONE,
	BH_REQUEST_STOP,	/* a manager asks for an orderly shutdown */
};

#define BH_RIGHT_RING		(1U << 0)
#define BH_RIGHT_MANAGE		(1U << 1)

struct bh_window_peer {
	uint32_t id;		/* 0: none here, nor behind */
	uint32_t rights;	/* BH_RIGHT_* */
	uint64_t status;	/* as of the last change, see BH_STATUS_*() */
};

struct bh_window {
	uint64_t magic;
	uint32_t version;	/* BH_SERVICE_VERSION */
	uint32_t id;
	uint32_t epoch;
	uint32_t request;	/* enum bh_request */
	uint64_t started;	/* `time` CSR when this epoch began */
	uint64_t challenge;	/* the firmware's own: changes with every command */
	uint8_t reserved[24];
	struct {
		uint64_t count;	/* commands carried out */
		int64_t error;	/* sbiret.error of the last */
		int64_t value;	/* sbiret.value */
	} result;
	uint8_t reserved2[40];
	struct bh_window_peer peers[BH_WINDOW_PEERS];
	uint8_t reserved3[896];
	uint64_t commands[BH_SBI_FUNCTIONS];	/* stores here are calls */
	uint8_t reserved4[2048 - 8 * BH_SBI_FUNCTIONS];
};

_Static_assert(offsetof(struct bh_window, result) == 64, "window: result");
_Static_assert(offsetof(struct bh_window, peers) == 128, "window: peers");
_Static_assert(offsetof(struct bh_window, commands) == 2048, "window: commands");
_Static_assert(sizeof(struct bh_window) == BH_WINDOW_SIZE, "window: one page");

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
#define BH_UART_OFFSET		0x40000UL	/* behind the last possible window */
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
