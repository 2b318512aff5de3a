// SPDX-License-Identifier: GPL-2.0-only
/* QEMU's virt: riscv64 plans. */
#include "image/qemu.h"

#include <errno.h>
#include <stdlib.h>

#include "image/machine_tree.h"

/*
 * What sdhci-pci says it can do, and 64-bit addresses: with 64-bit pointers U-Boot
 * uses them for DMA whether or not the controller knows of them.
 */
#define SDHCI_CAPABILITIES	0x157834b4U

/*
 * Where harts begin there is nothing: `auipc t0, AT >> 12; jr t0` takes them to
 * the firmware. Their a0 and a1 (QEMU: hart id, device tree) stay as they are.
 */
static void add_reset(struct bh_argv *argv, uint64_t reset, uint64_t entry)
{
	uint64_t jump = 0x0002806700000297ULL | (entry - reset);

	bh_argv_add(argv, "-device");
	bh_argv_add(argv, "loader,addr=0x%llx,data=0x%llx,data-len=8", (unsigned long long)reset,
		    (unsigned long long)jump);
}

static void add_direct(struct bh_argv *argv, const struct bh_media *media)
{
	bh_argv_add(argv, "-bios");
	bh_argv_add(argv, "none");
	bh_argv_add(argv, "-dtb");
	bh_argv_add(argv, "%s", media->tree);
	add_reset(argv, media->reset, media->entry);
	for (size_t i = 0; i < media->nloads; i++) {
		char *path = bh_qemu_escape(media->loads[i].path);

		bh_argv_add(argv, "-device");
		bh_argv_add(argv, "loader,file=%s,addr=0x%llx,force-raw=on", path ? path : "",
			    (unsigned long long)media->loads[i].at);
		argv->failed |= !path;
		free(path);
	}
}

/* The card takes writes, of whoever owns PCI; they must not change the image. */
static void add_card(struct bh_argv *argv, const struct bh_media *media)
{
	bh_argv_add(argv, "-bios");
	bh_argv_add(argv, "%s", media->spl);
	bh_qemu_drive(argv, "if=none,id=boot,snapshot=on", media->image);
	bh_argv_add(argv, "-device");
	bh_argv_add(argv, "sdhci-pci,capareg=0x%x", SDHCI_CAPABILITIES);
	bh_argv_add(argv, "-device");
	bh_argv_add(argv, "sd-card,drive=boot");
}

static int add(const struct bh_vm *vm, struct bh_argv *argv)
{
	const struct bh_need need = { bh_qemu_program(BH_QEMU_RISCV), "qemu-system-misc" };
	int err;

	err = bh_need_all("run a plan", &need, 1);
	if (!err)
		err = bh_qemu_riscv_check(vm->qemu);
	if (err)
		return err;
	if (vm->accel == BH_ACCEL_KVM) {
		bh_error(0, "KVM has no M-mode, where the firmware runs: --accel tcg");
		return -EINVAL;
	}
	bh_qemu_riscv_machine(argv, vm->qemu, "");
	bh_argv_add(argv, "-name");
	bh_argv_add(argv, "bulkhead");
	bh_argv_add(argv, "-accel");
	bh_argv_add(argv, "tcg,thread=multi");
	bh_argv_add(argv, "-no-reboot");
	if (vm->firmware == BH_FIRMWARE_DIRECT)
		add_direct(argv, vm->media);
	else
		add_card(argv, vm->media);
	for (size_t i = 0; i < vm->nuarts; i++) {
		bh_argv_add(argv, "-chardev");
		if (vm->uarts[i].path)
			bh_argv_add(argv, "pipe,id=uart%zu,path=%s", i, vm->uarts[i].path);
		else
			bh_argv_add(argv, "null,id=uart%zu", i);
		bh_argv_add(argv, "-serial");
		bh_argv_add(argv, "chardev:uart%zu", i);
	}
	return 0;
}

static bool port(const struct bh_plan *plan, uint32_t partition, uint32_t *id)
{
	*id = BH_PARTITION_ID_BASE + partition;
	return plan->partitions[partition].console_firmware;
}

/* U-Boot, common/spl/spl.c; firmware/plan.c */
static const char *const refusals[] = {
	"SPL: failed to boot", "bulkhead: the plan is refused", NULL
};

const struct bh_emulator bh_emulator_riscv = {
	.platform = BH_PLATFORM_RISCV64,
	.speaker = "firmware",
	.speaker_port = 0,
	.who = "the firmware, or SPL,",
	.refusals = refusals,
	.shared = true,
	.firmwares = { { "spl", BH_FIRMWARE_SPL }, { "direct", BH_FIRMWARE_DIRECT } },
	.port = port,
	.add = add,
};
