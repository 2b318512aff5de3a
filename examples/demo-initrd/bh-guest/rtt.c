// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests and replies of one size between two programs, over whatever there is: the same
 * two loops for all of them, so that what differs is what carries the bytes.
 *
 *	rtt serve WAY...	answers, for ever
 *	rtt ask COUNT SIZE WAY...	prints the median and the mean round trip in ns
 *
 * WAY is tcp|udp ADDRESS PORT, vsock CID PORT (to serve: any CID), or frames FILE.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest.h"

#define SIZE_MAX_BYTES	65536
#define WARM_UP		100

/* Each read is a message, whatever its size. */
static bool keeps_bounds(const char *way)
{
	return !strcmp(way, "udp") || !strcmp(way, "frames");
}

static int open_inet(bool udp, bool serve, char **argv)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])),
	};
	int fd = socket(AF_INET, udp ? SOCK_DGRAM : SOCK_STREAM, 0), one = 1;

	if (fd < 0 || inet_pton(AF_INET, argv[0], &address.sin_addr) != 1)
		return -1;
	if (!serve) {
		if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
			return -1;
	} else {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || (!udp && listen(fd, 8)))
			return -1;
	}
	return fd;
}

static int open_way(bool serve, int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[0], "frames"))
		return open(argv[1], O_RDWR);
	if (argc != 3)
		return errno = EINVAL, -1;
	if (!strcmp(argv[0], "vsock"))
		return serve ? vsock_listen(SOCK_STREAM, (unsigned int)atoi(argv[2])) :
			       vsock_connect(SOCK_STREAM, (unsigned int)atoi(argv[1]),
					     (unsigned int)atoi(argv[2]));
	if (!strcmp(argv[0], "tcp") || !strcmp(argv[0], "udp"))
		return open_inet(argv[0][0] == 'u', serve, argv + 1);
	return errno = EINVAL, -1;
}

/* --- the one that answers --- */

/* A frame's writer waits if its reader is slow, so nothing here has to. */
static int answer(int fd)
{
	static char data[SIZE_MAX_BYTES];
	ssize_t n;

	while ((n = read(fd, data, sizeof(data))) > 0) {
		if (write_all(fd, data, (size_t)n))
			return -1;
	}
	return (int)n;
}

static int answer_datagrams(int fd)
{
	static char data[SIZE_MAX_BYTES];
	struct sockaddr_in from;
	socklen_t length = sizeof(from);
	ssize_t n;

	while ((n = recvfrom(fd, data, sizeof(data), 0, (struct sockaddr *)&from, &length)) >= 0) {
		if (sendto(fd, data, (size_t)n, 0, (struct sockaddr *)&from, length) < 0)
			return -1;
		length = sizeof(from);
	}
	return -1;
}

static int serve(int argc, char **argv)
{
	int fd = open_way(true, argc, argv), one = 1;

	if (fd < 0)
		return fail(argv[0]);
	if (!strcmp(argv[0], "udp"))
		return answer_datagrams(fd), fail("udp");
	if (!strcmp(argv[0], "frames")) {
		/* The peer's program may come and go: its next life is as good. */
		while (answer(fd) >= 0 || errno == ECONNRESET || errno == EPIPE)
			;
		return fail(argv[1]);
	}
	for (;;) {
		int connection = accept(fd, NULL, NULL);

		if (connection < 0)
			return fail("accept");
		if (!strcmp(argv[0], "tcp"))
			setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		answer(connection);
		close(connection);
	}
}

/* --- the one that asks --- */

static int trip(int fd, const char *request, char *reply, size_t size, bool bounds)
{
	size_t got = 0;

	if (write_all(fd, request, size))
		return -1;
	while (got < size) {
		ssize_t n = read(fd, reply + got, bounds ? SIZE_MAX_BYTES : size - got);

		if (n <= 0)
			return n ? -1 : (errno = EPIPE, -1);
		got += (size_t)n;
	}
	if (got != size || memcmp(request, reply, size))
		return errno = EBADMSG, -1;
	return 0;
}

static int by_size(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int ask(int count, size_t size, int argc, char **argv)
{
	static char request[SIZE_MAX_BYTES], reply[SIZE_MAX_BYTES];
	int64_t *times = calloc((size_t)count, sizeof(*times)), sum = 0;
	bool bounds = keeps_bounds(argv[0]);
	int fd = open_way(false, argc, argv), one = 1;

	if (fd < 0 || !times)
		return fail(argv[0]);
	if (!strcmp(argv[0], "tcp"))
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	for (int i = -WARM_UP; i < count; i++) {
		int64_t begin;

		/* No reply is taken for another request's. */
		memcpy(request, &i, size < sizeof(i) ? size : sizeof(i));
		begin = now_ns(CLOCK_MONOTONIC);
		if (trip(fd, request, reply, size, bounds))
			return fail(argv[0]);
		if (i >= 0)
			times[i] = now_ns(CLOCK_MONOTONIC) - begin;
	}
	for (int i = 0; i < count; i++)
		sum += times[i];
	qsort(times, (size_t)count, sizeof(*times), by_size);
	say("rtt: median %lld mean %lld ns\n", (long long)times[count / 2], (long long)(sum / count));
	free(times);
	return EXIT_SUCCESS;
}

int cmd_rtt(int argc, char **argv)
{
	if (argc >= 3 && !strcmp(argv[0], "serve"))
		return serve(argc - 1, argv + 1);
	if (argc >= 5 && !strcmp(argv[0], "ask")) {
		int count = atoi(argv[1]), size = atoi(argv[2]);

		if (count > 0 && size > 0 && size <= SIZE_MAX_BYTES)
			return ask(count, (size_t)size, argc - 3, argv + 3);
	}
	return usage();
}
