// SPDX-License-Identifier: GPL-2.0-only
/*
 * `bulkhead VERB ...` inside a partition: the verbs that need neither a plan nor a library,
 * as one static program for initrds.
 */
#include <argp.h>

#include "cmd/cmd.h"

const char *argp_program_version = "bulkhead " BULKHEAD_VERSION;

static const struct bh_verb verbs[] = {
	{ "console", "see and use the console of a partition, from its manager", bh_cmd_console },
	{ "help", "explain a verb", bh_cmd_help },
};

int main(int argc, char **argv)
{
	static const struct bh_tool tool = {
		.verbs = verbs,
		.nverbs = sizeof(verbs) / sizeof(verbs[0]),
		.about = "What one partition of a machine may know and do of the others.",
	};

	return bh_cmd_main(&tool, argc, argv);
}
