/* SPDX-License-Identifier: GPL-2.0-only */
/* Hardware descriptions: from this machine, from a file, from a qemu section. */
#ifndef BULKHEAD_HOST_MACHINE_H
#define BULKHEAD_HOST_MACHINE_H

#include "host/plan.h"

/*
 * bh_machine_live() - /sys and /proc, and ACPI's MADT and SRAT where they can
 *	be read (root)
 * @root: "" for this machine, or a folder with copies of another's
 *
 * What could not be read is noted in @diag. Returns 0, -EINVAL when CPUs or
 * RAM can't be told (reported), or -ENOMEM.
 */
int bh_machine_live(const char *root, struct bh_machine *machine, struct bh_diag *diag);

/* A file as `bulkhead machine` writes it (YAML; JSON is a subset), or a device tree. */
int bh_machine_load(const char *path, struct bh_machine *machine, struct bh_diag *diag);
int bh_machine_parse(const char *path, const char *text, size_t size,
		     struct bh_machine *machine, struct bh_diag *diag);

/*
 * bh_qemu_complete() - fill in what a qemu section left out, as QEMU's -smp does
 *	for these machines: cores before sockets, one thread a core
 * @mark: where to report what does not fit together; then cpus is 0
 */
void bh_qemu_complete(enum bh_platform platform, struct bh_qemu *qemu, struct bh_mark mark,
		      struct bh_diag *diag);

/*
 * bh_machine_from_qemu() - what QEMU's machine for a platform gives for these
 *	settings: q35, or virt with aia=aplic-imsic
 * @qemu: completed, without errors
 *
 * CPU number i of QEMU's counts to node i / (cpus / nodes); node n's memory is
 * the nth memory / nodes of guest RAM. Returns 0 or -ENOMEM.
 */
int bh_machine_from_qemu(enum bh_platform platform, const struct bh_qemu *qemu,
			 struct bh_machine *machine);

void bh_machine_free(struct bh_machine *machine);

/* --- for those who fill a machine --- */

/* Add to the pools, which grow. Returns 0 or -ENOMEM. */
int bh_machine_add_cpu(struct bh_machine *machine, const struct bh_cpu *cpu);
int bh_machine_add_ram(struct bh_machine *machine, struct bh_range range, uint32_t node);
int bh_machine_add_mmio(struct bh_machine *machine, struct bh_range range, uint32_t devices);

/*
 * Sort CPUs by id and RAM by address; join RAM that touches on one node.
 * Returns 0, or -EEXIST with *@where set when a CPU (index) is there twice, or
 * -EFAULT when RAM (index) overlaps what is before it.
 */
int bh_machine_sort(struct bh_machine *machine, uint32_t *where);

#endif
