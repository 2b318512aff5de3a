/* SPDX-License-Identifier: GPL-2.0-only */
/* `show`: a placed plan as a table, as JSON, as a map. */
#ifndef BULKHEAD_IMAGE_SHOW_H
#define BULKHEAD_IMAGE_SHOW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "host/plan.h"

/*
 * bh_show_table() - one row a partition, below one a channel, and what no partition has
 * @brief: what `check` shows, in fewer columns
 *
 * Returns 0 or -errno.
 */
int bh_show_table(const struct bh_plan_file *file, const struct bh_machine *machine, bool brief,
		  FILE *out);

/*
 * bh_show_json() - all that the tool decided and what it decided upon
 *
 * Addresses and sizes are numbers of bytes, CPUs hardware ids, partitions
 * names. A new reference, or NULL without memory.
 */
json_t *bh_show_json(const struct bh_plan_file *file, const struct bh_machine *machine);

/*
 * bh_show_svg() - a map for people: CPUs by package and core, memory by owner
 * @title: goes on top
 *
 * One SVG 1.1 document without scripts, fonts or links. Returns 0 or -errno.
 */
int bh_show_svg(const struct bh_plan_file *file, const struct bh_machine *machine,
		const char *title, FILE *out);

/* Small texts that the forms share; each malloc'ed, or NULL without memory. */
char *bh_text_cpus(const uint32_t *cpus, uint32_t count);	/* "0-3,6", in the given order */
char *bh_text_console(const struct bh_partition *part);	/* "com1", "0x4e8", "firmware", "none" */
char *bh_text_manages(const struct bh_plan *plan, uint32_t partition);	/* "rt, app" */

#endif
