// SPDX-License-Identifier: GPL-2.0-only
/*
 * AF_VSOCK by its promises: every byte in order, a message is a message, a half that is
 * closed leaves the other open, and who is not read waits.
 *
 * What is sent is a function of its position, so the receiver needs no copy of it, and finds
 * what is lost, doubled or torn. Messages of seqpacket have lengths by their
 * number.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "guest.h"

#define PIECE	65536
#define WAIT_NS	NSEC_PER_SEC	/* a reader that is asleep, and not only slow */

struct answer {
	uint64_t bytes, messages;
};

static int socket_type(const char *type)
{
	return !strcmp(type, "stream") ? SOCK_STREAM : !strcmp(type, "seqpacket") ? SOCK_SEQPACKET : -1;
}

int vsock_listen(int type, unsigned int port)
{
	struct sockaddr_vm address = {
		.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = port,
	};
	int fd = socket(AF_VSOCK, type, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 8))
		return -1;
	return fd;
}

int vsock_connect(int type, unsigned int cid, unsigned int port)
{
	struct sockaddr_vm address = { .svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = port };
	int fd = socket(AF_VSOCK, type, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		int err = errno;

		close(fd);
		errno = err;
		return -1;
	}
	return fd;
}

static unsigned char byte_at(uint64_t position)
{
	uint64_t word = (position / 8 + 1) * UINT64_C(0x9e3779b97f4a7c15);

	return (unsigned char)(word >> (position % 8 * 8));
}

/* How much the next call of send() takes: whole pieces, or a message of some length. */
static size_t piece(int type, uint64_t message)
{
	return type == SOCK_STREAM ? PIECE : 1 + message * 7919 % PIECE;
}

static int errno_name(const char *what)
{
	printf("%s: %s\n", what, strerrorname_np(errno));
	return EXIT_FAILURE;
}

/* --- sending --- */

/*
 * It blocks: a send that may not, and finds room for a part of a message of seqpacket,
 * sends the part and fails with EAGAIN on every transport of Linux.
 */
static int send_pieces(int fd, int type, uint64_t total, uint64_t *messages)
{
	static unsigned char data[PIECE];
	uint64_t sent = 0;

	while (sent < total) {
		size_t size = piece(type, *messages), at = 0;

		if (size > total - sent)
			size = total - sent;
		for (size_t i = 0; i < size; i++)
			data[i] = byte_at(sent + i);
		while (at < size) {
			int64_t begin = now_ns(CLOCK_MONOTONIC), waited;
			ssize_t n = send(fd, data + at, size - at, MSG_NOSIGNAL);

			if (n < 0)
				return -1;
			at += (size_t)n;
			waited = now_ns(CLOCK_MONOTONIC) - begin;
			if (waited > WAIT_NS)
				say("waited %lld ms before it had sent %llu bytes\n",
				    (long long)(waited / NSEC_PER_MSEC), (unsigned long long)(sent + at));
		}
		sent += size;
		*messages += 1;
	}
	return 0;
}

/* Sends, closes its half, and reads what the other end says that it got. */
static int do_send(int type, unsigned int cid, unsigned int port, uint64_t total)
{
	struct answer answer;
	uint64_t messages = 0;
	ssize_t n;
	int fd, tries = 0;

	/* The receiver may have been started at the same time. */
	while ((fd = vsock_connect(type, cid, port)) < 0 && errno == ECONNRESET && tries++ < 100)
		usleep(100000);
	if (fd < 0)
		return errno_name("connect");
	if (send_pieces(fd, type, total, &messages))
		return errno_name("send");
	if (shutdown(fd, SHUT_WR))
		return errno_name("shutdown");
	n = recv(fd, &answer, sizeof(answer), MSG_WAITALL);
	if (n < 0)
		return errno_name("answer");
	if (n != sizeof(answer) || answer.bytes != total ||
	    (type == SOCK_SEQPACKET && answer.messages != messages)) {
		printf("sent %llu bytes, %llu messages; an answer of %zd bytes says %llu, %llu\n",
		       (unsigned long long)total, (unsigned long long)messages, n,
		       (unsigned long long)answer.bytes, (unsigned long long)answer.messages);
		return EXIT_FAILURE;
	}
	/* Nothing behind the answer but the end. */
	if (recv(fd, &answer, sizeof(answer), 0))
		return errno_name("the end");
	printf("sent %llu bytes in %llu messages\n", (unsigned long long)total,
	       (unsigned long long)messages);
	return EXIT_SUCCESS;
}

/* --- receiving --- */

static int receive_all(int fd, int type, struct answer *answer)
{
	static unsigned char data[PIECE + 1];
	ssize_t n;

	while ((n = recv(fd, data, sizeof(data), 0)) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (data[i] != byte_at(answer->bytes + (uint64_t)i)) {
				printf("byte %llu is wrong\n",
				       (unsigned long long)(answer->bytes + (uint64_t)i));
				return -1;
			}
		}
		answer->bytes += (uint64_t)n;
		/* The last message may be cut by the total. */
		if (type == SOCK_SEQPACKET && (size_t)n > piece(type, answer->messages)) {
			printf("message %llu has %zd bytes\n", (unsigned long long)answer->messages, n);
			return -1;
		}
		answer->messages++;
	}
	return n < 0 ? (errno_name("receive"), -1) : 0;
}

static int do_receive(int type, unsigned int port, unsigned int asleep)
{
	struct answer answer = { 0 };
	int listener = vsock_listen(type, port), fd;

	if (listener < 0)
		return errno_name("listen");
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		return errno_name("accept");
	close(listener);
	sleep(asleep);
	if (receive_all(fd, type, &answer))
		return EXIT_FAILURE;
	if (send(fd, &answer, sizeof(answer), MSG_NOSIGNAL) != sizeof(answer))
		return errno_name("answer");
	printf("received %llu bytes in %llu messages\n", (unsigned long long)answer.bytes,
	       (unsigned long long)answer.messages);
	return EXIT_SUCCESS;
}

/* --- connections that come to nothing --- */

static int do_hold(int type, unsigned int cid, unsigned int port)
{
	int fd = vsock_connect(type, cid, port);
	ssize_t n;
	char byte;

	if (fd < 0)
		return errno_name("connect");
	say("connected\n");
	n = recv(fd, &byte, 1, 0);
	if (n < 0)
		return errno_name("receive");
	printf("receive: %zd bytes\n", n);
	return EXIT_SUCCESS;
}

static int do_accept(int type, unsigned int port)
{
	int listener = vsock_listen(type, port);

	if (listener < 0)
		return errno_name("listen");
	if (accept(listener, NULL, NULL) < 0)
		return errno_name("accept");
	say("accepted\n");
	pause();
	return EXIT_SUCCESS;
}

static unsigned int number(const char *text)
{
	return (unsigned int)strtoul(text, NULL, 0);
}

int cmd_vsock(int argc, char **argv)
{
	int type = argc >= 3 ? socket_type(argv[1]) : -1;

	if (type < 0)
		return usage();
	if (!strcmp(argv[0], "send") && argc == 5)
		return do_send(type, number(argv[2]), number(argv[3]), strtoull(argv[4], NULL, 0));
	if (!strcmp(argv[0], "receive") && (argc == 3 || argc == 4))
		return do_receive(type, number(argv[2]), argc == 4 ? number(argv[3]) : 0);
	if (!strcmp(argv[0], "hold") && argc == 4)
		return do_hold(type, number(argv[2]), number(argv[3]));
	if (!strcmp(argv[0], "accept") && argc == 3)
		return do_accept(type, number(argv[2]));
	return usage();
}
