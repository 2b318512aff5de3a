// SPDX-License-Identifier: GPL-2.0-only
/* `bulkhead build`: a plan as an image that boots. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/arguments.h"
#include "cmd/cmd.h"
#include "cmd/files_args.h"
#include "cmd/plan_args.h"
#include "image/child.h"
#include "image/packing.h"

struct args {
	struct bh_plan_args of;
	struct bh_boot_files files;
	struct bh_image_options image;
	const char *output;
	bool json;
};

enum {
	OPT_KEY = 256,
	OPT_FIT,
	OPT_JSON,
};

static const struct bh_option options[] = {
	{ { "output", 'o', "FILE", 0, "the image to write (required)", 0 },
	  BH_STORE_TEXT, offsetof(struct args, output) },
	{ { "key", OPT_KEY, "DIR", 0,
	  "riscv64: sign the image with the key that `bulkhead keygen DIR` made; the SPL that goes "
	  "with it then starts nothing else", 0 },
	  BH_STORE_TEXT, offsetof(struct args, image.key) },
	{ { "fit", OPT_FIT, NULL, 0,
	  "riscv64: only the FIT, for a board whose own U-Boot boots it by bootm", 0 },
	  BH_STORE_FLAG, offsetof(struct args, image.fit) },
	{ { "json", OPT_JSON, NULL, 0, "print what went into the image, with digests, as JSON", 0 },
	  BH_STORE_FLAG, offsetof(struct args, json) },
	{ { 0 }, BH_STORE_NOTHING, 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_END:
		if (!args->output)
			argp_error(state, "where to? give -o FILE");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {
	{ &bh_plan_argp, 0, NULL, 0 },
	{ &bh_files_argp, 0, NULL, 0 },
	{ 0 },
};

static const struct bh_arguments arguments = {
	.options = options,
	.parse = parse,
	.children = children,
	.inputs = { offsetof(struct args, of), offsetof(struct args, files) },
	.args_doc = "PLAN -o FILE",
	.doc = "Make one image of PLAN. On x86-64 it boots on BIOS and on UEFI: from CD, and written "
	       "as it is to a disk or a USB stick. On riscv64 it is an SD card's, which U-Boot SPL "
	       "boots: FILE.spl is made beside it."
	       "\vThe same plan, kernels and tools give the same bytes; SOURCE_DATE_EPOCH sets the "
	       "dates inside.",
};

static int print_json(const struct args *args, const struct bh_bundle *bundle)
{
	json_t *files = json_array(), *root;
	int err;

	for (size_t i = 0; i < bundle->nfiles; i++) {
		const struct bh_bundle_file *file = &bundle->files[i];
		char sha256[65];

		bh_hex(file->sha256, sizeof(file->sha256), sha256);
		json_array_append_new(files, json_pack("{s:s, s:s?, s:I, s:s}",
				      "name", file->name, "module", file->module,
				      "size", (json_int_t)file->size, "sha256", sha256));
	}
	root = json_pack("{s:s, s:s, s:s, s:b, s:o}", "image", args->output, "title", bundle->title,
			 "id", bundle->id, "signed", args->image.key != NULL, "files", files);
	if (!root)
		return -ENOMEM;
	err = json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
	return err;
}

static void say(const struct args *args, const struct bh_packing *packing,
		const struct bh_bundle *bundle)
{
	printf("%s: boots %s, %zu images; %s\n", args->output, bundle->title,
	       bh_bundle_nimages(bundle),
	       args->image.fit ? "a FIT for the board's U-Boot" : packing->summary);
	if (!packing->fits)
		return;
	if (args->image.fit) {
		puts(args->image.key ? "it is signed; whether that counts is up to the board's U-Boot" :
		     "it is not signed (--key DIR signs)");
		return;
	}
	printf("%s%s: U-Boot SPL, %s\n", args->output, packing->beside,
	       args->image.key ? "which takes only what this key signed" :
	       "which takes what is not signed (--key DIR signs)");
}

/* Nothing that goes into the image is written over, by the file beside it neither. */
static bool is_apart(const struct args *args, const struct bh_packing *packing, const struct bh_plan_file *file)
{
	char *beside = NULL;
	bool apart;

	if (!bh_plan_args_apart(&args->of, file, &args->files, args->output))
		return false;
	if (!packing->fits || args->image.fit)
		return true;
	beside = bh_printf("%s%s", args->output, packing->beside);
	apart = beside && bh_plan_args_apart(&args->of, file, &args->files, beside);
	free(beside);
	return apart;
}

int bh_cmd_build(int argc, char **argv)
{
	struct args args = { 0 };
	const struct bh_packing *packing;
	struct bh_prepared prepared;
	struct bh_diag diag;
	int err, code;

	if (!bh_arguments_parse(&arguments, argc, argv, &args))
		return BH_EXIT_USAGE;
	bh_diag_init(&diag, NULL, stderr);
	err = bh_prepare_plan(args.of.plan, args.of.machine, &prepared, &diag);
	code = bh_exit_code(err);
	if (err)
		goto out;
	packing = bh_packing(prepared.file.plan.platform);
	if (!is_apart(&args, packing, &prepared.file)) {
		code = BH_EXIT_USAGE;
		goto out;
	}
	if ((args.image.key || args.image.fit) && !packing->fits) {
		bh_error(0, "%s: GRUB boots this plan: --key and --fit are for riscv64", args.of.plan);
		code = BH_EXIT_USAGE;
		goto out;
	}
	err = bh_prepare_bundle(args.of.machine, &args.files, &prepared, &diag);
	code = bh_exit_code(err);
	if (err)
		goto out;
	code = BH_EXIT_SYSTEM;
	if (isatty(2))
		fputs("building the image ...", stderr);
	err = packing->build(&prepared.bundle, &args.image, args.output);
	if (isatty(2))
		fputs("\r\033[K", stderr);
	if (!err && args.json)
		err = print_json(&args, &prepared.bundle);
	else if (!err)
		say(&args, packing, &prepared.bundle);
	if (!err && !fflush(stdout))
		code = BH_EXIT_OK;
out:
	bh_prepared_free(&prepared);
	return code;
}
