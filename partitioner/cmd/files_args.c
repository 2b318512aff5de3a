// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/files_args.h"

#include "image/prepare.h"

enum {
	OPT_BOOT_STAGE = 512,	/* apart from the verbs' own */
	OPT_SPL,
};

static const struct argp_option options[] = {
	{ "boot-stage", OPT_BOOT_STAGE, "FILE", 0,
	  "the boot stage to put into the image; on riscv64, the firmware", 0 },
	{ "spl", OPT_SPL, "FILE", 0, "riscv64: the U-Boot SPL that loads the image", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct bh_boot_files *files = state->input;

	switch (key) {
	case OPT_BOOT_STAGE:
		files->stage = arg;
		return 0;
	case OPT_SPL:
		files->spl = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp bh_files_argp = { .options = options, .parser = parse };
