// SPDX-License-Identifier: GPL-2.0-only
/* Partitions of RISC-V machines: one console each from the firmware, doorbells by UIO. */
#include <string.h>

#include "bulkhead/partition.h"
#include "host/platform.h"
#include "host/platform_qemu.h"

enum option {
	OPT_64BIT,
	OPT_MMU,
	OPT_SBI,
	OPT_SMP,
	OPT_IMSIC,
	OPT_CONSOLE,
	OPT_UART,
	OPT_UART_OF,
	OPT_EARLYCON,
	OPT_INITRD,
	OPT_APLIC,
	OPT_MPXY,
	OPT_SYSMSI,
	OPT_UIO,
	OPT_BULKHEAD,
	OPTIONS,
};

static bool has_console(const struct bh_partition *part, uint32_t set)
{
	(void)set;
	return part->console_firmware;
}

/* Portable kernels have no driver for SBI's console: it depends on NONPORTABLE. */
static bool needs_uart(const struct bh_partition *part, uint32_t set)
{
	return part->console_firmware && !(set & 1U << OPT_CONSOLE);
}

static bool has_legacy(const struct bh_partition *part, uint32_t set)
{
	(void)set;
	return part->devices & BH_DEV_LEGACY;
}

static const struct bh_kernel_option options[OPTIONS] = {
	[OPT_64BIT] = { "CONFIG_64BIT", "harts are 64 bits wide", NULL, BH_ERROR },
	[OPT_MMU] = { "CONFIG_MMU", "partitions start in S-mode", NULL, BH_ERROR },
	[OPT_SBI] = { "CONFIG_RISCV_SBI", "what is below a partition is reached by SBI calls",
		      NULL, BH_ERROR },
	[OPT_SMP] = { "CONFIG_SMP", "the partition has more than one hart", bh_has_cpus, BH_ERROR },
	[OPT_IMSIC] = { "CONFIG_RISCV_IMSIC", "its harts get messages as interrupts, and each other's",
			NULL, BH_WARNING },
	[OPT_CONSOLE] = { .name = "CONFIG_HVC_RISCV_SBI" },
	[OPT_UART] = { "CONFIG_SERIAL_8250_CONSOLE",
		       "without it or CONFIG_HVC_RISCV_SBI the console takes no input",
		       needs_uart, BH_WARNING },
	[OPT_UART_OF] = { "CONFIG_SERIAL_OF_PLATFORM",
			  "without it or CONFIG_HVC_RISCV_SBI the console takes no input",
			  needs_uart, BH_WARNING },
	[OPT_EARLYCON] = { "CONFIG_SERIAL_EARLYCON_RISCV_SBI",
			   "without it a kernel that stops early says nothing", has_console,
			   BH_WARNING },
	[OPT_INITRD] = { "CONFIG_BLK_DEV_INITRD", "the partition has an initrd", bh_has_initrd,
			 BH_ERROR },
	[OPT_APLIC] = { "CONFIG_RISCV_APLIC", "the partition owns the wired interrupts",
			has_legacy, BH_WARNING },
	[OPT_MPXY] = { .name = "CONFIG_RISCV_SBI_MPXY_MBOX" },
	[OPT_SYSMSI] = { .name = "CONFIG_RISCV_RPMI_SYSMSI" },
	[OPT_UIO] = { .name = "CONFIG_UIO_PDRV_GENIRQ" },
	[OPT_BULKHEAD] = { .name = "CONFIG_BULKHEAD" },
};

static void note_kernel(struct bh_plan_file *file, struct bh_mark mark, uint32_t index,
			uint32_t set, struct bh_diag *diag)
{
	const uint32_t bells = 1U << OPT_MPXY | 1U << OPT_SYSMSI | 1U << OPT_UIO;
	uint32_t kernel = file->plan.partitions[index].kernel;
	const char *label = file->plan.images[kernel].label;

	if ((set & bells) == bells && set & 1U << OPT_BULKHEAD)
		return;
	file->files[kernel].stock = true;
	if ((set & bells) == bells)
		bh_diag_at(diag, BH_NOTE, "kernel-stock", mark, NULL,
			   "%s has no CONFIG_BULKHEAD, like any stock kernel: programs reach doorbells and channels through UIO, drivers there are none",
			   label);
	else
		bh_diag_at(diag, BH_NOTE, "kernel-stock", mark, NULL,
			   "%s has not all of %s, %s and %s: CPUs, memory, timer and console work, reboot and panic stay in the partition; doorbells do not reach it",
			   label, options[OPT_MPXY].name, options[OPT_SYSMSI].name,
			   options[OPT_UIO].name);
}

static bool take_console(struct bh_partition *part, const char *name)
{
	part->console_firmware = !strcmp(name, "firmware");
	return part->console_firmware || !strcmp(name, "none");
}

static void choose_consoles(struct bh_plan_file *file, struct bh_diag *diag)
{
	uint32_t i;

	(void)diag;
	for (i = 0; i < file->plan.npartitions; i++)
		if (!file->more->partitions[i].console_set)
			file->plan.partitions[i].console_firmware = true;
}

static void compose(struct bh_line *line, const struct bh_plan_file *file,
		    const struct bh_machine *machine, uint32_t index)
{
	const struct bh_partition *part = &file->plan.partitions[index];
	/* Each of its calls takes many bytes; what is behind ttyS0 traps for each one. */
	const char *console = file->more->partitions[index].options & 1U << OPT_CONSOLE ?
			      "hvc0" : "ttyS0";

	(void)machine;
	if (part->console_firmware)
		bh_line_add(line, "earlycon=sbi console=%s ", console);
	/* Unknown to a stock kernel, which ignores parameters with a dot: for people and scripts. */
	bh_line_add(line, "bulkhead.partition=%s ", part->name);
	/* So that the driver takes the status page and the doorbells (bulkhead/partition.h). */
	bh_line_add(line, "uio_pdrv_genirq.of_id=" BH_UIO " ");
}

const struct bh_host_platform bh_host_riscv = {
	.platform = BH_PLATFORM_RISCV64,
	.check_qemu = bh_qemu_virt_check,
	.machine_from_qemu = bh_qemu_virt_machine,
	.take_console = take_console,
	.consoles = "`firmware` or `none`",
	.choose_consoles = choose_consoles,
	.compose = compose,
	.image_hint = "a RISC-V Image, as arch/riscv/boot/Image is",
	.trees = true,
	.options = options,
	.noptions = OPTIONS,
	.note_kernel = note_kernel,
};
