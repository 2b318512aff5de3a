// SPDX-License-Identifier: GPL-2.0-only
/*
 * The worst that a program can do with the ring that it was given: try what it may not,
 * leave anything in its own section, and die.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bulkhead/ring_device.h>

#include "guest.h"

static int node;

/* 0 if mmap() refuses with @expected. */
static int refused(const char *what, size_t length, int protection, int flags, uint64_t offset,
		   int expected)
{
	void *p = mmap(NULL, length, protection, flags, node, (off_t)offset);

	if (p == MAP_FAILED && errno == expected)
		return 0;
	fprintf(stderr, "bh-guest: %s: %s\n", what, p == MAP_FAILED ? strerror(errno) : "allowed");
	if (p != MAP_FAILED)
		munmap(p, length);
	return 1;
}

static int try_what_is_forbidden(const char *path, const struct bh_ring_info *info)
{
	const int read_write = PROT_READ | PROT_WRITE;
	size_t section = info->section;
	struct bh_ring_info small = { .size = 4 };
	int bad = 0;
	void *peer;

	bad |= refused("the peer's section, writable", section, read_write, MAP_SHARED,
		       info->peer_offset, EACCES);
	bad |= refused("a private mapping", section, PROT_READ, MAP_PRIVATE, 0, EINVAL);
	bad |= refused("both sections at once", 2 * section, PROT_READ, MAP_SHARED, 0, EINVAL);
	bad |= refused("past the end", section, PROT_READ, MAP_SHARED, 2 * section, EINVAL);
	bad |= refused("far past the end", section, PROT_READ, MAP_SHARED, ~0xfffffULL << 8, EINVAL);
	bad |= refused("code", section, PROT_READ | PROT_EXEC, MAP_SHARED, 0, EACCES);
	peer = mmap(NULL, section, PROT_READ, MAP_SHARED, node, (off_t)info->peer_offset);
	if (peer == MAP_FAILED || !mprotect(peer, section, read_write)) {
		fprintf(stderr, "bh-guest: the peer's section can be made writable\n");
		bad = 1;
	}
	if (open(path, O_RDWR) >= 0 || errno != EBUSY) {
		fprintf(stderr, "bh-guest: %s: opened twice\n", path);
		bad = 1;
	}
	if (!ioctl(node, BH_RING_INFO, &small) || errno != EINVAL) {
		fprintf(stderr, "bh-guest: information for 4 bytes\n");
		bad = 1;
	}
	return bad;
}

int cmd_scribble(int argc, char **argv)
{
	struct bh_ring_info info = { .size = sizeof(info) };
	uint64_t seed = (uint64_t)now_ns(CLOCK_MONOTONIC) | 1;
	volatile uint64_t *own;
	char path[128];

	if (argc != 1)
		return usage();
	snprintf(path, sizeof(path), "/dev/bulkhead/%s.ring", argv[0]);
	if (open(path, O_RDONLY) >= 0 || errno != EINVAL)
		return fail("opening a ring to read alone");
	node = open(path, O_RDWR | O_CLOEXEC);
	if (node < 0 || ioctl(node, BH_RING_INFO, &info))
		return fail(path);
	if (try_what_is_forbidden(path, &info))
		return 1;
	own = mmap(NULL, info.section, PROT_READ | PROT_WRITE, MAP_SHARED, node,
		   (off_t)info.own_offset);
	if (own == MAP_FAILED)
		return fail("mmap");
	for (size_t i = 0; i < info.section / 8; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		own[i] = seed;
	}
	if (ioctl(node, BH_RING_BELL))
		return fail("ring");
	say("scribbled over %u bytes in epoch %#llx\n", info.section, (unsigned long long)info.epoch);
	kill(getpid(), SIGKILL);
	return 1;
}
