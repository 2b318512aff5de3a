// SPDX-License-Identifier: GPL-2.0-only
/* `bulkhead check`: what is wrong with a plan, or what it comes to. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/arguments.h"
#include "cmd/cmd.h"
#include "cmd/plan_args.h"
#include "core/platform.h"
#include "core/pmp.h"
#include "host/machine.h"
#include "image/show.h"

struct args {
	struct bh_plan_args of;
	bool json;
};

enum {
	OPT_JSON = 256,
};

static const struct bh_option options[] = {
	{ { "json", OPT_JSON, NULL, 0, "print findings and result as JSON", 0 },
	  BH_STORE_FLAG, offsetof(struct args, json) },
	{ { 0 }, BH_STORE_NOTHING, 0 },
};

static const struct bh_arguments arguments = {
	.options = options,
	.children = bh_plan_args,
	.inputs = { offsetof(struct args, of) },
	.args_doc = "PLAN",
	.doc = "Say everything that is wrong with PLAN, or how it splits the machine.",
};

static json_t *json_partition(const struct bh_plan_file *file, const struct bh_machine *machine,
			      uint32_t index)
{
	const struct bh_plan *plan = &file->plan;
	const struct bh_partition *part = &plan->partitions[index];
	const struct bh_image *kernel = bh_plan_image(plan, part->kernel);
	const struct bh_image *initrd = bh_plan_image(plan, part->initrd);
	json_t *cpus = json_array(), *memory = json_array(), *item;
	uint32_t i;

	for (i = 0; i < part->ncpus; i++)
		json_array_append_new(cpus, json_integer(plan->cpus[part->first_cpu + i]));
	for (i = 0; i < part->nmem; i++) {
		const struct bh_range *range = &plan->memory[part->first_mem + i];

		json_array_append_new(memory, json_pack("{s:I, s:I}",
							"base", (json_int_t)range->base,
							"size", (json_int_t)range->size));
	}
	item = json_pack("{s:s, s:i, s:o, s:o}", "name", part->name,
			 "id", (int)(BH_PARTITION_ID_BASE + index), "cpus", cpus,
			 "memory", memory);
	if (!item)
		return NULL;
	if (kernel)
		json_object_set_new(item, "kernel", json_string(kernel->label));
	if (initrd)
		json_object_set_new(item, "initrd", json_string(initrd->label));
	if (part->console_port)
		json_object_set_new(item, "console", json_integer(part->console_port));
	if (part->console_firmware)
		json_object_set_new(item, "console", json_string("firmware"));
	if (bh_platform_rules(plan->platform)->napot)
		json_object_set_new(item, "pmp", json_pack("{s:i, s:i}", "needed",
				    (int)bh_pmp_entries(plan, machine, index, NULL, 0),
				    "left", (int)bh_pmp_left(plan, machine)));
	if (part->cmdline)
		json_object_set_new(item, "cmdline", json_string(part->cmdline));
	return item;
}

static int print_json(const struct bh_plan_file *file, const struct bh_machine *machine,
		      const struct bh_diag *diag)
{
	json_t *root, *partitions = json_array();
	uint32_t i;
	int err;

	for (i = 0; !diag->sink.errors && i < file->plan.npartitions; i++)
		json_array_append_new(partitions, json_partition(file, machine, i));
	root = json_pack("{s:i, s:i, s:O, s:o}", "errors", (int)diag->sink.errors, "warnings",
			 (int)diag->sink.warnings, "findings", diag->json, "partitions",
			 partitions);
	if (!root)
		return -ENOMEM;
	err = json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
	return err;
}

static void print_summary(const struct bh_diag *diag)
{
	uint32_t e = diag->sink.errors, w = diag->sink.warnings;

	if (e || w)
		fprintf(stderr, "%u error%s, %u warning%s\n", e, e == 1 ? "" : "s", w,
			w == 1 ? "" : "s");
}

int bh_cmd_check(int argc, char **argv)
{
	struct args args = { 0 };
	struct bh_plan_file file;
	struct bh_machine machine;
	struct bh_diag diag;
	int err, code;

	if (!bh_arguments_parse(&arguments, argc, argv, &args))
		return BH_EXIT_USAGE;
	bh_diag_init(&diag, NULL, args.json ? NULL : stderr);
	diag.notes = true;
	if (args.json) {
		diag.json = json_array();
		if (!diag.json)
			return BH_EXIT_SYSTEM;
	}
	err = bh_plan_resolve(args.of.plan, args.of.machine, &file, &machine, &diag);
	code = bh_exit_code(err);
	if (args.json)
		err = print_json(&file, &machine, &diag);
	else if (!err)
		err = bh_show_table(&file, &machine, true, stdout);
	else
		err = 0;
	if (err || fflush(stdout))
		code = BH_EXIT_SYSTEM;
	if (!args.json)
		print_summary(&diag);
	json_decref(diag.json);
	bh_machine_free(&machine);
	bh_plan_free(&file);
	return code;
}
