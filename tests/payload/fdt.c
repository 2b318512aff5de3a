// SPDX-License-Identifier: GPL-2.0-only
/* The partition's device tree, read (devicetree specification v0.4, chapter 5). */
#include "payload.h"

#define FDT_MAGIC	0xd00dfeed
#define BEGIN_NODE	1
#define END_NODE	2
#define PROP		3
#define NOP		4
#define DEPTH_MAX	16

uint32_t tree_cell(const void *property)
{
	const uint8_t *p = property;

	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Whether the first part of a path is this node's name; then the rest of the path. */
static const char *part_is(const char *path, const char *name)
{
	while (*path && *path != '/' && *path == *name)
		path++, name++;
	if ((*path && *path != '/') || (*name && *name != '@'))
		return NULL;
	return *path ? path + 1 : path;
}

const void *tree_get(const void *fdt, const char *path, unsigned int nth, const char *name,
		     uint32_t *size)
{
	const uint8_t *base = fdt, *at;
	const char *strings;
	/* What is left of the path below the nodes that lead here; NULL: not on the way. */
	const char *rest[DEPTH_MAX] = { NULL };
	unsigned int depth = 0;
	bool wanted = false;	/* this node is it */

	if (!fdt || tree_cell(base) != FDT_MAGIC)
		return NULL;
	at = base + tree_cell(base + 8);
	strings = (const char *)base + tree_cell(base + 12);
	for (;;) {
		uint32_t token = tree_cell(at);

		at += 4;
		if (token == BEGIN_NODE) {
			const char *node = (const char *)at;
			const char *left = depth ? rest[depth - 1] : path;

			while (*at)
				at++;
			at = base + ((size_t)(at - base + 4) & ~(size_t)3);
			if (depth && left)
				left = *left ? part_is(left, node) : NULL;
			if (depth == DEPTH_MAX)
				return NULL;
			rest[depth++] = left;
			wanted = left && !*left && !(nth && nth--);
		} else if (token == END_NODE) {
			wanted = false;
			if (!--depth)
				return NULL;
		} else if (token == PROP) {
			uint32_t length = tree_cell(at);

			if (wanted && same(strings + tree_cell(at + 4), name)) {
				if (size)
					*size = length;
				return at + 8;
			}
			at += 8 + ((length + 3) & ~3U);
		} else if (token != NOP) {
			return NULL;
		}
	}
}
