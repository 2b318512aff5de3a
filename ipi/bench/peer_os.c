// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel has for two processes: a pipe and a Unix socket, a system call a message. */

#include <err.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

static int from = -1, to = -1;

static bool pipe_open(uint8_t *arena, int size, uint32_t room)
{
	int fd[2];

	(void)arena;
	(void)size;
	(void)room;
	if (pipe(fd))
		err(1, "pipe");
	from = fd[0];
	to = fd[1];
	return true;
}

static bool socket_open(uint8_t *arena, int size, uint32_t room)
{
	int fd[2];

	(void)arena;
	(void)size;
	(void)room;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd))
		err(1, "socketpair");
	from = fd[0];
	to = fd[1];
	return true;
}

static void os_close(void)
{
	close(from);
	close(to);
}

static always_inline void os_produce(const uint8_t *table, uint64_t count, uint32_t size)
{
	uint64_t i;

	for (i = 0; i < count; i++)
		if (write(to, table + i % TABLE * size, size) != (ssize_t)size)
			err(1, "write");
}

static always_inline void os_consume(uint8_t *table, uint64_t count, uint32_t size)
{
	uint64_t i;

	for (i = 0; i < count; i++) {
		uint32_t have = 0;

		while (have < size) {
			ssize_t got = read(from, table + i % TABLE * size + have, size - have);

			if (got <= 0)
				err(1, "read");
			have += (uint32_t)got;
		}
	}
}

SIZED_PAIR(os)

const struct stream stream_pipe = {
	.name = "pipe",
	.what = "write() and read() of a pipe, a message a call",
	.open = pipe_open,
	.close = os_close,
	.produce = SIZED_TABLE(os_produce),
	.consume = SIZED_TABLE(os_consume),
	.slow = true,
};

const struct stream stream_socket = {
	.name = "socket",
	.what = "write() and read() of a Unix socket, a message a call",
	.open = socket_open,
	.close = os_close,
	.produce = SIZED_TABLE(os_produce),
	.consume = SIZED_TABLE(os_consume),
	.slow = true,
};
