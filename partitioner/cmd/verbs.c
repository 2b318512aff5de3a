// SPDX-License-Identifier: GPL-2.0-only
/* `bulkhead VERB ...`: finds the verb and hands it the rest of the arguments. */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "host/value.h"

/* Which command this is: set once, by bh_cmd_main(). */
static const struct bh_tool *tool;

static const struct bh_verb *find_verb(const char *name)
{
	size_t i;

	for (i = 0; i < tool->nverbs; i++)
		if (!strcmp(tool->verbs[i].name, name))
			return &tool->verbs[i];
	return NULL;
}

static void list_verbs(FILE *out)
{
	size_t i;

	fprintf(out, "Usage: bulkhead VERB [ARGUMENT...]\n"
		"%s\n\n", tool->about);
	for (i = 0; i < tool->nverbs; i++)
		if (tool->verbs[i].summary)
			fprintf(out, "  %-10s  %s\n", tool->verbs[i].name, tool->verbs[i].summary);
	fprintf(out, "\n  --help, --version\n\n"
		"`bulkhead help VERB` explains one of them; bulkhead(1) all.\n");
}

static int unknown_verb(const char *name)
{
	struct bh_nearest nearest = { .word = name };
	size_t i;

	for (i = 0; i < tool->nverbs; i++)
		if (tool->verbs[i].summary)
			bh_nearest_try(&nearest, tool->verbs[i].name);
	fprintf(stderr, "bulkhead: there is no verb \"%s\"", name);
	if (nearest.best)
		fprintf(stderr, " (did you mean \"%s\"?)", nearest.best);
	fputs("; `bulkhead --help` lists them\n", stderr);
	return BH_EXIT_USAGE;
}

/* Verbs see argv[0] as "bulkhead VERB", so that argp's messages name both. */
static int run_verb(const struct bh_verb *verb, int argc, char **argv)
{
	char name[64];

	snprintf(name, sizeof(name), "bulkhead %s", verb->name);
	argv[0] = name;
	argp_err_exit_status = BH_EXIT_USAGE;
	return verb->run(argc, argv);
}

int bh_cmd_help(int argc, char **argv)
{
	const struct bh_verb *verb;
	char option[] = "--help";
	char *args[] = { argv[0], option, NULL };

	if (argc < 2) {
		list_verbs(stdout);
		return BH_EXIT_OK;
	}
	verb = find_verb(argv[1]);
	if (!verb)
		return unknown_verb(argv[1]);
	if (verb->run == bh_cmd_help) {
		list_verbs(stdout);
		return BH_EXIT_OK;
	}
	return run_verb(verb, 2, args);
}

/* What was printed and did not arrive is no success, whoever printed it. */
static int finish(int code)
{
	if (!fflush(stdout) && !ferror(stdout))
		return code;
	if (code != BH_EXIT_OK)
		return code;
	fputs("bulkhead: error: the output could not be written\n", stderr);
	return BH_EXIT_SYSTEM;
}

int bh_cmd_main(const struct bh_tool *which, int argc, char **argv)
{
	const struct bh_verb *verb;

	tool = which;
	if (argc < 2) {
		list_verbs(stderr);
		return BH_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-?") || !strcmp(argv[1], "-h")) {
		list_verbs(stdout);
		return finish(BH_EXIT_OK);
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts(argp_program_version);
		return finish(BH_EXIT_OK);
	}
	verb = find_verb(argv[1]);
	if (!verb)
		return unknown_verb(argv[1]);
	return finish(run_verb(verb, argc - 1, argv + 1));
}
