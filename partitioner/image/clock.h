/* SPDX-License-Identifier: GPL-2.0-only */
/* The clock by which consoles, terminals and sessions wait. */
#ifndef BULKHEAD_IMAGE_CLOCK_H
#define BULKHEAD_IMAGE_CLOCK_H

#include <time.h>

/* Seconds since some moment in the past; never goes back. */
static inline double bh_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

#endif
