// SPDX-License-Identifier: GPL-2.0-only
#include <bulkhead/partition.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "uio.h"

/* A peer that has not answered by now has lost a ring or does not echo. */
#define PING_TIMEOUT	(2 * NSEC_PER_SEC)

static int wait_for(int fd, uint32_t peer, int64_t timeout)
{
	int n = uio_wait(fd, timeout);

	if (n < 0)
		return fail("the doorbell");
	if (!n) {
		fprintf(stderr, "bh-guest: no ring from partition %u in %" PRId64 ".%03" PRId64 " s\n",
			peer, timeout / NSEC_PER_SEC, timeout % NSEC_PER_SEC / NSEC_PER_MSEC);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

static int ring(struct monitor *monitor, uint32_t peer)
{
	int64_t error = monitor_call(monitor, BH_CALL_RING, peer, NULL);

	if (!error)
		return EXIT_SUCCESS;
	fprintf(stderr, "bh-guest: ring %u: %s (%" PRId64 ")\n", peer, bh_error_word(error), error);
	return EXIT_FAILURE;
}

static int echo(struct monitor *monitor, int fd, uint32_t peer)
{
	int status;

	do
		status = wait_for(fd, peer, -1);
	while (!status && !(status = ring(monitor, peer)));
	return status;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static int ping(struct monitor *monitor, int fd, uint32_t peer, size_t count)
{
	int64_t *took = calloc(count, sizeof(*took)), start;
	int status = EXIT_SUCCESS;

	if (!took)
		return fail("ping");
	/* A ring of earlier days would be taken for the first answer. */
	while (uio_wait(fd, 10 * NSEC_PER_MSEC) > 0)
		;
	for (size_t i = 0; i < count && !status; i++) {
		start = now_ns(CLOCK_MONOTONIC);
		status = ring(monitor, peer);
		if (!status)
			status = wait_for(fd, peer, PING_TIMEOUT);
		took[i] = now_ns(CLOCK_MONOTONIC) - start;
	}
	if (!status) {
		qsort(took, count, sizeof(*took), compare);
		say("doorbell: partition %u: n=%zu min-us=%.1f median-us=%.1f max-us=%.1f\n", peer,
		    count, (double)took[0] / 1000, (double)took[count / 2] / 1000,
		    (double)took[count - 1] / 1000);
	}
	free(took);
	return status;
}

int cmd_doorbell(int argc, char **argv)
{
	struct monitor monitor;
	int64_t timeout = -1;
	double number = 0;
	uint32_t peer;
	int fd, status;
	char *rest;

	if (argc < 2 || argc > 3 || !(peer = parse_id(argv[1])))
		return usage();
	if (argc == 3) {
		number = strtod(argv[2], &rest);
		if (*rest || !(number > 0 && number <= 1e6))
			return usage();
	}
	fd = uio_open(BH_UIO_DOORBELL, peer);
	if (fd < 0)
		return fail("no doorbell of that partition (without bulkhead.uio on the command line the kernel's drivers have them)");
	if (!strcmp(argv[0], "wait")) {
		if (argc == 3)
			timeout = (int64_t)(number * (double)NSEC_PER_SEC);
		status = wait_for(fd, peer, timeout);
		if (!status)
			say("doorbell: partition %u rang\n", peer);
		return status;
	}
	if (monitor_open(&monitor))
		return EXIT_FAILURE;
	if (!strcmp(argv[0], "echo") && argc == 2)
		return echo(&monitor, fd, peer);
	if (!strcmp(argv[0], "ping"))
		return ping(&monitor, fd, peer, argc == 3 ? (size_t)number : 100);
	return usage();
}
