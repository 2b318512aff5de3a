/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shape of a machine (tests/monitor/fake.h) that the firmware makes: its own files, over
 * fakes of hw.h.
 */
#ifndef BULKHEAD_TEST_FIRMWARE_RISCV_H
#define BULKHEAD_TEST_FIRMWARE_RISCV_H

#include "fake.h"
#include "platform.h"

#define RISCV_IMSIC	0x28000000UL
#define RISCV_IDS	255U

struct riscv {
	uint64_t timer[FAKE_CPUS];
	uint32_t msis;			/* writes so far, and the last one */
	uint64_t msi_address;
	uint32_t msi_data;
	/* what the caller reads at an address: an address of this process, or a fault */
	uint64_t readable, readable_size;
	bool unmapped;			/* hw_translate() finds nothing */
	/* the console's line, by partition */
	const char *input[FAKE_PARTS];
	char output[FAKE_PARTS][64];
};

extern struct riscv riscv;

#endif
