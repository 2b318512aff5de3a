// SPDX-License-Identifier: GPL-2.0-only
/* libbulkhead against peers that do not keep to the rules: no crash, no hang, no wrong length. */
#include <pthread.h>
#include <time.h>

#include "lib.h"

#define SECTION	16384U

static const enum bulkhead_mode rings[2] = { BULKHEAD_RING, BULKHEAD_RING };

static struct bh_section *section(struct ends *e, int side)
{
	return bulkhead_double_section(e->pair, side);
}

/* The peer's next life mends what the peer has broken. */
static void mend(struct ends *e)
{
	bulkhead_close(e->end[1]);
	assert_int_equal(bulkhead_double_open(e->pair, 1, BULKHEAD_RING, 0, &e->end[1]), 0);
	bulkhead_wait(e->end[0], BULKHEAD_OUT, 0);
	bulkhead_wait(e->end[1], BULKHEAD_OUT, 0);
	assert_int_equal(bulkhead_wait(e->end[0], BULKHEAD_OUT, 0), BULKHEAD_OUT);
}

static void quarantined(struct ends *e)
{
	char data[64];
	size_t length;

	assert_int_equal(bulkhead_recv(e->end[0], data, sizeof(data), &length), -ECONNRESET);
	assert_int_equal(bulkhead_recv(e->end[0], data, sizeof(data), &length), -EAGAIN);
	assert_int_equal(bulkhead_link(e->end[0]), BULKHEAD_QUARANTINED);
	assert_int_equal(section(e, 0)->epoch.state, BH_CHANNEL_QUARANTINED);
	assert_int_equal(bulkhead_send(e->end[0], "x", 1), -EPIPE);
	assert_int_equal(bulkhead_wait(e->end[0], BULKHEAD_IN | BULKHEAD_OUT, 5), 0);
	mend(e);
	assert_int_equal(bulkhead_link(e->end[0]), BULKHEAD_UP);
}

static void test_what_cannot_be(void **state)
{
	struct ends e;
	char data[64];
	size_t length;

	(void)state;
	assert_true(ends_new(&e, SECTION, rings));
	section(&e, 1)->head.frames = 1ULL << 40;
	quarantined(&e);
	section(&e, 1)->head.frames = 4;
	quarantined(&e);
	/* Asleep, it is found by the wait. */
	section(&e, 1)->head.frames = 1ULL << 40;
	assert_int_equal(bulkhead_wait(e.end[0], BULKHEAD_IN, 0), BULKHEAD_IN);
	quarantined(&e);
	/* A tail that was never reached shows when the ring is full. */
	section(&e, 1)->tail.frames = 1ULL << 40;
	for (int i = 0; bulkhead_send(e.end[0], data, 64) == 0; i++)
		assert_true(i < 1000);
	quarantined(&e);
	/* A frame of a length that is not there. */
	assert_int_equal(bulkhead_send(e.end[1], "x", 1), 0);
	bulkhead_flush(e.end[1]);
	((uint32_t *)((uint8_t *)section(&e, 1) + SECTION - bh_section_frames(SECTION)))[0] = SECTION;
	quarantined(&e);
	/* Another version is left alone. */
	section(&e, 1)->identity.version = 9;
	section(&e, 1)->epoch.epoch++;
	assert_int_equal(bulkhead_recv(e.end[0], data, sizeof(data), &length), -ECONNRESET);
	assert_int_equal(bulkhead_link(e.end[0]), BULKHEAD_FOREIGN);
	assert_int_equal(bulkhead_send(e.end[0], "x", 1), -EPIPE);
	ends_free(&e);
}

/* Sends a frame of its own making, past what the library offers. */
static void forge(struct bh_ring *r, uint16_t port, const void *data, uint32_t length)
{
	bool ring = false;

	bh_ring_check_peer(r);
	bh_tx_send(r, port, data, length, &ring);
	bh_tx_flush(r);
}

/* An end that the test plays itself, without the library. */
static void own_end(struct ends *e, struct bh_ring *r, uint32_t size)
{
	struct bh_ring_setup setup = {
		.own = section(e, 1),
		.peer = section(e, 0),
		.size = size,
		.owner = 1,
		.epoch = 1000,
	};

	assert_int_equal(bh_ring_init(r, &setup), 0);
	bh_ring_open(r, &setup);
	bh_ring_check_peer(r);
	bulkhead_wait(e->end[0], BULKHEAD_OUT, 0);
	bh_ring_check_peer(r);
	assert_int_equal(bulkhead_link(e->end[0]), BULKHEAD_UP);
}

static void test_services_that_are_not_there(void **state)
{
	static _Alignas(128) struct bh_ring r;
	struct bulkhead_channel *unused;
	struct ends e;
	char data[64];
	size_t length;

	(void)state;
	assert_int_equal(bulkhead_double_new(SECTION, &e.pair), 0);
	assert_int_equal(bulkhead_double_open(e.pair, 0, BULKHEAD_RING, 0, &e.end[0]), 0);
	own_end(&e, &r, SECTION);
	/* Frames for nobody: nothing to see. */
	forge(&r, BH_PORT_NET, "ether", 5);
	assert_int_equal(bulkhead_recv(e.end[0], data, sizeof(data), &length), -EAGAIN);
	assert_int_equal(bulkhead_wait(e.end[0], BULKHEAD_IN, 0), 0);
	forge(&r, BH_PORT_NET, "ether", 5);
	forge(&r, BH_PORT_USER, "user", 4);
	assert_int_equal(bulkhead_wait(e.end[0], BULKHEAD_IN, 0), BULKHEAD_IN);
	assert_int_equal(bulkhead_recv(e.end[0], data, sizeof(data), &length), 0);
	assert_int_equal(length, 4);
	/* More of them than one call looks at. */
	for (int i = 0; i < 300; i++)
		forge(&r, BH_PORT_NET, "", 0);
	forge(&r, BH_PORT_USER, "last", 4);
	for (int i = 0; bulkhead_recv(e.end[0], data, sizeof(data), &length); i++) {
		assert_true(i < 10);
		assert_int_equal(bulkhead_wait(e.end[0], BULKHEAD_IN, 0), BULKHEAD_IN);
	}
	assert_memory_equal(data, "last", 4);
	assert_int_equal(bulkhead_send_cell(e.end[0], "x", 1), -EOPNOTSUPP);
	assert_int_equal(bulkhead_double_open(e.pair, 0, BULKHEAD_RING, 0, &unused), -EBUSY);
	bulkhead_close(e.end[0]);
	bulkhead_double_free(e.pair);
}

static void test_credit(void **state)
{
	static _Alignas(128) struct bh_ring r;
	struct bh_control credit = { BH_CONTROL_CREDIT, BH_PORT_USER, ~0U };
	struct bh_control other = { BH_CONTROL_CREDIT, BH_PORT_CONSOLE, 1000 };
	static uint8_t data[1000];
	unsigned int sent = 0;
	struct ends e;

	(void)state;
	assert_int_equal(bulkhead_double_new(1U << 20, &e.pair), 0);
	assert_int_equal(bulkhead_double_open(e.pair, 0, BULKHEAD_RING, 0, &e.end[0]), 0);
	own_end(&e, &r, 1U << 20);
	/* Before anything was sent there is none to give. */
	forge(&r, BH_PORT_CONTROL, &credit, sizeof(credit));
	assert_int_equal(bulkhead_wait(e.end[0], BULKHEAD_IN, 0), 0);
	while (!bulkhead_send(e.end[0], data, sizeof(data)))
		sent++;
	assert_int_equal(sent, BH_WINDOW_BYTES / sizeof(data));
	/* Cut short, or for another service. */
	forge(&r, BH_PORT_CONTROL, &credit, 7);
	forge(&r, BH_PORT_CONTROL, &credit, 0);
	forge(&r, BH_PORT_CONTROL, &other, sizeof(other));
	assert_int_equal(bulkhead_send(e.end[0], data, sizeof(data)), -EAGAIN);
	credit.value = 1000;
	forge(&r, BH_PORT_CONTROL, &credit, sizeof(credit));
	assert_int_equal(bulkhead_send(e.end[0], data, sizeof(data)), 0);
	assert_int_equal(bulkhead_send(e.end[0], data, sizeof(data)), -EAGAIN);
	/* More than was sent opens the window, and no further. */
	credit.value = ~0U;
	forge(&r, BH_PORT_CONTROL, &credit, sizeof(credit));
	for (sent = 0; !bulkhead_send(e.end[0], data, sizeof(data));)
		sent++;
	assert_int_equal(sent, BH_WINDOW_BYTES / sizeof(data));
	bulkhead_close(e.end[0]);
	bulkhead_double_free(e.pair);
}

/* --- scribbling --- */

static uint64_t random64(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Something wrong, near to what may be, somewhere in the section. */
static void scribble(struct bh_section *s, uint64_t *seed)
{
	uint64_t value = random64(seed) % 4 ? random64(seed) % (2 * SECTION) & ~7ULL : random64(seed);
	uint64_t *lines[] = {
		&s->epoch.epoch, &s->epoch.accepted, &s->head.frames, &s->tail.frames, &s->arm.frames,
		&s->space.frames, &s->tail.cells, &s->identity.features,
	};

	if (random64(seed) % 2)
		__atomic_store_n(lines[random64(seed) % 8], value, __ATOMIC_RELAXED);
	else
		__atomic_store_n((uint64_t *)s + random64(seed) % (SECTION / 8), value, __ATOMIC_RELAXED);
}

/* A peer that knows what it does now and then: or the end would seldom be up. */
static void behave(struct bh_section *s, const struct bh_section *other, uint64_t *seed)
{
	s->identity = other->identity;
	s->identity.owner = other->identity.peer;
	s->identity.peer = other->identity.owner;
	s->epoch.accepted = other->epoch.epoch;
	s->head.frames = 0;
	s->tail.frames = 0;
	s->tail.cells = 0;
	__atomic_store_n(&s->epoch.epoch, random64(seed) | 1, __ATOMIC_RELEASE);
}

static void use(struct bulkhead_channel *ch, uint64_t *seed, unsigned long *received)
{
	static uint8_t data[SECTION];
	const void *payload;
	size_t length = 0, max = bulkhead_frame_max(ch);
	void *room;

	switch (random64(seed) % 8) {
	case 0:
		if (!bulkhead_recv(ch, data, max, &length)) {
			assert_true(length <= max);
			(*received)++;
		}
		break;
	case 1:
		if (!bulkhead_peek(ch, &payload, &length)) {
			assert_true(length <= max);
			memcpy(data, payload, length);
		}
		break;
	case 2:
		bulkhead_release(ch);
		break;
	case 3:
		bulkhead_send(ch, data, random64(seed) % max);
		break;
	case 4:
		if (!bulkhead_reserve(ch, max, &room))
			memset(room, 7, max);
		break;
	case 5:
		bulkhead_commit(ch, random64(seed) % max);
		break;
	case 6:
		bulkhead_wait(ch, (int)(random64(seed) % 16), 0);
		break;
	default:
		if (!bulkhead_recv_cell(ch, data, &length))
			assert_true(length <= BULKHEAD_CELL_MAX);
		bulkhead_send_cell(ch, data, random64(seed) % (BULKHEAD_CELL_MAX + 1));
	}
}

static void test_a_peer_gone_mad(void **state)
{
	uint64_t seed = 0x2545f4914f6cdd1dULL;
	unsigned long received = 0, up = 0;
	struct ends e;

	(void)state;
	assert_int_equal(bulkhead_double_new(SECTION, &e.pair), 0);
	assert_int_equal(bulkhead_double_open(e.pair, 0, BULKHEAD_RING, 0, &e.end[0]), 0);
	for (int i = 0; i < 300000; i++) {
		if (random64(&seed) % 16 == 0)
			behave(section(&e, 1), section(&e, 0), &seed);
		else if (random64(&seed) % 4 == 0)
			scribble(section(&e, 1), &seed);
		use(e.end[0], &seed, &received);
		up += bulkhead_link(e.end[0]) == BULKHEAD_UP;
	}
	/* Or the test would have tested little. */
	assert_true(up > 10000);
	bulkhead_close(e.end[0]);
	bulkhead_double_free(e.pair);
}

struct madness {
	struct ends *e;
	bool stop;
};

static void *go_mad(void *argument)
{
	struct madness *m = argument;
	uint64_t seed = 88172645463325252ULL;

	while (!__atomic_load_n(&m->stop, __ATOMIC_RELAXED)) {
		if (random64(&seed) % 64 == 0)
			behave(section(m->e, 1), section(m->e, 0), &seed);
		else
			scribble(section(m->e, 1), &seed);
	}
	return NULL;
}

static void test_a_peer_gone_mad_at_the_same_time(void **state)
{
	struct madness m = { 0 };
	uint64_t seed = 4101842887655102017ULL;
	unsigned long received = 0;
	time_t end = time(NULL) + 2;
	pthread_t thread;
	struct ends e;

	(void)state;
	assert_int_equal(bulkhead_double_new(SECTION, &e.pair), 0);
	assert_int_equal(bulkhead_double_open(e.pair, 0, BULKHEAD_RING, 0, &e.end[0]), 0);
	m.e = &e;
	pthread_create(&thread, NULL, go_mad, &m);
	while (time(NULL) < end)
		use(e.end[0], &seed, &received);
	__atomic_store_n(&m.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	/* And whoever keeps to the rules next is served. */
	assert_int_equal(bulkhead_double_open(e.pair, 1, BULKHEAD_RING, 0, &e.end[1]), 0);
	mend(&e);
	ends_free(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_cannot_be),
		cmocka_unit_test(test_services_that_are_not_there),
		cmocka_unit_test(test_credit),
		cmocka_unit_test(test_a_peer_gone_mad),
		cmocka_unit_test(test_a_peer_gone_mad_at_the_same_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
