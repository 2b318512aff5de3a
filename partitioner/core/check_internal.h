/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of bh_check() and bh_place() share, and nobody else needs. */
#ifndef BULKHEAD_CORE_CHECK_INTERNAL_H
#define BULKHEAD_CORE_CHECK_INTERNAL_H

#include "core/check.h"
#include "core/platform.h"
#include "core/rules.h"
#include "core/topo.h"

/*
 * struct bh_check - one run
 * @machine, @topo: NULL when there is none, or none that makes sense
 * @rules: NULL when the platform is not known
 */
struct bh_check {
	const struct bh_plan *plan;
	const struct bh_machine *machine;
	struct bh_topo *topo;
	const struct bh_platform_rules *rules;
	struct bh_sink *sink;
};

static inline struct bh_place bh_at(enum bh_field field, uint32_t index, uint32_t item)
{
	return (struct bh_place) { field, index, item };
}

/* Sorted, not overlapping, not larger than the core can take. */
bool bh_check_machine(const struct bh_machine *machine, struct bh_sink *sink);

/* The platform's numbers, or NULL and a report. No report where nothing names a platform. */
const struct bh_platform_rules *bh_check_platform(const struct bh_plan *plan,
						  const struct bh_machine *machine,
						  struct bh_sink *sink);

/* The parts of bh_check(), by concern. */
void bh_check_cpus(struct bh_check *c);		/* fills topo->owner for those behind it */
void bh_check_memory(struct bh_check *c);
void bh_check_images(struct bh_check *c);
void bh_check_resident(struct bh_check *c);
void bh_check_pmp(struct bh_check *c);

/* The command line's last word on KHO ("kho", "kho=on", ...). */
bool bh_cmdline_wants_kho(const char *cmdline);

#endif
