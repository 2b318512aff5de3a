// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as a plan: parsed, placed and checked, nothing printed; and the
 * same bytes as a machine's description. What must hold beyond "no sanitizer
 * speaks": an error is returned if and only if one was reported, and findings
 * stand inside of the file.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/check.h"
#include "host/machine.h"
#include "host/plan_more.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Four CPUs, a core each; 2 GiB on two nodes. */
static struct bh_cpu cpus[] = {
	{ .hwid = 0, .core = 0, .node = 0, .flags = BH_CPU_BSP },
	{ .hwid = 1, .core = 0, .node = 0 },
	{ .hwid = 4, .core = 2, .node = 1 },
	{ .hwid = 5, .core = 3, .node = 1 },
};

static struct bh_ram ram[] = {
	{ .range = { 0x1000, 0x9e000 } },
	{ .range = { BH_MIB, BH_GIB - BH_MIB } },
	{ .range = { 4 * BH_GIB, BH_GIB }, .node = 1 },
};

static const struct bh_machine machine = {
	.platform = BH_PLATFORM_X86_64,
	.flags = BH_MACHINE_TOPOLOGY | BH_MACHINE_NODES,
	.cpus = cpus,
	.ncpus = sizeof(cpus) / sizeof(cpus[0]),
	.ram = ram,
	.nram = sizeof(ram) / sizeof(ram[0]),
};

/* Four harts, their interrupt files, and devices to own. */
static struct bh_cpu harts[] = {
	{ .hwid = 0, .core = 0, .imsic = 0x28000000 },
	{ .hwid = 1, .core = 1, .imsic = 0x28001000 },
	{ .hwid = 2, .core = 2, .imsic = 0x28002000 },
	{ .hwid = 3, .core = 3, .imsic = 0x28003000 },
};

static struct bh_ram riscv_ram[] = {
	{ .range = { 0x80000000, 3 * BH_GIB } },
};

static struct bh_mmio mmio[] = {
	{ .range = { 0xd000000, 0x8000 }, .devices = BH_DEV_LEGACY },
	{ .range = { 0x30000000, 0x10000000 }, .devices = BH_DEV_PCI },
};

static const struct bh_machine riscv = {
	.platform = BH_PLATFORM_RISCV64,
	.flags = BH_MACHINE_TOPOLOGY,
	.cpus = harts,
	.ncpus = sizeof(harts) / sizeof(harts[0]),
	.ram = riscv_ram,
	.nram = 1,
	.mmio = mmio,
	.nmmio = 2,
};

/*
 * Images are looked for where the caller says, or nowhere, but not among what
 * happens to be built. ('/...' may still name any file: only regular files are
 * opened, and only read.)
 */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	setenv("BULKHEAD_IMAGES", "/nowhere", 0);
	return 0;
}

static void fuzz_plan(const char *text, size_t size)
{
	const struct bh_machine *there = &machine;
	struct bh_plan_file file;
	struct bh_diag diag;
	int err;

	bh_diag_init(&diag, NULL, NULL);
	diag.notes = true;
	err = bh_plan_parse("fuzz/plan.yaml", text, size, &file, &diag);
	if (err != -ENOMEM && err != -ENOSPC && !err != !diag.sink.errors)
		abort();
	if (file.plan.platform == BH_PLATFORM_RISCV64)
		there = &riscv;
	bh_diag_hold(&diag);
	/* Wider than the tool does, which places only what has no errors. */
	bh_check(&file.plan, there, &diag.sink);
	bh_place(&file.plan, there, &diag.sink);
	if (!bh_plan_compose_cmdlines(&file, there))
		bh_check(&file.plan, there, &diag.sink);
	bh_plan_check_kernels(&file, &diag);
	bh_diag_release(&diag);
	bh_plan_free(&file);
}

static void fuzz_machine(const char *text, size_t size)
{
	struct bh_machine described;
	struct bh_diag diag;
	int err;

	bh_diag_init(&diag, NULL, NULL);
	err = bh_machine_parse("fuzz/machine.yaml", text, size, &described, &diag);
	if (err != -ENOMEM && !err != !diag.sink.errors)
		abort();
	bh_machine_free(&described);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_plan((const char *)data, size);
	fuzz_machine((const char *)data, size);
	return 0;
}
