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

static struct bh_located *find(const struct bh_plan_more *more, struct bh_place place)
{
	uint32_t i;

	for (i = 0; i < more->nlocated; i++)
		if (same_place(more->located[i].place, place))
			return &more->located[i];
	return NULL;
}

static struct bh_located *enter(struct bh_plan_more *more, struct bh_place place)
{
	struct bh_located *l;

	if (more->nlocated == more->located_cap) {
		uint32_t cap = more->located_cap ? more->located_cap * 2 : 256;

		l = reallocarray(more->located, cap, sizeof(*l));
		if (!l)
			return NULL;
		more->located = l;
		more->located_cap = cap;
	}
	l = &more->located[more->nlocated++];
	*l = (struct bh_located){ .place = place };
	return l;
}

void bh_plan_locate(struct bh_plan_file *file, struct bh_place place, struct bh_mark mark)
{
	struct bh_located *l = enter(file->more, normal(place));

	if (l)
		l->mark = mark;
}

void bh_plan_set_broken(struct bh_plan_file *file, struct bh_place place)
{
	struct bh_located *l = find(file->more, normal(place));

	if (!l)
		l = enter(file->more, normal(place));
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
