// SPDX-License-Identifier: GPL-2.0-only
/*
 * Partitions of x86-64 machines: a UART each, and a command line that keeps a
 * kernel away from what it shares with its neighbours.
 */
#include <stdio.h>
#include <string.h>

#include "host/platform.h"
#include "host/platform_qemu.h"

/* Standard COM ports, which any kernel probes unasked. */
static const uint32_t com_ports[] = { 0x3f8, 0x2f8, 0x3e8, 0x2e8 };

/*
 * Further ports for emulated machines with many partitions: ranges of eight
 * that nothing in QEMU's q35 uses. Kept out: VGA (0x3b0-0x3df), the parallel
 * ports (0x378, 0x278), the floppy (0x3f0-0x3f7), IDE (0x1f0, 0x170, 0x3f6),
 * and everything below 0x200.
 */
static const uint32_t emulated_ports[] = {
	0x2f0, 0x3e0, 0x2e0, 0x2d8, 0x2d0, 0x2c8, 0x2c0, 0x2b8, 0x2b0, 0x2a8, 0x2a0,
	0x298, 0x290, 0x288, 0x280, 0x270, 0x268, 0x260, 0x258, 0x250, 0x248, 0x240,
	0x238, 0x230, 0x228, 0x220, 0x218, 0x210, 0x208, 0x200, 0x3a8, 0x3a0, 0x398,
	0x390, 0x388, 0x380, 0x368, 0x360, 0x358, 0x350, 0x348, 0x340, 0x338, 0x330,
	0x328, 0x320, 0x318, 0x310, 0x308, 0x300,
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static bool port_is_used(const struct bh_plan *plan, uint32_t port)
{
	uint32_t i;

	for (i = 0; i < plan->npartitions; i++)
		if (plan->partitions[i].console_port == port)
			return true;
	return false;
}

static uint32_t first_free(const struct bh_plan *plan, const uint32_t *ports, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!port_is_used(plan, ports[i]))
			return ports[i];
	return 0;
}

static void choose_consoles(struct bh_plan_file *file, struct bh_diag *diag)
{
	struct bh_plan *plan = &file->plan;
	uint32_t i;

	/* COM1 goes with the legacy devices: firmware and its owner know it. */
	for (i = 0; i < plan->npartitions; i++)
		if (plan->partitions[i].devices & BH_DEV_LEGACY &&
		    !file->more->partitions[i].console_set && !port_is_used(plan, com_ports[0]))
			plan->partitions[i].console_port = com_ports[0];

	for (i = 0; i < plan->npartitions; i++) {
		struct bh_partition *part = &plan->partitions[i];
		uint32_t port;

		if (file->more->partitions[i].console_set || part->console_port)
			continue;
		port = first_free(plan, com_ports, COUNT(com_ports));
		/* A real machine has no UARTs there; an emulated one gets them. */
		if (!port && file->qemu.present)
			port = first_free(plan, emulated_ports, COUNT(emulated_ports));
		part->console_port = port;
		if (!port)
			bh_diag_at(diag, BH_NOTE, "console-none",
				   bh_plan_mark(file, (struct bh_place){ BH_AT_NAME, i, BH_NONE }),
				   "give it one with `console`",
				   "no serial port is left for %s: it has no console", part->name);
	}
}

/* Is a kernel of @release older than @major.@minor? Unknown: no. */
static bool is_older(const char *release, unsigned int major, unsigned int minor)
{
	unsigned int a, b;

	if (sscanf(release, "%u.%u", &a, &b) != 2)
		return false;
	return a < major || (a == major && b < minor);
}

static bool owns(const struct bh_plan *plan, const struct bh_partition *part, uint32_t hwid)
{
	uint32_t i;

	for (i = 0; i < part->ncpus; i++)
		if (plan->cpus[part->first_cpu + i] == hwid)
			return true;
	return false;
}

static bool is_com(uint32_t port)
{
	size_t i;

	for (i = 0; i < COUNT(com_ports); i++)
		if (com_ports[i] == port)
			return true;
	return false;
}

/* Has a neighbour a UART that only the firmware's DSDT tells of? */
static bool neighbour_off_com(const struct bh_plan *plan, uint32_t index)
{
	uint32_t i;

	for (i = 0; i < plan->npartitions; i++)
		if (i != index && plan->partitions[i].console_port &&
		    !is_com(plan->partitions[i].console_port))
			return true;
	return false;
}

static void add_reserve(struct bh_line *line, const struct bh_partition *part)
{
	const char *before = "reserve=";
	size_t i;

	for (i = 0; i < COUNT(com_ports); i++) {
		if (com_ports[i] == part->console_port)
			continue;
		bh_line_add(line, "%s0x%x,8", before, com_ports[i]);
		before = ",";
	}
	bh_line_add(line, " ");
}

static void compose(struct bh_line *line, const struct bh_plan_file *file,
		    const struct bh_machine *machine, uint32_t index)
{
	const struct bh_partition *part = &file->plan.partitions[index];
	uint32_t i;

	if (part->console_port)
		bh_line_add(line, "console=uart8250,io,0x%x,115200n8 ", part->console_port);
	/*
	 * Without it the stop shorthand of one partition's kexec or panic
	 * reaches every CPU of the machine.
	 */
	bh_line_add(line, "no_ipi_broadcast=1 ");
	/* Measured once by the boot stage: there is no PIT, HPET or PM timer to check against. */
	bh_line_add(line, "tsc=reliable ");
	/*
	 * Linux counts ticks for ten of them to see whether IRQ 0 arrives, and panics when a
	 * busy host has kept that CPU from running meanwhile. The others have no IRQ 0.
	 */
	if (part->devices & BH_DEV_LEGACY)
		bh_line_add(line, "no_timer_check ");
	/* Unknown to a stock kernel, which ignores parameters with a dot: for people and scripts. */
	bh_line_add(line, "bulkhead.partition=%s ", part->name);
	/*
	 * A kernel probes all standard COM ports, which can hang a neighbour's
	 * polled console. Ports that are reserved it leaves alone (kernel/resource.c;
	 * at most four ranges).
	 */
	add_reserve(line, part);
	/*
	 * The firmware's DSDT lists UARTs at other ports as well, and its owner
	 * would bind them. There are more of them than reserve= takes ranges.
	 */
	if (part->devices & BH_DEV_LEGACY && neighbour_off_com(&file->plan, index))
		bh_line_add(line, "pnpacpi=off ");
	/* Configuration space is everyone's: who doesn't own PCI must not even look. */
	if (!(part->devices & BH_DEV_PCI))
		bh_line_add(line, "pci=off ");
	/*
	 * Before 6.9 Linux keeps APIC ids that come first in the MADT by
	 * order alone, and would count the real BSP, which stands there, as its own.
	 */
	if (bh_plan_image(&file->plan, part->kernel) &&
	    is_older(file->files[part->kernel].release, 6, 9)) {
		for (i = 0; i < machine->ncpus; i++)
			if (machine->cpus[i].flags & BH_CPU_BSP &&
			    !owns(&file->plan, part, machine->cpus[i].hwid))
				bh_line_add(line, "disable_cpu_apicid=%u ", machine->cpus[i].hwid);
	}
}

/* --- how a kernel must have been built --- */

enum option {
	OPT_X86_64,
	OPT_ACPI,
	OPT_RELOCATABLE,
	OPT_SMP,
	OPT_8250_CONSOLE,
	OPT_INITRD,
	OPT_MPPARSE,
	OPT_BULKHEAD,
	OPTIONS,
};

static bool has_console(const struct bh_partition *part, uint32_t set)
{
	(void)set;
	return part->console_port;
}

static const struct bh_kernel_option options[OPTIONS] = {
	[OPT_X86_64] = { "CONFIG_X86_64", "partitions start in 64-bit mode", NULL, BH_ERROR },
	[OPT_ACPI] = { "CONFIG_ACPI", "a partition's CPUs are described by ACPI tables", NULL,
		       BH_ERROR },
	[OPT_RELOCATABLE] = { "CONFIG_RELOCATABLE",
			      "a kernel must run from wherever its partition's memory is", NULL,
			      BH_ERROR },
	[OPT_SMP] = { "CONFIG_SMP", "the partition has more than one CPU", bh_has_cpus, BH_ERROR },
	[OPT_8250_CONSOLE] = { "CONFIG_SERIAL_8250_CONSOLE", "the partition has a console",
			       has_console, BH_ERROR },
	[OPT_INITRD] = { "CONFIG_BLK_DEV_INITRD", "the partition has an initrd", bh_has_initrd,
			 BH_ERROR },
	[OPT_MPPARSE] = { .name = "CONFIG_X86_MPPARSE" },
	[OPT_BULKHEAD] = { .name = "CONFIG_BULKHEAD" },
};

static void note_kernel(struct bh_plan_file *file, struct bh_mark mark, uint32_t index,
			uint32_t set, struct bh_diag *diag)
{
	const struct bh_partition *part = &file->plan.partitions[index];
	const char *label = file->plan.images[part->kernel].label;

	if (set & 1U << OPT_MPPARSE && !(part->devices & BH_DEV_LEGACY))
		bh_diag_at(diag, BH_NOTE, "kernel-mpparse", mark,
			   "CONFIG_X86_MPPARSE=n is safer for partitions without legacy devices",
			   "%s reads the firmware's MP table; its tables keep it off the IO-APIC",
			   label);
	if (set & 1U << OPT_BULKHEAD)
		return;
	file->files[part->kernel].stock = true;
	bh_diag_at(diag, BH_NOTE, "kernel-stock", mark, NULL,
		   "%s has no CONFIG_BULKHEAD, like any stock kernel: CPUs, memory, timer and console work; channels have no driver, and its reboot or panic may reset the whole machine",
		   label);
}

static bool take_console(struct bh_partition *part, const char *name)
{
	part->console_port = 0;
	if (!strncmp(name, "com", 3) && name[3] >= '1' && name[3] <= '4' && !name[4]) {
		part->console_port = com_ports[name[3] - '1'];
		return true;
	}
	return !strcmp(name, "none");
}

const struct bh_host_platform bh_host_x86 = {
	.platform = BH_PLATFORM_X86_64,
	.check_qemu = bh_qemu_q35_check,
	.machine_from_qemu = bh_qemu_q35_machine,
	.take_console = take_console,
	.consoles = "`com1` to `com4`, `none`, or the first I/O port of a UART (0x100 to 0xfff8)",
	.choose_consoles = choose_consoles,
	.compose = compose,
	.image_hint = "an x86-64 bzImage, as vmlinuz is",
	.options = options,
	.noptions = OPTIONS,
	.note_kernel = note_kernel,
};
