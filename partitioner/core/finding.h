/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Findings: what the checks say of a plan.
 *
 * A check reports through a sink that its caller brings, so that the same
 * check ends as `plan.yaml:7:12: error: ...` on the host and as one line on
 * the console of a machine that refuses to start. A finding names its place
 * in the model; only the host knows which line and column that is.
 */
#ifndef BULKHEAD_CORE_FINDING_H
#define BULKHEAD_CORE_FINDING_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

enum bh_severity {
	BH_ERROR,
	BH_WARNING,
	BH_NOTE,
};

/* Where in the model. `index` and `item` are BH_NONE where they don't apply. */
enum bh_field {
	BH_AT_PLAN,		/* the plan as a whole */
	BH_AT_MACHINE,
	BH_AT_PARTITION,	/* index: partition */
	BH_AT_NAME,
	BH_AT_CPUS,		/* item: nth CPU listed */
	BH_AT_MEMORY,		/* item: nth request */
	BH_AT_KERNEL,
	BH_AT_INITRD,
	BH_AT_CMDLINE,
	BH_AT_CONSOLE,
	BH_AT_DEVICES,		/* item: nth device */
	BH_AT_MANAGES,		/* item: nth name */
	BH_AT_CHANNEL,		/* index: channel */
	BH_AT_CHANNEL_BETWEEN,	/* index: channel, item: 0 or 1 */
	BH_AT_CHANNEL_SIZE,
};

struct bh_place {
	enum bh_field field;
	uint32_t index;
	uint32_t item;
};

struct bh_finding {
	enum bh_severity severity;
	const char *rule;	/* short stable name, e.g. "cpu-twice": for --json and tests */
	struct bh_place place;
	const char *text;	/* one sentence, no newline */
	const char *hint;	/* what would be right, or NULL */
};

/*
 * struct bh_sink - where findings go
 * @emit: called once a finding; the strings live only during the call
 * @errors, @warnings: counted here by bh_report(), so that callers need not
 */
struct bh_sink {
	void (*emit)(struct bh_sink *sink, const struct bh_finding *finding);
	uint32_t errors;
	uint32_t warnings;
};

/*
 * bh_report() - format one finding and send it
 * @hint: may be NULL; printed as it is
 * @fmt: as bh_format() takes it
 */
void bh_report(struct bh_sink *sink, enum bh_severity severity,
	       const char *rule, struct bh_place place, const char *hint,
	       const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));

/*
 * bh_format() - snprintf's small freestanding cousin
 *
 * Knows %s %c %d %u %x %llu %llx %lu %lx %zu %%, width and '0' flag, and
 * ".N" and ".*" precision for %s. Returns the length that the whole text
 * would have had; always terminates when size > 0.
 */
size_t bh_format(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
size_t bh_vformat(char *buf, size_t size, const char *fmt, va_list ap);

#endif
