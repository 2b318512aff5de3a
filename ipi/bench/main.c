// SPDX-License-Identifier: GPL-2.0-only
/*
 * ring-bench [--rounds N] [--cpus A,B] [--ringtest DIR] [--realtime]
 *
 * Measures the ring core and its peers by turns, and prints a JSON array of
 * {part, name, what, size, room, median, low, high, kept, all, placement}: low and
 * high are the quartiles of the samples kept. What the numbers mean is said in
 * docs/performance.md.
 */

#include <err.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "bench.h"

#define LARGE_PAGE	((size_t)2 << 20)

static uint8_t *arena(void)
{
	uint8_t *memory = mmap(NULL, ARENA_SIZE + LARGE_PAGE, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		err(1, "no memory");
	memory += LARGE_PAGE - (uintptr_t)memory % LARGE_PAGE;
	/* Channels are mapped with large pages; a kernel that has none for this says so, no more. */
	if (madvise(memory, ARENA_SIZE, MADV_HUGEPAGE))
		warn("no large pages");
	memset(memory, 0, ARENA_SIZE);
	return memory;
}

/* Before everything else on both CPUs, for a machine that has other work. Threads inherit it. */
static void realtime(void)
{
	const struct sched_param lowest = { .sched_priority = 1 };

	/* The nice value is for ringtest, which can't have real time. */
	if (sched_setscheduler(0, SCHED_FIFO, &lowest) || setpriority(PRIO_PROCESS, 0, -20))
		err(1, "--realtime");
}

/* The first two CPUs that this process may run on. */
static void choose_cpus(int cpu[2])
{
	cpu_set_t set;
	int i, n = 0;

	if (sched_getaffinity(0, sizeof(set), &set))
		err(1, "sched_getaffinity");
	for (i = 0; i < CPU_SETSIZE && n < 2; i++)
		if (CPU_ISSET(i, &set))
			cpu[n++] = i;
	if (n < 2)
		errx(1, "this needs two CPUs");
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "rounds", required_argument, NULL, 'r' },
		{ "cpus", required_argument, NULL, 'c' },
		{ "ringtest", required_argument, NULL, 't' },
		{ "realtime", no_argument, NULL, 'f' },
		{ 0 }
	};
	struct bench bench = { .rounds = 9 };
	unsigned int round;
	int option;

	choose_cpus(bench.cpu);
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'r')
			bench.rounds = (unsigned int)strtoul(optarg, NULL, 10);
		else if (option == 'c' && sscanf(optarg, "%d,%d", &bench.cpu[0], &bench.cpu[1]) == 2)
			continue;
		else if (option == 't')
			bench.ringtest = optarg;
		else if (option == 'f')
			realtime();
		else
			errx(2, "usage: ring-bench [--rounds N] [--cpus A,B] [--ringtest DIR] "
				"[--realtime]");
	}
	bench.arena = arena();
	pair_start(bench.cpu[0], bench.cpu[1]);
	for (round = 0; round < bench.rounds; round++) {
		fprintf(stderr, "ring-bench: round %u of %u\n", round + 1, bench.rounds);
		streams_run(&bench);
		trips_run(&bench);
		large_run(&bench);
		bells_run(&bench);
		ringtest_run(&bench);
	}
	printf("[\n");
	streams_print();
	trips_print();
	large_print();
	bells_print();
	ringtest_print();
	printf("\n]\n");
	return 0;
}
