// SPDX-License-Identifier: GPL-2.0-only
#include "host/schema.h"

#include <errno.h>
#include <string.h>

#include "host/value.h"

void bh_walk_broken(struct bh_walk *walk, const struct bh_key *key)
{
	if (walk->broken && key->at != BH_AT_NOTHING)
		walk->broken(walk, (struct bh_place){ key->at, walk->index, BH_NONE });
}

static const char *type_name(const struct bh_yaml_node *node)
{
	switch (node->type) {
	case BH_YAML_SEQUENCE:
		return "a list";
	case BH_YAML_MAPPING:
		return "a mapping";
	default:
		return node->length || node->quoted ? "a single value" : "empty";
	}
}

bool bh_walk_type(struct bh_walk *walk, const struct bh_key *key,
		  const struct bh_yaml_node *node, unsigned int accepts)
{
	bool empty = node->type == BH_YAML_SCALAR && !node->length && !node->quoted;

	if ((node->type & accepts) && !empty)
		return true;
	if (node->type != BH_YAML_BROKEN)
		bh_diag_at(walk->diag, BH_ERROR, "type", node->mark, key->want, "\"%s\" is %s",
			   key->name, type_name(node));
	bh_walk_broken(walk, key);
	return false;
}

bool bh_walk_number(struct bh_walk *walk, const struct bh_key *key,
		    const struct bh_yaml_node *value, uint64_t *number)
{
	bool is_size = key->unit == BH_UNIT_SIZE;
	const char *kind = is_size ? "size" : "number";
	char min[24], max[24];
	uint64_t n = 0;
	int err;

	err = is_size ? bh_parse_size(value->text, &n) : bh_parse_number(value->text, &n);
	if (err == -EINVAL) {
		bh_diag_at(walk->diag, BH_ERROR, kind, value->mark,
			   is_size ? "such as 512M, 2G or 0x20000000" :
				     "decimal without a leading zero, or hexadecimal behind 0x",
			   "\"%.40s\" is no %s", value->text, kind);
		bh_walk_broken(walk, key);
		return false;
	}
	if (err || n < key->min || n > key->max) {
		char hint[64];

		if (is_size)
			snprintf(hint, sizeof(hint), "from %s to %s", bh_format_size(key->min, min),
				 bh_format_size(key->max, max));
		else
			snprintf(hint, sizeof(hint), !strncmp(value->text, "0x", 2) ?
				 "from 0x%llx to 0x%llx" : "from %llu to %llu",
				 (unsigned long long)key->min, (unsigned long long)key->max);
		bh_diag_at(walk->diag, BH_ERROR, "range", value->mark, hint,
			   "%.40s is out of range for \"%s\"", value->text, key->name);
		bh_walk_broken(walk, key);
		return false;
	}
	*number = n;
	return true;
}

void bh_take_u32(struct bh_walk *walk, const struct bh_key *key, const struct bh_yaml_node *value,
		 void *object)
{
	uint8_t *member = (uint8_t *)object + key->offset;
	uint64_t n;

	if (bh_walk_number(walk, key, value, &n))
		*(uint32_t *)(void *)member = (uint32_t)n;
}

void bh_take_u64(struct bh_walk *walk, const struct bh_key *key, const struct bh_yaml_node *value,
		 void *object)
{
	uint8_t *member = (uint8_t *)object + key->offset;

	bh_walk_number(walk, key, value, (uint64_t *)(void *)member);
}

bool bh_walk_bool(struct bh_walk *walk, const struct bh_key *key,
		  const struct bh_yaml_node *value, bool *flag)
{
	*flag = !strcmp(value->text, "true");
	if (*flag || !strcmp(value->text, "false"))
		return true;
	bh_diag_at(walk->diag, BH_ERROR, "bool", value->mark, key->want, "\"%.40s\" is neither",
		   value->text);
	bh_walk_broken(walk, key);
	return false;
}

static const struct bh_key *find_key(const struct bh_section *section, const char *name)
{
	unsigned int i;

	for (i = 0; i < section->nkeys; i++)
		if (!strcmp(section->keys[i].name, name))
			return &section->keys[i];
	return NULL;
}

static void report_unknown(struct bh_walk *walk, const struct bh_section *section,
			   const struct bh_yaml_node *entry)
{
	struct bh_nearest nearest = { .word = entry->text };
	char hint[256];
	size_t used = 0;
	unsigned int i;

	for (i = 0; i < section->nkeys; i++)
		bh_nearest_try(&nearest, section->keys[i].name);
	if (nearest.best) {
		snprintf(hint, sizeof(hint), "did you mean \"%s\"?", nearest.best);
	} else {
		for (i = 0; i < section->nkeys && used < sizeof(hint); i++)
			used += (size_t)snprintf(hint + used, sizeof(hint) - used, "%s%s",
						 i ? ", " : "known: ", section->keys[i].name);
	}
	bh_diag_at(walk->diag, BH_ERROR, "key-unknown", entry->mark, hint,
		   "unknown key \"%.40s\" in %s", entry->text, section->name);
}

bool bh_walk_section(struct bh_walk *walk, const struct bh_section *section,
		     const struct bh_yaml_node *node, void *object)
{
	const struct bh_yaml_node *entry;
	uint64_t seen = 0;
	unsigned int i;

	if (node->type != BH_YAML_MAPPING) {
		if (node->type != BH_YAML_BROKEN)
			bh_diag_at(walk->diag, BH_ERROR, "type", node->mark,
				   "a mapping of keys to values", "%s is %s", section->name,
				   type_name(node));
		return false;
	}
	for (entry = node->child; entry; entry = entry->next) {
		const struct bh_key *key;

		if (entry->type != BH_YAML_SCALAR || !entry->value)
			continue;
		key = find_key(section, entry->text);
		if (!key) {
			report_unknown(walk, section, entry);
			continue;
		}
		seen |= 1ULL << (key - section->keys);
		if (walk->mark && key->at != BH_AT_NOTHING)
			walk->mark(walk, (struct bh_place){ key->at, walk->index, BH_NONE },
				   entry->value->mark);
		if (bh_walk_type(walk, key, entry->value, key->accepts))
			key->take(walk, key, entry->value, object);
	}
	for (i = 0; i < section->nkeys; i++) {
		const struct bh_key *key = &section->keys[i];

		if (key->fallback || seen & 1ULL << i)
			continue;
		bh_diag_at(walk->diag, BH_ERROR, "key-missing", node->mark, key->want,
			   "\"%s\" is missing in %s", key->name, section->name);
		bh_walk_broken(walk, key);
	}
	return true;
}

void bh_section_print(const struct bh_section *section, FILE *out)
{
	unsigned int i;
	char min[24], max[24];

	fprintf(out, "| key | value | default | meaning |\n| --- | --- | --- | --- |\n");
	for (i = 0; i < section->nkeys; i++) {
		const struct bh_key *key = &section->keys[i];

		fprintf(out, "| `%s` | %s", key->name, key->want);
		if (key->unit == BH_UNIT_SIZE)
			fprintf(out, ", %s to %s", bh_format_size(key->min, min),
				bh_format_size(key->max, max));
		else if (key->unit == BH_UNIT_NUMBER && key->min == key->max)
			fprintf(out, ", %llu", (unsigned long long)key->min);
		else if (key->unit == BH_UNIT_NUMBER)
			fprintf(out, ", %llu to %llu", (unsigned long long)key->min,
				(unsigned long long)key->max);
		fprintf(out, " | %s | %s |\n", key->fallback ? key->fallback : "required",
			key->help);
	}
}
