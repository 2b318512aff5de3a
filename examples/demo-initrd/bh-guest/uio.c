// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "uio.h"

#define CLASS	"/sys/class/uio"

/* A property of a device's node; its size, or -1. */
static ssize_t property(const char *device, const char *name, void *value, size_t size)
{
	char path[512];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), CLASS "/%s/device/of_node/%s", device, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, value, size);
	close(fd);
	return n;
}

static bool is_compatible(const char *device, const char *wanted)
{
	char strings[256];
	ssize_t size = property(device, "compatible", strings, sizeof(strings) - 1);

	if (size > 0)
		strings[size] = '\0';
	for (ssize_t at = 0; at < size; at += (ssize_t)strlen(strings + at) + 1) {
		if (!strcmp(strings + at, wanted))
			return true;
	}
	return false;
}

static bool is_from(const char *device, uint32_t peer)
{
	uint8_t cell[4];

	return property(device, "bulkhead,peer", cell, sizeof(cell)) == sizeof(cell) &&
	       ((uint32_t)cell[0] << 24 | cell[1] << 16 | cell[2] << 8 | cell[3]) == peer;
}

int uio_open(const char *compatible, uint32_t peer)
{
	DIR *dir = opendir(CLASS);
	struct dirent *entry;
	char path[300];
	int fd = -1;

	errno = ENODEV;
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || !is_compatible(entry->d_name, compatible) ||
		    (peer && !is_from(entry->d_name, peer))) {
			errno = ENODEV;
			continue;
		}
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC);
		break;
	}
	if (dir)
		closedir(dir);
	return fd;
}

int uio_wait(int fd, int64_t timeout)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	struct timespec limit = {
		.tv_sec = timeout / NSEC_PER_SEC,
		.tv_nsec = timeout % NSEC_PER_SEC,
	};
	uint32_t count = 1;
	int n;

	if (write(fd, &count, sizeof(count)) != sizeof(count))
		return -1;
	n = ppoll(&pollfd, 1, timeout < 0 ? NULL : &limit, NULL);
	if (n > 0 && read(fd, &count, sizeof(count)) != sizeof(count))
		return -1;
	return n;
}
