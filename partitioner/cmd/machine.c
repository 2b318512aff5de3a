// SPDX-License-Identifier: GPL-2.0-only
/* `bulkhead machine`: this hardware in the form that --machine takes. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/arguments.h"
#include "cmd/cmd.h"
#include "core/platform.h"
#include "host/machine.h"
#include "host/value.h"

struct args {
	const char *machine, *root;
	bool json;
};

enum {
	OPT_JSON = 256,
	OPT_ROOT,
};

static const struct bh_option options[] = {
	{ { "json", OPT_JSON, NULL, 0, "write JSON, which --machine takes as well", 0 },
	  BH_STORE_FLAG, offsetof(struct args, json) },
	{ { "machine", 'm', "FILE|live", 0,
	  "describe what this file describes, in order and joined where possible", 0 },
	  BH_STORE_TEXT, offsetof(struct args, machine) },
	{ { "root", OPT_ROOT, "DIR", 0,
	  "describe the machine whose /proc and /sys were copied to DIR", 0 },
	  BH_STORE_TEXT, offsetof(struct args, root) },
	{ { 0 }, BH_STORE_NOTHING, 0 },
};

static const struct bh_arguments arguments = {
	.options = options,
	.doc = "Describe this machine's CPUs and memory in the form that --machine takes. "
	       "What only root may read is left out, with a note.",
};

static const char *class_name(const struct bh_mmio *mmio)
{
	return mmio->devices & BH_DEV_PCI ? "pci" : "legacy";
}

static void print_yaml(const struct bh_machine *machine, FILE *out)
{
	bool topology = machine->flags & BH_MACHINE_TOPOLOGY;
	bool nodes = machine->flags & BH_MACHINE_NODES;
	char buf[24];
	uint32_t i;

	fprintf(out, "bulkhead-machine: 1\nplatform: %s\ncpus:\n",
		bh_platform_name(machine->platform));
	for (i = 0; i < machine->ncpus; i++) {
		const struct bh_cpu *cpu = &machine->cpus[i];

		fprintf(out, "  - { id: %u", cpu->hwid);
		if (topology)
			fprintf(out, ", package: %u, core: %u", cpu->package, cpu->core);
		if (nodes)
			fprintf(out, ", node: %u", cpu->node);
		if (cpu->imsic)
			fprintf(out, ", imsic: 0x%llx", (unsigned long long)cpu->imsic);
		fprintf(out, "%s }\n", cpu->flags & BH_CPU_BSP ? ", bsp: true" : "");
	}
	fputs("memory:\n", out);
	for (i = 0; i < machine->nram; i++) {
		const struct bh_ram *ram = &machine->ram[i];

		fprintf(out, "  - { base: 0x%llx, size: %s", (unsigned long long)ram->range.base,
			bh_format_size(ram->range.size, buf));
		if (nodes)
			fprintf(out, ", node: %u", ram->node);
		fputs(" }\n", out);
	}
	if (machine->nmmio)
		fputs("devices:\n", out);
	for (i = 0; i < machine->nmmio; i++) {
		const struct bh_mmio *mmio = &machine->mmio[i];

		fprintf(out, "  - { base: 0x%llx, size: %s, class: %s }\n",
			(unsigned long long)mmio->range.base,
			bh_format_size(mmio->range.size, buf), class_name(mmio));
	}
	if (machine->pmp_entries)
		fprintf(out, "pmp-entries: %u\npmp-reserved: %u\n", machine->pmp_entries,
			machine->pmp_reserved);
}

static json_t *json_cpu(const struct bh_machine *machine, const struct bh_cpu *cpu)
{
	json_t *item = json_pack("{s:I}", "id", (json_int_t)cpu->hwid);

	if (machine->flags & BH_MACHINE_TOPOLOGY) {
		json_object_set_new(item, "package", json_integer(cpu->package));
		json_object_set_new(item, "core", json_integer(cpu->core));
	}
	if (machine->flags & BH_MACHINE_NODES)
		json_object_set_new(item, "node", json_integer(cpu->node));
	if (cpu->flags & BH_CPU_BSP)
		json_object_set_new(item, "bsp", json_true());
	if (cpu->imsic)
		json_object_set_new(item, "imsic", json_integer((json_int_t)cpu->imsic));
	return item;
}

static json_t *json_devices(const struct bh_machine *machine)
{
	json_t *devices = json_array();
	uint32_t i;

	for (i = 0; i < machine->nmmio; i++) {
		const struct bh_mmio *mmio = &machine->mmio[i];

		json_array_append_new(devices, json_pack("{s:I, s:I, s:s}", "base",
							 (json_int_t)mmio->range.base, "size",
							 (json_int_t)mmio->range.size, "class",
							 class_name(mmio)));
	}
	return devices;
}

static int print_json(const struct bh_machine *machine, FILE *out)
{
	json_t *cpus = json_array(), *memory = json_array(), *root, *item;
	uint32_t i;
	int err;

	for (i = 0; i < machine->ncpus; i++)
		json_array_append_new(cpus, json_cpu(machine, &machine->cpus[i]));
	for (i = 0; i < machine->nram; i++) {
		const struct bh_ram *ram = &machine->ram[i];

		item = json_pack("{s:I, s:I}", "base", (json_int_t)ram->range.base, "size",
				 (json_int_t)ram->range.size);
		if (machine->flags & BH_MACHINE_NODES)
			json_object_set_new(item, "node", json_integer(ram->node));
		json_array_append_new(memory, item);
	}
	root = json_pack("{s:i, s:s, s:o, s:o}", "bulkhead-machine", 1, "platform",
			 bh_platform_name(machine->platform), "cpus", cpus, "memory", memory);
	if (!root)
		return -ENOMEM;
	if (machine->nmmio)
		json_object_set_new(root, "devices", json_devices(machine));
	if (machine->pmp_entries) {
		json_object_set_new(root, "pmp-entries", json_integer(machine->pmp_entries));
		json_object_set_new(root, "pmp-reserved", json_integer(machine->pmp_reserved));
	}
	err = json_dumpf(root, out, JSON_INDENT(2));
	putc('\n', out);
	json_decref(root);
	return err;
}

int bh_cmd_machine(int argc, char **argv)
{
	struct args args = { 0 };
	struct bh_machine machine;
	struct bh_diag diag;
	int err;

	if (!bh_arguments_parse(&arguments, argc, argv, &args))
		return BH_EXIT_USAGE;
	bh_diag_init(&diag, NULL, stderr);
	diag.notes = true;
	if (args.machine && strcmp(args.machine, "live"))
		err = bh_machine_load(args.machine, &machine, &diag);
	else
		err = bh_machine_live(args.root ? args.root : "", &machine, &diag);
	if (err)
		return bh_exit_code(err);
	if (args.json)
		err = print_json(&machine, stdout);
	else
		print_yaml(&machine, stdout);
	bh_machine_free(&machine);
	return err || fflush(stdout) ? BH_EXIT_SYSTEM : BH_EXIT_OK;
}
