// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/plan_args.h"

#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include "host/plan.h"
#include "image/child.h"
#include "image/prepare.h"

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

static bool is_same(const struct stat *output, const char *path)
{
	struct stat st;

	return path && !stat(path, &st) && st.st_dev == output->st_dev && st.st_ino == output->st_ino;
}

bool bh_plan_args_apart(const struct bh_plan_args *args, const struct bh_plan_file *file,
			const struct bh_boot_files *boot, const char *output)
{
	const char *what = NULL;
	struct stat st;

	/* A device that is read and written is not lost by that. */
	if (!output || !strcmp(output, "-") || stat(output, &st) || !S_ISREG(st.st_mode))
		return true;
	if (is_same(&st, args->plan))
		what = "the plan";
	else if (is_same(&st, args->machine))
		what = "the machine's description";
	else if (boot && is_same(&st, boot->stage))
		what = "what starts the partitions";
	else if (boot && is_same(&st, boot->spl))
		what = "the U-Boot SPL";
	for (uint32_t i = 0; !what && i < file->plan.nimages; i++) {
		if (is_same(&st, file->files[i].path))
			what = "an image of the plan";
		else if (is_same(&st, file->files[i].config_path))
			what = "the configuration of a kernel of the plan";
	}
	if (what)
		bh_error(0, "%s is %s, and would be lost: give --output another name", output, what);
	return !what;
}
