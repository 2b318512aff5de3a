// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Frame mode: read, write and poll of /dev/bulkhead/PEER. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

const char *bulkhead_dev = "/dev/bulkhead";

struct frames {
	struct bulkhead_channel ch;
	char peer[sizeof(((struct bulkhead_peer *)0)->name)];
	uint8_t *in, *out;	/* frame_max bytes each */
	bool have;		/* a frame is in @in */
	size_t have_length, reserved;
};

#define to_frames(c)	((struct frames *)(c))

/* What is reserved when nothing is. */
#define NOTHING		SIZE_MAX

static void frames_close(struct bulkhead_channel *ch)
{
	struct frames *f = to_frames(ch);

	close(ch->fd);
	free(f->in);
	free(f->out);
	free(f);
}

static int frames_reserve(struct bulkhead_channel *ch, size_t length, void **payload)
{
	struct frames *f = to_frames(ch);

	f->reserved = length;
	*payload = f->out;
	return 0;
}

static int frames_commit(struct bulkhead_channel *ch, size_t length)
{
	struct frames *f = to_frames(ch);

	if (f->reserved == NOTHING || length > f->reserved)
		return -EINVAL;
	if (write(ch->fd, f->out, length) < 0)
		return -errno;
	f->reserved = NOTHING;
	return 0;
}

static int frames_peek(struct bulkhead_channel *ch, const void **payload, size_t *length)
{
	struct frames *f = to_frames(ch);
	ssize_t n;

	if (!f->have) {
		n = read(ch->fd, f->in, ch->frame_max);
		if (n < 0)
			return -errno;
		f->have = true;
		f->have_length = (size_t)n;
	}
	*payload = f->in;
	*length = f->have_length;
	return 0;
}

static void frames_release(struct bulkhead_channel *ch)
{
	to_frames(ch)->have = false;
}

static void frames_flush(struct bulkhead_channel *ch)
{
	(void)ch;
}

static int frames_send_cell(struct bulkhead_channel *ch, const void *data, size_t length)
{
	(void)ch;
	(void)data;
	(void)length;
	return -EOPNOTSUPP;
}

static int frames_recv_cell(struct bulkhead_channel *ch, void *data, size_t *length)
{
	(void)ch;
	(void)data;
	(void)length;
	return -EOPNOTSUPP;
}

static enum bulkhead_link frames_link(struct bulkhead_channel *ch)
{
	return sysfs_link(to_frames(ch)->peer, "raw");
}

static int frames_prepare(struct bulkhead_channel *ch, int events, short *poll_events)
{
	struct pollfd pfd = { .fd = ch->fd };
	int ready = 0;

	if (events & BULKHEAD_IN)
		pfd.events |= POLLIN;
	if (events & BULKHEAD_OUT)
		pfd.events |= POLLOUT;
	*poll_events = pfd.events;
	if (events & BULKHEAD_IN && to_frames(ch)->have)
		ready |= BULKHEAD_IN;
	/* Cells have only their error to show. */
	ready |= events & (BULKHEAD_CELL_IN | BULKHEAD_CELL_OUT);
	if (poll(&pfd, 1, 0) < 0)
		return errno == EINTR ? ready : -errno;
	if (pfd.revents & (POLLERR | POLLNVAL))
		return -ENODEV;
	if (pfd.revents & POLLIN)
		ready |= BULKHEAD_IN;
	if (pfd.revents & POLLOUT)
		ready |= BULKHEAD_OUT;
	return ready;
}

static const struct kind frames_kind = {
	.close = frames_close,
	.reserve = frames_reserve,
	.commit = frames_commit,
	.peek = frames_peek,
	.release = frames_release,
	.flush = frames_flush,
	.send_cell = frames_send_cell,
	.recv_cell = frames_recv_cell,
	.link = frames_link,
	.prepare = frames_prepare,
};

int frames_open(const char *peer, struct bulkhead_channel **ch)
{
	char path[256], text[32], *end;
	struct frames *f;
	int err;

	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->ch.kind = &frames_kind;
	f->reserved = NOTHING;
	snprintf(f->peer, sizeof(f->peer), "%s", peer);
	snprintf(path, sizeof(path), "%s/%s", bulkhead_dev, peer);
	f->ch.fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (f->ch.fd < 0) {
		err = -errno;
		goto err_free;
	}
	err = sysfs_read(peer, "raw", "frame_max", text, sizeof(text));
	if (err)
		goto err_close;
	f->ch.frame_max = strtoul(text, &end, 10);
	if (!f->ch.frame_max || *end) {
		err = -EPROTO;
		goto err_close;
	}
	f->in = malloc(f->ch.frame_max);
	f->out = malloc(f->ch.frame_max);
	if (!f->in || !f->out) {
		err = -ENOMEM;
		goto err_close;
	}
	*ch = &f->ch;
	return 0;

err_close:
	close(f->ch.fd);
err_free:
	free(f->in);
	free(f->out);
	free(f);
	return err;
}
