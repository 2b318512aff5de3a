/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * YAML files as trees that know where every node stands.
 *
 * libyaml's events are turned into nodes here and not by its document API,
 * because that one resolves aliases and keeps no trace of them: a plan may
 * come from anyone, and a kilobyte of aliases can stand for gigabytes. What a
 * plan has no use for (anchors, aliases, tags, a second document) is refused.
 */
#ifndef BULKHEAD_HOST_YAML_H
#define BULKHEAD_HOST_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "host/arena.h"
#include "host/plan.h"

#define BH_YAML_SIZE_MAX	(1024 * 1024)	/* bytes of a file */
#define BH_YAML_DEPTH_MAX	16
#define BH_YAML_ENTRIES_MAX	256		/* keys of one mapping */

enum bh_yaml_type {
	BH_YAML_SCALAR		= 1 << 0,
	BH_YAML_SEQUENCE	= 1 << 1,
	BH_YAML_MAPPING		= 1 << 2,
	BH_YAML_BROKEN		= 1 << 3,	/* already reported; say no more of it */
};

/*
 * struct bh_yaml_node
 * @text: of a scalar; holds no NUL but the one that ends it
 * @quoted: a scalar in quotes or a block: a string even if it looks like a number
 * @literal: @text stands in the file byte for byte from @mark on (behind the
 *	quote, if @quoted), so that an offset into it is a column
 * @child: first item of a sequence, or first key of a mapping
 * @next: the next item or key
 * @value: of a key
 */
struct bh_yaml_node {
	enum bh_yaml_type type;
	struct bh_mark mark;
	const char *text;
	size_t length;
	bool quoted, literal;
	struct bh_yaml_node *child, *next, *value;
	unsigned int count;
};

/*
 * bh_yaml_parse() - one document from memory
 * @arena: nodes and texts live there
 * @root: set also when something was reported but a tree could be built;
 *	NULL when there is none
 *
 * Returns 0, -EINVAL when something was reported, or -ENOMEM.
 */
int bh_yaml_parse(const char *text, size_t size, struct bh_arena *arena,
		  const struct bh_yaml_node **root, struct bh_diag *diag);

/*
 * bh_yaml_read_file() - the bytes of a file of at most BH_YAML_SIZE_MAX bytes
 * @text: malloc'ed, the caller frees
 *
 * Returns 0 or -errno (reported).
 */
int bh_yaml_read_file(const char *path, char **text, size_t *size, struct bh_diag *diag);

/* Where byte @offset of a scalar's text stands. */
struct bh_mark bh_yaml_mark_at(const struct bh_yaml_node *node, size_t offset);

#endif
