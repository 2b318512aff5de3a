// SPDX-License-Identifier: GPL-2.0-only
/* A saved description of a machine: YAML, or the JSON that is a part of it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/platform.h"
#include "host/board.h"
#include "host/machine.h"
#include "host/schema.h"
#include "host/trees.h"
#include "host/value.h"

#define MACHINE_VERSION	1
#define RAM_MAX		4096
#define MMIO_MAX	64

enum machine_section {
	SECTION_TOP,
	SECTION_CPU,
	SECTION_RAM,
	SECTION_DEVICE,
};

#define UNKNOWN	UINT64_MAX	/* a number that an entry does not give */

/* What one entry says, and which of its keys were there. */
struct entry {
	uint64_t id, base, size, imsic;
	uint64_t package, core, node;	/* or UNKNOWN */
	uint32_t devices;
	bool bsp;
};

static uint32_t known(uint64_t number)
{
	return number == UNKNOWN ? 0 : (uint32_t)number;
}

/* Where an entry stands: CPUs by id, RAM by base; sorting forgets the order. */
struct located {
	uint64_t what;
	struct bh_mark mark;
};

/* struct bh_walk's @file here. */
struct machine_walk {
	struct bh_machine *machine;
	struct located *cpu_marks, *ram_marks;	/* BH_CPUS_MAX, RAM_MAX */
	struct bh_mark last_bsp;
	uint32_t topology, nodes;	/* entries that know theirs */
	uint32_t entries, cpus;
	int err;
};

static void take_version(struct bh_walk *walk, const struct bh_key *key,
			 const struct bh_yaml_node *value, void *object)
{
	uint64_t version;

	(void)object;
	if (bh_parse_number(value->text, &version) || version != MACHINE_VERSION)
		bh_diag_at(walk->diag, BH_ERROR, "version", value->mark, key->want,
			   "\"%.40s\" is not a version of the description that is known here",
			   value->text);
}

static void take_platform(struct bh_walk *walk, const struct bh_key *key,
			  const struct bh_yaml_node *value, void *object)
{
	struct bh_machine *machine = object;

	machine->platform = bh_platform_by_name(value->text);
	if (!bh_platform_rules(machine->platform))
		bh_diag_at(walk->diag, BH_ERROR, "platform", value->mark, key->want,
			   "there is no platform \"%.40s\"", value->text);
}

static void take_bool(struct bh_walk *walk, const struct bh_key *key,
		      const struct bh_yaml_node *value, void *object)
{
	struct entry *entry = object;

	bh_walk_bool(walk, key, value, &entry->bsp);
}

static void take_class(struct bh_walk *walk, const struct bh_key *key,
		       const struct bh_yaml_node *value, void *object)
{
	struct entry *entry = object;

	if (!strcmp(value->text, "legacy"))
		entry->devices = BH_DEV_LEGACY;
	else if (!strcmp(value->text, "pci"))
		entry->devices = BH_DEV_PCI;
	else
		bh_diag_at(walk->diag, BH_ERROR, "device-unknown", value->mark, key->want,
			   "there is no class of devices \"%.40s\"", value->text);
}

static void take_imsic(struct bh_walk *walk, const struct bh_key *key,
		       const struct bh_yaml_node *value, void *object)
{
	struct entry *entry = object;

	bh_walk_number(walk, key, value, &entry->imsic);
	if (entry->imsic % BH_PAGE_SIZE)
		bh_diag_at(walk->diag, BH_ERROR, "machine-imsic", value->mark, key->want,
			   "no interrupt file stands at 0x%llx", (unsigned long long)entry->imsic);
}

/*
 * Read one entry of a list that has @have so far and room for @max of @what.
 * Returns 1, 0 when it has errors (reported), or -ENOSPC (reported): no use going on.
 */
static int read_entry(struct bh_walk *walk, const struct bh_yaml_node *item, unsigned int section,
		      uint32_t have, uint32_t max, const char *what, struct entry *entry)
{
	uint32_t errors = walk->diag->sink.errors;

	if (have == max) {
		bh_diag_at(walk->diag, BH_ERROR, "machine-many", item->mark, NULL,
			   "more than %u %s", max, what);
		return -ENOSPC;
	}
	*entry = (struct entry){ .package = UNKNOWN, .core = UNKNOWN, .node = UNKNOWN };
	bh_walk_section(walk, &bh_machine_sections[section], item, entry);
	return walk->diag->sink.errors == errors;
}

static void take_cpus(struct bh_walk *walk, const struct bh_key *key,
		      const struct bh_yaml_node *value, void *object)
{
	struct bh_machine *machine = object;
	struct machine_walk *mw = walk->file;
	const struct bh_yaml_node *item;

	(void)key;
	for (item = value->child; item; item = item->next) {
		struct entry entry;
		struct bh_cpu cpu;
		int ok = read_entry(walk, item, SECTION_CPU, machine->ncpus, BH_CPUS_MAX,
				    "CPUs", &entry);

		if (ok < 0)
			return;
		if (!ok)
			continue;
		cpu = (struct bh_cpu){
			.hwid = (uint32_t)entry.id,
			.package = known(entry.package),
			.core = known(entry.core),
			.node = known(entry.node),
			.flags = entry.bsp ? BH_CPU_BSP : 0,
			.imsic = entry.imsic,
		};
		mw->cpu_marks[machine->ncpus] = (struct located){ entry.id, item->mark };
		if (entry.bsp)
			mw->last_bsp = item->mark;
		mw->entries++;
		mw->cpus++;
		mw->topology += entry.package != UNKNOWN && entry.core != UNKNOWN;
		mw->nodes += entry.node != UNKNOWN;
		if (bh_machine_add_cpu(machine, &cpu))
			mw->err = -ENOMEM;
	}
}

static void take_ram(struct bh_walk *walk, const struct bh_key *key,
		     const struct bh_yaml_node *value, void *object)
{
	struct bh_machine *machine = object;
	struct machine_walk *mw = walk->file;
	const struct bh_yaml_node *item;

	(void)key;
	for (item = value->child; item; item = item->next) {
		struct entry entry;
		int ok = read_entry(walk, item, SECTION_RAM, machine->nram, RAM_MAX,
				    "ranges of RAM", &entry);

		if (ok < 0)
			return;
		if (!ok)
			continue;
		mw->ram_marks[machine->nram] = (struct located){ entry.base, item->mark };
		mw->entries++;
		mw->nodes += entry.node != UNKNOWN;
		if (bh_machine_add_ram(machine, (struct bh_range){ entry.base, entry.size },
				       known(entry.node)))
			mw->err = -ENOMEM;
	}
}

static void take_devices(struct bh_walk *walk, const struct bh_key *key,
			 const struct bh_yaml_node *value, void *object)
{
	struct bh_machine *machine = object;
	struct machine_walk *mw = walk->file;
	const struct bh_yaml_node *item;

	(void)key;
	for (item = value->child; item; item = item->next) {
		struct entry entry;
		int ok = read_entry(walk, item, SECTION_DEVICE, machine->nmmio, MMIO_MAX,
				    "devices", &entry);

		if (ok < 0)
			return;
		if (!ok)
			continue;
		if (bh_machine_add_mmio(machine, (struct bh_range){ entry.base, entry.size },
					entry.devices))
			mw->err = -ENOMEM;
	}
}

static const struct bh_key top_keys[] = {
	{ "bulkhead-machine", BH_YAML_SCALAR, "the version of the description's form, 1",
	  BH_UNIT_NONE, 0, 0, NULL, "Says that this file describes a machine.",
	  BH_AT_NOTHING, take_version, 0 },
	{ "platform", BH_YAML_SCALAR, "`x86-64` or `riscv64`", BH_UNIT_NONE, 0, 0, NULL,
	  "The machine's architecture and way of booting.", BH_AT_NOTHING, take_platform, 0 },
	{ "cpus", BH_YAML_SEQUENCE, "a list of mappings of `id`, `core` and so on", BH_UNIT_NONE, 0, 0, NULL,
	  "Every CPU that firmware has enabled.", BH_AT_NOTHING, take_cpus, 0 },
	{ "memory", BH_YAML_SEQUENCE, "a list of mappings of `base`, `size` and `node`", BH_UNIT_NONE,
	  0, 0, NULL, "All RAM that firmware leaves to the system.", BH_AT_NOTHING, take_ram, 0 },
	{ "devices", BH_YAML_SEQUENCE, "a list of mappings of `base`, `size` and `class`", BH_UNIT_NONE,
	  0, 0, "none", "riscv64: the registers that go with `devices` of a plan.", BH_AT_NOTHING,
	  take_devices, 0 },
	{ "pmp-entries", BH_YAML_SCALAR, "a number", BH_UNIT_NUMBER, 1, 64, "16",
	  "riscv64: PMP entries of each hart.", BH_AT_NOTHING, bh_take_u32,
	  offsetof(struct bh_machine, pmp_entries) },
	{ "pmp-reserved", BH_YAML_SCALAR, "a number", BH_UNIT_NUMBER, 1, 64, "5",
	  "riscv64: how many of them the firmware keeps.", BH_AT_NOTHING, bh_take_u32,
	  offsetof(struct bh_machine, pmp_reserved) },
};

static const struct bh_key cpu_keys[] = {
	{ "id", BH_YAML_SCALAR, "a number", BH_UNIT_NUMBER, 0, BH_NONE - 1, NULL,
	  "The hardware id: on x86-64 the APIC id, on riscv64 the hart id.", BH_AT_NOTHING, bh_take_u64,
	  offsetof(struct entry, id) },
	{ "package", BH_YAML_SCALAR, "a number", BH_UNIT_NUMBER, 0, BH_NONE, "unknown",
	  "The processor package (socket) it is in.", BH_AT_NOTHING, bh_take_u64,
	  offsetof(struct entry, package) },
	{ "core", BH_YAML_SCALAR, "a number", BH_UNIT_NUMBER, 0, BH_NONE, "unknown",
	  "Its core. SMT siblings share the number, and nobody else in the machine has it.",
	  BH_AT_NOTHING, bh_take_u64,
	  offsetof(struct entry, core) },
	{ "node", BH_YAML_SCALAR, "a number", BH_UNIT_NUMBER, 0, BH_NONE, "unknown",
	  "Its NUMA node.", BH_AT_NOTHING, bh_take_u64,
	  offsetof(struct entry, node) },
	{ "bsp", BH_YAML_SCALAR, "`true` or `false`", BH_UNIT_NONE, 0, 0, "false",
	  "x86-64: the CPU that firmware booted on.", BH_AT_NOTHING, take_bool, 0 },
	{ "imsic", BH_YAML_SCALAR, "an address, in whole 4K", BH_UNIT_SIZE, 0, 1ULL << 52, "none",
	  "riscv64: its interrupt file for S-mode.", BH_AT_NOTHING, take_imsic, 0 },
};

static const struct bh_key ram_keys[] = {
	{ "base", BH_YAML_SCALAR, "an address", BH_UNIT_SIZE, 0, 1ULL << 52, NULL,
	  "Its first byte.", BH_AT_NOTHING, bh_take_u64,
	  offsetof(struct entry, base) },
	{ "size", BH_YAML_SCALAR, "a size", BH_UNIT_SIZE, 1, 1ULL << 52, NULL,
	  "Its length.", BH_AT_NOTHING, bh_take_u64,
	  offsetof(struct entry, size) },
	{ "node", BH_YAML_SCALAR, "a number", BH_UNIT_NUMBER, 0, BH_NONE, "unknown",
	  "Its NUMA node.", BH_AT_NOTHING, bh_take_u64,
	  offsetof(struct entry, node) },
};

static const struct bh_key device_keys[] = {
	{ "base", BH_YAML_SCALAR, "an address", BH_UNIT_SIZE, 0, 1ULL << 52, NULL,
	  "Its first byte.", BH_AT_NOTHING, bh_take_u64,
	  offsetof(struct entry, base) },
	{ "size", BH_YAML_SCALAR, "a size", BH_UNIT_SIZE, 4096, 1ULL << 52, NULL,
	  "Its length.", BH_AT_NOTHING, bh_take_u64,
	  offsetof(struct entry, size) },
	{ "class", BH_YAML_SCALAR, "`legacy` or `pci`", BH_UNIT_NONE, 0, 0, NULL,
	  "The `devices` that it goes with.", BH_AT_NOTHING, take_class, 0 },
};

#define SECTION(name_, title_, keys_) \
	{ .name = name_, .title = title_, .keys = keys_, \
	  .nkeys = sizeof(keys_) / sizeof(keys_[0]) }

const struct bh_section bh_machine_sections[] = {
	[SECTION_TOP] = SECTION("the machine's description", "description", top_keys),
	[SECTION_CPU] = SECTION("a CPU", "a CPU", cpu_keys),
	[SECTION_RAM] = SECTION("a range of RAM", "a range of RAM", ram_keys),
	[SECTION_DEVICE] = SECTION("a device", "a device", device_keys),
};

const unsigned int bh_machine_nsections =
	sizeof(bh_machine_sections) / sizeof(bh_machine_sections[0]);

/* The last of @n entries about @what: the one that came when it was there already. */
static struct bh_mark last_mark(const struct located *marks, uint32_t n, uint64_t what)
{
	while (n--)
		if (marks[n].what == what)
			return marks[n].mark;
	return (struct bh_mark){ 0, 0 };
}

/* Checks between entries, once all are read. */
static void finish(struct bh_walk *walk, const struct bh_yaml_node *root)
{
	struct machine_walk *mw = walk->file;
	struct bh_machine *machine = mw->machine;
	uint32_t ncpus = machine->ncpus, nram = machine->nram;
	uint32_t i, bsps = 0, where;
	int err;

	if (mw->topology == mw->cpus)
		machine->flags |= BH_MACHINE_TOPOLOGY;
	if (mw->nodes == mw->entries)
		machine->flags |= BH_MACHINE_NODES;
	for (i = 0; i < machine->ncpus; i++)
		bsps += machine->cpus[i].flags & BH_CPU_BSP;
	if (!bh_platform_rules(machine->platform)->bsp) {
		if (bsps)
			bh_diag_at(walk->diag, BH_ERROR, "machine-bsp", mw->last_bsp,
				   "leave `bsp` out: any hart may be the first to run here",
				   "a boot processor on %s", bh_platform_name(machine->platform));
	} else if (bsps != 1) {
		bh_diag_at(walk->diag, BH_ERROR, "machine-bsp", bsps ? mw->last_bsp : root->mark,
			   "`bsp: true` on the CPU that firmware booted on",
			   "%u CPUs are the boot processor, and not one", bsps);
	}
	if (!machine->nram)
		bh_diag_at(walk->diag, BH_ERROR, "machine-ram", root->mark, NULL,
			   "the machine has no RAM");
	err = bh_machine_sort(machine, &where);
	if (err == -EEXIST)
		bh_diag_at(walk->diag, BH_ERROR, "machine-cpu-twice",
			   last_mark(mw->cpu_marks, ncpus, machine->cpus[where].hwid), NULL,
			   "CPU %u is described twice", machine->cpus[where].hwid);
	else if (err)
		bh_diag_at(walk->diag, BH_ERROR, "machine-ram-overlap",
			   last_mark(mw->ram_marks, nram, machine->ram[where].range.base), NULL,
			   "the RAM at 0x%llx overlaps what is below it",
			   (unsigned long long)machine->ram[where].range.base);
}

int bh_machine_parse(const char *path, const char *text, size_t size,
		     struct bh_machine *machine, struct bh_diag *diag)
{
	struct machine_walk mw = { .machine = machine };
	struct bh_walk walk = { .diag = diag, .file = &mw, .index = BH_NONE };
	const char *old_path = diag->path;
	uint32_t errors = diag->sink.errors;
	const struct bh_yaml_node *root;
	struct bh_arena *nodes;
	int err;

	*machine = (struct bh_machine){ 0 };
	nodes = bh_arena_new();
	if (!nodes)
		return -ENOMEM;
	mw.cpu_marks = bh_arena_alloc(nodes, BH_CPUS_MAX * sizeof(*mw.cpu_marks));
	mw.ram_marks = bh_arena_alloc(nodes, RAM_MAX * sizeof(*mw.ram_marks));
	if (!mw.cpu_marks || !mw.ram_marks) {
		bh_arena_free(nodes);
		return -ENOMEM;
	}
	bh_diag_hold(diag);
	diag->path = path;
	err = bh_yaml_parse(text, size, nodes, &root, diag);
	if (root) {
		bh_walk_section(&walk, &bh_machine_sections[SECTION_TOP], root, machine);
		/* What does not add up after errors is their consequence. */
		if (diag->sink.errors == errors)
			finish(&walk, root);
		err = mw.err;
	}
	if (!err && diag->sink.errors != errors)
		err = -EINVAL;
	diag->path = old_path;
	bh_diag_release(diag);
	bh_arena_free(nodes);
	if (err)
		bh_machine_free(machine);
	return err;
}

int bh_machine_load(const char *path, struct bh_machine *machine, struct bh_diag *diag)
{
	const char *old_path = diag->path;
	char *text = NULL;
	size_t size;
	int err;

	*machine = (struct bh_machine){ 0 };
	diag->path = path;
	err = bh_yaml_read_file(path, &text, &size, diag);
	if (!err && bh_is_fdt(text, size))
		err = bh_machine_from_fdt(text, size, machine, diag);
	else if (!err)
		err = bh_machine_parse(path, text, size, machine, diag);
	diag->path = old_path;
	free(text);
	return err;
}
