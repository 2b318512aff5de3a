/* SPDX-License-Identifier: GPL-2.0-only */
/* Both ends of a test double, for the tests of libbulkhead. */
#ifndef BULKHEAD_TESTS_LIB_H
#define BULKHEAD_TESTS_LIB_H

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "bh_ring.h"
#include "internal.h"

struct ends {
	struct bulkhead_double *pair;
	struct bulkhead_channel *end[2];
};

static inline bool ends_agree(struct ends *e)
{
	return bulkhead_wait(e->end[0], BULKHEAD_OUT, 1000) == BULKHEAD_OUT &&
	       bulkhead_wait(e->end[1], BULKHEAD_OUT, 1000) == BULKHEAD_OUT;
}

/* Linked, or the test fails. */
static inline bool ends_new(struct ends *e, size_t section, const enum bulkhead_mode mode[2])
{
	assert_int_equal(bulkhead_double_new(section, &e->pair), 0);
	for (int side = 0; side < 2; side++) {
		assert_int_equal(bulkhead_double_open(e->pair, side, mode[side], 0, &e->end[side]), 0);
	}
	/* The first hears of the second when it is rung, and then rings back. */
	bulkhead_wait(e->end[0], BULKHEAD_OUT, 0);
	assert_true(ends_agree(e));
	return true;
}

static inline void ends_free(struct ends *e)
{
	bulkhead_close(e->end[0]);
	bulkhead_close(e->end[1]);
	bulkhead_double_free(e->pair);
}

static inline void send_wait(struct bulkhead_channel *ch, const void *data, size_t length)
{
	int err;

	while ((err = bulkhead_send(ch, data, length)) == -EAGAIN || err == -EPIPE)
		assert_true(bulkhead_wait(ch, BULKHEAD_OUT, 1000) > 0);
	assert_int_equal(err, 0);
	bulkhead_flush(ch);
}

#endif
