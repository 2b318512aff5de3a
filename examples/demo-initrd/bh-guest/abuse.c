// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ends of a channel that keep to the protocol and are no pleasure all the same: programs that
 * take the ring and do not read, or send without an end what nobody wants; that write frames
 * of no length; that take the ring and give it back.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bulkhead/ring_device.h>

#include "bh_ring.h"
#include "guest.h"

struct taken {
	struct bh_ring ring;
	struct bh_ring_setup setup;
	int node;
};

static int take(struct taken *t, const char *peer)
{
	struct bh_ring_info info = { .size = sizeof(info) };
	char path[128];

	snprintf(path, sizeof(path), "/dev/bulkhead/%s.ring", peer);
	t->node = open(path, O_RDWR | O_CLOEXEC);
	if (t->node < 0 || ioctl(t->node, BH_RING_INFO, &info))
		return -1;
	t->setup.size = info.section;
	t->setup.owner = info.owner;
	t->setup.peer_id = info.peer;
	t->setup.epoch = info.epoch;
	t->setup.doorbell = info.doorbell;
	t->setup.own = mmap(NULL, info.section, PROT_READ | PROT_WRITE, MAP_SHARED, t->node,
			    (off_t)info.own_offset);
	t->setup.peer = mmap(NULL, info.section, PROT_READ, MAP_SHARED, t->node,
			     (off_t)info.peer_offset);
	if (t->setup.own == MAP_FAILED || t->setup.peer == MAP_FAILED)
		return -1;
	if (bh_ring_init(&t->ring, &t->setup)) {
		errno = EINVAL;
		return -1;
	}
	bh_ring_open(&t->ring, &t->setup);
	return ioctl(t->node, BH_RING_BELL);
}

/* True while the link is up; never sleeps, so it need not arm. */
static bool look(struct taken *t)
{
	uint64_t accepted = t->ring.accepted;

	bh_ring_check_peer(&t->ring);
	if (t->ring.accepted != accepted)
		ioctl(t->node, BH_RING_BELL);
	return t->ring.link == BH_LINK_UP;
}

/* Live on the ring, and read nothing for as long as there is a file. */
static int sulk(const char *peer, const char *file)
{
	static uint8_t data[1 << 20];
	static struct taken t;
	uint64_t frames = 0;
	uint32_t length;
	uint16_t port;
	bool rung;

	if (take(&t, peer))
		return fail(peer);
	for (;;) {
		if (!look(&t) || !access(file, F_OK)) {
			usleep(1000);
			continue;
		}
		rung = false;
		while (!bh_rx_recv(&t.ring, data, sizeof(data), &length, &port, &rung))
			frames++;
		if (bh_rx_give_back(&t.ring) || rung)
			ioctl(t.node, BH_RING_BELL);
		usleep(1000);
	}
}

/* Ethernet to everybody, of no protocol, as fast as it goes: more work to receive than to send. */
static int flood(const char *peer, double seconds)
{
	int64_t end = now_ns(CLOCK_MONOTONIC) + (int64_t)(seconds * (double)NSEC_PER_SEC);
	static struct taken t;
	uint8_t frame[8 + 60] = { [8] = 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, [20] = 0x88, 0xb5 };
	uint64_t frames = 0;

	if (take(&t, peer))
		return fail(peer);
	while (now_ns(CLOCK_MONOTONIC) < end) {
		bool rung = false;

		if (!look(&t))
			continue;
		for (int i = 0; i < 1000; i++)
			frames += !bh_tx_send(&t.ring, BH_PORT_NET, frame, sizeof(frame), &rung);
		if (bh_tx_flush(&t.ring) || rung)
			ioctl(t.node, BH_RING_BELL);
	}
	say("flooded with %" PRIu64 " frames\n", frames);
	return EXIT_SUCCESS;
}

/* Take a ring and give it back, so often; the longest time that both took. */
static int grab(const char *peer, unsigned long count)
{
	int64_t longest = 0;
	char path[128];

	snprintf(path, sizeof(path), "/dev/bulkhead/%s.ring", peer);
	for (unsigned long i = 0; i < count; i++) {
		int64_t began = now_ns(CLOCK_MONOTONIC), took;
		int node = open(path, O_RDWR | O_CLOEXEC);

		if (node < 0)
			return fail(path);
		close(node);
		took = now_ns(CLOCK_MONOTONIC) - began;
		if (took > longest)
			longest = took;
	}
	say("grabbed %lu times, in %" PRId64 " us at most\n", count, longest / 1000);
	return EXIT_SUCCESS;
}

/* Frames of one length, until there are so many or for a second no room. */
static int stuff(const char *path, size_t size, unsigned long count)
{
	int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	char *data = calloc(1, size + 1);
	unsigned long i;

	if (fd < 0 || !data)
		return fail(path);
	for (i = 0; i < count;) {
		if (write(fd, data, size) == (ssize_t)size)
			i++;
		else if (errno != EAGAIN)
			return fail(path);
		else if (!poll(&pfd, 1, 1000))
			break;
	}
	say("stuffed %lu frames of %zu bytes\n", i, size);
	free(data);
	return EXIT_SUCCESS;
}

int cmd_abuse(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[0], "sulk"))
		return sulk(argv[1], argv[2]);
	if (argc == 3 && !strcmp(argv[0], "flood"))
		return flood(argv[1], strtod(argv[2], NULL));
	if (argc == 3 && !strcmp(argv[0], "grab"))
		return grab(argv[1], strtoul(argv[2], NULL, 0));
	if (argc == 4 && !strcmp(argv[0], "stuff"))
		return stuff(argv[1], strtoul(argv[2], NULL, 0), strtoul(argv[3], NULL, 0));
	return usage();
}
