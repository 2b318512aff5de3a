// SPDX-License-Identifier: GPL-2.0-only
/* The keys of a plan, and how each becomes a part of the model. */
#include <errno.h>
#include <string.h>

#include "core/platform.h"
#include "host/plan_schema.h"
#include "host/platform.h"
#include "host/value.h"

#define ANY_VALUE	(BH_YAML_SCALAR | BH_YAML_SEQUENCE | BH_YAML_MAPPING)

static struct bh_plan_walk *plan_walk(struct bh_walk *walk)
{
	return walk->file;
}

static struct bh_plan_file *plan_file(struct bh_walk *walk)
{
	return plan_walk(walk)->file;
}

static void walk_child(struct bh_walk *walk, enum bh_plan_section section,
		       const struct bh_yaml_node *value, void *object)
{
	bh_walk_section(walk, &bh_plan_sections[section], value, object);
}

static void locate_item(struct bh_walk *walk, const struct bh_key *key, uint32_t item,
			struct bh_mark mark)
{
	bh_plan_locate(plan_file(walk), (struct bh_place){ key->at, walk->index, item }, mark);
}

/* --- top level, machine, qemu --- */

static void take_version(struct bh_walk *walk, const struct bh_key *key,
			 const struct bh_yaml_node *value, void *object)
{
	uint64_t version;

	(void)object;
	if (bh_parse_number(value->text, &version) || version != BH_PLAN_VERSION)
		bh_diag_at(walk->diag, BH_ERROR, "version", value->mark, key->want,
			   "\"%.40s\" is not a version of the plan's form that is known here",
			   value->text);
}

static void take_machine(struct bh_walk *walk, const struct bh_key *key,
			 const struct bh_yaml_node *value, void *object)
{
	(void)key;
	walk_child(walk, BH_SECTION_MACHINE, value, object);
}

static void take_partitions(struct bh_walk *walk, const struct bh_key *key,
			    const struct bh_yaml_node *value, void *object)
{
	(void)key;
	(void)object;
	plan_walk(walk)->later.partitions = value;
}

static void take_channels(struct bh_walk *walk, const struct bh_key *key,
			  const struct bh_yaml_node *value, void *object)
{
	(void)key;
	(void)object;
	plan_walk(walk)->later.channels = value;
}

static void take_platform(struct bh_walk *walk, const struct bh_key *key,
			  const struct bh_yaml_node *value, void *object)
{
	struct bh_plan_file *file = object;

	file->plan.platform = bh_platform_by_name(value->text);
	if (!bh_platform_rules(file->plan.platform))
		bh_diag_at(walk->diag, BH_ERROR, "platform", value->mark, key->want,
			   "there is no platform \"%.40s\"", value->text);
}

static void take_qemu(struct bh_walk *walk, const struct bh_key *key,
		      const struct bh_yaml_node *value, void *object)
{
	struct bh_plan_file *file = object;
	uint32_t errors = walk->diag->sink.errors;

	(void)key;
	file->qemu.present = true;
	walk_child(walk, BH_SECTION_QEMU, value, &file->qemu);
	if (walk->diag->sink.errors != errors)
		file->qemu.memory = 0;	/* marks it as not to be relied on */
}

static void take_qemu_smepmp(struct bh_walk *walk, const struct bh_key *key,
			     const struct bh_yaml_node *value, void *object)
{
	struct bh_qemu *qemu = object;

	bh_walk_bool(walk, key, value, &qemu->smepmp);
}

static void take_qemu_memory(struct bh_walk *walk, const struct bh_key *key,
			     const struct bh_yaml_node *value, void *object)
{
	struct bh_qemu *qemu = object;

	bh_walk_number(walk, key, value, &qemu->memory);
}

/* --- a partition's CPUs --- */

static void bad_cpu_list(struct bh_walk *walk, const struct bh_key *key,
			 const struct bh_yaml_node *value, size_t offset)
{
	bh_diag_at(walk->diag, BH_ERROR, "cpu-list", bh_yaml_mark_at(value, offset),
		   "hardware ids and ranges, such as \"0-3,6\"",
		   "\"%.40s\" is no list of CPUs", value->text);
	bh_walk_broken(walk, key);
}

static bool add_cpu(struct bh_walk *walk, const struct bh_key *key,
		    const struct bh_yaml_node *value, struct bh_partition *part, uint64_t id,
		    size_t offset)
{
	struct bh_plan *plan = &plan_file(walk)->plan;

	if (id >= BH_NONE) {
		bh_diag_at(walk->diag, BH_ERROR, "range", bh_yaml_mark_at(value, offset),
			   "a hardware id has 32 bits", "CPU %llu is out of range",
			   (unsigned long long)id);
		bh_walk_broken(walk, key);
		return false;
	}
	if (plan->ncpus == BH_CPUS_MAX) {
		bh_diag_at(walk->diag, BH_ERROR, "cpu-many", value->mark, NULL,
			   "the plan lists more than %d CPUs", BH_CPUS_MAX);
		bh_walk_broken(walk, key);
		return false;
	}
	locate_item(walk, key, part->ncpus, bh_yaml_mark_at(value, offset));
	plan->cpus[plan->ncpus++] = (uint32_t)id;
	part->ncpus++;
	return true;
}

/* "0-3,6": ids and ranges. */
static bool add_cpu_list(struct bh_walk *walk, const struct bh_key *key,
			 const struct bh_yaml_node *value, struct bh_partition *part)
{
	const char *text = value->text;

	for (;;) {
		size_t offset, length;
		uint64_t first, last, id;
		char word[48], *dash;

		text += strspn(text, " ");
		offset = (size_t)(text - value->text);
		length = strcspn(text, ",");
		while (length && text[length - 1] == ' ')
			length--;
		if (!length || length >= sizeof(word)) {
			bad_cpu_list(walk, key, value, offset);
			return false;
		}
		memcpy(word, text, length);
		word[length] = 0;
		dash = strchr(word, '-');
		if (dash)
			*dash = 0;
		if (bh_parse_number(word, &first) ||
		    (dash && bh_parse_number(dash + 1, &last))) {
			bad_cpu_list(walk, key, value, offset);
			return false;
		}
		if (!dash)
			last = first;
		if (last < first) {
			bad_cpu_list(walk, key, value, offset);
			return false;
		}
		for (id = first;; id++) {
			if (!add_cpu(walk, key, value, part, id, offset))
				return false;
			if (id == last)
				break;
		}
		text += strcspn(text, ",");
		if (!*text)
			return true;
		text++;
	}
}

static void take_cpus(struct bh_walk *walk, const struct bh_key *key,
		      const struct bh_yaml_node *value, void *object)
{
	struct bh_partition *part = object;
	const struct bh_yaml_node *item;
	uint64_t count;

	part->first_cpu = plan_file(walk)->plan.ncpus;
	if (value->type == BH_YAML_SEQUENCE) {
		if (!value->child) {
			bh_diag_at(walk->diag, BH_ERROR, "cpu-list", value->mark, key->want,
				   "an empty list of CPUs");
			bh_walk_broken(walk, key);
		}
		for (item = value->child; item; item = item->next)
			if (!bh_walk_type(walk, key, item, BH_YAML_SCALAR) ||
			    !add_cpu_list(walk, key, item, part))
				return;
		return;
	}
	/* Unquoted digits are a count, everything else a list. */
	if (!value->quoted && bh_parse_number(value->text, &count) != -EINVAL) {
		if (bh_walk_number(walk, key, value, &count))
			part->cpus_wanted = (uint32_t)count;
		return;
	}
	add_cpu_list(walk, key, value, part);
}

/* --- a partition's memory --- */

/* Returns false when there is no room for more. */
static bool add_request(struct bh_walk *walk, const struct bh_key *key,
			const struct bh_yaml_node *value, struct bh_partition *part)
{
	struct bh_plan *plan = &plan_file(walk)->plan;
	struct bh_range range = { .base = BH_ANYWHERE };
	uint32_t errors = walk->diag->sink.errors;

	if (!bh_walk_type(walk, key, value, BH_YAML_SCALAR | BH_YAML_MAPPING))
		return true;
	if (plan->nrequests == plan->requests_cap) {
		bh_diag_at(walk->diag, BH_ERROR, "mem-many", value->mark, NULL,
			   "the plan asks for more than %u ranges of memory", plan->requests_cap);
		bh_walk_broken(walk, key);
		return false;
	}
	if (value->type == BH_YAML_MAPPING)
		walk_child(walk, BH_SECTION_MEMORY, value, &range);
	else
		bh_walk_number(walk, key, value, &range.size);
	if (walk->diag->sink.errors != errors || !range.size) {
		bh_walk_broken(walk, key);
		return true;
	}
	locate_item(walk, key, part->nrequests, value->mark);
	plan->requests[plan->nrequests++] = range;
	part->nrequests++;
	return true;
}

static void take_memory(struct bh_walk *walk, const struct bh_key *key,
			const struct bh_yaml_node *value, void *object)
{
	const struct bh_yaml_node *item;
	struct bh_partition *part = object;

	part->first_request = plan_file(walk)->plan.nrequests;
	if (value->type != BH_YAML_SEQUENCE) {
		add_request(walk, key, value, part);
		return;
	}
	if (!value->child) {
		bh_diag_at(walk->diag, BH_ERROR, "size", value->mark, key->want,
			   "an empty list of memory");
		bh_walk_broken(walk, key);
	}
	for (item = value->child; item; item = item->next)
		if (!add_request(walk, key, item, part))
			return;
}

/* --- a partition's images and command line --- */

static void take_image(struct bh_walk *walk, const struct bh_key *key,
		       const struct bh_yaml_node *value, void *object)
{
	struct bh_partition *part = object;
	bool kernel = key->at == BH_AT_KERNEL;
	int err;

	err = bh_plan_add_image(plan_file(walk), kernel ? BH_IMAGE_KERNEL : BH_IMAGE_INITRD,
				value->text, (struct bh_place){ key->at, walk->index, BH_NONE },
				kernel ? &part->kernel : &part->initrd, walk->diag);
	if (err)
		plan_walk(walk)->err = err;
}

/* Text that goes to a kernel: printable ASCII, nothing that ends a line or a file's entry. */
static bool is_printable(const char *text)
{
	for (; *text; text++)
		if (*text < 0x20 || *text > 0x7e)
			return false;
	return true;
}

static void take_cmdline(struct bh_walk *walk, const struct bh_key *key,
			 const struct bh_yaml_node *value, void *object)
{
	struct bh_plan_more *more = plan_file(walk)->more;

	(void)object;
	if (!is_printable(value->text)) {
		bh_diag_at(walk->diag, BH_ERROR, "cmdline-char", value->mark,
			   "printable ASCII, in one line",
			   "a character in \"%s\" can't stand on a kernel's command line",
			   key->name);
		bh_walk_broken(walk, key);
		return;
	}
	more->partitions[walk->index].cmdline = bh_arena_strdup(more->arena, value->text);
	if (!more->partitions[walk->index].cmdline)
		plan_walk(walk)->err = -ENOMEM;
}

static void take_config(struct bh_walk *walk, const struct bh_key *key,
			const struct bh_yaml_node *value, void *object)
{
	struct bh_plan_more *more = plan_file(walk)->more;

	(void)key;
	(void)object;
	more->partitions[walk->index].config = bh_arena_strdup(more->arena, value->text);
	if (!more->partitions[walk->index].config)
		plan_walk(walk)->err = -ENOMEM;
	bh_plan_locate(plan_file(walk),
		       (struct bh_place){ BH_AT_KERNEL, walk->index, BH_ITEM_CONFIG },
		       value->mark);
}

static void take_console(struct bh_walk *walk, const struct bh_key *key,
			 const struct bh_yaml_node *value, void *object)
{
	enum bh_platform platform = plan_file(walk)->plan.platform;
	const struct bh_host_platform *host = bh_host_platform(platform);
	struct bh_partition *part = object;
	uint64_t port;

	plan_file(walk)->more->partitions[walk->index].console_set = true;
	/* Which there are, nobody knows: the platform is missing or wrong, and that was reported. */
	if (!host || host->take_console(part, value->text))
		return;
	if (!bh_platform_rules(platform)->io_ports || bh_parse_number(value->text, &port)) {
		bh_diag_at(walk->diag, BH_ERROR, "console-unknown", value->mark, host->consoles,
			   "there is no console \"%.40s\" on %s", value->text,
			   bh_platform_name(platform));
		bh_walk_broken(walk, key);
		return;
	}
	if (!bh_walk_number(walk, key, value, &port))
		return;
	if (port % 8) {
		bh_diag_at(walk->diag, BH_ERROR, "console-port", value->mark,
			   "a UART's eight ports start at a multiple of 8",
			   "no UART stands at port 0x%x", (unsigned int)port);
		bh_walk_broken(walk, key);
		return;
	}
	part->console_port = (uint32_t)port;
}

static void take_devices(struct bh_walk *walk, const struct bh_key *key,
			 const struct bh_yaml_node *value, void *object)
{
	static const struct {
		const char *name;
		uint32_t bit;
	} known[] = { { "legacy", BH_DEV_LEGACY }, { "pci", BH_DEV_PCI } };
	struct bh_partition *part = object;
	const struct bh_yaml_node *item;
	uint32_t n = 0;
	unsigned int i;

	for (item = value->child; item; item = item->next, n++) {
		struct bh_nearest nearest = { .word = item->text };
		uint32_t bit = 0;

		if (!bh_walk_type(walk, key, item, BH_YAML_SCALAR))
			continue;
		locate_item(walk, key, n, item->mark);
		for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
			bh_nearest_try(&nearest, known[i].name);
			if (!strcmp(item->text, known[i].name))
				bit = known[i].bit;
		}
		if (!bit) {
			bh_diag_at(walk->diag, BH_ERROR, "device-unknown", item->mark,
				   nearest.best ? nearest.best : key->want,
				   "there is no device \"%.40s\" to own", item->text);
			bh_walk_broken(walk, key);
		} else if (part->devices & bit) {
			bh_diag_at(walk->diag, BH_ERROR, "device-twice", item->mark,
				   "keep one of them", "\"%s\" is listed twice", item->text);
		}
		part->devices |= bit;
	}
}

static void take_manages(struct bh_walk *walk, const struct bh_key *key,
			 const struct bh_yaml_node *value, void *object)
{
	(void)key;
	(void)object;
	plan_walk(walk)->later.manages[walk->index] = value;
}

/* --- a channel --- */

uint32_t bh_plan_find_partition(struct bh_walk *walk, const char *rule,
				const struct bh_yaml_node *node)
{
	const struct bh_plan *plan = &plan_file(walk)->plan;
	struct bh_nearest nearest = { .word = node->text };
	char hint[BH_NAME_MAX + 32];
	uint32_t i;

	for (i = 0; i < plan->npartitions; i++) {
		if (!strcmp(plan->partitions[i].name, node->text))
			return i;
		bh_nearest_try(&nearest, plan->partitions[i].name);
	}
	snprintf(hint, sizeof(hint), "did you mean \"%s\"?", nearest.best ? nearest.best : "");
	bh_diag_at(walk->diag, BH_ERROR, rule, node->mark,
		   nearest.best ? hint : NULL, "the plan has no partition \"%.40s\"", node->text);
	return BH_NONE;
}

static void take_between(struct bh_walk *walk, const struct bh_key *key,
			 const struct bh_yaml_node *value, void *object)
{
	struct bh_channel *channel = object;
	const struct bh_yaml_node *item;
	uint32_t n = 0;

	if (value->count != 2) {
		bh_diag_at(walk->diag, BH_ERROR, "channel-between", value->mark, key->want,
			   "a channel has two ends, not %u", value->count);
		bh_walk_broken(walk, key);
	}
	for (item = value->child; item && n < 2; item = item->next, n++) {
		locate_item(walk, key, n, item->mark);
		if (!bh_walk_type(walk, key, item, BH_YAML_SCALAR))
			continue;
		channel->side[n] = bh_plan_find_partition(walk, "channel-unknown", item);
		if (channel->side[n] == BH_NONE)
			bh_walk_broken(walk, key);
	}
}

/* --- the tables --- */

static const struct bh_key plan_keys[] = {
	{ "bulkhead", BH_YAML_SCALAR, "the version of the plan's form, 1", BH_UNIT_NONE, 0, 0,
	  NULL, "Says that this file is a plan, and which rules it follows.",
	  BH_AT_NOTHING, take_version, 0 },
	{ "machine", BH_YAML_MAPPING, "a mapping of `platform` and `qemu`", BH_UNIT_NONE, 0, 0,
	  NULL, "What kind of machine the plan is for.", BH_AT_MACHINE, take_machine, 0 },
	{ "partitions", BH_YAML_MAPPING, "a mapping of names to partitions",
	  BH_UNIT_NONE, 0, 0, NULL,
	  "The parts the machine is split into: 1 to 64. A name has up to 31 characters: lower-case letters, digits and `-`, the first a letter. Their order gives the partitions their ids, from 3 on.",
	  BH_AT_NOTHING, take_partitions, 0 },
	{ "channels", BH_YAML_SEQUENCE, "a list of mappings of `between` and `size`", BH_UNIT_NONE, 0, 0,
	  "none", "Memory that two partitions share to send each other messages.",
	  BH_AT_NOTHING, take_channels, 0 },
};

static const struct bh_key machine_keys[] = {
	{ "platform", BH_YAML_SCALAR, "`x86-64` or `riscv64`", BH_UNIT_NONE, 0, 0, NULL,
	  "The machine's architecture and way of booting.", BH_AT_MACHINE, take_platform, 0 },
	{ "qemu", BH_YAML_MAPPING, "a mapping of `cpus`, `memory` and so on", BH_UNIT_NONE, 0, 0,
	  "the plan is for real hardware",
	  "The machine that `bulkhead run` emulates; every other verb takes it for the hardware too, unless --machine says otherwise.",
	  BH_AT_NOTHING, take_qemu, 0 },
};

static const struct bh_key qemu_keys[] = {
	{ "cpus", BH_YAML_SCALAR, "a number", BH_UNIT_NUMBER, 1, 255,
	  "sockets x cores x threads", "CPUs of the emulated machine; fewer than sockets x cores x threads leave places empty.",
	  BH_AT_NOTHING, bh_take_u32,
	  offsetof(struct bh_qemu, cpus) },
	{ "sockets", BH_YAML_SCALAR, "a number", BH_UNIT_NUMBER, 1, 255,
	  "what the others leave, or 1", "Processor packages.", BH_AT_NOTHING, bh_take_u32,
	  offsetof(struct bh_qemu, sockets) },
	{ "cores", BH_YAML_SCALAR, "a number", BH_UNIT_NUMBER, 1, 255, "what the others leave",
	  "Cores in a socket. When it is no power of two, APIC ids have holes.",
	  BH_AT_NOTHING, bh_take_u32,
	  offsetof(struct bh_qemu, cores) },
	{ "threads", BH_YAML_SCALAR, "a number", BH_UNIT_NUMBER, 1, 255, "1",
	  "SMT threads in a core.", BH_AT_NOTHING, bh_take_u32,
	  offsetof(struct bh_qemu, threads) },
	{ "nodes", BH_YAML_SCALAR, "a number", BH_UNIT_NUMBER, 1, 64, "1",
	  "NUMA nodes. CPUs and memory are split evenly, in order; both must be divisible.",
	  BH_AT_NOTHING, bh_take_u32,
	  offsetof(struct bh_qemu, nodes) },
	{ "memory", BH_YAML_SCALAR, "a size", BH_UNIT_SIZE, 128 * BH_MIB, 512 * BH_GIB, NULL,
	  "RAM of the emulated machine, in whole 2M.", BH_AT_NOTHING, take_qemu_memory, 0 },
	{ "smepmp", BH_YAML_SCALAR, "`true` or `false`", BH_UNIT_NONE, 0, 0, "false",
	  "riscv64: harts with Smepmp, which binds the firmware to its PMP entries too and takes one of them.",
	  BH_AT_NOTHING, take_qemu_smepmp, 0 },
};

static const struct bh_key partition_keys[] = {
	{ "cpus", BH_YAML_SCALAR | BH_YAML_SEQUENCE,
	  "a count, a quoted list of hardware ids (`\"0-3,6\"`), or a list (`[4, 5]`)",
	  BH_UNIT_NUMBER, 1, BH_CPUS_MAX, NULL,
	  "A count leaves the choice to the tool: whole cores, one NUMA node, no SMT sibling of another partition's CPU. A list says which ones, by APIC id or hart id; the first is the boot CPU (on x86-64, the CPU that firmware booted on always leads). `cpus: 3` is a count, `cpus: \"3\"` is CPU 3.",
	  BH_AT_CPUS, take_cpus, 0 },
	{ "memory", ANY_VALUE, "a size, a mapping of `base` and `size`, or a list of these",
	  BH_UNIT_SIZE, BH_X86_MEM_ALIGN, 1ULL << 52, NULL,
	  "A size is placed by the tool, on the CPUs' node; a mapping may say where. In whole 2M; on riscv64 a power of two is best.",
	  BH_AT_MEMORY, take_memory, 0 },
	{ "kernel", BH_YAML_SCALAR, "a name or a path", BH_UNIT_NONE, 0, 0, NULL,
	  "The bzImage or RISC-V Image to boot. A name (without `/` and `.`) is looked up among the images that the project builds; a path starts at the plan's folder.",
	  BH_AT_KERNEL, take_image, 0 },
	{ "initrd", BH_YAML_SCALAR, "a name or a path", BH_UNIT_NONE, 0, 0, "none",
	  "The initial RAM file system, found as the kernel is.", BH_AT_INITRD, take_image, 0 },
	{ "cmdline", BH_YAML_SCALAR, "a text", BH_UNIT_NONE, 0, 0, "nothing to add",
	  "Added behind the command line that the tool composes, so that it has the last word.",
	  BH_AT_CMDLINE, take_cmdline, 0 },
	{ "console", BH_YAML_SCALAR,
	  "`com1` to `com4`, or the first I/O port of a UART (0x100 to 0xfff8); riscv64: `firmware`; or `none`",
	  BH_UNIT_NONE, 0x100, 0xfff8,
	  "the owner of `legacy`: com1; the others: the next that is free; riscv64: firmware",
	  "What carries the kernel's console: a serial port, or SBI's debug console.", BH_AT_CONSOLE,
	  take_console, 0 },
	{ "config", BH_YAML_SCALAR, "a path", BH_UNIT_NONE, 0, 0,
	  "KERNEL.config, or config-VERSION beside vmlinuz-VERSION",
	  "The kernel's .config, from which is checked that it has what a partition needs.",
	  BH_AT_NOTHING, take_config, 0 },
	{ "devices", BH_YAML_SEQUENCE, "a list of `legacy` and `pci`", BH_UNIT_NONE, 0, 0, "none",
	  "What the partition owns beside CPUs and memory. `legacy`: interrupt controllers, timers, RTC and the firmware's tables (riscv64: the APLIC and what is wired to it); `pci`: everything on PCI.",
	  BH_AT_DEVICES, take_devices, 0 },
	{ "manages", BH_YAML_SEQUENCE, "a list of partitions' names", BH_UNIT_NONE, 0, 0, "none",
	  "The partitions that this one may start and stop (riscv64 so far), and whose consoles it "
	  "sees where it has a channel with them. It may be mutual.",
	  BH_AT_MANAGES, take_manages, 0 },
};

static const struct bh_key memory_keys[] = {
	{ "base", BH_YAML_SCALAR, "an address", BH_UNIT_SIZE, 0, (1ULL << 52) - 1,
	  "the tool chooses", "Where the range starts, on a 2M boundary.",
	  BH_AT_NOTHING, bh_take_u64, offsetof(struct bh_range, base) },
	{ "size", BH_YAML_SCALAR, "a size", BH_UNIT_SIZE, BH_X86_MEM_ALIGN, 1ULL << 52, NULL,
	  "How much, in whole 2M.", BH_AT_NOTHING, bh_take_u64, offsetof(struct bh_range, size) },
};

static const struct bh_key channel_keys[] = {
	{ "between", BH_YAML_SEQUENCE, "a list of two partitions' names", BH_UNIT_NONE, 0, 0, NULL,
	  "The two ends.", BH_AT_CHANNEL_BETWEEN, take_between, 0 },
	{ "size", BH_YAML_SCALAR, "a size", BH_UNIT_SIZE, BH_CHANNEL_SIZE_MIN, BH_CHANNEL_SIZE_MAX, NULL,
	  "Memory of the channel, half for each direction, in whole 4K (riscv64: a power of two); it lies outside of both partitions. "
	  "A frame takes three eighths of a half at most: 16K carries Ethernet's usual frames, 512K its longest.",
	  BH_AT_CHANNEL_SIZE, bh_take_u64, offsetof(struct bh_channel, memory.size) },
};

#define SECTION(name_, title_, keys_) \
	{ .name = name_, .title = title_, .keys = keys_, \
	  .nkeys = sizeof(keys_) / sizeof(keys_[0]) }

const struct bh_section bh_plan_sections[] = {
	[BH_SECTION_PLAN] = SECTION("the plan", "plan", plan_keys),
	[BH_SECTION_MACHINE] = SECTION("\"machine\"", "machine", machine_keys),
	[BH_SECTION_QEMU] = SECTION("\"qemu\"", "qemu", qemu_keys),
	[BH_SECTION_PARTITION] = SECTION("a partition", "partitions", partition_keys),
	[BH_SECTION_MEMORY] = SECTION("\"memory\"", "memory", memory_keys),
	[BH_SECTION_CHANNEL] = SECTION("a channel", "channels", channel_keys),
};

const unsigned int bh_plan_nsections = sizeof(bh_plan_sections) / sizeof(bh_plan_sections[0]);
