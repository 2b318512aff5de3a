// SPDX-License-Identifier: GPL-2.0-only
/*
 * The checks that need no hardware, and the entry to all of them. Each check
 * is a function with a comment that says what it protects.
 */
#include "core/check_internal.h"

#include <errno.h>
#include <string.h>

#include "core/text.h"

/* Overlaps one range of MMIO what somebody else may have, or the firmware keeps? */
static bool mmio_is_taken(const struct bh_machine *machine, uint32_t index)
{
	const struct bh_range *mmio = &machine->mmio[index].range;

	for (uint32_t i = 0; i < index; i++) {
		if (bh_ranges_overlap(mmio, &machine->mmio[i].range))
			return true;
	}
	for (uint32_t i = 0; i < machine->nram; i++) {
		if (bh_ranges_overlap(mmio, &machine->ram[i].range))
			return true;
	}
	for (uint32_t i = 0; i < machine->ncpus; i++) {
		const struct bh_range file = { machine->cpus[i].imsic, BH_PAGE_SIZE };

		if (file.base && bh_ranges_overlap(mmio, &file))
			return true;
	}
	return false;
}

/* A partition may write the page of its CPU's file: is it RAM, or the file of a CPU before this one? */
static bool file_is_taken(const struct bh_machine *machine, uint32_t cpu)
{
	const struct bh_range file = { machine->cpus[cpu].imsic, BH_PAGE_SIZE };

	if (!file.base)
		return false;
	for (uint32_t i = 0; i < machine->nram; i++) {
		if (bh_ranges_overlap(&file, &machine->ram[i].range))
			return true;
	}
	for (uint32_t i = 0; i < cpu; i++) {
		if (machine->cpus[i].imsic == file.base)
			return true;
	}
	return false;
}

/*
 * A machine's description may come from a file that somebody edited: searches
 * by halves and sweeps over RAM only work when it is sorted.
 */
bool bh_check_machine(const struct bh_machine *machine, struct bh_sink *sink)
{
	const struct bh_place place = bh_at(BH_AT_MACHINE, BH_NONE, BH_NONE);
	uint32_t errors = sink->errors;

	if (machine->ncpus > BH_CPUS_MAX)
		bh_report(sink, BH_ERROR, BH_RULE_MACHINE, place, NULL,
			  "the machine has %u CPUs, the most that can be split are %u",
			  machine->ncpus, BH_CPUS_MAX);
	for (uint32_t i = 1; i < machine->ncpus; i++) {
		if (machine->cpus[i].hwid > machine->cpus[i - 1].hwid)
			continue;
		bh_report(sink, BH_ERROR, BH_RULE_MACHINE, place,
			  "list the CPUs by rising hardware id, each once",
			  "CPU %u follows CPU %u in the description of the machine",
			  machine->cpus[i].hwid, machine->cpus[i - 1].hwid);
		break;
	}
	for (uint32_t i = 0; i < machine->nram; i++) {
		const struct bh_range *ram = &machine->ram[i].range;

		if (bh_range_end(ram) > ram->base &&
		    (!i || ram->base >= bh_range_end(&machine->ram[i - 1].range)))
			continue;
		bh_report(sink, BH_ERROR, BH_RULE_MACHINE, place,
			  "list the ranges by rising address, none twice and none empty",
			  "RAM at 0x%llx in the description of the machine is empty, out of order or overlaps",
			  (unsigned long long)ram->base);
		break;
	}
	for (uint32_t i = 0; i < machine->ncpus; i++) {
		if (!file_is_taken(machine, i))
			continue;
		bh_report(sink, BH_ERROR, BH_RULE_MACHINE, place,
			  "every CPU has an interrupt file of its own, which is no RAM",
			  "the interrupt file of CPU %u in the description of the machine, at 0x%llx, is RAM or another CPU's",
			  machine->cpus[i].hwid, (unsigned long long)machine->cpus[i].imsic);
		break;
	}
	for (uint32_t i = 0; i < machine->nmmio; i++) {
		const struct bh_range *mmio = &machine->mmio[i].range;

		if (bh_range_end(mmio) > mmio->base && !mmio_is_taken(machine, i))
			continue;
		bh_report(sink, BH_ERROR, BH_RULE_MACHINE, place,
			  "a device's registers are its own",
			  "the device at 0x%llx in the description of the machine is empty or overlaps RAM, an interrupt file or another device",
			  (unsigned long long)mmio->base);
		break;
	}
	return sink->errors == errors;
}

const struct bh_platform_rules *bh_check_platform(const struct bh_plan *plan,
						  const struct bh_machine *machine,
						  struct bh_sink *sink)
{
	const struct bh_place place = bh_at(BH_AT_MACHINE, BH_NONE, BH_NONE);
	enum bh_platform platform = plan->platform;
	const struct bh_platform_rules *rules;

	if (platform == BH_PLATFORM_NONE && machine)
		platform = machine->platform;
	if (platform == BH_PLATFORM_NONE)
		return NULL;
	if (machine && machine->platform != platform) {
		bh_report(sink, BH_ERROR, BH_RULE_PLATFORM, place, NULL,
			  "the plan is for %s, the machine is %s", bh_platform_name(platform),
			  bh_platform_name(machine->platform));
		return NULL;
	}
	rules = bh_platform_rules(platform);
	if (!rules)
		bh_report(sink, BH_ERROR, BH_RULE_PLATFORM, place, NULL,
			  "this version can't split a machine of platform %s",
			  bh_platform_name(platform));
	return rules;
}

/* Names become file names, device tree labels and prompts: keep them plain. */
static void check_names(struct bh_check *c)
{
	for (uint32_t i = 0; i < c->plan->npartitions; i++) {
		const char *name = c->plan->partitions[i].name;
		const struct bh_place place = bh_at(BH_AT_NAME, i, BH_NONE);
		bool good = *name >= 'a' && *name <= 'z';
		uint32_t len = 0;

		for (; len <= BH_NAME_MAX && name[len]; len++)
			good = good && ((name[len] >= 'a' && name[len] <= 'z') ||
					(name[len] >= '0' && name[len] <= '9') || name[len] == '-');
		if (!strcmp(name, "boot") || !strcmp(name, "firmware"))
			bh_report(c->sink, BH_ERROR, BH_RULE_NAME, place,
				  "call it something else",
				  "'%s' is what the console of whatever starts the partitions is called",
				  name);
		if (!good || len > BH_NAME_MAX)
			bh_report(c->sink, BH_ERROR, BH_RULE_NAME, place,
				  "1 to 31 characters of a-z, 0-9 and '-', beginning with a letter",
				  "'%.31s' can't be a partition's name", name);

		for (uint32_t k = 0; k < i; k++) {
			if (strcmp(name, c->plan->partitions[k].name))
				continue;
			bh_report(c->sink, BH_ERROR, BH_RULE_NAME_TWICE, place, NULL,
				  "two partitions are called '%.31s'", name);
			break;
		}
	}
}

/* Reports the second and later owners of what there is but once. */
static void check_owner(struct bh_check *c, uint32_t device, const char *rule, const char *what,
			const char *hint)
{
	uint32_t owner = BH_NONE;

	for (uint32_t i = 0; i < c->plan->npartitions; i++) {
		const struct bh_partition *p = &c->plan->partitions[i];

		if (!(p->devices & device))
			continue;
		if (owner == BH_NONE)
			owner = i;
		else
			bh_report(c->sink, BH_ERROR, rule, bh_at(BH_AT_DEVICES, i, BH_NONE), hint,
				  "partition '%s' and partition '%s' both own %s",
				  c->plan->partitions[owner].name, p->name, what);
	}
}

static void check_devices(struct bh_check *c)
{
	check_owner(c, BH_DEV_LEGACY, BH_RULE_LEGACY_TWICE, "the legacy devices",
		    "there is one of each: leave 'legacy' to one partition");
	check_owner(c, BH_DEV_PCI, BH_RULE_PCI_TWICE, "PCI", "leave 'pci' to one partition");

	for (uint32_t i = 0; i < c->plan->npartitions; i++) {
		const struct bh_partition *p = &c->plan->partitions[i];
		const struct bh_place place = bh_at(BH_AT_DEVICES, i, BH_NONE);

		/* PCI's windows and interrupts stand in the firmware's ACPI tables. */
		if (c->rules && c->rules->pci_with_legacy && (p->devices & BH_DEV_PCI) &&
		    !(p->devices & BH_DEV_LEGACY))
			bh_report(c->sink, BH_ERROR, BH_RULE_PCI_LEGACY, place,
				  "the firmware's tables describe both: 'devices: [legacy, pci]'",
				  "partition '%s' owns PCI but not the legacy devices", p->name);
		if (p->devices & ~(BH_DEV_LEGACY | BH_DEV_PCI))
			bh_report(c->sink, BH_ERROR, BH_RULE_DEVICE_UNKNOWN, place,
				  "known devices: legacy, pci",
				  "partition '%s' owns a device that this version does not know",
				  p->name);
	}
}

/*
 * A console is an 8250 and has eight ports. Below 0x100 is the mainboard, and
 * 0xcf8 to 0xcff reach into PCI configuration space.
 */
static void check_consoles(struct bh_check *c)
{
	for (uint32_t i = 0; i < c->plan->npartitions; i++) {
		const struct bh_partition *p = &c->plan->partitions[i];
		const struct bh_place place = bh_at(BH_AT_CONSOLE, i, BH_NONE);
		uint32_t port = p->console_port;

		if (!port)
			continue;
		if (port < 0x100 || port > 0xfff8 || port % 8 || port == 0xcf8)
			bh_report(c->sink, BH_ERROR, BH_RULE_CONSOLE_PORT, place,
				  "a PC's serial ports are 0x3f8, 0x2f8, 0x3e8 and 0x2e8",
				  "0x%x can't be the first I/O port of a UART", port);
		for (uint32_t k = 0; k < i; k++) {
			if (c->plan->partitions[k].console_port != port)
				continue;
			bh_report(c->sink, BH_ERROR, BH_RULE_CONSOLE_TWICE, place,
				  "give one of them another port",
				  "partition '%s' has the console of partition '%s', 0x%x", p->name,
				  c->plan->partitions[k].name, port);
			break;
		}
	}
}

static void check_channels(struct bh_check *c)
{
	/* pairs[a] has bit b once there is a channel between a and b, a < b */
	uint64_t pairs[BH_PARTITIONS_MAX] = { 0 };

	if (c->plan->nchannels > BH_CHANNELS_MAX)
		bh_report(c->sink, BH_ERROR, BH_RULE_CHANNEL_MANY,
			  bh_at(BH_AT_CHANNEL, BH_CHANNELS_MAX, BH_NONE), NULL,
			  "the plan has %u channels, at most %u are possible", c->plan->nchannels,
			  BH_CHANNELS_MAX);

	for (uint32_t i = 0; i < c->plan->nchannels; i++) {
		const struct bh_channel *channel = &c->plan->channels[i];
		uint64_t size = channel->memory.size;
		uint32_t a = channel->side[0], b = channel->side[1];
		bool known = true;

		if (size < BH_CHANNEL_SIZE_MIN || size % BH_PAGE_SIZE || size > BH_CHANNEL_SIZE_MAX)
			bh_report(c->sink, BH_ERROR, BH_RULE_CHANNEL_SIZE,
				  bh_at(BH_AT_CHANNEL_SIZE, i, BH_NONE),
				  "a multiple of 4 KiB, from 8 KiB to 1 GiB: half for each direction",
				  "a channel can't have %s", bh_size_text(size).s);
		/* Each half is a PMP entry: what its owner alone may write. */
		else if (c->rules && c->rules->napot && size & (size - 1))
			bh_report(c->sink, BH_ERROR, BH_RULE_CHANNEL_SIZE,
				  bh_at(BH_AT_CHANNEL_SIZE, i, BH_NONE),
				  "a power of two from 8 KiB to 1 GiB, so that each half is one PMP entry",
				  "a channel on this platform can't have %s", bh_size_text(size).s);

		for (uint32_t side = 0; side < 2; side++) {
			if (bh_plan_partition(c->plan, channel->side[side]))
				continue;
			known = false;
			bh_report(c->sink, BH_ERROR, BH_RULE_CHANNEL_UNKNOWN,
				  bh_at(BH_AT_CHANNEL_BETWEEN, i, side), NULL,
				  "there is no such partition for this end of the channel");
		}
		if (!known)
			continue;

		if (a == b) {
			bh_report(c->sink, BH_ERROR, BH_RULE_CHANNEL_SELF,
				  bh_at(BH_AT_CHANNEL_BETWEEN, i, 1),
				  "a channel is between two partitions",
				  "the channel goes from partition '%s' to itself",
				  c->plan->partitions[a].name);
			continue;
		}
		if (a > b) {
			a = channel->side[1];
			b = channel->side[0];
		}
		if (pairs[a] >> b & 1)
			bh_report(c->sink, BH_ERROR, BH_RULE_CHANNEL_TWICE,
				  bh_at(BH_AT_CHANNEL_BETWEEN, i, BH_NONE),
				  "one channel carries any number of streams: make it larger",
				  "there is a channel between '%s' and '%s' already",
				  c->plan->partitions[a].name, c->plan->partitions[b].name);
		pairs[a] |= 1ULL << b;
	}
}

/* Two partitions may manage each other: either can be upgraded by the other. */
static void check_manages(struct bh_check *c)
{
	uint32_t n = c->plan->npartitions;
	uint64_t known = n < 64 ? (1ULL << n) - 1 : UINT64_MAX;

	for (uint32_t i = 0; i < n; i++) {
		const struct bh_partition *p = &c->plan->partitions[i];
		const struct bh_place place = bh_at(BH_AT_MANAGES, i, BH_NONE);

		if (p->manages >> i & 1)
			bh_report(c->sink, BH_ERROR, BH_RULE_MANAGES_SELF, place,
				  "every partition may restart itself anyway",
				  "partition '%s' manages itself", p->name);
		if (p->manages & ~known)
			bh_report(c->sink, BH_ERROR, BH_RULE_MANAGES_UNKNOWN, place, NULL,
				  "partition '%s' manages a partition that there is not", p->name);
	}
}

/* The kernel cuts what is too long, silently and at the end, where it hurts. */
static void check_cmdlines(struct bh_check *c)
{
	for (uint32_t i = 0; i < c->plan->npartitions; i++) {
		const struct bh_partition *p = &c->plan->partitions[i];
		const struct bh_place place = bh_at(BH_AT_CMDLINE, i, BH_NONE);
		size_t len = p->cmdline ? strlen(p->cmdline) : 0;
		uint32_t max = c->rules ? c->rules->cmdline_max : BH_CMDLINE_MAX;

		if (len > max)
			bh_report(c->sink, BH_ERROR, BH_RULE_CMDLINE_LONG, place, NULL,
				  "the command line of partition '%s' has %u characters, a kernel takes %u",
				  p->name, (unsigned int)len, max);
		for (size_t k = 0; k < len; k++) {
			unsigned char ch = (unsigned char)p->cmdline[k];

			if (ch >= ' ' && ch != 0x7f)
				continue;
			bh_report(c->sink, BH_ERROR, BH_RULE_CMDLINE_CHAR, place,
				  "write it on one line, with spaces between the parameters",
				  "character %u of the command line of partition '%s' is a control character (0x%02x)",
				  (unsigned int)k + 1, p->name, ch);
			break;
		}
	}
}

int bh_check(const struct bh_plan *plan, const struct bh_machine *machine,
	     struct bh_sink *sink)
{
	struct bh_check c = { .plan = plan, .machine = machine, .sink = sink };
	uint32_t errors = sink->errors;

	if (!plan->npartitions)
		bh_report(sink, BH_ERROR, BH_RULE_PARTITION_NONE, bh_at(BH_AT_PLAN, BH_NONE, BH_NONE),
			  NULL, "the plan has no partition");
	if (plan->npartitions > BH_PARTITIONS_MAX) {
		/* Rights and pairs are bits of a word from here on. */
		bh_report(sink, BH_ERROR, BH_RULE_PARTITION_MANY,
			  bh_at(BH_AT_PARTITION, BH_PARTITIONS_MAX, BH_NONE), NULL,
			  "the plan has %u partitions, at most %u are possible",
			  plan->npartitions, BH_PARTITIONS_MAX);
		return -EINVAL;
	}

	if (machine && !bh_check_machine(machine, sink))
		c.machine = NULL;
	c.rules = bh_check_platform(plan, c.machine, sink);
	/* To compare with a machine of another kind would only add noise. */
	if (!c.rules)
		c.machine = NULL;
	if (c.machine)
		c.topo = bh_topo_build(c.machine);

	check_names(&c);
	bh_check_cpus(&c);
	bh_check_memory(&c);
	check_devices(&c);
	check_consoles(&c);
	bh_check_images(&c);
	bh_check_resident(&c);
	bh_check_pmp(&c);
	check_cmdlines(&c);
	check_channels(&c);
	check_manages(&c);
	return sink->errors == errors ? 0 : -EINVAL;
}
