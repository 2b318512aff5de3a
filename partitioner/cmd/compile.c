// SPDX-License-Identifier: GPL-2.0-only
/* `bulkhead compile`: the blob, or its text with names in comments. */
#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/arguments.h"
#include "cmd/cmd.h"
#include "cmd/plan_args.h"
#include "core/blob_fields.h"
#include "core/platform.h"
#include "host/machine.h"
#include "host/platform.h"
#include "host/value.h"
#include "image/child.h"
#include "image/machine_tree.h"

struct args {
	struct bh_plan_args of;
	const char *output, *trees;
	bool dts;
};

enum {
	OPT_DTS = 256,
	OPT_TREES,
};

static const struct bh_option options[] = {
	{ { "output", 'o', "FILE", 0, "where to write; - is standard output", 0 },
	  BH_STORE_TEXT, offsetof(struct args, output) },
	{ { "dts", OPT_DTS, NULL, 0, "write the blob as text (default output: -)", 0 },
	  BH_STORE_FLAG, offsetof(struct args, dts) },
	{ { "trees", OPT_TREES, "DIR", 0,
	  "riscv64: write the device trees into DIR as well, OpenSBI's as firmware.dtb and each "
	  "partition's as partition-NAME.dtb; --machine, if given, has to name a device tree", 0 },
	  BH_STORE_TEXT, offsetof(struct args, trees) },
	{ { 0 }, BH_STORE_NOTHING, 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_END:
		if (!args->output && args->dts)
			args->output = "-";
		if (!args->output)
			argp_error(state, "where to? give -o FILE");
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
	.doc = "Compile PLAN to the blob, a flattened device tree, that the boot stage (riscv64: the "
	       "firmware) reads.",
};

/* --- text: as dtc would write it, plus what the numbers mean --- */

enum shape {
	SHAPE_CELLS,	/* what is no other */
	SHAPE_WIDE,	/* 64-bit numbers: addresses, sizes */
	SHAPE_TEXT,
	SHAPE_BYTES,
};

/* By the type of its row; the root's properties, which no row has, and `reg` are few. */
static enum shape shape_of(const char *name)
{
	static const enum shape shapes[BH_TYPES] = {
		[BH_TYPE_NAME] = SHAPE_TEXT, [BH_TYPE_STRING] = SHAPE_TEXT,
		[BH_TYPE_WORD] = SHAPE_TEXT, [BH_TYPE_FLAG] = SHAPE_TEXT,
		[BH_TYPE_WORDS] = SHAPE_TEXT, [BH_TYPE_SIZE] = SHAPE_WIDE,
		[BH_TYPE_ADDRESS] = SHAPE_WIDE, [BH_TYPE_RANGE] = SHAPE_WIDE,
		[BH_TYPE_RANGES] = SHAPE_WIDE, [BH_TYPE_FILES] = SHAPE_WIDE,
		[BH_TYPE_DIGEST] = SHAPE_BYTES,
	};
	static const char *const texts[] = { "compatible", "model", "bulkhead,platform" };
	size_t i, k;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!strcmp(name, texts[i]))
			return SHAPE_TEXT;
	for (i = 0; i < BH_BLOB_SECTIONS; i++)
		for (k = 0; k < bh_blob_sections[i].nfields; k++)
			if (!strcmp(name, bh_blob_sections[i].fields[k].name))
				return shapes[bh_blob_sections[i].fields[k].type];
	return SHAPE_CELLS;
}

static void print_text(FILE *out, const char *text, int length)
{
	int at;

	for (at = 0; at < length; at += (int)strlen(text + at) + 1) {
		const char *c;

		fputs(at ? ", \"" : "\"", out);
		for (c = text + at; *c; c++) {
			if (*c == '"' || *c == '\\')
				putc('\\', out);
			putc(*c, out);
		}
		putc('"', out);
	}
}

static void print_cells(FILE *out, const fdt32_t *cells, int length, enum shape shape,
			bool hex)
{
	int i;

	putc('<', out);
	for (i = 0; i < length / 4; i++) {
		uint32_t v = fdt32_ld(&cells[i]);

		if (i)
			putc(' ', out);
		fprintf(out, shape == SHAPE_WIDE || hex ? "0x%x" : "%u", v);
	}
	putc('>', out);
}

static void print_bytes(FILE *out, const uint8_t *bytes, int length)
{
	int i;

	putc('[', out);
	for (i = 0; i < length; i++)
		fprintf(out, "%02x", bytes[i]);
	putc(']', out);
}

static const char *partition_name(const struct bh_plan *plan, uint32_t id)
{
	uint32_t index = id - BH_PARTITION_ID_BASE;

	return index < plan->npartitions ? plan->partitions[index].name : "?";
}

static const char *image_name(const struct bh_plan *plan, uint32_t id)
{
	return id < plan->nimages ? plan->images[id].label : "?";
}

/* What a line's numbers stand for; nothing for those that speak for themselves. */
static void print_comment(FILE *out, const struct bh_plan *plan, const char *name,
			  const void *data, int length)
{
	const fdt32_t *cells = data;
	char buf[24];
	int i;

	if (!strcmp(name, "manages") || !strcmp(name, "between")) {
		fputs("\t/*", out);
		for (i = 0; i < length / 4; i++)
			fprintf(out, " %s", partition_name(plan, fdt32_ld(&cells[i])));
		fputs(" */", out);
	} else if (!strcmp(name, "kernel") || !strcmp(name, "initrd")) {
		fprintf(out, "\t/* %s */", image_name(plan, fdt32_ld(cells)));
	} else if (shape_of(name) == SHAPE_WIDE && length % 16 == 0) {
		fputs("\t/*", out);
		for (i = 0; i < length / 4; i += 4)
			fprintf(out, "%s %s at 0x%llx", i ? "," : "",
				bh_format_size(fdt64_ld((const fdt64_t *)(cells + i + 2)), buf),
				(unsigned long long)fdt64_ld((const fdt64_t *)(cells + i)));
		fputs(" */", out);
	}
}

static void print_property(FILE *out, const struct bh_plan *plan, const char *name,
			   const void *data, int length)
{
	enum shape shape = shape_of(name);

	fprintf(out, "%s", name);
	if (length) {
		fputs(" = ", out);
		if (shape == SHAPE_TEXT)
			print_text(out, data, length);
		else if (shape == SHAPE_BYTES)
			print_bytes(out, data, length);
		else
			print_cells(out, data, length, shape, !strcmp(name, "console-port"));
	}
	putc(';', out);
	print_comment(out, plan, name, data, length);
	putc('\n', out);
}

static void indent(FILE *out, int depth)
{
	while (depth-- > 0)
		putc('\t', out);
}

static void print_dts(FILE *out, const struct bh_plan *plan, const void *fdt)
{
	int node, depth = 0, last = -1, property;

	fputs("/dts-v1/;\n\n", out);
	for (node = 0; node >= 0 && depth >= 0; node = fdt_next_node(fdt, node, &depth)) {
		const char *name = fdt_get_name(fdt, node, NULL);

		for (; last >= depth; last--) {
			indent(out, last);
			fputs("};\n", out);
		}
		last = depth;
		indent(out, depth);
		fprintf(out, "%s {\n", *name ? name : "/");
		fdt_for_each_property_offset(property, fdt, node) {
			const char *key;
			int length;
			const void *data = fdt_getprop_by_offset(fdt, property, &key, &length);

			if (!data)
				continue;
			indent(out, depth + 1);
			print_property(out, plan, key, data, length);
		}
	}
	for (; last >= 0; last--) {
		indent(out, last);
		fputs("};\n", out);
	}
}

/* Returns 0 or -errno. */
static int write_output(const struct args *args, const struct bh_plan *plan, const void *blob,
			size_t size)
{
	char *text = NULL;
	FILE *dts;
	int err = -ENOMEM;

	if (args->dts) {
		dts = open_memstream(&text, &size);
		if (!dts)
			goto out;
		print_dts(dts, plan, blob);
		if (fclose(dts))
			goto out;
		blob = text;
	}
	err = bh_write_output(args->output, blob, size);
out:
	if (err)
		fprintf(stderr, "bulkhead compile: %s: %s\n", args->output, strerror(-err));
	free(text);
	return err;
}

static int write_tree(const char *dir, const char *name, const struct bh_tree *tree)
{
	char *path = bh_printf("%s/%s.dtb", dir, name);
	int err = path ? bh_write_file(path, tree->fdt, tree->size, 0644) : -ENOMEM;

	if (err)
		fprintf(stderr, "bulkhead compile: %s: %s\n", path ? path : dir, strerror(-err));
	free(path);
	return err;
}

/* Returns 0 or -errno (reported). */
static int write_trees(const struct args *args, const struct bh_plan_file *file, const void *blob,
		       size_t size, struct bh_diag *diag)
{
	char name[BH_NAME_MAX + 16];
	struct bh_trees trees;
	uint32_t i;
	int err;

	err = bh_trees_of_plan(file, args->of.machine, blob, size, &trees, diag);
	if (err)
		goto out;
	err = bh_make_dirs(args->trees);
	if (err) {
		fprintf(stderr, "bulkhead compile: %s: %s\n", args->trees, strerror(-err));
		goto out;
	}
	err = write_tree(args->trees, "firmware", &trees.firmware);
	for (i = 0; !err && i < trees.npartitions; i++) {
		snprintf(name, sizeof(name), "partition-%s", file->plan.partitions[i].name);
		err = write_tree(args->trees, name, &trees.partitions[i]);
	}
out:
	bh_trees_free(&trees);
	return err;
}

int bh_cmd_compile(int argc, char **argv)
{
	struct args args = { 0 };
	struct bh_plan_file file;
	struct bh_machine machine;
	struct bh_diag diag;
	void *blob = NULL;
	size_t size = 0;
	int err, code = BH_EXIT_OK;

	if (!bh_arguments_parse(&arguments, argc, argv, &args))
		return BH_EXIT_USAGE;
	bh_diag_init(&diag, NULL, stderr);
	err = bh_plan_resolve(args.of.plan, args.of.machine, &file, &machine, &diag);
	if (err) {
		code = bh_exit_code(err);
		goto out;
	}
	if (!bh_plan_args_apart(&args.of, &file, NULL, args.output)) {
		code = BH_EXIT_USAGE;
		goto out;
	}
	if (args.trees && !bh_host_platform(file.plan.platform)->trees) {
		fprintf(stderr, "bulkhead compile: %s: --trees is for riscv64; on %s the boot stage makes them\n",
			args.of.plan, bh_platform_name(file.plan.platform));
		code = BH_EXIT_USAGE;
		goto out;
	}
	if (bh_plan_compile(&file, &blob, &size, &diag)) {
		code = BH_EXIT_SYSTEM;
		goto out;
	}
	err = args.trees ? write_trees(&args, &file, blob, size, &diag) : 0;
	if (err)
		code = bh_exit_code(err);
	else if (write_output(&args, &file.plan, blob, size))
		code = BH_EXIT_SYSTEM;
out:
	free(blob);
	bh_machine_free(&machine);
	bh_plan_free(&file);
	return code;
}
