// SPDX-License-Identifier: GPL-2.0-only
/* `bulkhead run`: boot a plan in QEMU. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/arguments.h"
#include "cmd/cmd.h"
#include "cmd/files_args.h"
#include "cmd/plan_args.h"
#include "image/packing.h"
#include "image/run.h"

#define TIMEOUT_EXPECT	120	/* seconds, when something is expected and no time is given */

struct args {
	struct bh_plan_args of;
	struct bh_boot_files files;
	const char *image, *firmware;
	const char **expect;		/* room for every argument there is */
	char **extra;
	const char *colour;
	bool dry_run;
	bool timeout_set;
	struct bh_run run;
};

enum {
	OPT_TIMEOUT = 256,
	OPT_LOG_DIR,
	OPT_SOCKET_DIR,
	OPT_FIRMWARE,
	OPT_ACCEL,
	OPT_QEMU,
	OPT_IMAGE,
	OPT_KEEP,
	OPT_QEMU_ARG,
	OPT_DRY_RUN,
	OPT_COLOUR,
	OPT_JSON,
};

static const struct bh_option options[] = {
	{ { "expect", 'e', "[NAME=]REGEX", 0,
	  "end with status 0 as soon as a line on NAME's console matches the POSIX extended "
	  "regular expression, or one on every partition's console when there is no NAME; may be "
	  "given several times; \"boot\" is the boot stage's console (riscv64: \"firmware\"), and "
	  "=REGEX is for a REGEX that begins like a name", 0 },
	  BH_STORE_NOTHING, 0 },
	{ { "timeout", OPT_TIMEOUT, "SECONDS", 0,
	  "end after this time, with status 1 when something expected is missing; default: 120 "
	  "with --expect, none without; 0 is none", 0 },
	  BH_STORE_NOTHING, 0 },
	{ { "log-dir", OPT_LOG_DIR, "DIR", 0, "write each console to DIR/NAME.log as it comes", 0 },
	  BH_STORE_TEXT, offsetof(struct args, run.log_dir) },
	{ { "socket-dir", OPT_SOCKET_DIR, "DIR", 0,
	  "offer each console as a unix socket DIR/NAME.sock: a client gets what was said last "
	  "and then everything, and what it sends is typed", 0 },
	  BH_STORE_TEXT, offsetof(struct args, run.socket_dir) },
	{ { "firmware", OPT_FIRMWARE, "NAME", 0,
	  "x86-64: bios or uefi, to emulate; default: bios. riscv64: spl, to boot by U-Boot SPL from "
	  "a card, or direct, where QEMU puts everything in its place; default: spl", 0 },
	  BH_STORE_TEXT, offsetof(struct args, firmware) },
	{ { "accel", OPT_ACCEL, "auto|tcg|kvm", 0,
	  "emulate in software or use KVM; default: KVM where it works", 0 },
	  BH_STORE_NOTHING, 0 },
	{ { "image", OPT_IMAGE, "FILE", 0,
	  "boot this image instead of one built from the plan", 0 },
	  BH_STORE_TEXT, offsetof(struct args, image) },
	{ { "qemu", OPT_QEMU, "PROGRAM", 0,
	  "the QEMU to run; default: $BULKHEAD_QEMU, or else the platform's in PATH", 0 },
	  BH_STORE_NOTHING, 0 },
	{ { "qemu-arg", OPT_QEMU_ARG, "ARG", 0, "one more argument for QEMU; may be repeated", 0 },
	  BH_STORE_NOTHING, 0 },
	{ { "keep", OPT_KEEP, NULL, 0, "leave temporary files, and say where they are", 0 },
	  BH_STORE_FLAG, offsetof(struct args, run.keep) },
	{ { "dry-run", OPT_DRY_RUN, NULL, 0, "print QEMU's command line and run nothing", 0 },
	  BH_STORE_FLAG, offsetof(struct args, dry_run) },
	{ { "color", OPT_COLOUR, "auto|always|never", 0, "colour the names of partitions", 0 },
	  BH_STORE_NOTHING, 0 },
	{ { "colour", 0, NULL, OPTION_ALIAS, NULL, 0 },
	  BH_STORE_NOTHING, 0 },
	{ { "json", OPT_JSON, NULL, 0,
	  "print the result as JSON on stdout, and the consoles on stderr", 0 },
	  BH_STORE_FLAG, offsetof(struct args, run.json) },
	{ { 0 }, BH_STORE_NOTHING, 0 },
};

static double seconds(struct argp_state *state, const char *text)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !isfinite(value) || value < 0)
		argp_error(state, "--timeout wants a number of seconds, not \"%s\"", text);
	return value;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;
	struct bh_run *run = &args->run;

	switch (key) {
	case 'e':
		args->expect[run->nexpect++] = arg;
		return 0;
	case OPT_QEMU_ARG:
		args->extra[run->nextra++] = arg;
		return 0;
	case OPT_TIMEOUT:
		run->timeout = seconds(state, arg);
		args->timeout_set = true;
		return 0;
	case OPT_ACCEL:
		if (!strcmp(arg, "tcg"))
			run->accel = BH_ACCEL_TCG;
		else if (!strcmp(arg, "kvm"))
			run->accel = BH_ACCEL_KVM;
		else if (strcmp(arg, "auto"))
			argp_error(state, "--accel is auto, tcg or kvm, not \"%s\"", arg);
		else
			run->accel = BH_ACCEL_AUTO;
		return 0;
	case OPT_QEMU:
		/* also for whoever asks QEMU what its machine is */
		if (setenv("BULKHEAD_QEMU", arg, 1) < 0)
			argp_failure(state, BH_EXIT_SYSTEM, errno, "--qemu");
		return 0;
	case OPT_COLOUR:
		if (strcmp(arg, "auto") && strcmp(arg, "always") && strcmp(arg, "never"))
			argp_error(state, "--color is auto, always or never, not \"%s\"", arg);
		args->colour = arg;
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
	.args_doc = "PLAN",
	.doc = "Boot PLAN in QEMU, on the machine that its qemu section describes, and show the "
	       "consoles of all partitions, each line behind its partition's name."
	       "\vOn a terminal, and without --expect, the keyboard goes to one partition. Ctrl-] "
	       "begins a command of one key, and says which keys there are: 1 to 9, n and p "
	       "(another partition's console, alone), c (choose from a list), l (all lines), q "
	       "(quit; asks), Ctrl-] (sends one).\n\n"
	       "Exit status: 0 when all that was expected came, or the run ended as it should; 1 "
	       "when it did not, or the plan has errors; 2 for a wrong command line; 3 when "
	       "something on this host failed.",
};

static void choose_output(struct args *args)
{
	int out = args->run.json ? 2 : 1;
	bool tty = isatty(out);
	const char *no_colour = getenv("NO_COLOR");

	args->run.live = tty;
	args->run.interactive = tty && isatty(0) && !args->run.nexpect && !args->run.json;
	if (!args->colour || !strcmp(args->colour, "auto"))
		args->run.colour = tty && !(no_colour && *no_colour);
	else
		args->run.colour = !strcmp(args->colour, "always");
	if (!args->timeout_set && args->run.nexpect)
		args->run.timeout = TIMEOUT_EXPECT;
}

static int find_media(const struct args *args, const struct bh_prepared *prepared,
		      struct bh_media *media)
{
	const struct bh_packing *packing = bh_packing(prepared->file.plan.platform);
	bool say = isatty(2);
	int err;

	if (args->image)
		return bh_media_given(packing, args->run.firmware, args->image, media);
	if (say)
		fputs("building the boot image ...", stderr);
	err = bh_media_cached(&prepared->bundle, args->run.firmware, media);
	if (say)
		fputs("\r\033[K", stderr);
	return err;
}

static int prepare(struct args *args, struct bh_prepared *prepared)
{
	struct bh_diag diag;
	int err;

	bh_diag_init(&diag, NULL, stderr);
	if (args->image) {
		memset(prepared, 0, sizeof(*prepared));
		err = bh_plan_resolve(args->of.plan, args->of.machine, &prepared->file,
				      &prepared->machine, &diag);
	} else {
		err = bh_prepare_plan(args->of.plan, args->of.machine, prepared, &diag);
	}
	if (err)
		return bh_exit_code(err);
	if (bh_emulator_firmware(bh_emulator(prepared->file.plan.platform), args->firmware,
				 &args->run.firmware))
		return BH_EXIT_USAGE;
	if (!prepared->file.qemu.present) {
		bh_error(0, "%s has no machine: { qemu: ... } section: nothing says what to emulate",
			 args->of.plan);
		return BH_EXIT_FAILED;
	}
	if (args->image)
		return BH_EXIT_OK;
	err = bh_prepare_bundle(args->of.machine, &args->files, prepared, &diag);
	return bh_exit_code(err);
}

static int run_plan(struct args *args)
{
	struct bh_media media = { 0 };
	struct bh_prepared prepared;
	int code;

	code = prepare(args, &prepared);
	if (code)
		goto out;
	code = BH_EXIT_SYSTEM;
	if (find_media(args, &prepared, &media))
		goto out;
	args->run.file = &prepared.file;
	args->run.media = &media;
	args->run.expect = args->expect;
	args->run.extra = args->extra;
	code = args->dry_run ? bh_run_print(&args->run) : bh_run_plan(&args->run);
out:
	bh_media_free(&media);
	bh_prepared_free(&prepared);
	return code;
}

int bh_cmd_run(int argc, char **argv)
{
	struct args args = { 0 };
	int code = BH_EXIT_SYSTEM;

	args.expect = calloc((size_t)argc, sizeof(*args.expect));
	args.extra = calloc((size_t)argc, sizeof(*args.extra));
	if (!args.expect || !args.extra)
		goto out;
	code = BH_EXIT_USAGE;
	if (!bh_arguments_parse(&arguments, argc, argv, &args))
		goto out;
	choose_output(&args);
	code = run_plan(&args);
out:
	free(args.expect);
	free(args.extra);
	return code;
}
