// SPDX-License-Identifier: GPL-2.0-only
/*
 * One end dies by SIGKILL wherever it happens to be, a thousand times; the other lives on
 * in this process. Both send and receive as fast as they can. Each frame and cell says which
 * lives it is between and its number: nothing may come twice, torn, out of order
 * or from a life that is over, and both directions have to flow again after each death.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pair.h"

#define SECTION		4096U
#define PATIENCE_MS	10000
#define SURVIVOR	0
#define MORTAL		1
#define SURVIVORS_EPOCH	1

/* What a message says of itself; `more` follows, each byte from the number. */
struct stamp {
	uint64_t from, to;
	uint32_t number, length;
};

static struct pair p;
static int bell[2];
static uint32_t seed;

static uint32_t rnd(uint32_t below)
{
	seed = seed * 1664525U + 1013904223U;
	return (seed >> 8) % below;
}

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

struct end {
	struct bh_ring *r;
	int side;
	uint64_t accepted;		/* the life of the peer that the numbers are of */
	uint32_t sent, cells_sent, got, cells_got;
	uint64_t total;
};

static void fail(const struct end *e, const char *what, uint64_t got, uint64_t want)
{
	fprintf(stderr, "kill: %s, epoch %llu: %s: %llu, not %llu\n", e->side ? "mortal" : "survivor",
		(unsigned long long)e->r->epoch, what, (unsigned long long)got, (unsigned long long)want);
	_exit(1);
}

static void ring_peer(const struct end *e)
{
	uint64_t one = 1;

	(void)!write(bell[!e->side], &one, sizeof(one));
}

static bool check(struct end *e)
{
	enum bh_link link = bh_ring_check_peer(e->r);

	if (link == BH_LINK_BROKEN || link == BH_LINK_FOREIGN)
		fail(e, "the link's state", link, BH_LINK_UP);
	if (e->accepted != e->r->accepted) {
		e->accepted = e->r->accepted;
		e->sent = 0;
		e->cells_sent = 0;
		e->got = 0;
		e->cells_got = 0;
		ring_peer(e);
	}
	return link == BH_LINK_UP;
}

static uint32_t make(const struct end *e, uint8_t *data, uint32_t number, uint32_t length)
{
	struct stamp stamp = { e->r->epoch, e->accepted, number, length };

	memcpy(data, &stamp, sizeof(stamp));
	for (uint32_t i = sizeof(stamp); i < length; i++)
		data[i] = (uint8_t)(number * 31 + i);
	return length;
}

static void verify(struct end *e, const uint8_t *data, uint32_t length, uint32_t number)
{
	struct stamp stamp;

	if (length < sizeof(stamp))
		fail(e, "length", length, sizeof(stamp));
	memcpy(&stamp, data, sizeof(stamp));
	if (stamp.from != e->accepted)
		fail(e, "a message of the life", stamp.from, e->accepted);
	if (stamp.to != e->r->epoch)
		fail(e, "a message to the life", stamp.to, e->r->epoch);
	if (stamp.number != number)
		fail(e, "message number", stamp.number, number);
	if (stamp.length != length)
		fail(e, "length", length, stamp.length);
	for (uint32_t i = sizeof(stamp); i < length; i++)
		if (data[i] != (uint8_t)(number * 31 + i))
			fail(e, "a torn message, byte", i, length);
	e->total++;
}

/* One round of everything. Returns whether the end may sleep now. */
static bool work(struct end *e)
{
	struct bh_ring *r = e->r;
	uint8_t data[SECTION];
	uint32_t n, length = 0;
	uint16_t port;
	bool wake = false, full = false, stay = false;
	int err = 0, i;

	for (i = (int)rnd(40); i && !err; i--) {
		length = sizeof(struct stamp) + (e->sent * 7) % 300;
		err = bh_tx_send(r, BH_PORT_USER, data, make(e, data, e->sent, length), &wake);
		e->sent += !err;
	}
	full = err == -EAGAIN;
	if (err && !full)
		goto lost;
	wake |= bh_tx_flush(r);
	err = bh_cell_send(r, BH_PORT_USER, data, make(e, data, e->cells_sent, 40), &wake);
	e->cells_sent += !err;
	if (err && err != -EAGAIN)
		goto lost;

	for (i = (int)rnd(60); i; i--) {
		err = bh_rx_recv(r, data, sizeof(data), &n, &port, &wake);
		if (err)
			break;
		verify(e, data, n, e->got++);
	}
	if (err && err != -EAGAIN)
		goto lost;
	while (!(err = bh_cell_recv(r, data, &n, &port, &wake)))
		verify(e, data, n, e->cells_got++);
	if (err != -EAGAIN)
		goto lost;
	if (wake)
		ring_peer(e);
	if (!full)
		return false;
	wake = false;
	stay = bh_tx_arm(r, length);
	stay |= bh_rx_arm(r, &wake);
	stay |= bh_cell_arm(r, &wake);
	if (wake)
		ring_peer(e);
	return !stay;

lost:
	if (err != -EPIPE)
		fail(e, "an error", (uint64_t)-err, EPIPE);
	if (r->tx_broken || r->rx_broken)
		fail(e, "an honest peer is blamed", 1, 0);
	return !check(e);
}

/* Until rung, or the time is over. */
static void sleep_until_rung(struct end *e, int ms)
{
	struct pollfd fd = { .fd = bell[e->side], .events = POLLIN };
	uint64_t count;

	if (poll(&fd, 1, ms) == 1)
		(void)!read(fd.fd, &count, sizeof(count));
	check(e);
}

static void begin(struct end *e, int side, uint64_t epoch)
{
	if (pair_open(&p, side, epoch))
		exit(2);
	*e = (struct end){ .r = &p.ring[side], .side = side };
	check(e);
}

/* Never returns: somebody will see to that. */
static void mortal(uint64_t epoch)
{
	struct end e;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	seed = (uint32_t)epoch * 77;
	begin(&e, MORTAL, epoch);
	for (;;)
		if (e.r->link != BH_LINK_UP || work(&e))
			sleep_until_rung(&e, -1);
}

static void *shared(size_t bytes)
{
	void *m = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (m == MAP_FAILED) {
		perror("kill: mmap");
		exit(2);
	}
	return m;
}

int main(int argc, char **argv)
{
	uint32_t deaths = argc > 1 ? (uint32_t)atoi(argv[1]) : 1000, i;
	uint64_t most = 0, begun = now_us();
	struct end e;

	seed = (uint32_t)begun;
	p.size = SECTION;
	p.section[0] = shared(SECTION);
	p.section[1] = shared(SECTION);
	bell[0] = eventfd(0, EFD_NONBLOCK);
	bell[1] = eventfd(0, EFD_NONBLOCK);
	begin(&e, SURVIVOR, SURVIVORS_EPOCH);

	for (i = 0; i < deaths; i++) {
		uint64_t epoch = SURVIVORS_EPOCH + 1 + i, born = now_us(), end = 0;
		int status;
		pid_t child = fork();

		if (!child)
			mortal(epoch);
		if (child < 0) {
			perror("kill: fork");
			return 2;
		}
		/* It dies some time after both directions were seen to flow. */
		while (!end || now_us() < end) {
			if (e.r->link != BH_LINK_UP || work(&e))
				sleep_until_rung(&e, 1);
			if (!end && e.accepted == epoch && e.got && e.cells_got && e.r->tx.tail) {
				uint64_t took = now_us() - born;

				most = took > most ? took : most;
				end = now_us() + rnd(i % 8 ? 300 : 3000);
			}
			if (!end && now_us() > born + PATIENCE_MS * 1000ULL)
				fail(&e, "no messages from the life", e.accepted, epoch);
			if (waitpid(child, &status, WNOHANG))
				fail(&e, "the other ended by itself", (uint64_t)status, SIGKILL);
		}
		kill(child, SIGKILL);
		if (waitpid(child, &status, 0) != child || !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
			fail(&e, "the other ended by itself", (uint64_t)status, SIGKILL);
		/* Death announces itself to nobody; some survivors find out before the next life. */
		if (rnd(2))
			work(&e);
	}
	printf("%u deaths, %llu messages received, %llu ms from birth to both directions at most, %llu ms in all\n",
	       deaths, (unsigned long long)e.total, (unsigned long long)most / 1000,
	       (unsigned long long)(now_us() - begun) / 1000);
	return 0;
}
