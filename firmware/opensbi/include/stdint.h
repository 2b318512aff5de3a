/* SPDX-License-Identifier: GPL-2.0-only */
/* The C library's names for what OpenSBI has under its own, for the partitioner's core. */
#ifndef BULKHEAD_FIRMWARE_STDINT_H
#define BULKHEAD_FIRMWARE_STDINT_H

#include <libfdt_env.h>

typedef signed char int8_t;

#define UINT64_MAX	(~(uint64_t)0)
#define SIZE_MAX	(~(size_t)0)

#endif
