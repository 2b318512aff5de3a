// SPDX-License-Identifier: GPL-2.0-only
/* Round trips: a message there and one of the same size back; and what a batch saves. */

#include <err.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ends.h"

#define SECTION		(1U << 20)

struct trip {
	struct ends ends;
	uint32_t size;
	uint32_t batch;
	int fd[4];		/* here: write 0, read 1; there: write 2, read 3 */
};

static struct trip trip;
static uint8_t ours[1 << 16], theirs[1 << 16];

/* --- cells and frames --- */

static always_inline void cell_send(struct bh_ring *r, const void *data, uint32_t size)
{
	bool ring = false;

	while (bh_cell_send(r, BH_PORT_USER, data, size, &ring))
		pause_cpu();
}

static always_inline void cell_recv(struct bh_ring *r, void *data)
{
	bool ring = false;
	uint32_t length;
	uint16_t port;

	while (bh_cell_recv(r, data, &length, &port, &ring))
		pause_cpu();
}

static void cells_here(void *context, uint64_t count)
{
	struct trip *t = context;

	while (count--) {
		cell_send(&t->ends.a, ours, BH_CELL_PAYLOAD);
		cell_recv(&t->ends.a, ours);
	}
}

static void cells_there(void *context, uint64_t count)
{
	struct trip *t = context;

	while (count--) {
		cell_recv(&t->ends.b, theirs);
		cell_send(&t->ends.b, theirs, BH_CELL_PAYLOAD);
	}
}

static void frame_send(struct bh_ring *r, const void *data, uint32_t size)
{
	bool ring = false;

	while (bh_tx_send(r, BH_PORT_USER, data, size, &ring))
		pause_cpu();
	bh_tx_flush(r);
}

static void frame_recv(struct bh_ring *r, void *data)
{
	bool ring = false;
	uint32_t length;
	uint16_t port;

	while (bh_rx_recv(r, data, sizeof(ours), &length, &port, &ring))
		pause_cpu();
}

static void frames_here(void *context, uint64_t count)
{
	struct trip *t = context;

	while (count--) {
		frame_send(&t->ends.a, ours, t->size);
		frame_recv(&t->ends.a, ours);
	}
}

static void frames_there(void *context, uint64_t count)
{
	struct trip *t = context;

	while (count--) {
		frame_recv(&t->ends.b, theirs);
		frame_send(&t->ends.b, theirs, t->size);
	}
}

/* --- the kernel's ways --- */

static void fd_send(int fd, const uint8_t *data, uint32_t size)
{
	if (write(fd, data, size) != (ssize_t)size)
		err(1, "write");
}

static void fd_recv(int fd, uint8_t *data, uint32_t size)
{
	while (size) {
		ssize_t got = read(fd, data, size);

		if (got <= 0)
			err(1, "read");
		size -= (uint32_t)got;
	}
}

static void fd_here(void *context, uint64_t count)
{
	struct trip *t = context;

	while (count--) {
		fd_send(t->fd[0], ours, t->size);
		fd_recv(t->fd[1], ours, t->size);
	}
}

static void fd_there(void *context, uint64_t count)
{
	struct trip *t = context;

	while (count--) {
		fd_recv(t->fd[3], theirs, t->size);
		fd_send(t->fd[2], theirs, t->size);
	}
}

static void fd_open(bool is_pipe)
{
	int there[2], back[2];

	if (is_pipe) {
		if (pipe(there) || pipe(back))
			err(1, "pipe");
		trip.fd[0] = there[1];
		trip.fd[3] = there[0];
		trip.fd[2] = back[1];
		trip.fd[1] = back[0];
	} else {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, there))
			err(1, "socketpair");
		trip.fd[0] = there[0];
		trip.fd[1] = dup(there[0]);
		trip.fd[2] = there[1];
		trip.fd[3] = dup(there[1]);
	}
}

static void fd_close(void)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		close(trip.fd[i]);
}

/* --- batches --- */

static void batch_here(void *context, uint64_t count)
{
	struct trip *t = context;
	struct bh_ring *r = &t->ends.a;
	uint32_t n = 0;
	void *payload;

	while (count--) {
		while (bh_tx_reserve(r, 64, &payload)) {
			bh_tx_publish(r);
			pause_cpu();
		}
		memcpy(payload, ours, 64);
		bh_tx_commit(r, 64, BH_PORT_USER);
		if (++n == t->batch) {
			bh_tx_publish(r);
			n = 0;
		}
	}
	bh_tx_publish(r);
}

static void batch_there(void *context, uint64_t count)
{
	struct trip *t = context;
	uint32_t length;
	uint16_t port;
	bool ring = false;

	while (count--)
		while (bh_rx_recv(&t->ends.b, theirs, 64, &length, &port, &ring))
			pause_cpu();
}

/* --- the run --- */

static const uint32_t trip_sizes[] = { 8, 56, 256, 1024, 4096, 16384 };
static const uint32_t batches[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256 };

#define TRIP_SIZES	(sizeof(trip_sizes) / sizeof(trip_sizes[0]))
#define BATCHES		(sizeof(batches) / sizeof(batches[0]))

static struct series cells[2], frames[TRIP_SIZES], pipes[TRIP_SIZES], sockets[TRIP_SIZES],
		     batched[BATCHES], lines;


void trips_run(const struct bench *bench)
{
	const uint64_t trips = 4000, slow = 100, stream = 100000;
	struct sample sample = { 0 };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (!ends_open(&trip.ends, bench->arena, SECTION, i ? 0 : BH_FEATURE_POLLED))
			errx(1, "no channel");
		bench_sample(&cells[i], cells_here, cells_there, &trip, trips, (double)trips);
	}
	sample.before = pair_ping_pong(1500);
	sample.value = pair_ping_pong(trips);
	sample.after = pair_ping_pong(1500);
	series_add(&lines, &sample);
	for (i = 0; i < TRIP_SIZES; i++) {
		trip.size = trip_sizes[i];
		if (!ends_open(&trip.ends, bench->arena, SECTION, BH_FEATURE_POLLED))
			errx(1, "no channel");
		bench_sample(&frames[i], frames_here, frames_there, &trip, trips / 4, (double)trips / 4);
		fd_open(true);
		bench_sample(&pipes[i], fd_here, fd_there, &trip, slow, (double)slow);
		fd_close();
		fd_open(false);
		bench_sample(&sockets[i], fd_here, fd_there, &trip, slow, (double)slow);
		fd_close();
	}
	for (i = 0; i < BATCHES; i++) {
		trip.batch = batches[i];
		if (!ends_open(&trip.ends, bench->arena, SECTION, BH_FEATURE_POLLED))
			errx(1, "no channel");
		bench_sample(&batched[i], batch_here, batch_there, &trip, stream, (double)stream);
	}
}

void trips_print(void)
{
	unsigned int i;

	print_row("trip", "lines", "each side writes a line and polls the other's", 8, 0, &lines);
	print_row("trip", "cells-polled", "cells, both ends poll", BH_CELL_PAYLOAD, SECTION, &cells[0]);
	print_row("trip", "cells", "cells, ends that may sleep", BH_CELL_PAYLOAD, SECTION, &cells[1]);
	for (i = 0; i < TRIP_SIZES; i++) {
		print_row("trip", "frames", "frames, both ends poll", trip_sizes[i], SECTION, &frames[i]);
		print_row("trip", "pipe", "two pipes", trip_sizes[i], 0, &pipes[i]);
		print_row("trip", "socket", "a Unix socket", trip_sizes[i], 0, &sockets[i]);
	}
	for (i = 0; i < BATCHES; i++)
		print_row("batch", "frames", "frames of 64 bytes, by frames a publish", batches[i],
			  SECTION, &batched[i]);
}
