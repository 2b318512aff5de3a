/* SPDX-License-Identifier: GPL-2.0-only */
/* The plan's keys; shared by plan.c and plan_schema.c only. */
#ifndef BULKHEAD_HOST_PLAN_SCHEMA_H
#define BULKHEAD_HOST_PLAN_SCHEMA_H

#include "host/schema.h"

#define BH_PLAN_VERSION	1

/* What has to wait until every partition's name is known. */
struct bh_plan_later {
	const struct bh_yaml_node *partitions, *channels;
	const struct bh_yaml_node *manages[BH_PARTITIONS_MAX];
};

/* struct bh_walk's @file in a plan's walk. */
struct bh_plan_walk {
	struct bh_plan_file *file;
	struct bh_plan_later later;
	int err;	/* -ENOMEM and the like: what is no fault of the plan */
};

/* In the order of the reference. */
enum bh_plan_section {
	BH_SECTION_PLAN,
	BH_SECTION_MACHINE,
	BH_SECTION_QEMU,
	BH_SECTION_PARTITION,
	BH_SECTION_MEMORY,
	BH_SECTION_CHANNEL,
};

/* The partition that @node names; BH_NONE: reported as @rule with the nearest name. */
uint32_t bh_plan_find_partition(struct bh_walk *walk, const char *rule,
				const struct bh_yaml_node *node);

#endif
