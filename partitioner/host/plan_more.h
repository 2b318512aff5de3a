/* SPDX-License-Identifier: GPL-2.0-only */
/* The private side of a plan file: shared by the sources of host/ only. */
#ifndef BULKHEAD_HOST_PLAN_MORE_H
#define BULKHEAD_HOST_PLAN_MORE_H

#include "host/arena.h"
#include "host/plan.h"

/* Item of BH_AT_KERNEL under which the mark of `config` is kept. */
#define BH_ITEM_CONFIG	0

/* A slot of a hash table by place; a plan may list thousands of CPUs, each with its mark. */
struct bh_located {
	struct bh_place place;
	struct bh_mark mark;
	bool used, broken;
};

/* What a plan says of a partition beyond the core's model. */
struct bh_partition_more {
	const char *cmdline;	/* the user's part, or NULL */
	const char *config;	/* kernel's .config as the plan writes it, or NULL */
	bool console_set;
	uint32_t options;	/* its kernel's, see struct bh_host_platform; 0 when not known */
};

struct bh_plan_more {
	struct bh_arena *arena;
	struct bh_located *located;
	uint32_t nlocated, located_cap;		/* the latter a power of two, or 0 */
	struct bh_partition_more partitions[BH_PARTITIONS_MAX];
};

/* Remember a mark; the first one for a place stands. No memory: forgotten. */
void bh_plan_locate(struct bh_plan_file *file, struct bh_place place, struct bh_mark mark);

/* The value at @place was reported by the parser: the core need not repeat it. */
void bh_plan_set_broken(struct bh_plan_file *file, struct bh_place place);
bool bh_plan_is_broken(const struct bh_plan_file *file, struct bh_place place);

/*
 * bh_plan_add_image() - the image that a partition names, found and inspected
 * @name: a name of the images directory, or a path from the plan's folder
 * @place: BH_AT_KERNEL or BH_AT_INITRD of the partition that names it
 * @index: index in plan.images; the same file is entered once
 *
 * Returns 0, also when the image is missing or no kernel (reported), -ENOSPC
 * or -ENOMEM.
 */
int bh_plan_add_image(struct bh_plan_file *file, enum bh_image_kind kind, const char *name,
		      struct bh_place place, uint32_t *index, struct bh_diag *diag);

/*
 * bh_plan_open_file() - open a file that a plan names, to read it
 *
 * Returns a descriptor; -errno; -ENOEXEC with *reason, as "is no regular file".
 */
int bh_plan_open_file(const char *path, uint64_t *size, const char **reason);

/*
 * bh_plan_check_kernels() - the options that each partition's kernel needs
 *
 * Errors for options that are missing, notes for what could not be looked at
 * and for what a stock kernel lacks. Leaves the options for bh_plan_compose_cmdlines().
 */
void bh_plan_check_kernels(struct bh_plan_file *file, struct bh_diag *diag);

/* Give a console to partitions that did not ask for one. */
void bh_plan_choose_consoles(struct bh_plan_file *file, struct bh_diag *diag);

/*
 * bh_plan_compose_cmdlines() - complete every partition's kernel command line
 * @machine: for the BSP's id on x86-64; the plan must have been placed
 *
 * Returns 0 or -ENOMEM.
 */
int bh_plan_compose_cmdlines(struct bh_plan_file *file, const struct bh_machine *machine);

#endif
