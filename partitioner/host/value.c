// SPDX-License-Identifier: GPL-2.0-only
#include "host/value.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* The number at the start of @text; *@end is what follows it. */
static int scan_number(const char *text, const char **end, uint64_t *value)
{
	unsigned int base = 10;
	uint64_t v = 0;
	int err = 0;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	} else if (text[0] == '0' && digit_of(text[1]) < 10) {
		return -EINVAL;
	}
	if ((unsigned int)digit_of(*text) >= base)
		return -EINVAL;
	for (; (unsigned int)digit_of(*text) < base; text++) {
		if (__builtin_mul_overflow(v, (uint64_t)base, &v) ||
		    __builtin_add_overflow(v, (uint64_t)digit_of(*text), &v))
			err = -ERANGE;	/* but see the rest: it may be no number at all */
	}
	*end = text;
	*value = v;
	return err;
}

int bh_parse_number(const char *text, uint64_t *value)
{
	const char *end;
	uint64_t v;
	int err = scan_number(text, &end, &v);

	if (err == -EINVAL || *end)
		return -EINVAL;
	if (!err)
		*value = v;
	return err;
}

int bh_parse_size(const char *text, uint64_t *value)
{
	static const char units[] = "KMGT";
	const char *end, *unit;
	uint64_t v;
	int err = scan_number(text, &end, &v);

	if (err == -EINVAL)
		return err;
	if (*end) {
		unit = strchr(units, *end);
		if (!unit || (end[1] && strcmp(end + 1, "iB")))
			return -EINVAL;
		if (__builtin_mul_overflow(v, 1ULL << (10 * (unit - units + 1)), &v))
			err = -ERANGE;
	}
	if (!err)
		*value = v;
	return err;
}

const char *bh_format_size(uint64_t bytes, char *buf)
{
	static const char units[] = "KMGT";
	int i;

	for (i = 3; i >= 0; i--) {
		uint64_t unit = 1ULL << (10 * (i + 1));

		if (bytes && !(bytes % unit)) {
			snprintf(buf, 24, "%llu%c", (unsigned long long)(bytes / unit), units[i]);
			return buf;
		}
	}
	snprintf(buf, 24, bytes < 4096 ? "%llu" : "0x%llx", (unsigned long long)bytes);
	return buf;
}

#define WORD_MAX	32

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* Levenshtein's distance, with swapped neighbours as one step; both short. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int d[WORD_MAX + 1][WORD_MAX + 1];
	unsigned int la = (unsigned int)strlen(a), lb = (unsigned int)strlen(b);
	unsigned int i, j;

	for (i = 0; i <= la; i++)
		d[i][0] = i;
	for (j = 0; j <= lb; j++)
		d[0][j] = j;
	for (i = 1; i <= la; i++) {
		for (j = 1; j <= lb; j++) {
			unsigned int v = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			v = least(v, d[i - 1][j] + 1);
			v = least(v, d[i][j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				v = least(v, d[i - 2][j - 2] + 1);
			d[i][j] = v;
		}
	}
	return d[la][lb];
}

void bh_nearest_try(struct bh_nearest *nearest, const char *candidate)
{
	size_t lw = strlen(nearest->word), lc = strlen(candidate);
	unsigned int dist;

	if (!lw || !lc || lw > WORD_MAX || lc > WORD_MAX)
		return;
	dist = distance(nearest->word, candidate);
	/* More than a third changed is another word, not a slip. */
	if (dist > (lw > lc ? lw : lc) / 3 + 1 || dist >= lw || dist >= lc)
		return;
	if (!nearest->best || dist < nearest->distance) {
		nearest->best = candidate;
		nearest->distance = dist;
	}
}
