// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Where a ring lies in a partition: /dev/bulkhead/PEER.ring. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bulkhead/ring_device.h>

#include "internal.h"

static int device_bell(struct place *place)
{
	return ioctl(place->fd, BH_RING_BELL) < 0 ? -errno : 0;
}

static int device_hear(struct place *place)
{
	uint64_t times;

	if (read(place->fd, &times, sizeof(times)) < 0 && errno != EAGAIN)
		return -errno;
	return 0;
}

static void device_leave(struct place *place)
{
	if (place->own != MAP_FAILED)
		munmap(place->own, place->section);
	if (place->peer != MAP_FAILED)
		munmap((void *)(uintptr_t)place->peer, place->section);
	close(place->fd);
	free(place);
}

int device_place(const char *peer, struct place **out)
{
	struct bh_ring_info info = { .size = sizeof(info) };
	struct place *place;
	char path[256];
	int err;

	place = calloc(1, sizeof(*place));
	if (!place)
		return -ENOMEM;
	place->own = MAP_FAILED;
	place->peer = MAP_FAILED;
	place->bell = device_bell;
	place->hear = device_hear;
	place->leave = device_leave;
	snprintf(path, sizeof(path), "%s/%s.ring", bulkhead_dev, peer);
	place->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (place->fd < 0) {
		err = -errno;
		free(place);
		return err;
	}
	if (ioctl(place->fd, BH_RING_INFO, &info) < 0) {
		err = -errno;
		goto err_leave;
	}
	if (info.abi != BH_RING_ABI || info.size < sizeof(info)) {
		err = -EPROTO;
		goto err_leave;
	}
	place->section = info.section;
	place->owner_id = info.owner;
	place->peer_id = info.peer;
	place->epoch = info.epoch;
	place->doorbell = info.doorbell;
	place->own = mmap(NULL, info.section, PROT_READ | PROT_WRITE, MAP_SHARED, place->fd,
			  (off_t)info.own_offset);
	if (place->own == MAP_FAILED) {
		err = -errno;
		goto err_leave;
	}
	place->peer = mmap(NULL, info.section, PROT_READ, MAP_SHARED, place->fd,
			   (off_t)info.peer_offset);
	if (place->peer == MAP_FAILED) {
		err = -errno;
		goto err_leave;
	}
	*out = place;
	return 0;

err_leave:
	device_leave(place);
	return err;
}
