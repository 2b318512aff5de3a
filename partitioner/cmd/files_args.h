/* SPDX-License-Identifier: GPL-2.0-only */
/* What verbs that make something bootable take: the files that boot it. */
#ifndef BULKHEAD_CMD_FILES_ARGS_H
#define BULKHEAD_CMD_FILES_ARGS_H

#include <argp.h>

/* As bh_plan_args[0], with a struct bh_boot_files for its input. */
extern const struct argp bh_files_argp;

#endif
