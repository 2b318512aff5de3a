// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbered messages in both directions over /dev/bulkhead/PEER, as fast as they go, and every
 * one checked: whole, of the life that its sender is in, the one behind its
 * predecessor, and never seen before.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "guest.h"

#define MESSAGE_MAX	4096
#define BURST		32	/* messages in one direction before a look at the other */
#define LIVES_MAX	4096

struct header {
	uint64_t life;		/* of the program that sent it */
	uint64_t number;
	uint32_t length;	/* of the whole message */
	uint32_t check;		/* of all, with this 0 */
};

struct exchange {
	const char *peer;
	int fd;
	uint64_t life, next;	/* of what is sent */
	uint64_t lives[LIVES_MAX], expected;	/* of what is received; lives[0] is the newest */
	size_t nlives;
	uint64_t sent, received, resets, errors;
	bool was_reset;		/* since the last message: another life may follow */
};

static volatile sig_atomic_t over;

static void stop(int signal)
{
	(void)signal;
	over = 1;
}

/* FNV-1a over words, which is enough to see a torn message and quick under emulation. */
static uint32_t check_of(const void *data, size_t size)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325), word;

	for (size_t at = 0; at < size; at += sizeof(word)) {
		word = 0;
		memcpy(&word, (const char *)data + at,
		       size - at < sizeof(word) ? size - at : sizeof(word));
		hash = (hash ^ word) * UINT64_C(0x100000001b3);
		hash ^= hash >> 29;
	}
	return (uint32_t)(hash ^ hash >> 32);
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 31) * UINT64_C(0x9e3779b97f4a7c15);
	return x ^ x >> 29;
}

static size_t compose(const struct exchange *e, uint8_t *message)
{
	uint64_t seed = mix(e->life + e->next * UINT64_C(0x9e3779b97f4a7c15));
	/* Most are short; all lengths come, whole words or not. */
	size_t length = sizeof(struct header) + seed % (seed & 1 ? 64 : MESSAGE_MAX - sizeof(struct header));
	struct header header = { .life = e->life, .number = e->next, .length = (uint32_t)length };

	for (size_t at = sizeof(header); at < length; at += 8) {
		seed = mix(seed + at);
		memcpy(message + at, &seed, length - at < 8 ? length - at : 8);
	}
	memcpy(message, &header, sizeof(header));
	header.check = check_of(message, length);
	memcpy(message, &header, sizeof(header));
	return length;
}

static void complain(struct exchange *e, const char *what, const struct header *header)
{
	if (e->errors++ < 20)
		say("exchange %s: ERROR: %s: life %016" PRIx64 " number %" PRIu64 ", expected %" PRIu64
		    " of life %016" PRIx64 "\n", e->peer, what, header->life, header->number,
		    e->expected, e->nlives ? e->lives[0] : 0);
}

static void examine(struct exchange *e, uint8_t *message, size_t size)
{
	struct header header = { 0 };
	uint32_t check;

	memcpy(&header, message, size < sizeof(header) ? size : sizeof(header));
	check = header.check;
	header.check = 0;
	if (size >= sizeof(header))
		memcpy(message, &header, sizeof(header));
	if (size < sizeof(header) || header.length != size || check_of(message, size) != check) {
		complain(e, "torn", &header);
		return;
	}
	e->received++;
	if (!e->nlives || header.life != e->lives[0]) {
		for (size_t i = 1; i < e->nlives; i++) {
			if (e->lives[i] == header.life)
				complain(e, "from a life that is over", &header);
		}
		/* The first message that this program ever gets may be any: it opened late. */
		if (e->nlives && !e->was_reset)
			complain(e, "another life and no reset", &header);
		if (e->nlives && header.number)
			complain(e, "a life begins in the middle", &header);
		if (e->nlives == LIVES_MAX)
			e->nlives--;
		memmove(e->lives + 1, e->lives, e->nlives * sizeof(e->lives[0]));
		e->lives[0] = header.life;
		e->nlives++;
	} else if (header.number != e->expected) {
		complain(e, header.number < e->expected ? "twice" : "one is missing", &header);
	}
	e->was_reset = false;
	e->expected = header.number + 1;
}

static int receive(struct exchange *e)
{
	uint8_t message[MESSAGE_MAX + 8];

	for (int i = 0; i < BURST; i++) {
		ssize_t n = read(e->fd, message, sizeof(message));

		if (n < 0 && errno == ECONNRESET) {
			e->resets++;
			e->was_reset = true;
		} else if (n < 0) {
			return errno == EAGAIN || errno == EINTR ? 0 : -1;
		} else {
			examine(e, message, (size_t)n);
		}
	}
	return 0;
}

static int transmit(struct exchange *e)
{
	uint8_t message[MESSAGE_MAX];

	for (int i = 0; i < BURST; i++) {
		size_t length = compose(e, message);

		if (write(e->fd, message, length) < 0)
			return errno == EAGAIN || errno == EPIPE || errno == EINTR ? 0 : -1;
		/* What was refused keeps its number. */
		e->next++;
		e->sent++;
	}
	return 0;
}

static int exchange(struct exchange *e, int64_t end)
{
	while (!over && (end < 0 || now_ns(CLOCK_MONOTONIC) < end)) {
		struct pollfd pollfd = { .fd = e->fd, .events = POLLIN | POLLOUT };

		if (poll(&pollfd, 1, 100) < 0 && errno != EINTR)
			return fail("poll");
		if (receive(e))
			return fail("read");
		if (transmit(e))
			return fail("write");
	}
	say("exchange %s: sent %" PRIu64 " received %" PRIu64 " lives %zu resets %" PRIu64 " errors %" PRIu64 "\n",
	    e->peer, e->sent, e->received, e->nlives, e->resets, e->errors);
	return e->errors ? EXIT_FAILURE : EXIT_SUCCESS;
}

int cmd_exchange(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = stop };
	static struct exchange e;
	char path[300], *rest;
	int64_t end = -1;
	double seconds;

	if (argc != 1 && argc != 2)
		return usage();
	if (argc == 2) {
		seconds = strtod(argv[1], &rest);
		if (*rest || !(seconds > 0 && seconds <= 1e6))
			return usage();
		end = now_ns(CLOCK_MONOTONIC) + (int64_t)(seconds * (double)NSEC_PER_SEC);
	}
	e.peer = argv[0];
	snprintf(path, sizeof(path), "/dev/bulkhead/%s", argv[0]);
	e.fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (e.fd < 0)
		return fail(path);
	/*
	 * A kernel that has just started may gather entropy for seconds before it promises
	 * any; two of a thousand lives need only differ.
	 */
	if (getrandom(&e.life, sizeof(e.life), GRND_INSECURE) != sizeof(e.life))
		return fail("getrandom");
	e.life ^= (uint64_t)now_ns(CLOCK_MONOTONIC);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	return exchange(&e, end);
}
