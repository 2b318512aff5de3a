// SPDX-License-Identifier: GPL-2.0-only
/* Samples, the ping-pongs around them, and which of them count. */

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

/* How far a ping-pong may be from the other one of its sample, and from the run's. */
#define MOVED		0.10
#define ELSEWHERE	0.20

static double *brackets;
static unsigned int bracket_count, bracket_room;

static void *grow(void *array, unsigned int count, unsigned int *room, size_t size)
{
	if (count < *room)
		return array;
	*room = *room ? 2 * *room : 64;
	array = realloc(array, *room * size);
	if (!array)
		err(1, "no memory for samples");
	return array;
}

static bool near(double a, double b, double by)
{
	return a <= b * (1 + by) && b <= a * (1 + by);
}

static bool steady(const struct sample *s)
{
	return !s->disturbed && near(s->before, s->after, MOVED);
}

bool series_add(struct series *series, const struct sample *sample)
{
	series->sample = grow(series->sample, series->count, &series->room, sizeof(*sample));
	series->sample[series->count++] = *sample;
	if (!steady(sample))
		return false;
	brackets = grow(brackets, bracket_count, &bracket_room, sizeof(double));
	brackets[bracket_count++] = sample->before;
	return true;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double samples_placement(void)
{
	if (!bracket_count)
		return 0;
	qsort(brackets, bracket_count, sizeof(double), ascending);
	return brackets[bracket_count / 2];
}

void series_sum(const struct series *series, struct summary *summary)
{
	double placement = samples_placement(), *value;
	unsigned int i, n = 0;

	memset(summary, 0, sizeof(*summary));
	summary->all = series->count;
	value = calloc(series->count + 1, sizeof(double));
	if (!value)
		err(1, "no memory for samples");
	for (i = 0; i < series->count; i++) {
		const struct sample *s = &series->sample[i];

		if (steady(s) && near(s->before, placement, ELSEWHERE) &&
		    near(s->after, placement, ELSEWHERE))
			value[n++] = s->value;
	}
	qsort(value, n, sizeof(double), ascending);
	if (n) {
		summary->median = n % 2 ? value[n / 2] : (value[n / 2 - 1] + value[n / 2]) / 2;
		/* Quartiles: the extremes of many samples are what the host does besides. */
		summary->low = value[n / 4];
		summary->high = value[(3 * n - 1) / 4];
	}
	summary->kept = n;
	summary->bracket = placement;
	free(value);
}
