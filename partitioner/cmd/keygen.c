// SPDX-License-Identifier: GPL-2.0-only
/* `bulkhead keygen`: a key that signs images. */
#include <stdio.h>

#include "cmd/arguments.h"
#include "cmd/cmd.h"
#include "image/fit.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const char **dir = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (*dir)
			argp_error(state, "one folder at a time");
		*dir = arg;
		return 0;
	case ARGP_KEY_END:
		if (!*dir)
			argp_error(state, "which folder shall the key go to?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct bh_arguments arguments = {
	.parse = parse,
	.args_doc = "DIR",
	.doc = "Make an RSA key of 4096 bits in DIR, for `bulkhead build --key DIR`: "
	       BH_KEY_NAME ".key is secret, " BH_KEY_NAME ".crt is not."
	       "\vA key that is there is never replaced: what it signed boots with no other.",
};

int bh_cmd_keygen(int argc, char **argv)
{
	const char *dir = NULL;

	if (!bh_arguments_parse(&arguments, argc, argv, &dir))
		return BH_EXIT_USAGE;
	if (bh_key_make(dir))
		return BH_EXIT_SYSTEM;
	printf("%s/" BH_KEY_NAME ".key: keep it secret, and keep it\n"
	       "%s/" BH_KEY_NAME ".crt: its public half\n", dir, dir);
	return fflush(stdout) ? BH_EXIT_SYSTEM : BH_EXIT_OK;
}
