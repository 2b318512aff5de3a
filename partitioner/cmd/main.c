// SPDX-License-Identifier: GPL-2.0-only
/* `bulkhead VERB ...`: finds the verb and hands it the rest of the arguments. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "host/host_rules.h"
#include "host/schema.h"
#include "host/value.h"

const char *argp_program_version = "bulkhead " BULKHEAD_VERSION;

static int run_help(int argc, char **argv);
static int run_reference(int argc, char **argv);

/* A verb without a summary is for the project itself and not listed. */
static const struct bh_verb verbs[] = {
	{ "check", "say what is wrong with a plan, or how it splits the machine", bh_cmd_check },
	{ "show", "show a plan as a table, as JSON, or as a map", bh_cmd_show },
	{ "machine", "describe this machine in the form that --machine takes", bh_cmd_machine },
	{ "compile", "compile a plan to the blob that the boot stage reads", bh_cmd_compile },
	{ "build", "make a disk image that boots a plan", bh_cmd_build },
	{ "keygen", "make a key that signs images for riscv64", bh_cmd_keygen },
	{ "install", "install a plan beside the systems of this machine", bh_cmd_install },
	{ "uninstall", "undo install", bh_cmd_uninstall },
	{ "run", "boot a plan in QEMU", bh_cmd_run },
	{ "help", "explain a verb", run_help },
	{ "plan-reference", NULL, run_reference },
};

#define NVERBS	(sizeof(verbs) / sizeof(verbs[0]))

static const struct bh_verb *find_verb(const char *name)
{
	size_t i;

	for (i = 0; i < NVERBS; i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

static void list_verbs(FILE *out)
{
	size_t i;

	fprintf(out, "Usage: bulkhead VERB [ARGUMENT...]\n"
		"Split one machine among several Linux kernels, by a plan.\n\n");
	for (i = 0; i < NVERBS; i++)
		if (verbs[i].summary)
			fprintf(out, "  %-10s  %s\n", verbs[i].name, verbs[i].summary);
	fprintf(out, "\n  --help, --version\n\n"
		"`bulkhead help VERB` explains one of them; bulkhead(1) all.\n");
}

static int unknown_verb(const char *name)
{
	struct bh_nearest nearest = { .word = name };
	size_t i;

	for (i = 0; i < NVERBS; i++)
		if (verbs[i].summary)
			bh_nearest_try(&nearest, verbs[i].name);
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

static int run_help(int argc, char **argv)
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
	if (verb->run == run_help) {
		list_verbs(stdout);
		return BH_EXIT_OK;
	}
	return run_verb(verb, 2, args);
}

static void print_rules(const char *title, const struct bh_rule *rules, unsigned int n)
{
	static const char * const severities[] = { "error", "warning", "note" };
	unsigned int i;

	printf("<!-- rules: %s -->\n| rule | severity | what breaks it |\n| --- | --- | --- |\n",
	       title);
	for (i = 0; i < n; i++)
		printf("| `%s` | %s | %s |\n", rules[i].name, severities[rules[i].severity],
		       rules[i].summary);
	puts("<!-- end -->");
}

/* The tables of docs/plan.md, by the heading that each stands under there. */
static int run_reference(int argc, char **argv)
{
	unsigned int i;

	(void)argc;
	(void)argv;
	for (i = 0; i < bh_plan_nsections; i++) {
		printf("<!-- keys: %s -->\n", bh_plan_sections[i].title);
		bh_section_print(&bh_plan_sections[i], stdout);
		puts("<!-- end -->");
	}
	for (i = 0; i < bh_machine_nsections; i++) {
		printf("<!-- keys: %s -->\n", bh_machine_sections[i].title);
		bh_section_print(&bh_machine_sections[i], stdout);
		puts("<!-- end -->");
	}
	print_rules("core", bh_rules, bh_rules_count);
	print_rules("host", bh_host_rules, bh_host_nrules);
	return BH_EXIT_OK;
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

int main(int argc, char **argv)
{
	const struct bh_verb *verb;

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
