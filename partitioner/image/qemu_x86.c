// SPDX-License-Identifier: GPL-2.0-only
/* QEMU's q35: x86-64 plans. */
#include "image/qemu.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <bulkhead/x86/stage.h>

#define QEMU	"qemu-system-x86_64"

bool bh_kvm_usable(void)
{
	const char *const words[] = {
		"timeout", "5", bh_qemu_program(QEMU), "-accel", "kvm", "-cpu", "host", "-machine", "q35",
		"-nodefaults", "-no-user-config", "-display", "none", "-S", "-monitor", "stdio",
	};
	struct bh_argv argv = { 0 };
	bool usable;

	if (access("/dev/kvm", R_OK | W_OK) < 0)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		bh_argv_add(&argv, "%s", words[i]);
	usable = !argv.failed && bh_child_works(argv.arg, "quit\n");
	bh_argv_free(&argv);
	return usable;
}

int bh_qemu_firmware(const char **code, const char **vars)
{
	/* The small one first: it starts in three quarters of the time. Debian 13 has only the other. */
	static const char *const known[][2] = {
		{ "/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd" },
		{ "/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd" },
		{ "/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd" },
		{ "/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (access(known[i][0], R_OK) || access(known[i][1], R_OK))
			continue;
		*code = known[i][0];
		*vars = known[i][1];
		return 0;
	}
	const struct bh_need need = { known[1][0], "ovmf" };

	return bh_need_all("emulate UEFI firmware", &need, 1);
}

static void add_processors(struct bh_argv *argv, const struct bh_qemu *q)
{
	bh_argv_add(argv, "-smp");
	if (q->sockets && q->cores && q->threads)
		bh_argv_add(argv, "cpus=%u,maxcpus=%u,sockets=%u,cores=%u,threads=%u", q->cpus,
			    q->sockets * q->cores * q->threads, q->sockets, q->cores,
			    q->threads);
	else
		bh_argv_add(argv, "cpus=%u", q->cpus);
}

static void add_memory(struct bh_argv *argv, const struct bh_qemu *q)
{
	uint32_t per_node = q->nodes ? q->cpus / q->nodes : q->cpus;

	bh_argv_add(argv, "-m");
	bh_argv_add(argv, "%lluk", (unsigned long long)q->memory / 1024);
	if (q->nodes < 2)
		return;
	for (uint32_t i = 0; i < q->nodes; i++) {
		bh_argv_add(argv, "-object");
		bh_argv_add(argv, "memory-backend-ram,id=ram%u,size=%lluk", i,
			    (unsigned long long)q->memory / q->nodes / 1024);
		bh_argv_add(argv, "-numa");
		bh_argv_add(argv, "node,nodeid=%u,cpus=%u-%u,memdev=ram%u", i, i * per_node,
			    (i + 1) * per_node - 1, i);
	}
}

/*
 * The boot medium: whatever firmware and GRUB read fastest, measured under
 * TCG: SeaBIOS and a CD 0.7 s from power-on to the boot stage with 16 MB of
 * images, OVMF and a virtio disk 3.5 s (of which GRUB has 0.2).
 */
static int add_medium(struct bh_argv *argv, const struct bh_vm *vm)
{
	const char *code, *vars;
	int err;

	bh_qemu_drive(argv, "if=none,id=boot,readonly=on", vm->media->image);
	bh_argv_add(argv, "-device");
	if (vm->firmware == BH_FIRMWARE_BIOS) {
		bh_argv_add(argv, "ide-cd,drive=boot,bootindex=0");
		return 0;
	}
	bh_argv_add(argv, "virtio-blk-pci,drive=boot,bootindex=0");
	err = bh_qemu_firmware(&code, &vars);
	if (err)
		return err;
	bh_qemu_drive(argv, "if=pflash,unit=0,readonly=on", code);
	if (vm->vars)
		bh_qemu_drive(argv, "if=pflash,unit=1", vm->vars);
	else
		bh_qemu_drive(argv, "if=pflash,unit=1,snapshot=on", vars);
	return 0;
}

/*
 * A UART for each console port. isa-serial has four default places, but
 * takes any when told; the index must still be one of the four. Partitions
 * poll their port, except the owner of legacy devices, whose COM1 keeps the
 * PC's IRQ 4 for itself: the others get what is left.
 */
static void add_uarts(struct bh_argv *argv, const struct bh_uart *uarts, size_t count)
{
	static const uint8_t irqs[] = { 3, 5, 7, 10, 11, 9, 15, 14 };
	size_t other = 0;

	for (size_t i = 0; i < count; i++) {
		unsigned int irq = 4;

		if (uarts[i].port != BH_COM1)
			irq = irqs[other++ % sizeof(irqs)];
		bh_argv_add(argv, "-chardev");
		if (uarts[i].path)
			bh_argv_add(argv, "pipe,id=uart%zu,path=%s", i, uarts[i].path);
		else
			bh_argv_add(argv, "null,id=uart%zu", i);
		bh_argv_add(argv, "-device");
		bh_argv_add(argv, "isa-serial,iobase=0x%x,irq=%u,index=%zu,chardev=uart%zu",
			    uarts[i].port, irq, i % 4, i);
	}
}

static int add(const struct bh_vm *vm, struct bh_argv *argv)
{
	const struct bh_need need = { bh_qemu_program(QEMU), "qemu-system-x86" };
	bool kvm;
	int err;

	err = bh_need_all("run a plan", &need, 1);
	if (err)
		return err;
	kvm = vm->accel == BH_ACCEL_KVM || (vm->accel == BH_ACCEL_AUTO && bh_kvm_usable());
	bh_argv_add(argv, "%s", bh_qemu_program(QEMU));
	bh_argv_add(argv, "-name");
	bh_argv_add(argv, "bulkhead");
	bh_argv_add(argv, "-nodefaults");
	bh_argv_add(argv, "-no-user-config");
	bh_argv_add(argv, "-machine");
	bh_argv_add(argv, "q35");
	bh_argv_add(argv, "-accel");
	bh_argv_add(argv, kvm ? "kvm" : "tcg,thread=multi");
	bh_argv_add(argv, "-cpu");
	bh_argv_add(argv, kvm ? "host" : "max");
	add_processors(argv, vm->qemu);
	add_memory(argv, vm->qemu);
	bh_argv_add(argv, "-display");
	bh_argv_add(argv, "none");
	bh_argv_add(argv, "-vga");
	bh_argv_add(argv, "none");
	bh_argv_add(argv, "-no-reboot");
	err = add_medium(argv, vm);
	if (err)
		return err;
	add_uarts(argv, vm->uarts, vm->nuarts);
	return 0;
}

static bool port(const struct bh_plan *plan, uint32_t partition, uint32_t *base)
{
	*base = plan->partitions[partition].console_port;
	return *base != 0;
}

static const char *const refusals[] = { BH_BOOT_PREFIX BH_BOOT_STOPPED, NULL };

const struct bh_emulator bh_emulator_x86 = {
	.platform = BH_PLATFORM_X86_64,
	.speaker = "boot",
	.speaker_port = BH_COM1,
	.who = "the boot stage",
	.refusals = refusals,
	.firmwares = { { "bios", BH_FIRMWARE_BIOS }, { "uefi", BH_FIRMWARE_UEFI } },
	.port = port,
	.add = add,
};
