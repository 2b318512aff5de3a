// SPDX-License-Identifier: GPL-2.0-only
/*
 * `bulkhead console`: the console of a partition that this one manages. It runs in a
 * partition, where there may be nothing but a static program: no library beyond libc.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/arguments.h"
#include "cmd/cmd.h"
#include "host/value.h"
#include "image/attach.h"
#include "image/child.h"

#define BUS		"/sys/bus/bulkhead/devices"
#define DEVICES		"/dev/bulkhead"
#define SUFFIX		".view"		/* of a device of the bus that shows a console */
#define LINGER		1.0

struct args {
	const char *name, *root;
	int escape;
	double linger;
	bool json;
};

/* Consoles that there are, in order of their names. */
struct consoles {
	struct console {
		char name[64], link[32];
	} *list;
	size_t count;
};

enum {
	OPT_LINGER = 256,
	OPT_JSON,
	OPT_ROOT,
};

static const struct bh_option options[] = {
	{ { "escape", 'e', "CHAR", 0,
	  "what CHAR. at the start of a line detaches by; default: ~; none: nothing does", 0 },
	  BH_STORE_NOTHING, 0 },
	{ { "linger", OPT_LINGER, "SECONDS", 0,
	  "when the input has ended, stay until the console has said nothing for so long; default: 1",
	  0 },
	  BH_STORE_NOTHING, 0 },
	{ { "json", OPT_JSON, NULL, 0, "list the consoles as JSON", 0 },
	  BH_STORE_FLAG, offsetof(struct args, json) },
	{ { "root", OPT_ROOT, "DIR", 0, "look for DIR/sys and DIR/dev; default: /", 0 },
	  BH_STORE_TEXT, offsetof(struct args, root) },
	{ { 0 }, BH_STORE_NOTHING, 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;
	char *rest;

	switch (key) {
	case 'e':
		if (!strcmp(arg, "none"))
			args->escape = -1;
		else if (strlen(arg) == 1)
			args->escape = (unsigned char)*arg;
		else
			argp_error(state, "--escape is one character or none, not \"%s\"", arg);
		return 0;
	case OPT_LINGER:
		args->linger = strtod(arg, &rest);
		if (rest == arg || *rest || !isfinite(args->linger) || args->linger < 0 ||
		    args->linger > 86400)
			argp_error(state, "--linger wants seconds, up to a day, not \"%s\"", arg);
		return 0;
	case ARGP_KEY_ARG:
		if (args->name)
			argp_error(state, "there is one NAME");
		args->name = arg;
		return 0;
	case ARGP_KEY_END:
		if (args->name && args->json)
			argp_error(state, "--json is for the list, without a NAME");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct bh_arguments arguments = {
	.options = options,
	.parse = parse,
	.args_doc = "[NAME]",
	.doc = "Attach this terminal to the console of partition NAME; without a NAME, list the "
	       "consoles that there are. For a partition that manages others, by the plan, and has "
	       "channels to them."
	       "\vWhat the console has kept comes first: up to some 100 KB, the kernel log from its "
	       "first line included. At the start of a line ~. detaches, ~? explains, ~~ sends "
	       "one ~. When the partition restarts the console goes on.\n\n"
	       "An input that is no terminal is typed as it is, without escapes.\n\n"
	       "Exit status: 0 when detached or the input has ended; 1 when there is no such console, "
	       "or somebody else is attached to it; 2 for a wrong command line; 3 when something "
	       "failed.",
};

/* --- the list --- */

/* The one line of a file of sysfs, or "?". */
static void read_line(const char *path, char *line, int size)
{
	FILE *file = fopen(path, "re");

	if (!file || !fgets(line, size, file))
		snprintf(line, (size_t)size, "?");
	line[strcspn(line, "\n")] = '\0';
	if (file)
		fclose(file);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct console *)a)->name, ((const struct console *)b)->name);
}

static int add(struct consoles *consoles, const char *bus, const char *name, size_t len)
{
	struct console *more = reallocarray(consoles->list, consoles->count + 1, sizeof(*more));
	struct console *console;
	char *path;

	if (!more)
		return -ENOMEM;
	consoles->list = more;
	console = &more[consoles->count];
	snprintf(console->name, sizeof(console->name), "%.*s", (int)len, name);
	path = bh_printf("%s/%s/link", bus, name);
	if (!path)
		return -ENOMEM;
	read_line(path, console->link, sizeof(console->link));
	free(path);
	consoles->count++;
	return 0;
}

/* Returns 0 or -errno (reported). */
static int find(const struct args *args, struct consoles *consoles)
{
	char *bus = bh_printf("%s" BUS, args->root);
	DIR *dir = bus ? opendir(bus) : NULL;
	struct dirent *entry;
	int err = 0;

	if (!bus)
		return bh_error(-ENOMEM, "consoles");
	if (!dir) {
		err = bh_error(-errno, "%s: consoles are seen in a partition whose kernel has "
			       "Bulkhead's drivers (CONFIG_BULKHEAD)", bus);
		goto out;
	}
	while (!err && (entry = readdir(dir))) {
		size_t len = strlen(entry->d_name), suffix = strlen(SUFFIX);

		if (len > suffix && !strcmp(entry->d_name + len - suffix, SUFFIX))
			err = add(consoles, bus, entry->d_name, len - suffix);
	}
	closedir(dir);
	if (err)
		bh_error(err, "consoles");
	else if (consoles->count)
		qsort(consoles->list, consoles->count, sizeof(*consoles->list), by_name);
out:
	free(bus);
	return err;
}

/* Names and states are words of lower-case letters, digits and -: nothing needs quoting. */
static void print_json(const struct args *args, const struct consoles *consoles)
{
	puts("{\n  \"consoles\": [");
	for (size_t i = 0; i < consoles->count; i++)
		printf("    { \"name\": \"%s\", \"link\": \"%s\", \"device\": \"%s" DEVICES
		       "/%s.console\" }%s\n", consoles->list[i].name, consoles->list[i].link,
		       args->root, consoles->list[i].name, i + 1 < consoles->count ? "," : "");
	puts("  ]\n}");
}

static void print_table(const struct consoles *consoles)
{
	int width = 4;

	for (size_t i = 0; i < consoles->count; i++)
		if ((int)strlen(consoles->list[i].name) > width)
			width = (int)strlen(consoles->list[i].name);
	if (consoles->count)
		printf("%-*s  LINK\n", width, "NAME");
	else
		fputs("bulkhead: no consoles: the plan lets this partition manage none that it has a "
		      "channel to\n", stderr);
	for (size_t i = 0; i < consoles->count; i++)
		printf("%-*s  %s\n", width, consoles->list[i].name, consoles->list[i].link);
}

static int list(const struct args *args)
{
	struct consoles consoles = { 0 };
	int err = find(args, &consoles);

	if (!err && args->json)
		print_json(args, &consoles);
	else if (!err)
		print_table(&consoles);
	free(consoles.list);
	return err ? BH_EXIT_SYSTEM : BH_EXIT_OK;
}

/* --- one console --- */

static int no_such(const struct args *args)
{
	struct bh_nearest nearest = { .word = args->name };
	struct consoles consoles = { 0 };
	int err = find(args, &consoles);

	if (err)
		goto out;
	for (size_t i = 0; i < consoles.count; i++)
		bh_nearest_try(&nearest, consoles.list[i].name);
	if (nearest.best)
		bh_error(0, "there is no console of \"%s\" here (did you mean \"%s\"?)", args->name,
			 nearest.best);
	else
		bh_error(0, "there is no console of \"%s\" here: `bulkhead console` lists those that "
			 "there are", args->name);
out:
	free(consoles.list);
	return err ? BH_EXIT_SYSTEM : BH_EXIT_FAILED;
}

static int attach(const struct args *args)
{
	struct bh_attach attach = {
		.name = args->name,
		.in = STDIN_FILENO,
		.out = STDOUT_FILENO,
		.say = STDERR_FILENO,
		.escape = args->escape,
		.linger = args->linger,
	};
	enum bh_attach_end end;
	char *path;

	if (strchr(args->name, '/'))
		return no_such(args);
	path = bh_printf("%s" DEVICES "/%s.console", args->root, args->name);
	if (!path) {
		bh_error(-ENOMEM, "console of %s", args->name);
		return BH_EXIT_SYSTEM;
	}
	attach.device = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (attach.device < 0) {
		int err = errno;

		free(path);
		if (err == ENOENT)
			return no_such(args);
		if (err == EBUSY) {
			bh_error(0, "somebody else is attached to the console of %s", args->name);
			return BH_EXIT_FAILED;
		}
		bh_error(-err, "console of %s", args->name);
		return BH_EXIT_SYSTEM;
	}
	free(path);
	end = bh_attach_run(&attach);
	close(attach.device);
	switch (end) {
	case BH_ATTACH_DETACHED:
		return BH_EXIT_OK;
	case BH_ATTACH_SIGNAL:
		/* so that whoever waits for us sees what happened */
		signal(attach.signal, SIG_DFL);
		raise(attach.signal);
		return BH_EXIT_SYSTEM;
	case BH_ATTACH_GONE:
		bh_error(0, "the console of %s is there no more: its channel or its driver was removed",
			 args->name);
		return BH_EXIT_SYSTEM;
	default:
		return BH_EXIT_SYSTEM;
	}
}

int bh_cmd_console(int argc, char **argv)
{
	struct args args = { .root = "", .escape = '~', .linger = LINGER };

	if (!bh_arguments_parse(&arguments, argc, argv, &args))
		return BH_EXIT_USAGE;
	return args.name ? attach(&args) : list(&args);
}
