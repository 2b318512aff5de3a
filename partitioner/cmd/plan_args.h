/* SPDX-License-Identifier: GPL-2.0-only */
/* What every verb that takes a PLAN takes: the plan, and the hardware it is for. */
#ifndef BULKHEAD_CMD_PLAN_ARGS_H
#define BULKHEAD_CMD_PLAN_ARGS_H

#include <argp.h>

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

#endif
