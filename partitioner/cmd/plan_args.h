/* SPDX-License-Identifier: GPL-2.0-only */
/* What every verb that takes a PLAN takes: the plan, and the hardware it is for. */
#ifndef BULKHEAD_CMD_PLAN_ARGS_H
#define BULKHEAD_CMD_PLAN_ARGS_H

#include <argp.h>
#include <stdbool.h>

struct bh_boot_files;
struct bh_plan_file;

struct bh_plan_args {
	const char *plan;	/* never NULL once the arguments are parsed */
	const char *machine;	/* see bh_plan_resolve() */
};

/*
 * For .children of a verb's argp. The verb's parser hands it its input at
 * ARGP_KEY_INIT, state->child_inputs[0] = &struct bh_plan_args, and leaves
 * arguments that are no options alone.
 */
extern const struct argp_child bh_plan_args[];

/* The same, for verbs that have more children than that. */
extern const struct argp bh_plan_argp;

/*
 * bh_plan_args_apart() - is @output none of the files that this plan is read from?
 * @output: NULL and "-" are
 *
 * The plan itself, the machine's description, images and kernels' configurations, and what boots it
 * (@boot, or NULL): whoever names one of them would lose it. Reports what it is; the command line is
 * wrong then.
 */
bool bh_plan_args_apart(const struct bh_plan_args *args, const struct bh_plan_file *file,
			const struct bh_boot_files *boot, const char *output);

#endif
