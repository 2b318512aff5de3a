// SPDX-License-Identifier: GPL-2.0-only
/* `bulkhead install` and `bulkhead uninstall`: an entry in this machine's GRUB menu. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/arguments.h"
#include "cmd/cmd.h"
#include "image/child.h"
#include "image/install.h"
#include "image/packing.h"

struct args {
	const char *plan, *machine, *boot_stage;
	const char *root;
	bool wants_plan;
	bool make_default, no_update, json;
};

enum {
	OPT_ROOT = 256,
	OPT_DEFAULT,
	OPT_NO_UPDATE,
	OPT_BOOT_STAGE,
	OPT_JSON,
};

static const struct bh_option install_options[] = {
	{ { "root", OPT_ROOT, "DIR", 0,
	  "the system to install into is mounted there; default: the running one", 0 },
	  BH_STORE_NOTHING, 0 },
	{ { "default", OPT_DEFAULT, NULL, 0,
	  "boot this plan unless another entry is chosen; uninstall restores the old default", 0 },
	  BH_STORE_FLAG, offsetof(struct args, make_default) },
	{ { "no-update-grub", OPT_NO_UPDATE, NULL, 0,
	  "leave the menu itself alone: the entry appears when update-grub next runs", 0 },
	  BH_STORE_FLAG, offsetof(struct args, no_update) },
	{ { "machine", 'm', "FILE|live", 0,
	  "the hardware that the plan is for; default: this machine, or with --root the plan's "
	  "qemu section if it has one", 0 },
	  BH_STORE_TEXT, offsetof(struct args, machine) },
	{ { "boot-stage", OPT_BOOT_STAGE, "FILE", 0, "the boot stage to install", 0 },
	  BH_STORE_TEXT, offsetof(struct args, boot_stage) },
	{ { "json", OPT_JSON, NULL, 0, "print what was done as JSON", 0 },
	  BH_STORE_FLAG, offsetof(struct args, json) },
	{ { 0 }, BH_STORE_NOTHING, 0 },
};

static const struct bh_option uninstall_options[] = {
	{ { "root", OPT_ROOT, "DIR", 0,
	  "the system to remove it from is mounted there; default: the running one", 0 },
	  BH_STORE_NOTHING, 0 },
	{ { "no-update-grub", OPT_NO_UPDATE, NULL, 0,
	  "do not run update-grub where it would be needed", 0 },
	  BH_STORE_FLAG, offsetof(struct args, no_update) },
	{ { "json", OPT_JSON, NULL, 0, "print what was done as JSON", 0 },
	  BH_STORE_FLAG, offsetof(struct args, json) },
	{ { 0 }, BH_STORE_NOTHING, 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;
	size_t len;

	switch (key) {
	case OPT_ROOT:
		len = strlen(arg);
		while (len && arg[len - 1] == '/')
			arg[--len] = '\0';
		args->root = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (!args->wants_plan)
			argp_error(state, "what is \"%s\"? There is but one plan to uninstall", arg);
		if (args->plan)
			argp_error(state, "one plan at a time");
		args->plan = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		if (args->wants_plan)
			argp_error(state, "which plan?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct bh_arguments install_arguments = {
	.options = install_options,
	.parse = parse,
	.args_doc = "PLAN",
	.doc = "x86-64: add PLAN to the GRUB menu of an installed system: blob and images go under "
	       "/boot/bulkhead, and /etc/grub.d/42_bulkhead keeps the entry in the menu whenever "
	       "update-grub makes it. A plan that was installed before is replaced."
	       "\vThe entry that boots by default stays as it is unless --default is given. When a "
	       "step fails, everything is left as it was.",
};

static const struct bh_arguments uninstall_arguments = {
	.options = uninstall_options,
	.parse = parse,
	.doc = "Remove from an installed system what `bulkhead install` put there; the menu and its "
	       "default are as they were before.",
};

static int print_json(const struct args *args, const struct bh_install *install,
		      const struct bh_bundle *bundle, const struct bh_installed *result)
{
	json_t *json;
	int err;

	json = json_pack("{s:s, s:s, s:b, s:b, s:s?}", "action",
			 args->wants_plan ? "install" : "uninstall",
			 "root", *install->root ? install->root : "/", "changed", result->changed,
			 "menu_updated", result->updated, "to_do", result->missing);
	if (!json)
		return -ENOMEM;
	if (bundle) {
		json_object_set_new(json, "title", json_string(bundle->title));
		json_object_set_new(json, "id", json_string(bundle->id));
		json_object_set_new(json, "default", json_boolean(install->make_default));
	}
	err = json_dumpf(json, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(json);
	return err;
}

static void say(const struct bh_install *install, const struct bh_bundle *bundle,
		const struct bh_installed *result)
{
	if (!result->changed)
		puts("nothing is installed");
	else if (!bundle)
		printf("removed from %s\n", *install->root ? install->root : "/");
	else
		printf("installed %s%s\n", bundle->title,
		       install->make_default ? "; it boots by default" : "");
	if (result->changed && !result->updated && result->missing)
		printf("the menu is not up to date yet: run `%s`%s%s\n", result->missing,
		       *install->root ? " in " : "", install->root);
}

static int act(const struct args *args, const struct bh_bundle *bundle)
{
	const struct bh_install install = {
		.root = args->root ? args->root : "",
		.make_default = args->make_default,
		.update = !args->no_update,
	};
	struct bh_installed result;
	int err;

	if (geteuid() && !args->root) {
		bh_error(0, "only root may change the boot menu");
		return BH_EXIT_SYSTEM;
	}
	err = bundle ? bh_install(&install, bundle, &result) : bh_uninstall(&install, &result);
	if (err)
		return BH_EXIT_SYSTEM;
	if (args->json)
		err = print_json(args, &install, bundle, &result);
	else
		say(&install, bundle, &result);
	return err || fflush(stdout) ? BH_EXIT_SYSTEM : BH_EXIT_OK;
}

int bh_cmd_install(int argc, char **argv)
{
	struct args args = { .wants_plan = true };
	struct bh_prepared prepared;
	struct bh_diag diag;
	int err, code;

	if (!bh_arguments_parse(&install_arguments, argc, argv, &args))
		return BH_EXIT_USAGE;
	/* What runs here is what it is for, whatever `run` would emulate. */
	if (!args.machine && (!args.root || !*args.root))
		args.machine = "live";
	const struct bh_boot_files files = { .stage = args.boot_stage };

	bh_diag_init(&diag, NULL, stderr);
	err = bh_prepare_plan(args.plan, args.machine, &prepared, &diag);
	code = bh_exit_code(err);
	if (err)
		goto out;
	if (!bh_packing(prepared.file.plan.platform)->menu) {
		bh_error(0, "%s: install adds to GRUB's menu, and no GRUB loads a plan for riscv64; "
			 "`bulkhead build` makes a card, or a FIT for the board's own U-Boot", args.plan);
		code = BH_EXIT_FAILED;
		goto out;
	}
	err = bh_prepare_bundle(args.machine, &files, &prepared, &diag);
	if (err)
		code = bh_exit_code(err);
	else
		code = act(&args, &prepared.bundle);
out:
	bh_prepared_free(&prepared);
	return code;
}

int bh_cmd_uninstall(int argc, char **argv)
{
	struct args args = { 0 };

	if (!bh_arguments_parse(&uninstall_arguments, argc, argv, &args))
		return BH_EXIT_USAGE;
	return act(&args, NULL);
}
