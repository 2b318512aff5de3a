/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A verb's arguments: options that are stored where their row says, and for the rest
 * the verb's own parser. argp (argp.h) does the parsing.
 */
#ifndef BULKHEAD_CMD_ARGUMENTS_H
#define BULKHEAD_CMD_ARGUMENTS_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

#define BH_OPTIONS_MAX	24
#define BH_CHILDREN_MAX	2

enum bh_store {
	BH_STORE_NOTHING,	/* the verb's parser takes it */
	BH_STORE_TEXT,		/* const char *: the option's argument */
	BH_STORE_FLAG,		/* bool: true */
};

/* struct bh_option - one option; @offset: of the member in the verb's struct of arguments */
struct bh_option {
	struct argp_option option;
	enum bh_store store;
	size_t offset;
};

/*
 * struct bh_arguments - what a verb takes
 * @options: up to BH_OPTIONS_MAX, the last without a name; NULL: none
 * @args_doc, @doc: as argp's
 * @parse: as argp's parser, for operands, BH_STORE_NOTHING and checks at the end;
 *	ARGP_KEY_INIT is not its business; NULL: there are none
 * @children, @inputs: parsers of other files (plan_args.h, files_args.h), and the
 *	offset of each one's struct in the verb's; up to BH_CHILDREN_MAX
 */
struct bh_arguments {
	const struct bh_option *options;
	const char *args_doc, *doc;
	argp_parser_t parse;
	const struct argp_child *children;
	size_t inputs[BH_CHILDREN_MAX];
};

/*
 * bh_arguments_parse() - a command line into @args, the verb's struct
 * @argv: the verb's, argv[0] is "bulkhead VERB"
 *
 * Ends the program for --help and for what argp refuses. Returns false for what it
 * could not parse for another reason: the verb exits with BH_EXIT_USAGE.
 */
bool bh_arguments_parse(const struct bh_arguments *arguments, int argc, char **argv, void *args);

#endif
