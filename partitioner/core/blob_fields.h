/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The properties of a blob's nodes, each a row of a table: the reader
 * (core/blob_read.c), the writer and the comparison (host/blob.c) go through
 * the rows and know no property by name, and tests/plans/blob.py holds the
 * schema and include/bulkhead/blob.h's comment against them. A new property is
 * a member in core/model.h and a row here; a new type is an entry in each of
 * those two files.
 */
#ifndef BULKHEAD_CORE_BLOB_FIELDS_H
#define BULKHEAD_CORE_BLOB_FIELDS_H

#include "core/model.h"

/* What stands in the blob; and in the model, where "absent" is the value after the semicolon. */
enum bh_blob_type {
	BH_TYPE_NAME,		/* a string of up to BH_NAME_MAX characters; a char array of that room */
	BH_TYPE_STRING,		/* a string of up to @max characters; const char *, NULL */
	BH_TYPE_WORD,		/* one of @words; an enum with its index */
	BH_TYPE_FLAG,		/* the only one of @words; bool, false */
	BH_TYPE_WORDS,		/* several of @words, each once; uint32_t with bit i for words[i], 0 */
	BH_TYPE_CELL,		/* <N>; uint32_t, 0 */
	BH_TYPE_SIZE,		/* two cells; uint64_t */
	BH_TYPE_ADDRESS,	/* two cells, not 0; uint64_t, 0 */
	BH_TYPE_RANGE,		/* <BASE SIZE>; struct bh_range, size 0 */
	BH_TYPE_RANGES,		/* up to BH_RANGES_MAX of them; first and count in plan->memory */
	BH_TYPE_CPUS,		/* hardware ids; first and count in plan->cpus */
	BH_TYPE_FILES,		/* two cells for each of the node's BH_TYPE_CPUS, 0: none; plan->files */
	BH_TYPE_IMAGE,		/* an image's id; uint32_t index, BH_NONE */
	BH_TYPE_PAIR,		/* two partitions' ids; uint32_t[2], indices */
	BH_TYPE_PARTITIONS,	/* partitions' ids; uint64_t with bit i for the ith, 0 */
	BH_TYPE_DIGEST,		/* 32 bytes; uint8_t[32] */
	BH_TYPES
};

/*
 * struct bh_blob_field - one property
 * @type: of it
 * @on: platforms whose blobs have it, a bit each: 1 << enum bh_platform; those of
 *	others may carry one by that name, and it is ignored
 * @optional: it may be absent there
 * @offset: of the member in the section's struct
 * @with: offset of a BH_TYPE_IMAGE member, in a row above: there is no such
 *	property when that is BH_NONE; 0: it depends on nothing
 * @max: BH_TYPE_STRING: characters, without the NUL
 * @words: ends with NULL
 */
struct bh_blob_field {
	const char *name;
	uint8_t type;
	uint8_t on;
	bool optional;
	uint16_t offset, with, max;
	const char *const *words;
};

/* struct bh_blob_section - a kind of node, and the struct that its fields are members of */
struct bh_blob_section {
	const char *name;
	const struct bh_blob_field *fields;
	uint32_t nfields;
};

enum {
	BH_BLOB_MONITOR,	/* struct bh_plan */
	BH_BLOB_IMAGE,		/* struct bh_image */
	BH_BLOB_PARTITION,	/* struct bh_partition */
	BH_BLOB_CHANNEL,	/* struct bh_channel */
	BH_BLOB_SECTIONS
};

extern const struct bh_blob_section bh_blob_sections[BH_BLOB_SECTIONS];

static inline bool bh_blob_field_on(const struct bh_blob_field *field, enum bh_platform platform)
{
	return field->on >> platform & 1;
}

#endif
