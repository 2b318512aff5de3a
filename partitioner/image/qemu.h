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
	BH_FIRMWARE_SPL,	/* U-Boot SPL, which loads all from a card */
	BH_FIRMWARE_DIRECT,	/* none: QEMU puts everything in its place */
};

enum bh_accel {
	BH_ACCEL_AUTO,		/* KVM where it works, else TCG */
	BH_ACCEL_TCG,
	BH_ACCEL_KVM,
};

/*
 * A serial port: what tells it from others on its platform, and where QEMU finds
 * its two FIFOs: @path.in and @path.out (NULL: not known yet).
 *
 * FIFOs and not sockets: QEMU writes a console byte by byte. A socket keeps
 * each as a message of its own, is full after some 300 of them, and then the
 * guest's UART loses what a busy host is late to read.
 */
struct bh_uart {
	uint32_t port;		/* x86-64: I/O base; riscv64: the id that marks it on the wire */
	char *path;
};

#define BH_COM1	0x3f8U		/* the boot stage's own console */

/* A file that QEMU itself puts into memory. */
struct bh_load {
	char *path;
	uint64_t at;
};

/*
 * struct bh_media - what a machine boots from; strings are malloc'ed
 * @image: the medium; NULL with BH_FIRMWARE_DIRECT
 * @spl: BH_FIRMWARE_SPL: SPL with its control tree
 * @tree: BH_FIRMWARE_DIRECT: the firmware's device tree
 * @loads: BH_FIRMWARE_DIRECT: all else
 * @reset, @entry: BH_FIRMWARE_DIRECT: where harts begin, and where they should
 */
struct bh_media {
	char *image;
	char *spl;
	char *tree;
	struct bh_load *loads;
	size_t nloads;
	uint64_t reset, entry;
};

void bh_media_free(struct bh_media *media);

/*
 * struct bh_vm - what is emulated
 * @qemu: the plan's section, complete
 * @vars: private copy of UEFI's variable store (see bh_qemu_firmware())
 * @uarts: the serial ports that the machine has
 * @extra: more arguments, as the user gave them
 */
struct bh_vm {
	const struct bh_qemu *qemu;
	enum bh_firmware firmware;
	enum bh_accel accel;
	const struct bh_media *media;
	const char *vars;
	const struct bh_uart *uarts;
	size_t nuarts;
	char *const *extra;
	size_t nextra;
};

/*
 * struct bh_emulator - what running a plan means on one platform
 * @speaker: what the console of whatever starts the partitions is called
 * @speaker_port: its port; a partition may own it too
 * @who: the same in a sentence
 * @refusals: how a line of it begins that says: nothing will be started
 * @shared: one UART carries all consoles, marked as <bulkhead/monitor.h> says
 * @firmwares: of --firmware; the first is the default
 * @port: the port of a partition's console; false: it has none
 * @add: everything but the extra arguments; 0, -ENOENT or -EINVAL (reported)
 */
struct bh_emulator {
	enum bh_platform platform;
	const char *speaker;
	uint32_t speaker_port;
	const char *who;
	const char *const *refusals;	/* ends with NULL */
	bool shared;
	struct {
		const char *name;
		enum bh_firmware firmware;
	} firmwares[2];
	bool (*port)(const struct bh_plan *plan, uint32_t partition, uint32_t *port);
	int (*add)(const struct bh_vm *vm, struct bh_argv *argv);
};

extern const struct bh_emulator bh_emulator_x86, bh_emulator_riscv;

/* Every platform that a plan can name has one. */
const struct bh_emulator *bh_emulator(enum bh_platform platform);

/* NAME of --firmware, NULL for the default. Returns 0 or -EINVAL (reported). */
int bh_emulator_firmware(const struct bh_emulator *emulator, const char *name,
			 enum bh_firmware *firmware);

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

/* -drive with these options, a raw image; commas in @file are escaped. */
void bh_qemu_drive(struct bh_argv *argv, const char *options, const char *file);

/* In QEMU's option lists a comma ends a value; two stand for one. malloc'ed, or NULL. */
char *bh_qemu_escape(const char *text);

/* The complete argument vector. Returns 0, -ENOENT or -EINVAL (reported) or -ENOMEM. */
int bh_qemu_command(const struct bh_emulator *emulator, const struct bh_vm *vm,
		    struct bh_argv *argv);

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
