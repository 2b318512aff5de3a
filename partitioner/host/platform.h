/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the host does differently for each platform: what QEMU emulates, which
 * consoles there are, what stands on a kernel's command line, and how it must
 * have been built. Numbers are core/platform.h's.
 */
#ifndef BULKHEAD_HOST_PLATFORM_H
#define BULKHEAD_HOST_PLATFORM_H

#include "host/plan_more.h"

/* A command line while it is composed. */
struct bh_line {
	char text[2 * BH_CMDLINE_MAX + 64];
	size_t used;
};

void bh_line_add(struct bh_line *line, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * struct bh_kernel_option - one of a kernel's .config
 * @why: what does not work without it; NULL: nothing that every kernel must do
 * @needed_by: does this partition need it, with the options in @set? NULL: all do
 * @severity: of a kernel that was built without
 */
struct bh_kernel_option {
	const char *name;
	const char *why;
	bool (*needed_by)(const struct bh_partition *part, uint32_t set);
	enum bh_severity severity;
};

/* For needed_by. */
static inline bool bh_has_cpus(const struct bh_partition *part, uint32_t set)
{
	(void)set;
	return part->cpus_wanted > 1 || part->ncpus > 1;
}

static inline bool bh_has_initrd(const struct bh_partition *part, uint32_t set)
{
	(void)set;
	return part->initrd != BH_NONE;
}

/*
 * struct bh_host_platform - one platform
 * @check_qemu: what can't be of settings that are completed; reports
 * @machine_from_qemu: fills a machine that is empty; returns 0 or -ENOMEM
 * @take_console: a console as a plan names it; false: no such console
 * @consoles: which there are, as a message says it
 * @choose_consoles: for partitions that did not ask for one
 * @compose: a partition's command line before the user's part
 * @image_hint: what a kernel is here, in a message
 * @trees: the host makes the device trees, which the image carries; otherwise what
 *	starts the partitions makes them
 * @options, @noptions: at most 32
 * @note_kernel: says what a kernel with the options in @set lacks or brings; bit
 *	i of @set is @options[i]
 */
struct bh_host_platform {
	enum bh_platform platform;
	void (*check_qemu)(const struct bh_qemu *qemu, struct bh_mark mark, struct bh_diag *diag);
	int (*machine_from_qemu)(const struct bh_qemu *qemu, struct bh_machine *machine);
	bool (*take_console)(struct bh_partition *part, const char *name);
	const char *consoles;
	void (*choose_consoles)(struct bh_plan_file *file, struct bh_diag *diag);
	void (*compose)(struct bh_line *line, const struct bh_plan_file *file,
			const struct bh_machine *machine, uint32_t index);
	const char *image_hint;
	bool trees;
	const struct bh_kernel_option *options;
	unsigned int noptions;
	void (*note_kernel)(struct bh_plan_file *file, struct bh_mark mark, uint32_t index,
			    uint32_t set, struct bh_diag *diag);
};

extern const struct bh_host_platform bh_host_x86, bh_host_riscv;

/* NULL where there is none of that kind, or none is named. */
const struct bh_host_platform *bh_host_platform(enum bh_platform platform);

#endif
