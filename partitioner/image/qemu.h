/* SPDX-License-Identifier: GPL-2.0-only */
/* QEMU: the command line for a plan's emulated machine, and the process. */
#ifndef BULKHEAD_IMAGE_QEMU_H
#define BULKHEAD_IMAGE_QEMU_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "host/plan.h"
#include "image/child.h"

enum bh_firmware {
	BH_FIRMWARE_BIOS,
	BH_FIRMWARE_UEFI,
};

enum bh_accel {
	BH_ACCEL_AUTO,		/* KVM where it works, else TCG */
	BH_ACCEL_TCG,
	BH_ACCEL_KVM,
};

/*
 * A serial port: its I/O base, and where QEMU finds its two FIFOs: @path.in and
 * @path.out (NULL: not known yet).
 *
 * FIFOs and not sockets: QEMU writes a console byte by byte. A socket keeps
 * each as a message of its own, is full after some 300 of them, and then the
 * guest's UART loses what a busy host is late to read.
 */
struct bh_uart {
	uint32_t port;
	char *path;
};

#define BH_COM1	0x3f8U		/* the boot stage's own console */

/*
 * struct bh_vm - what is emulated
 * @qemu: the plan's section, complete
 * @image: medium to boot
 * @vars: private copy of UEFI's variable store (see bh_qemu_firmware())
 * @extra: more arguments, as the user gave them
 */
struct bh_vm {
	const struct bh_qemu *qemu;
	enum bh_firmware firmware;
	enum bh_accel accel;
	const char *image;
	const char *vars;
	const struct bh_uart *uarts;
	size_t nuarts;
	char *const *extra;
	size_t nextra;
};

/*
 * bh_kvm_usable() - can QEMU run x86-64 guests in hardware here?
 *
 * Tried, not looked up: in nested machines /dev/kvm may open and then fail.
 */
bool bh_kvm_usable(void);

/*
 * bh_qemu_firmware() - find the files of UEFI firmware (OVMF)
 * @code, @vars: static strings: firmware volume, template of its variables
 *
 * Returns 0 or -ENOENT (reported with the package to install).
 */
int bh_qemu_firmware(const char **code, const char **vars);

/* The complete argument vector. Returns 0, -ENOENT (reported) or -ENOMEM. */
int bh_qemu_command(const struct bh_vm *vm, struct bh_argv *argv);

/*
 * bh_qemu_start() - start it in a process group of its own
 * @argv: see above
 * @err_fd: where its messages go
 *
 * QEMU dies with this process, even when this one is killed. Returns 0 or
 * -errno (reported).
 */
int bh_qemu_start(const struct bh_argv *argv, int err_fd, pid_t *pid);

/* Kill it and collect it; @status as from waitpid(). */
void bh_qemu_stop(pid_t pid, int *status);

#endif
