/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verbs of the `bulkhead` command. Each parses its own arguments with
 * argp and returns an exit code; main.c dispatches through the table.
 */
#ifndef BULKHEAD_CMD_H
#define BULKHEAD_CMD_H

#include "host/exit.h"

struct bh_verb {
	const char *name;
	const char *summary;	/* for `bulkhead --help` */
	int (*run)(int argc, char **argv);	/* argv[0] is "bulkhead VERB" */
};

int bh_cmd_check(int argc, char **argv);
int bh_cmd_show(int argc, char **argv);
int bh_cmd_machine(int argc, char **argv);
int bh_cmd_compile(int argc, char **argv);
int bh_cmd_build(int argc, char **argv);
int bh_cmd_keygen(int argc, char **argv);
int bh_cmd_install(int argc, char **argv);
int bh_cmd_uninstall(int argc, char **argv);
int bh_cmd_run(int argc, char **argv);

#endif
