/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BULKHEAD_HOST_EXIT_H
#define BULKHEAD_HOST_EXIT_H

#include <errno.h>

/* Exit codes, documented in bulkhead(1). */
enum bh_exit {
	BH_EXIT_OK = 0,
	BH_EXIT_FAILED = 1,	/* the plan has errors; an expectation was not met */
	BH_EXIT_USAGE = 2,	/* the command line is wrong */
	BH_EXIT_SYSTEM = 3,	/* a file, a tool or the system failed */
};

/* Of what went wrong: -EINVAL is for what the user wrote, and has been reported. */
static inline int bh_exit_code(int err)
{
	return !err ? BH_EXIT_OK : err == -EINVAL ? BH_EXIT_FAILED : BH_EXIT_SYSTEM;
}

#endif
