// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/plan_args.h"

#include <stddef.h>

static const struct argp_option options[] = {
	{ "machine", 'm', "FILE|live", 0,
	  "the hardware: a description as `bulkhead machine` writes it, a device tree, or this machine; "
	  "default: the plan's qemu section, or this machine if it has none", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct bh_plan_args *args = state->input;

	switch (key) {
	case 'm':
		args->machine = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (args->plan)
			argp_error(state, "one plan at a time");
		args->plan = arg;
		return 0;
	case ARGP_KEY_END:
		if (!args->plan)
			argp_error(state, "which plan?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp bh_plan_argp = { .options = options, .parser = parse };

const struct argp_child bh_plan_args[] = { { &bh_plan_argp, 0, NULL, 0 }, { 0 } };
