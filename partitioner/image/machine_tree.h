/* SPDX-License-Identifier: GPL-2.0-only */
/* The device tree of the machine that a riscv64 plan is for, and the trees made of it. */
#ifndef BULKHEAD_IMAGE_MACHINE_TREE_H
#define BULKHEAD_IMAGE_MACHINE_TREE_H

#include "host/plan.h"
#include "host/trees.h"
#include "image/child.h"

#define BH_QEMU_RISCV	"qemu-system-riscv64"

/*
 * bh_qemu_riscv_machine() - QEMU's name, and what makes the machine a plan's
 * @options: more properties of -machine, each with a comma before it; or ""
 *
 * Not how it boots, what it prints to or what is plugged into it: the device tree
 * depends on nothing else.
 */
void bh_qemu_riscv_machine(struct bh_argv *argv, const struct bh_qemu *qemu, const char *options);

/*
 * bh_qemu_riscv_check() - can this QEMU make such a machine?
 *
 * Knows what older ones lack, and says so better than they do; what else may be wrong is left to QEMU.
 * Returns 0 or -errno (reported).
 */
int bh_qemu_riscv_check(const struct bh_qemu *qemu);

/*
 * bh_qemu_dump_tree() - the device tree that QEMU makes for these settings
 * @fdt: malloc'ed
 *
 * Returns 0; -ENOENT when there is no QEMU; -errno (all reported on stderr).
 */
int bh_qemu_dump_tree(const struct bh_qemu *qemu, char **fdt, size_t *size);

/*
 * bh_machine_tree() - the tree of the machine that a plan is for
 * @spec: as for bh_plan_resolve(): NULL (the plan's qemu section if it has one,
 *	else live), "live", or a file, which must be a device tree
 * @fdt: malloc'ed
 *
 * The plan is checked against it once more: an emulator may have changed its mind.
 * Returns 0 or -errno (reported).
 */
int bh_machine_tree(const struct bh_plan_file *file, const char *spec, char **fdt, size_t *size,
		    struct bh_diag *diag);

/*
 * bh_trees_of_plan() - bh_machine_tree() and bh_trees_make() in one
 * @blob, @size: what bh_plan_compile() made of the plan
 *
 * Returns 0 or -errno (reported); free with bh_trees_free() either way.
 */
int bh_trees_of_plan(const struct bh_plan_file *file, const char *spec, const void *blob,
		     size_t size, struct bh_trees *trees, struct bh_diag *diag);

#endif
