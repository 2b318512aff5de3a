/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers as people read them. Each returns a small struct by value, so that
 * bh_size_text(n).s can stand among the arguments of one bh_report().
 */
#ifndef BULKHEAD_CORE_TEXT_H
#define BULKHEAD_CORE_TEXT_H

#include "core/model.h"

struct bh_text {
	char s[48];
};

/* In the largest unit that divides it: "512 MiB", "260 KiB", "17 bytes". */
struct bh_text bh_size_text(uint64_t bytes);

/* First and last byte, as in /proc/iomem: "0x40000000-0x5fffffff". */
struct bh_text bh_range_text(const struct bh_range *range);

#endif
