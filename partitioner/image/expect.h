/* SPDX-License-Identifier: GPL-2.0-only */
/* What `run --expect` waits for: regular expressions, each on one or all consoles. */
#ifndef BULKHEAD_IMAGE_EXPECT_H
#define BULKHEAD_IMAGE_EXPECT_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

/* One expression on one console. */
struct bh_expectation {
	size_t console;		/* index of the name */
	const char *text;	/* the expression as it was given */
	regex_t regex;
	bool met;
};

struct bh_expect {
	const char *const *names;	/* of consoles; a plain REGEX is for the first nall */
	size_t nnames;
	size_t nall;
	struct bh_expectation *list;
	size_t count;
	size_t open;		/* not met yet */
};

/* Zero, and remember the names (not copied) that NAME=REGEX may use. */
void bh_expect_init(struct bh_expect *expect, const char *const *names, size_t nnames,
		    size_t nall);
void bh_expect_free(struct bh_expect *expect);

/*
 * bh_expect_add() - take one --expect argument
 * @spec: NAME=REGEX for one console, REGEX for the first @nall, =REGEX for
 *	the same where REGEX begins like a name (not copied)
 *
 * REGEX is a POSIX extended regular expression. Something that looks like
 * NAME= but names no console is refused rather than taken for a REGEX: a
 * mistyped name would only show as a time-out.
 *
 * Returns 0, -EINVAL (reported) or -ENOMEM.
 */
int bh_expect_add(struct bh_expect *expect, const char *spec);

/*
 * bh_expect_feed() - look at a line, whole or as far as it has come
 *
 * Returns true when this met something.
 */
bool bh_expect_feed(struct bh_expect *expect, size_t console, const char *line);

/* Is nothing left to wait for on this console, and was there something? */
bool bh_expect_met(const struct bh_expect *expect, size_t console);

#endif
