/* SPDX-License-Identifier: GPL-2.0-only */
/* Consoles as unix sockets, for programs that want to talk to a partition. */
#ifndef BULKHEAD_IMAGE_RELAY_H
#define BULKHEAD_IMAGE_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#define BH_RELAY_CLIENTS	4	/* at a time, on one console */
#define BH_RELAY_BACKLOG	(1 << 20)	/* bytes that a client may be behind */

/*
 * struct bh_relay - one console's socket
 *
 * A client that attaches gets the last BH_RELAY_BACKLOG bytes that the
 * console said, and then everything as it comes; what it sends is typed. One
 * that falls further behind is dropped: it must not stop the partition.
 */
struct bh_relay {
	char *path;
	struct stat made;	/* by bind(); zeroed: nothing yet */
	int listener;
	struct {
		int fd;		/* -1: free */
		size_t sent;	/* of total */
	} clients[BH_RELAY_CLIENTS];
	char *backlog;			/* ring */
	size_t total;			/* bytes ever */
};

/*
 * bh_relay_open() - DIR/NAME.sock
 *
 * One that a killed run has left there is taken over. Returns 0 or -errno (reported); -EADDRINUSE
 * where somebody answers.
 */
int bh_relay_open(struct bh_relay *relay, const char *dir, const char *name);

/* Removes the socket's file, unless it is no longer this one's. Zeroed or failed to open: nothing. */
void bh_relay_close(struct bh_relay *relay);

void bh_relay_accept(struct bh_relay *relay);
void bh_relay_send(struct bh_relay *relay, const char *bytes, size_t len);

/* Does client @n wait for bytes that its socket had no room for? Then poll it for POLLOUT. */
bool bh_relay_behind(const struct bh_relay *relay, size_t n);
void bh_relay_flush(struct bh_relay *relay, size_t n);

/* What client @n typed; 0 when there is nothing, also when it has gone. */
size_t bh_relay_receive(struct bh_relay *relay, size_t n, char *bytes, size_t room);

#endif
