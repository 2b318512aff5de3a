// SPDX-License-Identifier: GPL-2.0-only
/* Streams: every way to move messages, at every size, in a small ring and in a large one. */

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

static const struct stream *const streams[] = {
	&stream_bulkhead, &stream_single, &stream_bell, &stream_spsc, &stream_fastforward,
	&stream_dpdk, &stream_dpdk_zc, &stream_pipe, &stream_socket,
};

#define STREAMS	(sizeof(streams) / sizeof(streams[0]))

/*
 * Rings that stay in a core's own cache, and rings that don't: where lines are on their
 * way from one core to the other decides more than what the code does.
 */
static const uint32_t rooms[] = { 256U << 10, 4U << 20 };

#define ROOMS	(sizeof(rooms) / sizeof(rooms[0]))

static struct series series[STREAMS][SIZES][ROOMS];
static uint8_t table[TABLE * MESSAGE_MAX] __attribute__((aligned(4096)));
static uint8_t delivered[TABLE * MESSAGE_MAX] __attribute__((aligned(4096)));

struct job {
	const struct stream *stream;
	int size;
};

static void produce(void *context, uint64_t count)
{
	const struct job *job = context;

	job->stream->produce[job->size](table, count);
}

static void consume(void *context, uint64_t count)
{
	const struct job *job = context;

	job->stream->consume[job->size](delivered, count);
}

/* Messages of a sample: a millisecond or so, and enough to go round the ring three times. */
static uint64_t messages(const struct stream *stream, int size, uint32_t room)
{
	static const uint64_t count[SIZES] = { 500000, 200000, 80000, 25000 };
	uint64_t laps = 3 * (uint64_t)room / sizes[size];

	if (stream->slow)
		return 640;
	return (count[size] > laps ? count[size] : laps) / TABLE * TABLE;
}

static void measure(const struct bench *bench, unsigned int which, int size, unsigned int k)
{
	struct job job = { streams[which], size };
	uint64_t count = messages(job.stream, size, rooms[k]);

	if (job.stream->slow && k)
		return;
	if (!job.stream->open(bench->arena, size, rooms[k]))
		errx(1, "%s: no ring of %u bytes for messages of %u", job.stream->name, rooms[k], sizes[size]);
	pair_run(produce, consume, &job, count / 4 / TABLE * TABLE, NULL);
	memset(delivered, 0, sizeof(delivered));
	bench_sample(&series[which][size][k], produce, consume, &job, count, (double)count);
	if (memcmp(table, delivered, TABLE * sizes[size]))
		errx(1, "%s: messages of %u bytes arrived changed", job.stream->name, sizes[size]);
	if (job.stream->close)
		job.stream->close();
}

void streams_run(const struct bench *bench)
{
	unsigned int i, k;
	int size;

	/* No byte is 0: FastForward's messages of 8 bytes mustn't be. */
	for (i = 0; i < sizeof(table); i++)
		table[i] = (uint8_t)(rand() % 255 + 1);
	for (size = 0; size < SIZES; size++)
		for (k = 0; k < ROOMS; k++)
			for (i = 0; i < STREAMS; i++)
				measure(bench, i, size, k);
}

void streams_print(void)
{
	unsigned int i, k;
	int size;

	for (size = 0; size < SIZES; size++)
		for (i = 0; i < STREAMS; i++)
			for (k = 0; k < ROOMS; k++)
				print_row("stream", streams[i]->name, streams[i]->what, sizes[size],
					  streams[i]->slow ? 0 : rooms[k], &series[i][size][k]);
}
