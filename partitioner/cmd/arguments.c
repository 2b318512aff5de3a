// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/arguments.h"

#include <stdint.h>

struct input {
	const struct bh_arguments *arguments;
	void *args;
};

static const struct bh_option *find(const struct bh_arguments *arguments, int key)
{
	const struct bh_option *o;

	for (o = arguments->options; o && o->option.name; o++)
		if (o->option.key == key && o->store != BH_STORE_NOTHING)
			return o;
	return NULL;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct input *input = state->input;
	const struct bh_arguments *a = input->arguments;
	const struct bh_option *o = find(a, key);
	uint8_t *args = input->args;
	error_t err;
	size_t i;

	if (key == ARGP_KEY_INIT) {
		for (i = 0; a->children && a->children[i].argp; i++)
			state->child_inputs[i] = args + a->inputs[i];
		return 0;
	}
	if (o && o->store == BH_STORE_TEXT)
		*(const char **)(void *)(args + o->offset) = arg;
	else if (o)
		*(bool *)(void *)(args + o->offset) = true;
	if (o)
		return 0;
	if (!a->parse)
		return ARGP_ERR_UNKNOWN;
	/* The verb's parser knows its own struct alone. */
	state->input = args;
	err = a->parse(key, arg, state);
	state->input = input;
	return err;
}

bool bh_arguments_parse(const struct bh_arguments *arguments, int argc, char **argv, void *args)
{
	struct argp_option options[BH_OPTIONS_MAX + 1] = { { 0 } };
	struct input input = { arguments, args };
	struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = arguments->args_doc,
		.doc = arguments->doc,
		.children = arguments->children,
	};
	const struct bh_option *o = arguments->options;
	size_t n = 0;

	for (; o && o->option.name && n < BH_OPTIONS_MAX; o++)
		options[n++] = o->option;
	return !argp_parse(&argp, argc, argv, 0, NULL, &input);
}
