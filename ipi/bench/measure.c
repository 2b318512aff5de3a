// SPDX-License-Identifier: GPL-2.0-only
/* How every part of a run makes a sample and says what came of them. */

#include <stdio.h>

#include "bench.h"

#define BRACKET		1500	/* round trips */

void bench_sample(struct series *series, half_fn *here, half_fn *there, void *context,
		  uint64_t count, double scale)
{
	struct sample sample;
	unsigned int tries = 4;

	/* One that doesn't count is made again, but not for ever. */
	do {
		sample.before = pair_ping_pong(BRACKET);
		sample.value = pair_run(here, there, context, count, &sample.disturbed) / scale;
		sample.after = pair_ping_pong(BRACKET);
	} while (!series_add(series, &sample) && --tries);
}

void print_row(const char *part, const char *name, const char *what, unsigned int size,
	       uint64_t room, const struct series *series)
{
	static bool more;
	struct summary s;

	if (!series->count)
		return;
	series_sum(series, &s);
	printf("%s  {\"part\": \"%s\", \"name\": \"%s\", \"what\": \"%s\", \"size\": %u, \"room\": %lu, "
	       "\"median\": %.4f, \"low\": %.4f, \"high\": %.4f, \"kept\": %u, \"all\": %u, "
	       "\"placement\": %.1f}", more ? ",\n" : "", part, name, what, size, room,
	       s.median, s.low, s.high, s.kept, s.all, s.bracket);
	more = true;
}
