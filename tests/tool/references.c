// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables, JSON and maps of plans that refer to nothing: a peer, an image or a managed
 * partition that does not exist is shown as such.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/check.h"
#include "host/plan_more.h"
#include "image/show.h"

static struct bh_cpu cpus[] = {
	{ .hwid = 0, .core = 0, .flags = BH_CPU_BSP }, { .hwid = 1, .core = 1 },
};

static struct bh_ram ram[] = {
	{ .range = { 0x1000, 0x9e000 } }, { .range = { BH_MIB, BH_GIB - BH_MIB } },
};

static struct bh_ram riscv_ram[] = { { .range = { 0x80000000, BH_GIB } } };

static const struct bh_machine machines[] = {
	{ .platform = BH_PLATFORM_X86_64, .cpus = cpus, .ncpus = 2, .ram = ram, .nram = 2 },
	{ .platform = BH_PLATFORM_RISCV64, .cpus = cpus, .ncpus = 2, .ram = riscv_ram, .nram = 1 },
};

static const char *const plans[] = {
	"bulkhead: 1\nmachine: { platform: x86-64 }\npartitions:\n"
	"  a: { cpus: 1, memory: 64M, kernel: nothing, initrd: nothing, manages: [c] }\n"
	"  b: { cpus: 1, memory: 64M }\n"
	"channels:\n  - { between: [a, c], size: 8K }\n  - { between: [c, d], size: 8K }\n",
	"bulkhead: 1\nmachine: { platform: riscv64 }\npartitions:\n"
	"  a: { cpus: 1, memory: 64M, kernel: nothing, initrd: nothing, manages: [c] }\n"
	"  b: { cpus: 1, memory: 64M }\n"
	"channels:\n  - { between: [a, c], size: 8K }\n  - { between: [c, d], size: 8K }\n",
};

/* Everything that `show` can print of a plan, one text. */
static char *show(const struct bh_plan_file *file, const struct bh_machine *machine)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	json_t *json = bh_show_json(file, machine);

	assert_non_null(out);
	assert_non_null(json);
	assert_int_equal(json_dumpf(json, out, 0), 0);
	json_decref(json);
	assert_int_equal(bh_show_table(file, machine, false, out), 0);
	assert_int_equal(bh_show_table(file, machine, true, out), 0);
	assert_int_equal(bh_show_svg(file, machine, "plan", out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void show_plan(unsigned int n, uint32_t past)
{
	struct bh_plan_file file;
	struct bh_diag diag;
	char *text;

	bh_diag_init(&diag, NULL, NULL);
	assert_int_not_equal(bh_plan_parse("plan.yaml", plans[n], strlen(plans[n]), &file, &diag), 0);
	bh_place(&file.plan, &machines[n], &diag.sink);
	/* BH_NONE is what the parser leaves; any other index is another program's mistake. */
	for (uint32_t i = 0; past && i < file.plan.npartitions; i++) {
		file.plan.partitions[i].kernel = file.plan.nimages + past;
		file.plan.partitions[i].initrd = file.plan.nimages + past;
		file.plan.partitions[i].manages = 1ULL << (file.plan.npartitions + past);
	}
	for (uint32_t i = 0; past && i < file.plan.nchannels; i++)
		file.plan.channels[i].side[1] = file.plan.npartitions + past;
	text = show(&file, &machines[n]);
	assert_non_null(strstr(text, "\"between\": [\"a\", \"?\"]"));
	assert_non_null(strstr(text, "a - ?"));
	assert_non_null(strstr(text, "channel of a and ?"));
	assert_non_null(strstr(text, "no kernel"));
	assert_null(strstr(text, "class=\"wire\""));
	free(text);
	bh_plan_free(&file);
}

static void what_does_not_exist_is_shown_as_such(void **state)
{
	(void)state;
	setenv("BULKHEAD_IMAGES", "/nowhere", 1);
	for (unsigned int n = 0; n < 2; n++) {
		for (uint32_t past = 0; past < 3; past++)
			show_plan(n, past);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_does_not_exist_is_shown_as_such),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
