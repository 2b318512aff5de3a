// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* What sysfs says of the channels: /sys/bus/bulkhead/devices/PEER.SERVICE. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

/* Every channel has this service. */
#define SUFFIX	".raw"

const char *bulkhead_sysfs = "/sys/bus/bulkhead/devices";

int sysfs_read(const char *peer, const char *service, const char *file, char *text, size_t room)
{
	char path[512];
	ssize_t n;
	int fd;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s.%s/%s", bulkhead_sysfs, peer, service,
			     file) >= sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, room - 1);
	if (n < 0)
		n = -errno;
	close(fd);
	if (n < 0)
		return (int)n;
	while (n && text[n - 1] == '\n')
		n--;
	text[n] = '\0';
	return 0;
}

/* What the driver writes: link_show() in ipi/linux/bus.c. */
static const char *const link_names[] = {
	[BULKHEAD_DOWN] = "down",
	[BULKHEAD_UP] = "up",
	[BULKHEAD_QUARANTINED] = "quarantined",
	[BULKHEAD_FOREIGN] = "foreign",
	[BULKHEAD_TAKEN] = "taken",
};

#define LINKS	(sizeof(link_names) / sizeof(link_names[0]))

PUBLIC const char *bulkhead_link_name(enum bulkhead_link link)
{
	return (size_t)link < LINKS ? link_names[link] : "unknown";
}

enum bulkhead_link sysfs_link(const char *peer, const char *service)
{
	char text[32];
	size_t i;

	if (sysfs_read(peer, service, "link", text, sizeof(text)))
		return BULKHEAD_DOWN;
	for (i = 0; i < LINKS; i++)
		if (!strcmp(text, link_names[i]))
			return (enum bulkhead_link)i;
	return BULKHEAD_DOWN;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct bulkhead_peer *)a)->name,
		      ((const struct bulkhead_peer *)b)->name);
}

PUBLIC int bulkhead_list(struct bulkhead_peer **peers)
{
	struct bulkhead_peer *list = NULL, *more;
	struct dirent *entry;
	size_t length;
	int count = 0;
	DIR *dir;

	*peers = NULL;
	dir = opendir(bulkhead_sysfs);
	if (!dir)
		return errno == ENOENT ? -ENODEV : -errno;
	while ((entry = readdir(dir))) {
		length = strlen(entry->d_name);
		if (length <= strlen(SUFFIX) || length - strlen(SUFFIX) >= sizeof(list->name) ||
		    strcmp(entry->d_name + length - strlen(SUFFIX), SUFFIX))
			continue;
		more = realloc(list, (size_t)(count + 1) * sizeof(*list));
		if (!more) {
			free(list);
			closedir(dir);
			return -ENOMEM;
		}
		list = more;
		memset(&list[count], 0, sizeof(*list));
		memcpy(list[count].name, entry->d_name, length - strlen(SUFFIX));
		list[count].link = sysfs_link(list[count].name, "raw");
		count++;
	}
	closedir(dir);
	if (count)
		qsort(list, (size_t)count, sizeof(*list), by_name);
	*peers = list;
	return count;
}
