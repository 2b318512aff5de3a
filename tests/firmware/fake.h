/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine for the portable part of firmware/: monitor/machine.h's functions, harts that do what
 * real ones do when they come by, and a memory of what was written where.
 */
#ifndef BULKHEAD_TEST_FIRMWARE_FAKE_H
#define BULKHEAD_TEST_FIRMWARE_FAKE_H

#include "part.h"

#define FAKE_HARTS	8
#define FAKE_IMSIC	0x28000000UL
#define FAKE_IDS	255U
#define FAKE_HZ		10000000UL

/* Where a fake hart is; as HSM's states go, those in between left out. */
enum fake_hart {
	HART_STOPPED,
	HART_STARTING,	/* the boot hart, before it has loaded the images */
	HART_RUNNING,
};

struct fake {
	enum fake_hart harts[FAKE_HARTS];
	bool told[FAKE_HARTS];		/* hw_harts_look(), not looked yet */
	uint64_t timer[FAKE_HARTS];
	uint32_t hart;			/* who calls */
	uint64_t time;
	uint32_t msis;			/* writes so far, and the last one */
	uint64_t msi_address;
	uint32_t msi_data;
	bool bad_image[BH_PARTITIONS_MAX];
	int boot_error;			/* of hw_boot_hart_start() */
	bool off;
	int locked;
	/* what the caller reads at an address: an address of this process, or a fault */
	uint64_t readable, readable_size;
	/* the console's line, by partition */
	const char *input[3];
	char output[3][64];
	bool unmapped;			/* hw_translate() finds nothing */
	bool shut;			/* hw_open() fails */
	uint64_t open_base, open_size;	/* what is open now */
	uint64_t copied;		/* bytes, by hw_copy() */
	uint32_t relaxed;
	void (*on_relax)(void);		/* what another CPU does meanwhile */
	struct bh_window windows[BH_PARTITIONS_MAX];
};

extern struct fake fake;

/*
 * fake_reset() - three partitions, all stopped
 *
 * "control" (id 3, hart 0) manages "rt" (id 4, harts 1 and 2), and has a channel with
 * it; "app" (id 5, hart 3) has nothing.
 */
void fake_reset(void);

/* Harts go on until nothing moves: they load, look, stop; the last one tells control.c. */
void fake_settle(void);

/* service_call() by the boot hart of @p; the answer to the last one is in fake_value. */
int fake_call(struct part *p, uint64_t function, uint64_t argument);
extern int64_t fake_value;

#endif
