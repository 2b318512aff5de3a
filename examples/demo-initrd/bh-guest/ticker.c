// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "guest.h"

static void sleep_until(int64_t ns)
{
	struct timespec t = {
		.tv_sec = ns / NSEC_PER_SEC,
		.tv_nsec = ns % NSEC_PER_SEC,
	};

	/* A signal (ticker's) ends the sleep early; the caller looks. */
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

int cmd_tick(int argc, char **argv)
{
	int64_t next = now_ns(CLOCK_MONOTONIC);

	if (argc != 1)
		return usage();
	for (unsigned long tick = 1; ; tick++) {
		next += NSEC_PER_SEC;
		sleep_until(next);
		say("bulkhead: %s: tick %lu\n", argv[0], tick);
	}
}

static volatile sig_atomic_t ticker_asked, ticker_ended;

static void ticker_ask(int signal)
{
	if (signal == SIGTERM)
		ticker_ended = 1;
	ticker_asked = 1;
}

int cmd_ticker(int argc, char **argv)
{
	struct sigaction ask = { .sa_handler = ticker_ask };
	int64_t period, next, last, end = 0, gap = 0;
	unsigned long n = 0;
	double seconds;
	char *rest;

	if (argc != 1 && !(argc == 3 && !strcmp(argv[1], "--for")))
		return usage();
	period = strtol(argv[0], &rest, 10) * NSEC_PER_MSEC;
	if (*rest || period <= 0)
		return usage();

	sigaction(SIGUSR1, &ask, NULL);
	sigaction(SIGTERM, &ask, NULL);
	last = now_ns(CLOCK_MONOTONIC);
	next = last;
	if (argc == 3) {
		seconds = strtod(argv[2], &rest);
		if (*rest || seconds <= 0)
			return usage();
		end = last + (int64_t)(seconds * (double)NSEC_PER_SEC);
	}

	while (!ticker_ended && (!end || last < end)) {
		int64_t now;

		next += period;
		sleep_until(next);
		now = now_ns(CLOCK_MONOTONIC);
		if (now >= next) {
			if (now - last > gap)
				gap = now - last;
			last = now;
			n++;
			/* Ticks that were slept through are gone, not made up for. */
			if (now - next > period)
				next = now;
			if (!end)
				say("ticker: t=%" PRId64 ".%06" PRId64 "\n", now / NSEC_PER_SEC,
				    now % NSEC_PER_SEC / 1000);
		} else {
			next -= period;
		}
		if (ticker_asked && !ticker_ended) {
			ticker_asked = 0;
			say("ticker: n=%lu max-gap-ms=%.1f\n", n, (double)gap / NSEC_PER_MSEC);
		}
	}
	say("ticker: n=%lu max-gap-ms=%.1f\n", n, (double)gap / NSEC_PER_MSEC);
	return EXIT_SUCCESS;
}
