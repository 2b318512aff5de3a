// SPDX-License-Identifier: GPL-2.0-only
/* Where each part of the model stands in the user's file. */
#include <stdlib.h>

#include "host/plan_more.h"

/*
 * What to fall back on when a place has no mark of its own: an item's list,
 * then the partition or channel around it, then the plan.
 */
static struct bh_place around(struct bh_place place)
{
	if (place.item != BH_NONE) {
		place.item = BH_NONE;
		return place;
	}
	switch (place.field) {
	case BH_AT_PLAN:
	case BH_AT_MACHINE:
	case BH_AT_PARTITION:
	case BH_AT_CHANNEL:
		return (struct bh_place){ BH_AT_PLAN, BH_NONE, BH_NONE };
	case BH_AT_CHANNEL_BETWEEN:
	case BH_AT_CHANNEL_SIZE:
		return (struct bh_place){ BH_AT_CHANNEL, place.index, BH_NONE };
	default:
		return (struct bh_place){ BH_AT_PARTITION, place.index, BH_NONE };
	}
}

static bool same_place(struct bh_place a, struct bh_place b)
{
	return a.field == b.field && a.index == b.index && a.item == b.item;
}

/* BH_AT_PLAN and BH_AT_MACHINE have no index, whatever a check put there. */
static struct bh_place normal(struct bh_place place)
{
	if (place.field == BH_AT_PLAN || place.field == BH_AT_MACHINE)
		place.index = place.item = BH_NONE;
	else if (place.field == BH_AT_PARTITION || place.field == BH_AT_CHANNEL)
		place.item = BH_NONE;
	return place;
}

static uint32_t hash_place(struct bh_place place)
{
	uint64_t h = (uint64_t)place.index << 32 | place.item;

	h = (h ^ (uint64_t)place.field << 56) * 0x9e3779b97f4a7c15ULL;
	return (uint32_t)(h >> 32);
}

/* The slot that holds @place, or the free one where it belongs. The table is never full. */
static struct bh_located *slot_of(struct bh_located *table, uint32_t cap, struct bh_place place)
{
	uint32_t i = hash_place(place) & (cap - 1);

	while (table[i].used && !same_place(table[i].place, place))
		i = (i + 1) & (cap - 1);
	return &table[i];
}

static struct bh_located *find(const struct bh_plan_more *more, struct bh_place place)
{
	struct bh_located *l;

	if (!more->located_cap)
		return NULL;
	l = slot_of(more->located, more->located_cap, place);
	return l->used ? l : NULL;
}

static bool grow(struct bh_plan_more *more)
{
	uint32_t cap = more->located_cap ? more->located_cap * 2 : 512, i;
	struct bh_located *table = calloc(cap, sizeof(*table));

	if (!table)
		return false;
	for (i = 0; i < more->located_cap; i++)
		if (more->located[i].used)
			*slot_of(table, cap, more->located[i].place) = more->located[i];
	free(more->located);
	more->located = table;
	more->located_cap = cap;
	return true;
}

/* The entry for @place, made when there is none; NULL when there is no memory. */
static struct bh_located *enter(struct bh_plan_more *more, struct bh_place place)
{
	struct bh_located *l;

	if (more->nlocated * 2 >= more->located_cap && !grow(more))
		return NULL;
	l = slot_of(more->located, more->located_cap, place);
	if (!l->used) {
		*l = (struct bh_located){ .place = place, .used = true };
		more->nlocated++;
	}
	return l;
}

void bh_plan_locate(struct bh_plan_file *file, struct bh_place place, struct bh_mark mark)
{
	struct bh_located *l = enter(file->more, normal(place));

	if (l && !l->mark.line)
		l->mark = mark;
}

void bh_plan_set_broken(struct bh_plan_file *file, struct bh_place place)
{
	struct bh_located *l = enter(file->more, normal(place));

	if (l)
		l->broken = true;
}

bool bh_plan_is_broken(const struct bh_plan_file *file, struct bh_place place)
{
	const struct bh_located *l;

	if (!file->more)
		return false;
	place = normal(place);
	for (;;) {
		l = find(file->more, place);
		if (l && l->broken)
			return true;
		if (place.field == BH_AT_PLAN)
			return false;
		place = around(place);
	}
}

struct bh_mark bh_plan_mark(const struct bh_plan_file *file, struct bh_place place)
{
	const struct bh_located *l;

	if (!file || !file->more)
		return (struct bh_mark){ 0, 0 };
	place = normal(place);
	for (;;) {
		l = find(file->more, place);
		if (l && l->mark.line)
			return l->mark;
		if (place.field == BH_AT_PLAN)
			return (struct bh_mark){ 0, 0 };
		place = around(place);
	}
}
