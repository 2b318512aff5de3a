/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a file may hold, as tables: one row a key.
 *
 * The same row tells the walker what to accept, the error message what would
 * be right, and docs/plan.md what to say (`bulkhead plan-reference` prints the
 * tables, and a test compares).
 */
#ifndef BULKHEAD_HOST_SCHEMA_H
#define BULKHEAD_HOST_SCHEMA_H

#include <stdio.h>

#include "host/yaml.h"

struct bh_walk;
struct bh_key;

typedef void (*bh_take_fn)(struct bh_walk *walk, const struct bh_key *key,
			   const struct bh_yaml_node *value, void *object);

enum bh_unit {
	BH_UNIT_NONE,	/* no number, or its own ranges */
	BH_UNIT_NUMBER,
	BH_UNIT_SIZE,
};

#define BH_AT_NOTHING	((enum bh_field)-1)

/*
 * struct bh_key - one row
 * @accepts: enum bh_yaml_type, or'ed
 * @want: what the value is, as the reference and the errors call it
 * @min, @max: of the number or size, where @unit says it is one
 * @fallback: what holds when the key is absent, in words; NULL: required
 * @at: where the core's findings place this value, or BH_AT_NOTHING
 * @take: puts the value into the section's object
 * @offset: bh_take_u32(), bh_take_u64(): of the member there
 */
struct bh_key {
	const char *name;
	unsigned int accepts;
	const char *want;
	enum bh_unit unit;
	uint64_t min, max;
	const char *fallback;
	const char *help;
	enum bh_field at;
	bh_take_fn take;
	size_t offset;
};

struct bh_section {
	const char *name;	/* as in "unknown key in NAME" */
	const char *title;	/* of its table in the reference */
	const struct bh_key *keys;
	unsigned int nkeys;
};

/*
 * struct bh_walk - one walk over one file
 * @index: partition or channel that is being filled
 * @mark, @broken: remember where a value stands, and that it was reported;
 *	may be NULL
 */
struct bh_walk {
	struct bh_diag *diag;
	void *file;
	uint32_t index;
	void (*mark)(struct bh_walk *walk, struct bh_place place, struct bh_mark mark);
	void (*broken)(struct bh_walk *walk, struct bh_place place);
};

/*
 * bh_walk_section() - every entry of mapping @node through its row of @section
 *
 * Reports unknown keys, wrong types and missing keys. Returns false when @node
 * is no mapping (reported).
 */
bool bh_walk_section(struct bh_walk *walk, const struct bh_section *section,
		     const struct bh_yaml_node *node, void *object);

/* A value as the row's number or size; false: reported. */
bool bh_walk_number(struct bh_walk *walk, const struct bh_key *key,
		    const struct bh_yaml_node *value, uint64_t *number);

/* For .take: the row's number or size into the member at the row's @offset, of that many bits. */
void bh_take_u32(struct bh_walk *walk, const struct bh_key *key, const struct bh_yaml_node *value,
		 void *object);
void bh_take_u64(struct bh_walk *walk, const struct bh_key *key, const struct bh_yaml_node *value,
		 void *object);

/* A value as `true` or `false`; false: reported. */
bool bh_walk_bool(struct bh_walk *walk, const struct bh_key *key,
		  const struct bh_yaml_node *value, bool *flag);

/* Is @node one of the row's types? If not, say so. Broken nodes: false, silently. */
bool bh_walk_type(struct bh_walk *walk, const struct bh_key *key,
		  const struct bh_yaml_node *node, unsigned int accepts);

/* @value was reported: what the core says of this place is dropped. */
void bh_walk_broken(struct bh_walk *walk, const struct bh_key *key);

/* Print a section as a Markdown table. */
void bh_section_print(const struct bh_section *section, FILE *out);

extern const struct bh_section bh_plan_sections[];
extern const unsigned int bh_plan_nsections;
extern const struct bh_section bh_machine_sections[];
extern const unsigned int bh_machine_nsections;

#endif
