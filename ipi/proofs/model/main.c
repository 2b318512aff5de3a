// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring core itself, in all its runs on a machine with weak memory: what it does in a
 * few scenarios, and that no barrier of it can be left out.
 *
 * Rings have 64 bytes and 2 cells here, so that they fill and wrap at once.
 */
#define BH_ATOMIC_SHIM "shim.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bh_ring.h"

#define FRAME_RING	64U
#define CELLS		2U

/* Each frame says whose it is; what it carries is a word or two of these. */
#define STAMP(sender, receiver, n)	((uint64_t)(sender) << 32 | (uint64_t)(receiver) << 16 | (n))

/* One end, as its CPU knows it; a death forgets all of it. */
static struct bh_ring ring[MODEL_CPUS];
static bool received_all;
static unsigned int life_frames;
static bool lives;		/* the scenario is about lives: look who is there after each sleep */

static struct bh_ring_setup setup_of(int side, uint64_t epoch)
{
	return (struct bh_ring_setup){
		.own = model_section[side], .peer = model_section[!side], .size = MODEL_SECTION,
		.owner = 1 + (uint32_t)side, .peer_id = 2 - (uint32_t)side, .epoch = epoch,
	};
}

static void open_end(int side, uint64_t epoch, uint64_t features)
{
	struct bh_ring *r = &ring[side];
	struct bh_ring_setup s = setup_of(side, epoch);

	s.features = features;
	if (bh_ring_init(r, &s))
		model_fail("bh_ring_init");
	r->cell_tx.size = CELLS;
	r->cell_rx.size = CELLS;
	r->tx.size = FRAME_RING;
	r->rx.size = FRAME_RING;
	r->frame_max = (FRAME_RING / 8 * 3 & ~7U) - BH_FRAME_HEADER;
	bh_ring_open(r, &s);
}

static void setup_features(uint64_t features)
{
	received_all = false;
	lives = false;
	open_end(0, 1, 0);
	open_end(1, 1, features);
	for (int i = 0; i < 4; i++)
		if (bh_ring_check_peer(&ring[i % 2]) != BH_LINK_UP && i > 1)
			model_fail("the ends don't agree");
}

static void setup_up(void)
{
	setup_features(0);
}

static void setup_lives(void)
{
	setup_features(0);
	lives = true;
	life_frames = 1;
}

static void setup_long_lives(void)
{
	setup_lives();
	life_frames = 2;
}

/* Nobody was ever there. */
static void setup_nobody(void)
{
	received_all = false;
	lives = true;
	life_frames = 1;
	memset(ring, 0, sizeof(ring));
}

static void setup_polled(void)
{
	setup_features(BH_FEATURE_POLLED);
}

static bool everything_arrived(void)
{
	return received_all;
}

/* --- what every program does that uses a channel --- */

static bool check(struct bh_ring *r)
{
	uint64_t before = r->accepted;
	enum bh_link link;

	if (r->rx_broken || r->tx_broken)
		model_fail("an honest peer is blamed");
	link = bh_ring_check_peer(r);
	if (link == BH_LINK_BROKEN || link == BH_LINK_FOREIGN)
		model_fail("an honest peer is %s", link == BH_LINK_BROKEN ? "quarantined" : "foreign");
	if (r->accepted != before)
		model_ring(!model_self());
	return link == BH_LINK_UP;
}

/* In a life after the first: begin anew. */
static struct bh_ring *this_end(void)
{
	int side = model_self();

	if (model_life() || !ring[side].epoch) {
		open_end(side, 1 + model_life(), 0);
		check(&ring[side]);
	}
	return &ring[side];
}

static void sleep_and_look(struct bh_ring *r)
{
	model_wait();
	if (lives)
		check(r);
}

/* Lengths that wrap with pads and without: one word or two. */
static uint32_t words(unsigned int n, unsigned int pattern)
{
	return 1 + (pattern >> n % 8 & 1);
}

/*
 * Sends @count frames, from the first again whenever the peer has begun a new life.
 * @batch: flush after as many.
 */
static void send_frames(struct bh_ring *r, unsigned int first, unsigned int count, unsigned int batch,
			unsigned int pattern)
{
	uint64_t peer = r->accepted;
	unsigned int n = first;
	bool bell = false;

	while (n < count) {
		uint64_t data[2] = { STAMP(r->epoch, r->accepted, n), ~(uint64_t)n };
		uint32_t length = words(n, pattern) * 8;
		int err;

		if (peer != r->accepted) {
			peer = r->accepted;
			n = 0;
			continue;
		}
		err = bh_tx_send(r, (uint16_t)n, data, length, &bell);
		if (!err && (++n % batch == 0 || n == count) && bh_tx_flush(r))
			bell = true;
		if (bell)
			model_ring(!model_self());
		bell = false;
		if (err == -EAGAIN) {
			if (!bh_tx_arm(r, length))
				sleep_and_look(r);
		} else if (err == -EPIPE) {
			if (!check(r))
				sleep_and_look(r);
		} else if (err) {
			model_fail("bh_tx_send: %d", err);
		}
	}
}

static void verify(const struct bh_ring *r, const uint64_t *data, uint32_t length, unsigned int port,
		   unsigned int n, uint32_t want)
{
	if (data[0] != STAMP(r->accepted, r->epoch, n))
		model_fail("got frame %llx, not %llx", (unsigned long long)data[0],
			   (unsigned long long)STAMP(r->accepted, r->epoch, n));
	if (length != want || port != n || (length > 8 && data[1] != ~(uint64_t)n))
		model_fail("frame %u is not what was sent", n);
}

static void receive_frames(struct bh_ring *r, unsigned int first, unsigned int count, unsigned int pattern)
{
	uint64_t peer = r->accepted;
	unsigned int n = first;
	bool bell = false;

	while (n < count) {
		uint64_t data[2];
		uint32_t length;
		uint16_t port;
		int err = bh_rx_recv(r, data, sizeof(data), &length, &port, &bell);

		if (!err) {
			verify(r, data, length, port, n, words(n, pattern) * 8);
			n++;
		} else if (err == -EAGAIN) {
			bool stay = bh_rx_arm(r, &bell);

			if (bell)
				model_ring(!model_self());
			bell = false;
			if (!stay)
				sleep_and_look(r);
		} else if (err == -EPIPE) {
			if (!check(r))
				sleep_and_look(r);
		} else {
			model_fail("bh_rx_recv: %d", err);
		}
		if (bell)
			model_ring(!model_self());
		bell = false;
		if (peer != r->accepted) {
			peer = r->accepted;
			count -= first;
			first = 0;
			n = 0;
		}
	}
}

/* --- frames --- */

static void wake_send(void)
{
	send_frames(&ring[0], 0, 3, 1, 0);
}

static void wake_receive(void)
{
	receive_frames(&ring[1], 0, 3, 0);
	received_all = true;
}

static void batch_send(void)
{
	send_frames(&ring[0], 0, 4, 2, 0);
}

static void batch_receive(void)
{
	receive_frames(&ring[1], 0, 4, 0);
	received_all = true;
}

/* More than the ring holds: both wait for each other by turns; pads of both sizes. */
static void full_send(void)
{
	send_frames(&ring[0], 0, 5, 2, 0x16);
}

static void full_receive(void)
{
	receive_frames(&ring[1], 0, 5, 0x16);
	received_all = true;
}

static void long_send(void)
{
	send_frames(&ring[0], 0, 6, 2, 0x1b);
}

static void long_receive(void)
{
	receive_frames(&ring[1], 0, 6, 0x1b);
	received_all = true;
}

/* Question and answer: the same CPU sends and receives. */
static void ask(void)
{
	for (unsigned int n = 0; n < 2; n++) {
		send_frames(&ring[0], n, n + 1, 1, 2);
		receive_frames(&ring[0], n, n + 1, 1);
	}
	received_all = true;
}

static void answer(void)
{
	for (unsigned int n = 0; n < 2; n++) {
		receive_frames(&ring[1], n, n + 1, 2);
		send_frames(&ring[1], n, n + 1, 1, 1);
	}
}

/* The consumer polls and never arms: no fence, no doorbell. */
static void polled_send(void)
{
	bool bell = false;

	for (unsigned int n = 0; n < 3; n++) {
		uint64_t data[2] = { STAMP(1, 1, n), ~(uint64_t)n };

		if (bh_tx_send(&ring[0], (uint16_t)n, data, 16, &bell))
			break;
		if (bh_tx_flush(&ring[0]) || bell)
			model_fail("somebody who polls is rung");
	}
}

static void polled_receive(void)
{
	unsigned int n = 0;

	while (n < 2) {
		uint64_t data[2];
		uint32_t length;
		uint16_t port;
		bool bell = false;
		int err = bh_rx_recv(&ring[1], data, sizeof(data), &length, &port, &bell);

		if (err == -EAGAIN)
			model_await(&ring[1].peer->head.frames);
		else if (err)
			model_fail("bh_rx_recv: %d", err);
		else
			verify(&ring[1], data, length, port, n++, 16);
	}
	received_all = true;
}

/* --- cells --- */

static void cells_send(void)
{
	struct bh_ring *r = &ring[0];
	unsigned int n = 0;
	bool bell = false;

	while (n < 3) {
		uint64_t data[2] = { STAMP(1, 1, n), ~(uint64_t)n };
		int err = bh_cell_send(r, (uint16_t)n, data, words(n, 5) * 8, &bell);

		if (bell)
			model_ring(1);
		bell = false;
		if (!err)
			n++;
		else if (err != -EAGAIN)
			model_fail("bh_cell_send: %d", err);
		else if (!bh_cell_tx_arm(r))
			sleep_and_look(r);
	}
}

static void cells_receive(void)
{
	struct bh_ring *r = &ring[1];
	unsigned int n = 0;
	bool bell = false;

	while (n < 3) {
		uint64_t data[7];
		uint32_t length;
		uint16_t port;
		int err = bh_cell_recv(r, data, &length, &port, &bell);
		bool stay = true;

		if (!err) {
			verify(r, data, length, port, n, words(n, 5) * 8);
			n++;
		} else if (err != -EAGAIN) {
			model_fail("bh_cell_recv: %d", err);
		} else {
			stay = bh_cell_arm(r, &bell);
		}
		if (bell)
			model_ring(0);
		bell = false;
		if (!stay)
			sleep_and_look(r);
	}
	received_all = true;
}

/* --- lives --- */

static void life_send(void)
{
	struct bh_ring *r = this_end();

	send_frames(r, 0, life_frames, 2, 0);
	/* The peer may die yet, and want them again. */
	for (;;) {
		uint64_t peer = r->accepted;

		sleep_and_look(r);
		if (r->accepted != peer)
			send_frames(r, 0, life_frames, 2, 0);
	}
}

static void life_receive(void)
{
	receive_frames(this_end(), 0, life_frames, 0);
	received_all = true;
}

/* A second life at a known moment, with a frame of the first read. */
static void renew_send(void)
{
	struct bh_ring *r = &ring[0];

	send_frames(r, 0, 1, 1, 0);
	open_end(0, 2, 0);
	check(r);
	send_frames(r, 0, 1, 1, 0);
}

static void renew_receive(void)
{
	struct bh_ring *r = &ring[1];

	receive_frames(r, 0, 1, 0);
	/* The next is either the second life's first, or this was it. */
	if (r->accepted == 1)
		receive_frames(r, 1, 2, 0);
	received_all = true;
}

/* A successor takes over in the middle, with frames in flight. */
static void succeed(int side)
{
	struct bh_ring *r = &ring[side];
	struct bh_ring_setup s = setup_of(side, 1);

	if (bh_ring_freeze(r))
		model_ring(!side);
	if (bh_ring_init(r, &s))
		model_fail("bh_ring_init");
	r->cell_tx.size = CELLS;
	r->cell_rx.size = CELLS;
	r->tx.size = FRAME_RING;
	r->rx.size = FRAME_RING;
	r->frame_max = (FRAME_RING / 8 * 3 & ~7U) - BH_FRAME_HEADER;
	if (bh_ring_takeover(r))
		model_fail("bh_ring_takeover");
	check(r);
}

static void takeover_send(void)
{
	send_frames(&ring[0], 0, 2, 2, 2);
	succeed(0);
	send_frames(&ring[0], 2, 3, 1, 2);
}

static void takeover_receive(void)
{
	receive_frames(&ring[1], 0, 1, 2);
	succeed(1);
	receive_frames(&ring[1], 1, 3, 2);
	received_all = true;
}

static const struct model_scenario scenarios[] = {
	{ .name = "wake", .setup = setup_up, .done = everything_arrived, .cpu = { wake_send, wake_receive } },
	{ .name = "batch", .setup = setup_up, .done = everything_arrived, .cpu = { batch_send, batch_receive } },
	{ .name = "full", .setup = setup_up, .done = everything_arrived, .cpu = { full_send, full_receive } },
	{ .name = "talk", .setup = setup_up, .done = everything_arrived, .cpu = { ask, answer } },
	{ .name = "polled", .setup = setup_polled, .done = everything_arrived,
	  .cpu = { polled_send, polled_receive } },
	{ .name = "cells", .setup = setup_up, .done = everything_arrived, .cpu = { cells_send, cells_receive } },
	{ .name = "takeover", .setup = setup_up, .done = everything_arrived,
	  .cpu = { takeover_send, takeover_receive } },
	{ .name = "meet", .setup = setup_nobody, .done = everything_arrived, .cpu = { life_send, life_receive } },
	{ .name = "renew", .setup = setup_lives, .done = everything_arrived, .cpu = { renew_send, renew_receive } },
	{ .name = "sender dies", .setup = setup_lives, .done = everything_arrived,
	  .cpu = { life_send, life_receive }, .mortal = { true, false }, .deaths = 1 },
	{ .name = "receiver dies", .setup = setup_lives, .done = everything_arrived,
	  .cpu = { life_send, life_receive }, .mortal = { false, true }, .deaths = 1 },
	{ .name = "long", .setup = setup_up, .done = everything_arrived, .cpu = { long_send, long_receive },
	  .slow = true },
	{ .name = "sender dies, 2", .setup = setup_long_lives, .done = everything_arrived,
	  .cpu = { life_send, life_receive }, .mortal = { true, false }, .deaths = 1, .slow = true },
	{ .name = "receiver dies, 2", .setup = setup_long_lives, .done = everything_arrived,
	  .cpu = { life_send, life_receive }, .mortal = { false, true }, .deaths = 1, .slow = true },
};

/* Each barrier of the core's list, one at a time. */
static const struct model_mutant mutants[] = {
	{ "A release", "bh_tx_publish", NULL, MODEL_RELEASE, "wake" },
	{ "A acquire", "bh_rx_look", NULL, MODEL_ACQUIRE, "wake" },
	{ "B release", "bh_rx_give_back", NULL, MODEL_RELEASE, "full" },
	{ "B release, cells", "bh_cell_give_back", NULL, MODEL_RELEASE, "cells" },
	{ "B acquire", "bh_tx_look", NULL, MODEL_ACQUIRE, "full" },
	{ "C producer", "bh_tx_flush", NULL, MODEL_FENCE, "full" },
	{ "C consumer", "bh_rx_arm", NULL, MODEL_FENCE, "full" },
	{ "C producer, cells", "bh_cell_send", NULL, MODEL_FENCE, "cells" },
	{ "C consumer, cells", "bh_cell_arm", NULL, MODEL_FENCE, "cells" },
	{ "D consumer", "bh_rx_give_back", NULL, MODEL_FENCE, "full" },
	{ "D producer", "bh_tx_arm", NULL, MODEL_FENCE, "full" },
	{ "D consumer, cells", "bh_cell_give_back", NULL, MODEL_FENCE, "cells" },
	{ "D producer, cells", "bh_cell_tx_arm", NULL, MODEL_FENCE, "cells" },
	{ "E fence", "bh_ring_open", NULL, MODEL_FENCE, "renew" },
	{ "E release", "bh_ring_open", NULL, MODEL_RELEASE, "meet" },
	{ "E acquire", "bh_ring_check_peer", "epoch.epoch", MODEL_ACQUIRE, "meet" },
	{ "F release", "bh_ring_check_peer", NULL, MODEL_RELEASE, "receiver dies" },
	{ "F acquire", "bh_ring_check_peer", "epoch.accepted", MODEL_ACQUIRE, "renew" },
	{ "G release", "bh_cell_send", NULL, MODEL_RELEASE, "cells" },
	{ "G acquire", "bh_cell_recv", NULL, MODEL_ACQUIRE, "cells" },
	{ "H", "bh_ring_check_peer", NULL, MODEL_FENCE, "receiver dies" },
};

#define ALL		~0U
#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool run_scenario(const struct model_scenario *s, unsigned int stale)
{
	struct model_result r;
	double begin = seconds();

	model_search(s, NULL, stale, true, &r);
	printf("%-16s %s%s (%llu states, %llu runs, %llu steps, %.1f s)\n", s->name,
	       r.error ? "FAILED: " : "holds", r.error ? r.error : "", (unsigned long long)r.states,
	       (unsigned long long)r.runs, (unsigned long long)r.steps, seconds() - begin);
	return !r.error;
}

/*
 * A mutant that no scenario notices is a barrier that nobody needs, or a check that is
 * missing. The scenario that noticed it last time goes first.
 */
static bool run_mutant(const struct model_mutant *m, unsigned int stale, bool trace)
{
	bool reached = false;

	for (int first = 1; first >= 0; first--) {
		for (size_t i = 0; i < COUNT(scenarios); i++) {
			struct model_result r;

			if (scenarios[i].slow || (strcmp(scenarios[i].name, m->shown_by) == 0) != first)
				continue;
			model_search(&scenarios[i], m, stale, trace, &r);
			reached |= r.reached;
			if (r.error) {
				printf("without %-18s %s: %s\n", m->name, scenarios[i].name, r.error);
				return true;
			}
		}
	}
	printf("without %-18s FAILED: %s\n", m->name,
	       reached ? "no scenario notices" : "the core has no such barrier any more");
	return false;
}

int main(int argc, char **argv)
{
	const char *only = NULL, *mutant = NULL;
	bool slow = false, good = true, trace = false;
	unsigned int stale = ALL;
	int opt;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((opt = getopt(argc, argv, "k:s:m:lt")) != -1) {
		switch (opt) {
		case 'k':
			stale = (unsigned int)atoi(optarg);
			break;
		case 's':
			only = optarg;
			break;
		case 'm':
			mutant = optarg;
			trace = true;
			break;
		case 'l':
			slow = true;
			break;
		case 't':
			trace = true;
			break;
		default:
			fprintf(stderr, "usage: %s [-k N] [-l] [-t] [-s SCENARIO | -m MUTANT]\n"
				"-k N  at most N loads of a run see something old (default: no limit)\n"
				"-l    the long scenarios too\n"
				"-t    print the run that shows a mutant\n", argv[0]);
			return 2;
		}
	}
	for (size_t i = 0; !mutant && i < COUNT(scenarios); i++)
		if (only ? !strcmp(only, scenarios[i].name) : slow || !scenarios[i].slow)
			good &= run_scenario(&scenarios[i], stale);
	for (size_t i = 0; !only && i < COUNT(mutants); i++)
		if (!mutant || !strcmp(mutant, mutants[i].name))
			good &= run_mutant(&mutants[i], stale, trace);
	return good ? 0 : 1;
}
