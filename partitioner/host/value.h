/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers, sizes and words as people write them in a plan. */
#ifndef BULKHEAD_HOST_VALUE_H
#define BULKHEAD_HOST_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * bh_parse_number() - decimal, or hexadecimal behind 0x
 *
 * A leading zero is refused: YAML 1.1 reads 010 as eight, people as ten.
 * Returns 0, -EINVAL when @text is no such number, -ERANGE beyond 64 bits.
 */
int bh_parse_number(const char *text, uint64_t *value);

/*
 * bh_parse_size() - a number and a binary unit: K, M, G, T, or KiB and so on
 *
 * KB and the like are refused (-EINVAL): whether they are decimal is anyone's
 * guess. Returns as bh_parse_number().
 */
int bh_parse_size(const char *text, uint64_t *value);

/* The shortest exact way to write @bytes ("512M", "0x1f000"); @buf of 24 bytes. */
const char *bh_format_size(uint64_t bytes, char *buf);

/*
 * The known word nearest to one that is not known, if any is near enough to
 * have been meant: start with { .word = ... }, try each, look at .best.
 */
struct bh_nearest {
	const char *word;
	const char *best;
	unsigned int distance;
};

void bh_nearest_try(struct bh_nearest *nearest, const char *candidate);

#endif
