// SPDX-License-Identifier: GPL-2.0-only
/* `bulkhead show`: what a plan comes to, for eyes and for programs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/arguments.h"
#include "cmd/cmd.h"
#include "cmd/plan_args.h"
#include "host/machine.h"
#include "image/child.h"
#include "image/show.h"

enum format {
	FORMAT_TABLE,
	FORMAT_JSON,
	FORMAT_SVG,
};

struct args {
	struct bh_plan_args of;
	const char *output;
	enum format format;
};

enum {
	OPT_JSON = 256,
};

static const struct bh_option options[] = {
	{ { "format", 'f', "table|json|svg", 0,
	  "a table (default), everything as JSON, or a map of CPUs and memory", 0 },
	  BH_STORE_NOTHING, 0 },
	{ { "json", OPT_JSON, NULL, 0, "the same as --format json", 0 },
	  BH_STORE_NOTHING, 0 },
	{ { "output", 'o', "FILE", 0, "write there instead of to stdout; - is stdout", 0 },
	  BH_STORE_TEXT, offsetof(struct args, output) },
	{ { 0 }, BH_STORE_NOTHING, 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case 'f':
		if (!strcmp(arg, "json"))
			args->format = FORMAT_JSON;
		else if (!strcmp(arg, "svg"))
			args->format = FORMAT_SVG;
		else if (strcmp(arg, "table"))
			argp_error(state, "--format is table, json or svg, not \"%s\"", arg);
		else
			args->format = FORMAT_TABLE;
		return 0;
	case OPT_JSON:
		args->format = FORMAT_JSON;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct bh_arguments arguments = {
	.options = options,
	.parse = parse,
	.children = bh_plan_args,
	.inputs = { offsetof(struct args, of) },
	.args_doc = "PLAN",
	.doc = "Show how PLAN splits the machine.",
};

static int print(const struct args *args, const struct bh_plan_file *file,
		 const struct bh_machine *machine, FILE *out)
{
	const char *slash = strrchr(args->of.plan, '/');
	json_t *json;
	int err;

	switch (args->format) {
	case FORMAT_JSON:
		json = bh_show_json(file, machine);
		if (!json)
			return -ENOMEM;
		err = json_dumpf(json, out, JSON_INDENT(2)) ? -EIO : 0;
		fputc('\n', out);
		json_decref(json);
		return err;
	case FORMAT_SVG:
		return bh_show_svg(file, machine, slash ? slash + 1 : args->of.plan, out);
	default:
		return bh_show_table(file, machine, false, out);
	}
}

/* Made in memory, so that a failure does not leave half a file. */
static int write_out(const struct args *args, const struct bh_plan_file *file,
		     const struct bh_machine *machine)
{
	char *text = NULL;
	size_t size;
	FILE *out;
	int err;

	if (!args->output) {
		err = print(args, file, machine, stdout);
		return !err && fflush(stdout) ? -errno : err;
	}
	out = open_memstream(&text, &size);
	if (!out)
		return -ENOMEM;
	err = print(args, file, machine, out);
	if (fclose(out) && !err)
		err = -ENOMEM;
	if (!err)
		err = bh_write_output(args->output, text, size);
	free(text);
	return err;
}

int bh_cmd_show(int argc, char **argv)
{
	struct args args = { 0 };
	struct bh_plan_file file;
	struct bh_machine machine;
	struct bh_diag diag;
	int err, code;

	if (!bh_arguments_parse(&arguments, argc, argv, &args))
		return BH_EXIT_USAGE;
	bh_diag_init(&diag, NULL, stderr);
	err = bh_plan_resolve(args.of.plan, args.of.machine, &file, &machine, &diag);
	code = bh_exit_code(err);
	if (!err && !bh_plan_args_apart(&args.of, &file, NULL, args.output)) {
		code = BH_EXIT_USAGE;
	} else if (!err) {
		err = write_out(&args, &file, &machine);
		if (err) {
			bh_error(err, "%s", args.output ? args.output : "output");
			code = BH_EXIT_SYSTEM;
		}
	}
	bh_machine_free(&machine);
	bh_plan_free(&file);
	return code;
}
