// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load for the services of a channel: each end sends a pseudo-random stream for some
 * seconds and compares what it receives with what the other end has to send, byte for
 * byte. Whatever is lost, doubled, torn or out of order is seen at once.
 *
 * A stream goes as messages: a header with the position, and a payload whose bytes
 * and length follow from seed and position. Where a service keeps the bounds of messages
 * (frames, seqpacket), a message has to arrive in one piece and alone.
 *
 * /dev/bulkhead/PEER drops what comes while nobody has it open, and a console keeps
 * only its newest output while nobody looks: there the ends say hello until they hear
 * each other.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/vm_sockets.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "guest.h"

#define HELLO		0x6f6c6c65682d6862ULL
#define DATA		0x617461642d2d6862ULL
#define END		0x646e652d2d2d6862ULL

#define PAYLOAD_MAX	(60 * 1024)	/* longer than a frame of a small ring: a packet then goes in several */
#define FRAME_MAX	(16 * 1024)
#define CONSOLE_MAX	512
#define PATIENCE	(60 * NSEC_PER_SEC)	/* for the other end to come */

struct header {
	uint64_t kind;
	uint64_t position;
	uint64_t length;
};

struct message {
	struct header header;
	uint8_t payload[PAYLOAD_MAX + 8];
};

enum kind { TCP, STREAM, PACKETS, FRAMES, CONSOLE };

struct load {
	const char *name, *address;
	enum kind kind;
	int fd;
	bool nonblock;		/* what would wait is counted */
	int64_t seconds;
};

struct total {
	uint64_t bytes, messages, sum, waits;
};

/* Frames and packets have bounds; of the others any number of bytes may come at once. */
static bool is_bounded(const struct load *load)
{
	return load->kind == PACKETS || load->kind == FRAMES;
}

/* --- the stream --- */

static uint64_t mix(uint64_t x)
{
	x *= 0x9e3779b97f4a7c15ULL;
	x ^= x >> 29;
	x *= 0xbf58476d1ce4e5b9ULL;
	return x ^ x >> 32;
}

/* Short ones, pages, and long ones: a quarter, a half and a quarter of all messages. */
static uint64_t length_at(const struct load *load, uint64_t seed, uint64_t position)
{
	uint64_t x = mix(~seed ^ position << 8), limit = 1024;

	switch (x & 3) {
	case 0:
		limit = 64;
		break;
	case 1:
		limit = load->kind == FRAMES ? FRAME_MAX : PAYLOAD_MAX;
		break;
	}
	if (load->kind == CONSOLE && limit > CONSOLE_MAX)
		limit = CONSOLE_MAX;
	return 1 + (x >> 8) % limit;
}

/* The bytes of a stream from @position on; @at has room for seven more. */
static void fill(uint8_t *at, uint64_t seed, uint64_t position, uint64_t length)
{
	uint64_t skip = position % 8, i, word;

	for (i = 0; i < (length + skip + 7) / 8; i++) {
		word = mix(seed + position / 8 + i);
		if (i)
			memcpy(at + i * 8 - skip, &word, sizeof(word));
		else
			memcpy(at, (uint8_t *)&word + skip, 8 - skip);
	}
}

static void add(struct total *total, const struct message *message)
{
	for (uint64_t i = 0; i < message->header.length; i++)
		total->sum = (total->sum ^ message->payload[i]) * 0x100000001b3ULL;
	total->bytes += message->header.length;
	total->messages++;
}

/* --- messages --- */

static bool wait_for(int fd, short events, int64_t deadline)
{
	struct pollfd pollfd = { .fd = fd, .events = events };
	int64_t left = deadline - now_ns(CLOCK_MONOTONIC);

	return left > 0 && poll(&pollfd, 1, (int)(left / NSEC_PER_MSEC) + 1) > 0;
}

static int put(const struct load *load, const void *data, size_t size, struct total *total)
{
	const uint8_t *at = data;

	while (size) {
		ssize_t n = write(load->fd, at, size);

		if (n < 0 && errno == EAGAIN && load->nonblock) {
			total->waits++;
			wait_for(load->fd, POLLOUT, now_ns(CLOCK_MONOTONIC) + PATIENCE);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail("write");
		if (is_bounded(load) && (size_t)n != size) {
			fprintf(stderr, "load: %s: %zd bytes of a message of %zu were taken\n",
				load->name, n, size);
			return EXIT_FAILURE;
		}
		at += n;
		size -= (size_t)n;
	}
	return EXIT_SUCCESS;
}

static int put_message(const struct load *load, const struct message *message, struct total *total)
{
	return put(load, message, sizeof(message->header) + message->header.length, total);
}

static int say_hello(const struct load *load)
{
	const struct header hello = { .kind = HELLO };
	struct total none = { 0 };

	return put(load, &hello, sizeof(hello), &none);
}

/* Up to @size bytes; less at the end of a message or of everything. -1: failed. */
static ssize_t get(const struct load *load, void *data, size_t size)
{
	size_t have = 0;

	while (have < size) {
		ssize_t n = read(load->fd, (uint8_t *)data + have, size - have);

		if (n < 0 && errno == EAGAIN) {
			wait_for(load->fd, POLLIN, now_ns(CLOCK_MONOTONIC) + PATIENCE);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			fail("read");
			return -1;
		}
		have += (size_t)n;
		if (!n || is_bounded(load))
			break;
	}
	return (ssize_t)have;
}

/* Into @message, at most its size. Returns false when it is none; what is wrong was said. */
static bool get_message(const struct load *load, struct message *message)
{
	size_t whole = is_bounded(load) ? sizeof(*message) : sizeof(message->header);
	ssize_t n = get(load, message, whole);
	uint64_t length = message->header.length;

	if (n < 0)
		return false;
	if (n < (ssize_t)sizeof(message->header) || length > PAYLOAD_MAX) {
		fprintf(stderr, "load: %s: %zd bytes are no message\n", load->name, n);
		return false;
	}
	if (!is_bounded(load)) {
		ssize_t more = get(load, message->payload, length);

		if (more < 0)
			return false;
		n += more;
	}
	if ((uint64_t)n != sizeof(message->header) + length) {
		fprintf(stderr, "load: %s: a message of %zd bytes says that it has %" PRIu64 "\n", load->name,
			n, sizeof(message->header) + length);
		return false;
	}
	return true;
}

/* --- both directions --- */

static int send_stream(const struct load *load, uint64_t seed, struct total *total)
{
	int64_t end = now_ns(CLOCK_MONOTONIC) + load->seconds * NSEC_PER_SEC;
	static struct message message;

	message.header.kind = DATA;
	while (now_ns(CLOCK_MONOTONIC) < end) {
		message.header.position = total->bytes;
		message.header.length = length_at(load, seed, total->bytes);
		fill(message.payload, seed, total->bytes, message.header.length);
		if (put_message(load, &message, total))
			return EXIT_FAILURE;
		add(total, &message);
	}
	message.header = (struct header){ .kind = END, .position = total->bytes };
	return put_message(load, &message, total);
}

static int wrong(const struct load *load, uint64_t position, const char *what, uint64_t is,
		 uint64_t should)
{
	fprintf(stderr, "load: %s: at byte %" PRIu64 ": %s %#" PRIx64 " and not %#" PRIx64 "\n", load->name,
		position, what, is, should);
	return EXIT_FAILURE;
}

/* @message: what came first, already */
static int receive_stream(const struct load *load, uint64_t seed, struct total *total,
			  struct message *message)
{
	static uint8_t want[PAYLOAD_MAX + 8];

	do {
		const struct header *header = &message->header;
		uint64_t length;

		if (header->kind == HELLO && !total->messages)
			continue;
		if (header->position != total->bytes)
			return wrong(load, total->bytes, "there is position", header->position,
				     total->bytes);
		if (header->kind == END)
			return EXIT_SUCCESS;
		length = length_at(load, seed, total->bytes);
		if (header->kind != DATA || header->length != length)
			return wrong(load, total->bytes, "the length is", header->length, length);
		fill(want, seed, total->bytes, length);
		for (uint64_t i = 0; i < length; i++) {
			if (message->payload[i] != want[i])
				return wrong(load, total->bytes + i, "there is", message->payload[i],
					     want[i]);
		}
		add(total, message);
	} while (get_message(load, message));
	return EXIT_FAILURE;
}

static int report(const struct load *load, const char *did, const struct total *total)
{
	say("load: %s %s: %s %" PRIu64 " bytes in %" PRIu64 " messages, sum %016" PRIx64 ", %" PRIu64
	    " times full\n", load->name, load->address, did, total->bytes, total->messages, total->sum,
	    total->waits);
	return EXIT_SUCCESS;
}

static int run_sender(const struct load *load, const char *seed)
{
	struct total total = { 0 };

	if (send_stream(load, strtoull(seed, NULL, 0), &total))
		return EXIT_FAILURE;
	if (load->kind == TCP || load->kind == STREAM || load->kind == PACKETS)
		shutdown(load->fd, SHUT_WR);
	return report(load, "sent", &total);
}

static int run_receiver(const struct load *load, const char *seed, struct message *first)
{
	struct total total = { 0 };

	if (receive_stream(load, strtoull(seed, NULL, 0), &total, first))
		return EXIT_FAILURE;
	return report(load, "received", &total);
}

/* --- meeting the other end --- */

/* A number behind the last colon, what is before it cut off; or the whole. 0: none. */
static uint32_t split(char *address, const char **before)
{
	char *colon = strrchr(address, ':'), *rest;
	unsigned long port;

	*before = NULL;
	if (colon) {
		*colon = '\0';
		*before = address;
		address = colon + 1;
	}
	port = strtoul(address, &rest, 10);
	return *rest || port > UINT32_MAX ? 0 : (uint32_t)port;
}

static int open_socket(const struct load *load)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_vm vm = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY };
	struct sockaddr *address = load->kind == TCP ? (struct sockaddr *)&in : (struct sockaddr *)&vm;
	socklen_t size = load->kind == TCP ? sizeof(in) : sizeof(vm);
	int64_t end = now_ns(CLOCK_MONOTONIC) + PATIENCE;
	int type = load->kind == PACKETS ? SOCK_SEQPACKET : SOCK_STREAM, fd, one = 1;
	char copy[64];
	const char *host;
	uint32_t port;

	snprintf(copy, sizeof(copy), "%s", load->address);
	port = split(copy, &host);
	if (!port || (load->kind == TCP && host && inet_pton(AF_INET, host, &in.sin_addr) != 1)) {
		errno = EINVAL;
		return -1;
	}
	in.sin_port = htons((uint16_t)port);
	vm.svm_port = port;
	if (host && load->kind != TCP)
		vm.svm_cid = (unsigned int)strtoul(host, NULL, 10);
	for (;;) {
		fd = socket(address->sa_family, type | SOCK_CLOEXEC, 0);
		if (fd < 0)
			return -1;
		if (!host)
			break;
		if (!connect(fd, address, size))
			return fd;
		/* The other end may not be there yet. */
		close(fd);
		if (now_ns(CLOCK_MONOTONIC) > end)
			return -1;
		usleep(100000);
	}
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, address, size) || listen(fd, 1) || !wait_for(fd, POLLIN, end))
		return -1;
	return accept4(fd, NULL, NULL, SOCK_CLOEXEC);
}

static int open_file(const struct load *load)
{
	int fd = open(load->address, O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct termios raw;

	if (fd >= 0 && !tcgetattr(fd, &raw)) {
		cfmakeraw(&raw);
		tcsetattr(fd, TCSAFLUSH, &raw);
	}
	return fd;
}

/* Frames: say hello until something comes, and once more: now both have it open. */
static int meet_frames(const struct load *load, struct message *first)
{
	int64_t end = now_ns(CLOCK_MONOTONIC) + PATIENCE;

	do {
		/* EPIPE: the peer's kernel is not there yet. */
		if (say_hello(load) && errno != EPIPE)
			return EXIT_FAILURE;
		if (wait_for(load->fd, POLLIN, now_ns(CLOCK_MONOTONIC) + NSEC_PER_SEC / 4))
			return !get_message(load, first) || say_hello(load);
	} while (now_ns(CLOCK_MONOTONIC) < end);
	fprintf(stderr, "load: %s %s: nobody answers\n", load->name, load->address);
	return EXIT_FAILURE;
}

/*
 * A byte of a console, into @kind as the last of its eight: where messages begin is not
 * known there. Returns whether one came in time, -1 for a failure.
 */
static int shift_kind(const struct load *load, uint64_t *kind)
{
	uint8_t byte;

	if (!wait_for(load->fd, POLLIN, now_ns(CLOCK_MONOTONIC) + NSEC_PER_SEC / 4))
		return 0;
	if (get(load, &byte, 1) != 1)
		return -1;
	*kind = *kind >> 8 | (uint64_t)byte << 56;
	return 1;
}

/* The partition's end: somebody looks. A hello that came while this began may be cut. */
static int meet_viewer(const struct load *load)
{
	int64_t end = now_ns(CLOCK_MONOTONIC) + PATIENCE;
	uint64_t kind = 0;

	while (kind != HELLO) {
		int came = shift_kind(load, &kind);

		if (came < 0)
			return EXIT_FAILURE;
		if (!came && now_ns(CLOCK_MONOTONIC) > end) {
			fprintf(stderr, "load: %s %s: nobody looks\n", load->name, load->address);
			return EXIT_FAILURE;
		}
	}
	return EXIT_SUCCESS;
}

/* The manager's: the stream begins somewhere behind what the console had kept. */
static int meet_console(const struct load *load, struct message *first)
{
	int64_t end = now_ns(CLOCK_MONOTONIC) + PATIENCE;
	uint64_t kind = 0;

	if (say_hello(load))
		return EXIT_FAILURE;
	while (kind != DATA && kind != END) {
		int came = shift_kind(load, &kind);

		if (came < 0)
			return EXIT_FAILURE;
		if (came)
			continue;
		if (now_ns(CLOCK_MONOTONIC) > end) {
			fprintf(stderr, "load: %s %s: no stream begins\n", load->name, load->address);
			return EXIT_FAILURE;
		}
		if (say_hello(load))
			return EXIT_FAILURE;
	}
	first->header.kind = kind;
	if (get(load, &first->header.position, sizeof(first->header) - sizeof(kind)) < 0 ||
	    first->header.length > PAYLOAD_MAX)
		return EXIT_FAILURE;
	return get(load, first->payload, first->header.length) != (ssize_t)first->header.length;
}

static int meet(struct load *load, bool receives, struct message *first)
{
	bool file = load->kind == FRAMES || load->kind == CONSOLE;

	load->fd = file ? open_file(load) : open_socket(load);
	if (load->fd < 0) {
		fprintf(stderr, "load: %s: ", load->name);
		return fail(load->address);
	}
	if (load->nonblock)
		fcntl(load->fd, F_SETFL, fcntl(load->fd, F_GETFL) | O_NONBLOCK);
	if (load->kind == FRAMES)
		return meet_frames(load, first);
	if (load->kind == CONSOLE)
		return receives ? meet_console(load, first) : meet_viewer(load);
	return EXIT_SUCCESS;
}

/* --- the command --- */

static const char * const names[] = {
	[TCP] = "tcp", [STREAM] = "stream", [PACKETS] = "packets", [FRAMES] = "frames",
	[CONSOLE] = "console",
};

int cmd_load(int argc, char **argv)
{
	static struct message first = { .header.kind = HELLO };
	bool sends, receives;
	struct load load = { 0 };
	pid_t receiver = -1;
	int status = EXIT_SUCCESS, other = 0;
	char *rest;

	if (argc && !strcmp(argv[0], "-n")) {
		load.nonblock = true;
		argc--;
		argv++;
	}
	if (argc != 5)
		return usage();
	while (load.kind <= CONSOLE && strcmp(argv[0], names[load.kind]))
		load.kind++;
	load.seconds = strtol(argv[2], &rest, 10);
	if (load.kind > CONSOLE || *rest || load.seconds <= 0)
		return usage();
	load.name = argv[0];
	load.address = argv[1];
	sends = strcmp(argv[3], "-");
	receives = strcmp(argv[4], "-");
	/* A console has one direction: what is typed at it too fast is lost, as on any line. */
	if ((!sends && !receives) || (load.kind == CONSOLE && sends && receives))
		return usage();

	signal(SIGPIPE, SIG_IGN);
	if (meet(&load, receives, &first))
		return EXIT_FAILURE;
	if (sends && receives) {
		receiver = fork();
		if (receiver < 0)
			return fail("fork");
	}
	if (!receiver || !sends)
		status = run_receiver(&load, argv[4], &first);
	else
		status = run_sender(&load, argv[3]);
	/* Something wrong was heard: what is sent from here on is for nothing. */
	if (!receiver && status)
		kill(getppid(), SIGTERM);
	if (receiver > 0) {
		while (waitpid(receiver, &other, 0) < 0 && errno == EINTR)
			;
		if (!WIFEXITED(other) || WEXITSTATUS(other))
			status = EXIT_FAILURE;
	}
	return status;
}
