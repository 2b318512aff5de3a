// SPDX-License-Identifier: GPL-2.0-only
#include "core/fdt_walk.h"

#include <stdbool.h>
#include <stddef.h>

/* Chapter 5.2: the header, ten words. */
enum {
	MAGIC, TOTALSIZE, OFF_STRUCT, OFF_STRINGS, OFF_RESERVED, VERSION, LAST_COMP, BOOT_CPU,
	SIZE_STRINGS, SIZE_STRUCT, HEADER_WORDS,
};

/* Chapter 5.4.1: the tokens of the structure block. */
enum {
	BEGIN_NODE = 1, END_NODE = 2, PROP = 3, NOP = 4, END = 9,
};

#define FDT_MAGIC_WORD	0xd00dfeedU
#define DEPTH_MAX	16U	/* a blob's tree has three levels */
#define NAME_MAX	64U	/* of a property; the specification stops at 31 */

static uint32_t word(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The bytes of a string and its NUL that begins at @at; 0 when it does not end in time. */
static uint32_t string_size(const uint8_t *p, uint32_t at, uint32_t end)
{
	for (uint32_t i = at; i < end; i++) {
		if (!p[i])
			return i - at + 1;
	}
	return 0;
}

static bool block_fits(uint32_t offset, uint32_t size, uint32_t total)
{
	return offset >= 4 * HEADER_WORDS && offset <= total && size <= total - offset;
}

static const char *walk_reservations(const uint8_t *p, uint32_t at, uint32_t total)
{
	for (; at <= total && total - at >= 16; at += 16) {
		uint32_t any = 0;

		for (uint32_t i = 0; i < 16; i++)
			any |= p[at + i];
		if (!any)
			return NULL;
	}
	return "is damaged: its memory reservations have no end";
}

static const char *walk_structure(const uint8_t *p, uint32_t size, const uint8_t *strings,
				  uint32_t strings_size)
{
	uint32_t at = 0, depth = 0, length, name, name_end;
	bool nodes = false;	/* properties come before subnodes */

	/* Every token takes at least four of the bytes, so this ends. */
	while (size - at >= 4) {
		uint32_t token = word(p + at);

		at += 4;
		switch (token) {
		case NOP:
			continue;
		case BEGIN_NODE:
			length = string_size(p, at, size);
			if (!length)
				return "is damaged: a node's name has no end";
			if (!depth && (at != 4 || length != 1))
				return "is damaged: it does not begin with one root";
			if (++depth > DEPTH_MAX)
				return "has nodes nested too deep";
			nodes = false;
			break;
		case END_NODE:
			if (!depth)
				return "is damaged: a node ends that did not begin";
			depth--;
			nodes = true;
			continue;
		case PROP:
			if (!depth || nodes)
				return "is damaged: a property stands outside of its node";
			if (size - at < 8)
				return "is damaged: a property has no end";
			length = word(p + at);
			name = word(p + at + 4);
			name_end = strings_size - name > NAME_MAX ? name + NAME_MAX : strings_size;
			if (name >= strings_size || !string_size(strings, name, name_end))
				return "is damaged: a property has no name";
			at += 8;
			break;
		case END:
			return depth ? "is damaged: a node does not end" : NULL;
		default:
			return "is damaged: it has tokens that nobody knows";
		}

		/* A name or a value, and padding up to the next word. */
		if (length > size - at || (length + 3) / 4 * 4 > size - at)
			return "is damaged: a value is longer than the blob";
		at += (length + 3) / 4 * 4;
	}
	return "is damaged: its structure has no end";
}

const char *bh_fdt_walk(const void *fdt, uint64_t size)
{
	const uint8_t *p = fdt;
	uint32_t header[HEADER_WORDS];
	const char *why;

	if ((uintptr_t)fdt % 8)
		return "does not begin on a boundary of 8 bytes";
	if (size < sizeof(header) || word(p) != FDT_MAGIC_WORD)
		return "is no device tree";
	for (uint32_t i = 0; i < HEADER_WORDS; i++)
		header[i] = word(p + 4 * i);

	if (header[TOTALSIZE] > size)
		return "is truncated";
	if (header[VERSION] < 17 || header[LAST_COMP] > 17 || header[LAST_COMP] < 16)
		return "is a device tree of another structure version than 17";
	if (header[OFF_STRUCT] % 4 || header[OFF_RESERVED] % 8 ||
	    !block_fits(header[OFF_STRUCT], header[SIZE_STRUCT], header[TOTALSIZE]) ||
	    !block_fits(header[OFF_STRINGS], header[SIZE_STRINGS], header[TOTALSIZE]) ||
	    !block_fits(header[OFF_RESERVED], 0, header[TOTALSIZE]))
		return "is damaged: its header contradicts itself";

	why = walk_reservations(p, header[OFF_RESERVED], header[TOTALSIZE]);
	if (why)
		return why;
	return walk_structure(p + header[OFF_STRUCT], header[SIZE_STRUCT],
			      p + header[OFF_STRINGS], header[SIZE_STRINGS]);
}
