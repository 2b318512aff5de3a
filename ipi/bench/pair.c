// SPDX-License-Identifier: GPL-2.0-only
/* Two threads, each pinned to a CPU, that start together and are timed together. */

#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <time.h>

#include "bench.h"

struct line {
	uint64_t value;
} __attribute__((aligned(256)));

static struct line posted, ready, finished, ping, pong;
static pthread_t thread;
static half_fn *job;
static void *job_context;
static uint64_t job_count;
static long job_switches;

double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static uint64_t get(const struct line *line)
{
	return __atomic_load_n(&line->value, __ATOMIC_ACQUIRE);
}

static void put(struct line *line, uint64_t value)
{
	__atomic_store_n(&line->value, value, __ATOMIC_RELEASE);
}

static void await(const struct line *line, uint64_t value)
{
	while (get(line) != value)
		pause_cpu();
}

/* How often the scheduler has taken the CPU away from the calling thread. */
static long switches(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_THREAD, &usage))
		err(1, "getrusage");
	return usage.ru_nivcsw;
}

static void *worker(void *unused)
{
	uint64_t turn;

	(void)unused;
	for (turn = finished.value + 1; ; turn++) {
		long before;

		await(&posted, turn);
		before = switches();
		put(&ready, turn);
		if (!job) {
			put(&finished, turn);
			return NULL;
		}
		job(job_context, job_count);
		job_switches = switches() - before;
		put(&finished, turn);
	}
	return NULL;
}

void pair_start(int first, int second)
{
	pthread_attr_t attr;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(first, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		err(1, "cannot run on CPU %d", first);
	/* It begins there: where this thread spins, it might never get a turn. */
	CPU_ZERO(&set);
	CPU_SET(second, &set);
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(set), &set);
	errno = pthread_create(&thread, &attr, worker, NULL);
	if (errno)
		err(1, "cannot start a thread on CPU %d", second);
	pthread_attr_destroy(&attr);
}

void pair_stop(void)
{
	job = NULL;
	put(&posted, posted.value + 1);
	pthread_join(thread, NULL);
}

double pair_run(half_fn *here, half_fn *there, void *context, uint64_t count, bool *disturbed)
{
	uint64_t turn = posted.value + 1;
	long before = switches();
	double begin, end;

	job = there;
	job_context = context;
	job_count = count;
	put(&posted, turn);
	await(&ready, turn);
	begin = now_ns();
	here(context, count);
	await(&finished, turn);
	end = now_ns();
	if (disturbed)
		*disturbed = job_switches || switches() != before;
	return end - begin;
}

static void ping_half(void *context, uint64_t count)
{
	uint64_t *base = context, turn;

	for (turn = *base + 1; turn <= *base + count; turn++) {
		put(&ping, turn);
		await(&pong, turn);
	}
}

static void pong_half(void *context, uint64_t count)
{
	uint64_t *base = context, turn;

	for (turn = *base + 1; turn <= *base + count; turn++) {
		await(&ping, turn);
		put(&pong, turn);
	}
}

double pair_ping_pong(uint64_t trips)
{
	uint64_t base = ping.value;

	return pair_run(ping_half, pong_half, &base, trips, NULL) / (double)trips;
}
