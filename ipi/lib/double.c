// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Test doubles: a channel in a memfd, with an eventfd for each doorbell. The ends map what
 * they would in a partition, each its own section to write and the peer's to read. Epochs are
 * counted behind the sections. Who has an end holds a lock on the file that dies with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bh_ring.h"
#include "internal.h"

#define PAGE		4096U
#define ENVIRONMENT	"BULKHEAD_DOUBLE"

struct bulkhead_double {
	size_t section;
	int memory, bells[2];	/* bells[side] wakes that end */
	uint8_t *sections;	/* NULL in who was only told the descriptors */
};

/* Behind the sections: the newest epoch of each end. */
struct counts {
	uint64_t epoch[2];
};

struct double_place {
	struct place place;
	int memory, peer_bell;
};

#define to_double(p)	((struct double_place *)(p))

static int double_bell(struct place *place)
{
	return eventfd_write(to_double(place)->peer_bell, 1) < 0 ? -errno : 0;
}

static int double_hear(struct place *place)
{
	eventfd_t times;

	return eventfd_read(place->fd, &times) < 0 && errno != EAGAIN ? -errno : 0;
}

static void double_leave(struct place *place)
{
	struct double_place *d = to_double(place);

	if (place->own != MAP_FAILED)
		munmap(place->own, place->section);
	if (place->peer != MAP_FAILED)
		munmap((void *)(uintptr_t)place->peer, place->section);
	if (place->fd >= 0)
		close(place->fd);
	if (d->peer_bell >= 0)
		close(d->peer_bell);
	if (d->memory >= 0)
		close(d->memory);
	free(d);
}

/* The file anew, with end @side locked: a descriptor, -EBUSY or another negative errno. */
static int take_end(int memory, int side)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = side, .l_len = 1 };
	char path[64];
	int fd, err;

	/* A lock belongs to an open file, and one file would have one lock for both ends. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fcntl(fd, F_OFD_SETLK, &lock) < 0) {
		err = errno == EAGAIN || errno == EACCES ? -EBUSY : -errno;
		close(fd);
		return err;
	}
	return fd;
}

static int next_epoch(int memory, size_t section, int side, uint64_t *epoch)
{
	struct counts *counts = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, memory,
				     (off_t)(2 * section));

	if (counts == MAP_FAILED)
		return -errno;
	*epoch = ++counts->epoch[side];		/* of this end alone, which is locked */
	munmap(counts, PAGE);
	return 0;
}

static void *map_section(int memory, size_t section, int side, int protection)
{
	return mmap(NULL, section, protection, MAP_SHARED, memory, side ? (off_t)section : 0);
}

static int double_place(const struct bulkhead_double *pair, int side, struct place **out)
{
	struct double_place *d = calloc(1, sizeof(*d));
	struct place *place = NULL;
	int err;

	if (!d)
		return -ENOMEM;
	place = &d->place;
	place->section = pair->section;
	place->owner_id = (uint32_t)side;
	place->peer_id = !side;
	place->own = MAP_FAILED;
	place->peer = MAP_FAILED;
	place->fd = -1;
	place->bell = double_bell;
	place->hear = double_hear;
	place->leave = double_leave;
	d->peer_bell = -1;
	d->memory = take_end(pair->memory, side);
	if (d->memory < 0) {
		err = d->memory;
		goto err_leave;
	}
	err = next_epoch(d->memory, pair->section, side, &place->epoch);
	if (err)
		goto err_leave;
	place->fd = fcntl(pair->bells[side], F_DUPFD_CLOEXEC, 0);
	d->peer_bell = fcntl(pair->bells[!side], F_DUPFD_CLOEXEC, 0);
	place->own = map_section(d->memory, pair->section, side, PROT_READ | PROT_WRITE);
	place->peer = map_section(d->memory, pair->section, !side, PROT_READ);
	if (place->fd < 0 || d->peer_bell < 0 || place->own == MAP_FAILED ||
	    place->peer == MAP_FAILED) {
		err = -errno;
		goto err_leave;
	}
	*out = place;
	return 0;

err_leave:
	double_leave(place);
	return err;
}

/* --- the public calls --- */

PUBLIC int bulkhead_double_new(size_t section, struct bulkhead_double **out)
{
	struct bulkhead_double *pair;
	void *sections;
	int err;

	*out = NULL;
	if (section < BH_SECTION_MIN || section > BH_SECTION_MAX || section % PAGE)
		return -EINVAL;
	pair = calloc(1, sizeof(*pair));
	if (!pair)
		return -ENOMEM;
	pair->section = section;
	pair->memory = memfd_create("bulkhead", MFD_CLOEXEC);
	pair->bells[0] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pair->bells[1] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (pair->memory < 0 || pair->bells[0] < 0 || pair->bells[1] < 0 ||
	    ftruncate(pair->memory, (off_t)(2 * section + PAGE)) < 0)
		goto err_free;
	sections = mmap(NULL, 2 * section, PROT_READ | PROT_WRITE, MAP_SHARED, pair->memory, 0);
	if (sections == MAP_FAILED)
		goto err_free;
	pair->sections = sections;
	*out = pair;
	return 0;

err_free:
	err = -errno;
	bulkhead_double_free(pair);
	return err;
}

PUBLIC void bulkhead_double_free(struct bulkhead_double *pair)
{
	if (!pair)
		return;
	if (pair->sections)
		munmap(pair->sections, 2 * pair->section);
	if (pair->memory >= 0)
		close(pair->memory);
	if (pair->bells[0] >= 0)
		close(pair->bells[0]);
	if (pair->bells[1] >= 0)
		close(pair->bells[1]);
	free(pair);
}

PUBLIC int bulkhead_double_open(struct bulkhead_double *pair, int side, enum bulkhead_mode mode,
				unsigned int flags, struct bulkhead_channel **channel)
{
	struct place *place = NULL;
	int err;

	*channel = NULL;
	if ((side != 0 && side != 1) || (mode != BULKHEAD_FRAMES && mode != BULKHEAD_RING) ||
	    flags & ~(mode == BULKHEAD_RING ? BULKHEAD_POLLED : 0U))
		return -EINVAL;
	err = double_place(pair, side, &place);
	return err ? err : ring_open(place, mode == BULKHEAD_FRAMES, flags, channel);
}

PUBLIC int bulkhead_double_bury(struct bulkhead_double *pair, int side)
{
	struct bh_section *own;
	int fd;

	if (side != 0 && side != 1)
		return -EINVAL;
	fd = take_end(pair->memory, side);
	if (fd < 0)
		return fd;
	own = bulkhead_double_section(pair, side);
	bh_store(&own->epoch.state, BH_CHANNEL_CLOSED);
	bh_store_release(&own->epoch.epoch, 0);
	eventfd_write(pair->bells[!side], 1);
	close(fd);
	return 0;
}

PUBLIC void *bulkhead_double_section(struct bulkhead_double *pair, int side)
{
	return pair->sections + (side ? pair->section : 0);
}

/* --- doubles of programs that know nothing of them --- */

static int keep_open(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	return flags < 0 || fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC) < 0 ? -errno : 0;
}

PUBLIC int bulkhead_double_export(struct bulkhead_double *pair, int side, const char *peer,
				  char *text, size_t room)
{
	int n, err;

	if ((side != 0 && side != 1) || !*peer || strpbrk(peer, ": /"))
		return -EINVAL;
	n = snprintf(text, room, "%s:%d:%d:%d:%d", peer, side, pair->memory, pair->bells[0],
		     pair->bells[1]);
	if (n < 0 || (size_t)n >= room)
		return -ENOSPC;
	err = keep_open(pair->memory);
	if (!err)
		err = keep_open(pair->bells[0]);
	if (!err)
		err = keep_open(pair->bells[1]);
	return err;
}

int double_from_environment(const char *peer, enum bulkhead_mode mode, unsigned int flags,
			    struct bulkhead_channel **ch)
{
	/* A program with more rights than its caller does not take memory from it. */
	const char *text = secure_getenv(ENVIRONMENT);
	size_t length = strlen(peer);
	struct bulkhead_double pair = { 0 };
	struct stat file;
	int side, err;

	for (; text && *text; text += strcspn(text, " "), text += strspn(text, " ")) {
		if (strncmp(text, peer, length) || text[length] != ':')
			continue;
		if (sscanf(text + length, ":%d:%d:%d:%d", &side, &pair.memory, &pair.bells[0],
			   &pair.bells[1]) != 4 || fstat(pair.memory, &file) < 0 ||
		    file.st_size <= PAGE)
			return -EINVAL;
		pair.section = (size_t)(file.st_size - PAGE) / 2;
		err = bulkhead_double_open(&pair, side, mode, flags, ch);
		return err ? err : 1;
	}
	return 0;
}
