// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two ends, four threads: a sender and a receiver each, who sleep on eventfds whenever
 * the core lets them. Bursts, lengths and pauses are random. What arrives has to
 * be what was sent, in order and once; a sleeper whom nobody wakes is found by a watchdog.
 *
 * Built with ThreadSanitizer as well, which sees what is not ordered.
 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "pair.h"

#define WATCHDOG_MS	10000

static struct pair p;
static uint32_t messages;	/* of each kind, each way */
static int bell[2][2];		/* [side][0: its sender, 1: its receiver] */
static atomic_ulong sleeps, rings;

struct worker {
	int side;
	uint32_t seed;
	pthread_t thread;
};

static uint32_t rnd(struct worker *w, uint32_t below)
{
	w->seed = w->seed * 1664525U + 1013904223U;
	return (w->seed >> 8) % below;
}

static void fail(const struct worker *w, const char *what, uint64_t got, uint64_t want)
{
	fprintf(stderr, "stress: side %d: %s: %llu, not %llu\n", w->side, what,
		(unsigned long long)got, (unsigned long long)want);
	_exit(1);
}

/* Frames of up to a fifth of the ring, most of them short; all follows from the number. */
static uint32_t length_of(uint32_t n)
{
	uint32_t x = n * 2654435761U >> 7;

	return x % 16 ? x % 100 : x % (p.ring[0].frame_max / 2);
}

static uint8_t byte_of(uint32_t n, uint32_t i)
{
	return (uint8_t)(n * 31 + i * 7 + (i >> 8));
}

static void fill(uint8_t *data, uint32_t length, uint32_t n)
{
	for (uint32_t i = 0; i < length; i++)
		data[i] = byte_of(n, i);
}

static void verify(const struct worker *w, const uint8_t *data, uint32_t length, uint32_t n)
{
	for (uint32_t i = 0; i < length; i++)
		if (data[i] != byte_of(n, i))
			fail(w, "a torn frame, first wrong byte", i, length);
}

static void ring_peer(const struct worker *w)
{
	uint64_t one = 1;

	for (int i = 0; i < 2; i++)
		if (write(bell[!w->side][i], &one, sizeof(one)) != sizeof(one))
			fail(w, "eventfd", 0, 0);
	atomic_fetch_add_explicit(&rings, 1, memory_order_relaxed);
}

static void sleep_until_rung(const struct worker *w, int receiver, const char *what)
{
	struct pollfd fd = { .fd = bell[w->side][receiver], .events = POLLIN };
	uint64_t count;

	if (poll(&fd, 1, WATCHDOG_MS) != 1)
		fail(w, what, 0, 1);
	if (read(fd.fd, &count, sizeof(count)) != sizeof(count))
		fail(w, "eventfd", 0, 0);
	atomic_fetch_add_explicit(&sleeps, 1, memory_order_relaxed);
}

static void pause_a_bit(struct worker *w)
{
	for (volatile uint32_t i = rnd(w, 2000); i; i--)
		;
}

static void *sender(void *arg)
{
	struct worker *w = arg;
	struct bh_ring *r = &p.ring[w->side];
	uint32_t frames = 0, cells = 0;
	uint8_t data[65536];

	while (frames < messages || cells < messages) {
		uint32_t burst = 1 + rnd(w, rnd(w, 8) ? 4 : 100);
		bool full = false, cells_full = false, wake = false;

		for (; burst && frames < messages; burst--) {
			uint32_t length = length_of(frames);
			int err;

			fill(data, length, frames);
			err = bh_tx_send(r, (uint16_t)(frames & 0x7fff), data, length, &wake);
			full = err == -EAGAIN;
			if (full)
				break;
			if (err)
				fail(w, "bh_tx_send", (uint64_t)-err, 0);
			frames++;
		}
		if ((!rnd(w, 3) || frames == messages) && bh_tx_flush(r))
			wake = true;
		for (burst = rnd(w, 3); burst && cells < messages; burst--) {
			uint32_t length = cells % (BH_CELL_PAYLOAD + 1);
			int err;

			fill(data, length, cells);
			err = bh_cell_send(r, (uint16_t)cells, data, length, &wake);
			cells_full = err == -EAGAIN;
			if (cells_full)
				break;
			if (err)
				fail(w, "bh_cell_send", (uint64_t)-err, 0);
			cells++;
		}
		if (wake)
			ring_peer(w);
		/* Sleep only when nothing of what is left can be sent. */
		if ((full || frames == messages) && (cells_full || cells == messages) && (full || cells_full)) {
			bool stay = false;

			if (full)
				stay |= bh_tx_arm(r, length_of(frames));
			if (cells_full)
				stay |= bh_cell_tx_arm(r);
			if (!stay)
				sleep_until_rung(w, 0, "nobody says that there is space");
		}
		if (!rnd(w, 16))
			pause_a_bit(w);
	}
	return NULL;
}

static void *receiver(void *arg)
{
	struct worker *w = arg;
	struct bh_ring *r = &p.ring[w->side];
	uint32_t frames = 0, cells = 0, n;
	uint8_t data[65536];
	uint16_t port;

	while (frames < messages || cells < messages) {
		bool wake = false, stay;
		int err;

		while (!(err = bh_rx_recv(r, data, sizeof(data), &n, &port, &wake))) {
			if (n != length_of(frames))
				fail(w, "length", n, length_of(frames));
			if (port != (frames & 0x7fff))
				fail(w, "frame", port, frames & 0x7fff);
			verify(w, data, n, frames++);
			if (wake || !rnd(w, 64))
				break;
		}
		if (err && err != -EAGAIN)
			fail(w, "bh_rx_recv", (uint64_t)-err, 0);
		while (!(err = bh_cell_recv(r, data, &n, &port, &wake))) {
			if (port != (uint16_t)cells)
				fail(w, "cell", port, (uint16_t)cells);
			if (n != cells % (BH_CELL_PAYLOAD + 1))
				fail(w, "length of a cell", n, cells % (BH_CELL_PAYLOAD + 1));
			verify(w, data, n, cells++);
			if (wake)
				break;
		}
		if (err && err != -EAGAIN)
			fail(w, "bh_cell_recv", (uint64_t)-err, 0);
		if (wake)
			ring_peer(w);
		if (!rnd(w, 16))
			pause_a_bit(w);
		if (!rnd(w, 2) || (frames == messages && cells == messages))
			continue;
		wake = false;
		stay = bh_rx_arm(r, &wake);
		stay |= bh_cell_arm(r, &wake);
		if (wake)
			ring_peer(w);
		if (!stay)
			sleep_until_rung(w, 1, "a lost wake-up");
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct worker worker[4];
	uint32_t size = argc > 2 ? (uint32_t)atoi(argv[2]) : 8192;
	int i;

	messages = argc > 1 ? (uint32_t)atoi(argv[1]) : 100000;
	if (!pair_init(&p, size)) {
		fprintf(stderr, "usage: stress [MESSAGES [BYTES OF A SECTION]]\n");
		return 2;
	}
	for (i = 0; i < 4; i++)
		bell[i / 2][i % 2] = eventfd(0, EFD_CLOEXEC);
	for (i = 0; i < 4; i++) {
		worker[i] = (struct worker){ .side = i / 2, .seed = (uint32_t)getpid() + (uint32_t)i };
		if (pthread_create(&worker[i].thread, NULL, i % 2 ? receiver : sender, &worker[i]))
			return 2;
	}
	for (i = 0; i < 4; i++)
		pthread_join(worker[i].thread, NULL);
	printf("%u frames and as many cells each way, %lu sleeps, %lu rings\n", messages,
	       (unsigned long)sleeps, (unsigned long)rings);
	pair_free(&p);
	return 0;
}
