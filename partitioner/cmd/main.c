// SPDX-License-Identifier: GPL-2.0-only
/* `bulkhead VERB ...` on a host: every verb that there is. */
#include <argp.h>
#include <stdio.h>

#include "cmd/cmd.h"
#include "core/blob_fields.h"
#include "core/platform.h"
#include "host/host_rules.h"
#include "host/schema.h"

const char *argp_program_version = "bulkhead " BULKHEAD_VERSION;

static int run_reference(int argc, char **argv);
static int run_blob_fields(int argc, char **argv);

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
	{ "console", "see and use the console of a partition, from its manager", bh_cmd_console },
	{ "help", "explain a verb", bh_cmd_help },
	{ "plan-reference", NULL, run_reference },
	{ "blob-fields", NULL, run_blob_fields },
};

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

/*
 * The rows of the blob's properties: node, name, type, platforms, "optional" or
 * "required", characters of a string, words; with a tab between them.
 */
static int run_blob_fields(int argc, char **argv)
{
	static const char *const types[BH_TYPES] = {
		[BH_TYPE_NAME] = "name", [BH_TYPE_STRING] = "string", [BH_TYPE_WORD] = "word",
		[BH_TYPE_FLAG] = "flag", [BH_TYPE_WORDS] = "words", [BH_TYPE_CELL] = "cell",
		[BH_TYPE_SIZE] = "size", [BH_TYPE_ADDRESS] = "address", [BH_TYPE_RANGE] = "range",
		[BH_TYPE_RANGES] = "ranges", [BH_TYPE_CPUS] = "cpus", [BH_TYPE_FILES] = "files", [BH_TYPE_IMAGE] = "image",
		[BH_TYPE_PAIR] = "pair", [BH_TYPE_PARTITIONS] = "partitions",
		[BH_TYPE_DIGEST] = "digest",
	};
	const struct bh_blob_field *f;
	unsigned int i, k;

	(void)argc;
	(void)argv;
	for (i = 0; i < BH_BLOB_SECTIONS; i++) {
		const struct bh_blob_section *s = &bh_blob_sections[i];

		for (f = s->fields; f < s->fields + s->nfields; f++) {
			printf("%s\t%s\t%s\t", s->name, f->name, types[f->type]);
			for (k = BH_PLATFORM_NONE + 1; k <= BH_PLATFORM_RISCV64; k++)
				if (bh_blob_field_on(f, k))
					printf("%s ", bh_platform_name(k));
			printf("\t%s\t%u\t", f->optional || f->with ? "optional" : "required",
			       f->max);
			for (k = 0; f->words && f->words[k]; k++)
				printf("%s ", f->words[k]);
			puts("");
		}
	}
	return BH_EXIT_OK;
}

int main(int argc, char **argv)
{
	static const struct bh_tool tool = {
		.verbs = verbs,
		.nverbs = sizeof(verbs) / sizeof(verbs[0]),
		.about = "Split one machine among several Linux kernels, by a plan.",
	};

	return bh_cmd_main(&tool, argc, argv);
}
