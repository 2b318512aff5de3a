// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* The public calls, as far as both modes share them. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "internal.h"

/* So many looks of an end that spins are between two at the clock. */
#define SPINS	256

PUBLIC int bulkhead_open(const char *peer, enum bulkhead_mode mode, unsigned int flags,
			 struct bulkhead_channel **channel)
{
	struct place *place = NULL;
	int err;

	*channel = NULL;
	if (!peer || !*peer || *peer == '.' || strchr(peer, '/') ||
	    strlen(peer) >= sizeof(((struct bulkhead_peer *)0)->name) ||
	    (mode != BULKHEAD_FRAMES && mode != BULKHEAD_RING) ||
	    flags & ~(mode == BULKHEAD_RING ? BULKHEAD_POLLED : 0U))
		return -EINVAL;
	err = double_from_environment(peer, mode, flags, channel);
	if (err)
		return err < 0 ? err : 0;
	if (mode == BULKHEAD_FRAMES)
		return frames_open(peer, channel);
	err = device_place(peer, &place);
	return err ? err : ring_open(place, false, flags, channel);
}

PUBLIC void bulkhead_close(struct bulkhead_channel *channel)
{
	if (channel)
		channel->kind->close(channel);
}

PUBLIC int bulkhead_reserve(struct bulkhead_channel *channel, size_t length, void **payload)
{
	if (length > channel->frame_max)
		return -EMSGSIZE;
	return channel->kind->reserve(channel, length, payload);
}

PUBLIC int bulkhead_commit(struct bulkhead_channel *channel, size_t length)
{
	return channel->kind->commit(channel, length);
}

PUBLIC int bulkhead_send(struct bulkhead_channel *channel, const void *data, size_t length)
{
	void *payload;
	int err = bulkhead_reserve(channel, length, &payload);

	if (err)
		return err;
	if (length)
		memcpy(payload, data, length);
	return bulkhead_commit(channel, length);
}

PUBLIC int bulkhead_peek(struct bulkhead_channel *channel, const void **payload, size_t *length)
{
	return channel->kind->peek(channel, payload, length);
}

PUBLIC void bulkhead_release(struct bulkhead_channel *channel)
{
	channel->kind->release(channel);
}

PUBLIC int bulkhead_recv(struct bulkhead_channel *channel, void *data, size_t room, size_t *length)
{
	const void *payload;
	int err = bulkhead_peek(channel, &payload, length);

	if (err)
		return err;
	if (*length > room)
		return -EMSGSIZE;
	if (*length)
		memcpy(data, payload, *length);
	bulkhead_release(channel);
	return 0;
}

PUBLIC int bulkhead_flush(struct bulkhead_channel *channel)
{
	channel->kind->flush(channel);
	return 0;
}

PUBLIC int bulkhead_send_cell(struct bulkhead_channel *channel, const void *data, size_t length)
{
	if (length > BULKHEAD_CELL_MAX)
		return -EMSGSIZE;
	return channel->kind->send_cell(channel, data, length);
}

PUBLIC int bulkhead_recv_cell(struct bulkhead_channel *channel, void *data, size_t *length)
{
	return channel->kind->recv_cell(channel, data, length);
}

PUBLIC size_t bulkhead_frame_max(const struct bulkhead_channel *channel)
{
	return channel->frame_max;
}

PUBLIC enum bulkhead_link bulkhead_link(struct bulkhead_channel *channel)
{
	return channel->kind->link(channel);
}

PUBLIC int bulkhead_fd(const struct bulkhead_channel *channel)
{
	return channel->fd;
}

PUBLIC int bulkhead_prepare(struct bulkhead_channel *channel, int events,
			    short *poll_events)
{
	return channel->kind->prepare(channel, events, poll_events);
}

/* --- waiting --- */

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__riscv)
	/* PAUSE of Zihintpause: a hint elsewhere. */
	__asm__ volatile(".4byte 0x100000f");
#endif
}

static int spin(struct bulkhead_channel *ch, int events, int64_t deadline)
{
	unsigned int i;
	short unused;
	int ready;

	for (;;) {
		for (i = 0; i < SPINS; i++) {
			ready = ch->kind->prepare(ch, events, &unused);
			if (ready)
				return ready;
			relax();
		}
		if (deadline >= 0 && now_ns() >= deadline)
			return 0;
	}
}

PUBLIC int bulkhead_wait(struct bulkhead_channel *channel, int events, int timeout)
{
	int64_t deadline = timeout < 0 ? -1 : now_ns() + timeout * INT64_C(1000000);
	struct pollfd pfd = { .fd = channel->fd };

	if (channel->polled)
		return spin(channel, events, deadline);
	for (;;) {
		int ready = channel->kind->prepare(channel, events, &pfd.events);
		int64_t left = deadline < 0 ? 0 : deadline - now_ns();
		struct timespec t;

		if (ready)
			return ready;
		if (deadline >= 0 && left <= 0)
			return 0;
		t.tv_sec = left / 1000000000;
		t.tv_nsec = left % 1000000000;
		if (ppoll(&pfd, 1, deadline < 0 ? NULL : &t, NULL) < 0)
			return -errno;
		if (pfd.revents & (POLLERR | POLLNVAL))
			return -ENODEV;
	}
}
