/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verbs of the `bulkhead` command. Each parses its own arguments with
 * argp and returns an exit code. Which of them a command has is its main's business: main.c
 * here, partitioner/inside/main.c for the small one inside a partition.
 */
#ifndef BULKHEAD_CMD_H
#define BULKHEAD_CMD_H

#include <stddef.h>

#include "host/exit.h"

struct bh_verb {
	const char *name;
	const char *summary;	/* for `bulkhead --help` */
	int (*run)(int argc, char **argv);	/* argv[0] is "bulkhead VERB" */
};

/* A command: its verbs, and one sentence about it. bh_cmd_help() is one of them. */
struct bh_tool {
	const struct bh_verb *verbs;
	size_t nverbs;
	const char *about;
};

/* main(): finds the verb and runs it; returns the exit status. */
int bh_cmd_main(const struct bh_tool *tool, int argc, char **argv);

int bh_cmd_help(int argc, char **argv);
int bh_cmd_check(int argc, char **argv);
int bh_cmd_show(int argc, char **argv);
int bh_cmd_machine(int argc, char **argv);
int bh_cmd_compile(int argc, char **argv);
int bh_cmd_build(int argc, char **argv);
int bh_cmd_keygen(int argc, char **argv);
int bh_cmd_install(int argc, char **argv);
int bh_cmd_uninstall(int argc, char **argv);
int bh_cmd_run(int argc, char **argv);
int bh_cmd_console(int argc, char **argv);

#endif
