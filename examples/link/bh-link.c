// SPDX-License-Identifier: GPL-2.0-only
/*
 * bh-link: what libbulkhead is for, in one program.
 *
 *	bh-link [-f|-r|-p] echo PEER [COUNT]	send back what comes
 *	bh-link [-f|-r|-p] ping PEER [COUNT [LENGTH]]
 *						how long a frame there and back takes
 *	bh-link [-f|-r|-p] [-c] send PEER COUNT	numbered frames of many lengths
 *	bh-link [-f|-r|-p] receive PEER COUNT	check them
 *	bh-link list				the channels of this partition
 *
 * -f: frames by read and write (default); -r: the whole ring; -p: the ring, polled without
 * a pause; -c (ping, echo): cells instead of frames, between two rings.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bulkhead/libbulkhead.h>

/* The other end may be started later, and may be slow. */
#define PATIENCE_MS	60000
#define LINGER_MS	500
#define HELLO_MS	100

/* No other frame of this program has such 8 bytes. */
static const char hello[8] = "bh-link?";

static struct bulkhead_channel *channel;
static uint8_t *buffer;
static bool cells;

static void die(const char *what, int err)
{
	fprintf(stderr, "bh-link: %s: %s\n", what, strerror(-err));
	exit(1);
}

static void wait_for(int events)
{
	int ready = bulkhead_wait(channel, events, PATIENCE_MS);

	if (!ready)
		ready = -ETIMEDOUT;
	if (ready < 0)
		die("wait", ready);
}

/* --- frames or cells, with the waiting --- */

static void put(const void *data, size_t length)
{
	int err;

	while ((err = cells ? bulkhead_send_cell(channel, data, length) :
			      bulkhead_send(channel, data, length)) == -EAGAIN || err == -EPIPE)
		wait_for(cells ? BULKHEAD_CELL_OUT : BULKHEAD_OUT);
	if (err)
		die("send", err);
}

static bool is_hello(const void *data, size_t length)
{
	return length == sizeof(hello) && !memcmp(data, hello, sizeof(hello));
}

static size_t get(void)
{
	size_t length;
	int err;

	for (;;) {
		err = cells ? bulkhead_recv_cell(channel, buffer, &length) :
			      bulkhead_recv(channel, buffer, bulkhead_frame_max(channel), &length);
		if (!err && !is_hello(buffer, length))
			return length;
		if (err == -EAGAIN)
			wait_for(cells ? BULKHEAD_CELL_IN : BULKHEAD_IN);
		else if (err)
			die("receive", err);
	}
}

/*
 * A kernel takes frames that no program waits for, and forgets them: so each end says hello
 * until it has heard the other, and then once more.
 */
static void meet(void)
{
	size_t length;
	int err;

	for (int waited = 0; waited < PATIENCE_MS; waited += HELLO_MS) {
		bulkhead_send(channel, hello, sizeof(hello));
		bulkhead_wait(channel, BULKHEAD_IN, HELLO_MS);
		do {
			err = bulkhead_recv(channel, buffer, bulkhead_frame_max(channel), &length);
			if (!err && is_hello(buffer, length)) {
				while ((err = bulkhead_send(channel, hello, sizeof(hello))) == -EAGAIN)
					wait_for(BULKHEAD_OUT);
				bulkhead_flush(channel);
				return;
			}
		} while (!err || err == -ECONNRESET);
	}
	die("nobody answers", -ETIMEDOUT);
}

/* Closing a ring takes away what the peer has not read: give it time, or until it has left. */
static void linger(void)
{
	size_t length;
	int err;

	do {
		err = bulkhead_recv(channel, buffer, bulkhead_frame_max(channel), &length);
	} while (err == 0 || (err == -EAGAIN && bulkhead_wait(channel, BULKHEAD_IN, LINGER_MS) > 0));
}

/* --- there and back --- */

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int cmd_echo(unsigned long count, unsigned long unused)
{
	(void)unused;
	for (unsigned long i = 0; !count || i < count; i++) {
		put(buffer, get());
		bulkhead_flush(channel);
	}
	linger();
	return 0;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static int cmd_ping(unsigned long count, unsigned long length)
{
	int64_t *took;

	count = count ? count : 1000;
	length = length ? length : sizeof(count);
	if (length < sizeof(count) || length > (cells ? BULKHEAD_CELL_MAX : bulkhead_frame_max(channel)))
		die("length", -EMSGSIZE);
	took = calloc(count, sizeof(*took));
	if (!took)
		die("ping", -ENOMEM);
	for (unsigned long i = 0; i < count; i++) {
		int64_t begin;

		memcpy(buffer, &i, sizeof(i));
		begin = now_ns();
		put(buffer, length);
		bulkhead_flush(channel);
		if (get() != length || memcmp(buffer, &i, sizeof(i)))
			die("answer", -EBADMSG);
		took[i] = now_ns() - begin;
	}
	qsort(took, count, sizeof(*took), by_value);
	printf("%lu x %lu bytes: least %" PRId64 " median %" PRId64 " most %" PRId64 " ns\n", count,
	       length, took[0], took[count / 2], took[count - 1]);
	free(took);
	return 0;
}

/* --- one way --- */

/* What frame @i is: a length and bytes that follow from its number. */
static size_t compose(uint8_t *to, uint64_t i)
{
	uint64_t x = i * 0x9e3779b97f4a7c15ULL;
	size_t length = 8 + (size_t)(x >> 40) % (i % 16 ? 500 : bulkhead_frame_max(channel) - 8);

	memcpy(to, &i, sizeof(i));
	for (size_t at = 8; at < length; at++)
		to[at] = (uint8_t)(x >> at % 8 * 8);
	return length;
}

static int cmd_send(unsigned long count, unsigned long unused)
{
	(void)unused;
	for (uint64_t i = 0; !count || i < count; i++) {
		size_t length = compose(buffer, i);

		put(buffer, length);
	}
	/* The receiver says when it has them all. */
	bulkhead_flush(channel);
	get();
	return 0;
}

static int cmd_receive(unsigned long count, unsigned long unused)
{
	uint8_t *expected = malloc(bulkhead_frame_max(channel));
	uint64_t bytes = 0;

	(void)unused;
	if (!expected)
		die("receive", -ENOMEM);
	for (uint64_t i = 0; !count || i < count; i++) {
		const void *payload;
		size_t length;
		int err;

		for (;;) {
			err = bulkhead_peek(channel, &payload, &length);
			if (!err && !is_hello(payload, length))
				break;
			if (!err)
				bulkhead_release(channel);
			else if (err == -EAGAIN)
				wait_for(BULKHEAD_IN);
			else
				die("receive", err);
		}
		if (length != compose(expected, i) || memcmp(payload, expected, length)) {
			fprintf(stderr, "bh-link: frame %" PRIu64 " of %zu bytes is not what was sent\n",
				i, length);
			return 1;
		}
		bulkhead_release(channel);
		bytes += length;
	}
	free(expected);
	put("done", 4);
	bulkhead_flush(channel);
	linger();
	printf("%lu frames, %" PRIu64 " bytes, as they were sent\n", count, bytes);
	return 0;
}

static int list(void)
{
	struct bulkhead_peer *peers;
	int count = bulkhead_list(&peers);

	if (count < 0)
		die("list", count);
	for (int i = 0; i < count; i++)
		printf("%s %s\n", peers[i].name, bulkhead_link_name(peers[i].link));
	free(peers);
	return 0;
}

/* --- */

static const struct {
	const char *name;
	int (*run)(unsigned long count, unsigned long length);
} commands[] = {
	{ "echo", cmd_echo },
	{ "ping", cmd_ping },
	{ "send", cmd_send },
	{ "receive", cmd_receive },
};

static int usage(void)
{
	fputs("usage: bh-link [-f|-r|-p] [-c] echo|ping|send|receive PEER [COUNT [LENGTH]]\n"
	      "       bh-link list\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	enum bulkhead_mode mode = BULKHEAD_FRAMES;
	unsigned int flags = 0;
	int option, err;

	while ((option = getopt(argc, argv, "frpc")) != -1) {
		switch (option) {
		case 'f':
			mode = BULKHEAD_FRAMES;
			break;
		case 'p':
			flags = BULKHEAD_POLLED;
			mode = BULKHEAD_RING;
			break;
		case 'r':
			mode = BULKHEAD_RING;
			break;
		case 'c':
			cells = true;
			break;
		default:
			return usage();
		}
	}
	argc -= optind;
	argv += optind;
	if (argc == 1 && !strcmp(argv[0], "list"))
		return list();
	if (argc < 2 || argc > 4)
		return usage();
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[0], commands[i].name))
			continue;
		err = bulkhead_open(argv[1], mode, flags, &channel);
		if (err)
			die(argv[1], err);
		buffer = malloc(bulkhead_frame_max(channel));
		if (!buffer)
			die(argv[1], -ENOMEM);
		meet();
		err = commands[i].run(argc > 2 ? strtoul(argv[2], NULL, 0) : 0,
				      argc > 3 ? strtoul(argv[3], NULL, 0) : 0);
		bulkhead_close(channel);
		free(buffer);
		return err;
	}
	return usage();
}
