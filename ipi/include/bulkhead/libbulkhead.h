/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * libbulkhead: frames between programs of two partitions. libbulkhead(3) is its manual.
 *
 * A channel is opened by the name of the peer, in one of two modes. The other end may be in
 * either, without knowing which.
 *
 *	BULKHEAD_FRAMES	/dev/bulkhead/PEER: the kernel has the channel, a frame costs a
 *			system call; Ethernet, AF_VSOCK and the rest go on beside it.
 *	BULKHEAD_RING	/dev/bulkhead/PEER.ring: the program has the whole channel, mapped.
 *			A frame costs no system call; the kernel's services of this channel are
 *			down until it is closed.
 *
 * No call but bulkhead_wait() waits. Calls return 0 or more, or a negative errno:
 *
 *	-EAGAIN		nothing to receive, or no room to send: bulkhead_wait()
 *	-EPIPE		the peer is not there, or what it wrote can't be: nothing can be sent
 *			until it begins a new life
 *	-ECONNRESET	from what receives, once: the peer has left or begun a new life. What was
 *			on its way between the two is gone.
 *	-EMSGSIZE	longer than bulkhead_frame_max(), or than the buffer
 *	-ENODEV		the device is gone
 *
 * What comes while no program has the peer's end open is dropped by the kernel there, and the
 * sender does not hear of it: who speaks first repeats it until there is an answer.
 *
 * A channel is used by one thread at a time, and not by a child after fork().
 */
#ifndef BULKHEAD_LIBBULKHEAD_H
#define BULKHEAD_LIBBULKHEAD_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bulkhead_channel;

enum bulkhead_mode {
	BULKHEAD_FRAMES,
	BULKHEAD_RING,
};

/*
 * For BULKHEAD_RING: this end never sleeps, so that its peer need not look whether to wake it.
 * bulkhead_wait() then spins, and bulkhead_fd() says nothing.
 */
#define BULKHEAD_POLLED		(1U << 0)

/* Events. Cells and frames are two queues. */
#define BULKHEAD_IN		(1 << 0)	/* bulkhead_recv() has something to say */
#define BULKHEAD_OUT		(1 << 1)	/* bulkhead_send() has: the length that failed last fits */
#define BULKHEAD_CELL_IN	(1 << 2)
#define BULKHEAD_CELL_OUT	(1 << 3)

enum bulkhead_link {
	BULKHEAD_DOWN,		/* the peer is not there */
	BULKHEAD_UP,
	BULKHEAD_QUARANTINED,	/* what the peer wrote can't be; until its next life */
	BULKHEAD_FOREIGN,	/* the peer's end is of a version or shape that is not this one's */
	BULKHEAD_TAKEN,		/* a program of this partition has the channel in ring mode */
};

/* The longest cell, bytes. */
#define BULKHEAD_CELL_MAX	56

/*
 * bulkhead_open() - one end of the channel to @peer
 * @peer: the name of a partition that the plan links with this one
 * @flags: BULKHEAD_POLLED or 0
 *
 * The peer need not be there yet: wait for BULKHEAD_OUT. Errors: -EINVAL (no name, no mode, an
 * unknown flag), -ENOENT (no such peer), -EACCES (not in the node's group), -EBUSY (another
 * program has it), -EPROTO (the kernel speaks another version), -ENOMEM and what open(2) and
 * mmap(2) return.
 *
 * Where BULKHEAD_DOUBLE is in the environment and names @peer, a double is opened instead:
 * bulkhead_double_export().
 */
int bulkhead_open(const char *peer, enum bulkhead_mode mode, unsigned int flags,
		  struct bulkhead_channel **channel);

/*
 * bulkhead_close() - leave; NULL is fine
 *
 * What was sent is published. In ring mode the peer loses what it has not read by then: let
 * it answer before you leave.
 */
void bulkhead_close(struct bulkhead_channel *channel);

/*
 * bulkhead_send() - a frame of @length bytes from @data
 *
 * In ring mode it is published when a batch is full: bulkhead_flush() behind the last one, or
 * bulkhead_wait(). Returns 0, -EAGAIN, -EMSGSIZE, -EPIPE or -ENODEV.
 */
int bulkhead_send(struct bulkhead_channel *channel, const void *data, size_t length);

/*
 * bulkhead_recv() - the next frame, to @data
 * @room: bytes of @data
 * @length: those of the frame. When there is less room: -EMSGSIZE, and the frame stays.
 *
 * Returns 0, -EAGAIN, -ECONNRESET, -EMSGSIZE or -ENODEV.
 */
int bulkhead_recv(struct bulkhead_channel *channel, void *data, size_t room, size_t *length);

/*
 * bulkhead_reserve() - room for a frame of up to @length bytes, to be written in place
 * @payload: where, aligned to 8 bytes. In ring mode that is the ring itself.
 *
 * Nothing is sent before bulkhead_commit(). Sending or reserving anything else forgets it. Returns
 * as bulkhead_send() does.
 */
int bulkhead_reserve(struct bulkhead_channel *channel, size_t length, void **payload);

/*
 * bulkhead_commit() - send the first @length bytes of what was reserved
 *
 * Published as bulkhead_send() says. Returns 0; -EPIPE when the peer has left in between, or -EINVAL
 * when nothing of that length is reserved. In frame mode also -EAGAIN, and it may be called again.
 */
int bulkhead_commit(struct bulkhead_channel *channel, size_t length);

/*
 * bulkhead_peek() - the next frame, where it lies
 *
 * It stays the next one until bulkhead_release(). In ring mode it lies in memory that the peer can
 * write: a peer that is not trusted may change it while it is read. Returns 0, -EAGAIN,
 * -ECONNRESET or -ENODEV; the last two and every -EPIPE of another call end what was peeked.
 */
int bulkhead_peek(struct bulkhead_channel *channel, const void **payload, size_t *length);

/* bulkhead_release() - done with the frame that bulkhead_peek() showed */
void bulkhead_release(struct bulkhead_channel *channel);

/* bulkhead_flush() - let the peer see all that was sent, and wake it if it waits. Returns 0. */
int bulkhead_flush(struct bulkhead_channel *channel);

/*
 * Cells: up to BULKHEAD_CELL_MAX bytes, where latency counts. They are at once visible to the
 * peer. Only between two ends in ring mode: else -EOPNOTSUPP. Otherwise they return what
 * bulkhead_send() and bulkhead_recv() do.
 *
 * @data of bulkhead_recv_cell() has BULKHEAD_CELL_MAX bytes, and all of them may be written.
 */
int bulkhead_send_cell(struct bulkhead_channel *channel, const void *data, size_t length);
int bulkhead_recv_cell(struct bulkhead_channel *channel, void *data, size_t *length);

/*
 * bulkhead_frame_max() - the longest frame of this channel, bytes
 *
 * In ring mode it is that of the ring; while the other end is not in ring mode, frames of more
 * than 1 MiB are -EMSGSIZE all the same.
 */
size_t bulkhead_frame_max(const struct bulkhead_channel *channel);

/* bulkhead_link() - what is known of the peer now */
enum bulkhead_link bulkhead_link(struct bulkhead_channel *channel);

/* bulkhead_link_name() - "up" and so on, as sysfs has it; "unknown" for what is none of them */
const char *bulkhead_link_name(enum bulkhead_link link);

/*
 * bulkhead_wait() - until something of @events has happened
 * @events: BULKHEAD_IN and so on
 * @timeout: milliseconds; 0: only look; -1: no limit
 *
 * Flushes first. Returns the events. 0: the time is over. -EINTR: a signal came. -ENODEV.
 */
int bulkhead_wait(struct bulkhead_channel *channel, int events, int timeout);

/*
 * For programs with an event loop of their own: bulkhead_prepare() before every poll(2) or
 * the like. When it returns events, don't sleep. When it returns 0, poll bulkhead_fd() for
 * *@poll_events (POLLIN, POLLOUT), and then call it again. It never waits.
 */
int bulkhead_fd(const struct bulkhead_channel *channel);
int bulkhead_prepare(struct bulkhead_channel *channel, int events, short *poll_events);

/* struct bulkhead_peer - a channel of this partition */
struct bulkhead_peer {
	char name[64];
	enum bulkhead_link link;
};

/*
 * bulkhead_list() - the channels of this partition, by name
 * @peers: an array, to be freed with free(3); NULL when there are none
 *
 * Returns how many, or -ENODEV when this kernel has no channels at all.
 */
int bulkhead_list(struct bulkhead_peer **peers);

/*
 * Test doubles: a channel that is shared memory of the host, with both ends in one process
 * or in two. The ends are opened as side 0 and side 1, and all calls above do what they do
 * in a partition, but for the other services of the channel. Made for tests.
 */
struct bulkhead_double;

/*
 * bulkhead_double_new() - a channel
 * @section: bytes of each direction, a multiple of 4096; 524288 is what `size: 1M` of a plan has
 *
 * Returns 0, -EINVAL, or what memfd_create(2), eventfd(2) and mmap(2) return.
 */
int bulkhead_double_new(size_t section, struct bulkhead_double **pair);

/* Ends that are open stay so. */
void bulkhead_double_free(struct bulkhead_double *pair);

/* bulkhead_double_open() - end @side, 0 or 1. Returns as bulkhead_open() does. */
int bulkhead_double_open(struct bulkhead_double *pair, int side, enum bulkhead_mode mode,
			 unsigned int flags, struct bulkhead_channel **channel);

/*
 * bulkhead_double_export() - let a program that this one starts open end @side as @peer
 * @text: gets what BULKHEAD_DOUBLE has to be in its environment; for several doubles, join
 *	texts with blanks
 *
 * The program inherits descriptors, which are not closed by execve(2) from here on. Returns 0,
 * -EINVAL or -ENOSPC (@room bytes are too few).
 */
int bulkhead_double_export(struct bulkhead_double *pair, int side, const char *peer,
			   char *text, size_t room);

/*
 * bulkhead_double_bury() - what a kernel does when a program has died: its end is closed
 *
 * Returns 0, or -EBUSY when a program has that end.
 */
int bulkhead_double_bury(struct bulkhead_double *pair, int side);

/* The section that end @side writes, for tests that play a peer gone mad. */
void *bulkhead_double_section(struct bulkhead_double *pair, int side);

#ifdef __cplusplus
}
#endif

#endif
