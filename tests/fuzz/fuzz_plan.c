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
	struct bh_plan_file file;
	struct bh_diag diag;
	int err;

	bh_diag_init(&diag, NULL, NULL);
	diag.notes = true;
	err = bh_plan_parse("fuzz/plan.yaml", text, size, &file, &diag);
	if (err != -ENOMEM && err != -ENOSPC && !err != !diag.sink.errors)
		abort();
	bh_diag_hold(&diag);
	/* Wider than the tool does, which places only what has no errors. */
	bh_check(&file.plan, &machine, &diag.sink);
	bh_place(&file.plan, &machine, &diag.sink);
	if (!bh_plan_compose_cmdlines(&file, &machine))
		bh_check(&file.plan, &machine, &diag.sink);
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
