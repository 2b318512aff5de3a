// SPDX-License-Identifier: GPL-2.0-only
/*
 * Initrds, by libarchive. Linux takes several archives one behind the other, each packed in a
 * way of its own or not at all (Documentation/driver-api/early-userspace/buffer-format.rst):
 * microcode stands before what is packed in distributions' images.
 */
#include <archive.h>
#include <archive_entry.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/arena.h"
#include "host/initrd.h"

#define UNPACKED_MAX	(1LL << 30)	/* of all archives */
#define ARCHIVES_MAX	64
#define LINKS_MAX	65536
#define LINK_BYTES_MAX	(16U << 20)	/* of all paths and targets */
#define HOPS_MAX	40		/* Linux's own limit, MAXSYMLINKS */
#define STEPS_MAX	1024		/* components on the way, links' among them */

struct link {
	const char *path, *target;
};

struct links {
	struct bh_arena *arena;
	struct link *at;
	size_t n, cap, bytes;
};

/* Linux's options by what libarchive calls the ways to pack that Linux knows. */
static const struct {
	int filter;
	const char *option;
} packings[] = {
	{ ARCHIVE_FILTER_GZIP, "CONFIG_RD_GZIP" },
	{ ARCHIVE_FILTER_BZIP2, "CONFIG_RD_BZIP2" },
	{ ARCHIVE_FILTER_LZMA, "CONFIG_RD_LZMA" },
	{ ARCHIVE_FILTER_XZ, "CONFIG_RD_XZ" },
	{ ARCHIVE_FILTER_LZ4, "CONFIG_RD_LZ4" },
	{ ARCHIVE_FILTER_ZSTD, "CONFIG_RD_ZSTD" },
};

/* "./usr/bin", "/usr/bin" and "usr/bin" are one. */
static const char *plain(const char *path)
{
	while (path[0] == '/' || (path[0] == '.' && path[1] == '/'))
		path++;
	return path;
}

/* False: there is no room for more. */
static bool keep_link(struct links *links, const char *path, const char *target)
{
	size_t path_length = strlen(plain(path)), target_length = strlen(target);
	struct link *grown;

	/* Linux makes none of these (init/initramfs.c). */
	if (path_length >= BH_INITRD_PATH_MAX || target_length >= BH_INITRD_PATH_MAX)
		return true;
	links->bytes += path_length + target_length;
	if (links->n == LINKS_MAX || links->bytes > LINK_BYTES_MAX)
		return false;
	if (links->n == links->cap) {
		links->cap = links->cap ? 2 * links->cap : 256;
		grown = realloc(links->at, links->cap * sizeof(*grown));
		if (!grown)
			return false;
		links->at = grown;
	}
	links->at[links->n].path = bh_arena_strdup(links->arena, plain(path));
	links->at[links->n].target = bh_arena_strdup(links->arena, target);
	if (!links->at[links->n].path || !links->at[links->n].target)
		return false;
	links->n++;
	return true;
}

/* Of two with one path the later one is what is there in the end. */
static const char *target_of(const struct links *links, const char *path)
{
	size_t i;

	for (i = links->n; i > 0; i--)
		if (!strcmp(links->at[i - 1].path, path))
			return links->at[i - 1].target;
	return NULL;
}

/* Append a component to @path, or go up. False: it is longer than Linux takes. */
static bool step(char *path, const char *name, size_t length)
{
	size_t used = strlen(path);
	char *slash;

	if (!length || (length == 1 && name[0] == '.'))
		return true;
	if (length == 2 && !memcmp(name, "..", 2)) {
		slash = strrchr(path, '/');
		*(slash ? slash : path) = 0;
		return true;
	}
	if (used + length + 2 > BH_INITRD_PATH_MAX)
		return false;
	if (used)
		path[used++] = '/';
	memcpy(path + used, name, length);
	path[used + length] = 0;
	return true;
}

/* @wanted with every link of it followed, in @path. False: it leads nowhere. */
static bool follow(const struct links *links, const char *wanted, char *path)
{
	const char *rest = wanted;
	unsigned int hops = 0, steps = 0;

	path[0] = 0;
	while (*rest) {
		size_t length = strcspn(rest, "/");
		const char *target;

		if (++steps > STEPS_MAX || !step(path, rest, length))
			return false;
		rest += length + (rest[length] == '/');
		target = length ? target_of(links, path) : NULL;
		if (!target)
			continue;
		if (++hops > HOPS_MAX)
			return false;
		/* From the root, or from the folder in which the link stands. */
		if (target[0] == '/')
			path[0] = 0;
		else
			step(path, "..", 2);
		rest = bh_arena_printf(links->arena, "%s/%s", target, rest);
		if (!rest)
			return false;
	}
	return true;
}

static const char *option_of(struct archive *archive)
{
	unsigned int i;

	for (i = 0; i < sizeof(packings) / sizeof(packings[0]); i++)
		if (packings[i].filter == archive_filter_code(archive, 0))
			return packings[i].option;
	return NULL;
}

static struct archive *open_archive(const void *bytes, size_t size)
{
	struct archive *archive = archive_read_new();

	if (!archive)
		return NULL;
	archive_read_support_format_cpio(archive);
	archive_read_support_filter_gzip(archive);
	archive_read_support_filter_bzip2(archive);
	archive_read_support_filter_lzma(archive);
	archive_read_support_filter_xz(archive);
	archive_read_support_filter_lz4(archive);
	archive_read_support_filter_zstd(archive);
	if (archive_read_open_memory(archive, bytes, size) == ARCHIVE_OK)
		return archive;
	archive_read_free(archive);
	return NULL;
}

/* Where the archive that was read to its end ends, if it was not packed: behind its trailer. */
static size_t end_of(struct archive *archive, const uint8_t *bytes, size_t size)
{
	static const char trailer[] = "TRAILER!!!";
	int64_t last = archive_read_header_position(archive);
	const uint8_t *at;

	if (last < 0 || (uint64_t)last >= size)
		return size;
	at = memmem(bytes + last, size - (size_t)last, trailer, sizeof(trailer));
	if (!at)
		return size;
	at += sizeof(trailer);
	while (at < bytes + size && !*at)
		at++;
	return (size_t)(at - bytes);
}

/*
 * One archive: its links, and whether its @init is a file. @left: of UNPACKED_MAX. Returns its
 * size, or 0 when there is nothing more to look at.
 */
static size_t look_at(const uint8_t *bytes, size_t size, const char *init, struct links *links,
		      struct bh_initrd *out, int64_t *left, bool *done)
{
	struct archive *archive = open_archive(bytes, size);
	struct archive_entry *entry;
	size_t next = 0;
	int err;

	if (!archive)
		return 0;
	while ((err = archive_read_next_header(archive, &entry)) == ARCHIVE_OK ||
	       err == ARCHIVE_WARN) {
		const char *path = archive_entry_pathname(entry);
		const char *target = archive_entry_symlink(entry);

		if (!path || archive_entry_size(entry) > *left ||
		    archive_filter_bytes(archive, 0) > *left)
			break;
		if (target && archive_entry_filetype(entry) == AE_IFLNK) {
			if (!keep_link(links, path, target))
				break;
		} else if (archive_entry_filetype(entry) == AE_IFREG && !strcmp(plain(path), init)) {
			/* The rest would not change it, and can be much. */
			*done = true;
			break;
		}
	}
	if (archive_filter_code(archive, 0) != ARCHIVE_FILTER_NONE)
		out->packed = option_of(archive);
	else if (err == ARCHIVE_EOF)
		next = end_of(archive, bytes, size);
	*left -= archive_filter_bytes(archive, 0);
	archive_read_free(archive);
	return next;
}

void bh_initrd_look(const void *bytes, size_t size, const char *init, struct bh_initrd *out)
{
	struct links links = { .arena = bh_arena_new() };
	const uint8_t *at = bytes;
	int64_t left = UNPACKED_MAX;
	unsigned int archives = 0;
	bool done = false;
	size_t used;

	*out = (struct bh_initrd){ .packed = NULL };
	if (!links.arena)
		return;
	init = plain(init);
	do {
		used = look_at(at, size, init, &links, out, &left, &done);
		at += used;
		size -= used;
	} while (used && size && !done && ++archives < ARCHIVES_MAX);
	if (!done && !target_of(&links, init) && !strchr(init, '/'))
		goto out_free;
	if (!follow(&links, init, out->init))
		out->init[0] = 0;
out_free:
	free(links.at);
	bh_arena_free(links.arena);
}

bool bh_initrd_is_systemd(const char *init)
{
	static const char name[] = "lib/systemd/systemd";
	size_t length = strlen(init), tail = sizeof(name) - 1;

	if (length < tail || (length > tail && init[length - tail - 1] != '/'))
		return false;
	return !strcmp(init + length - tail, name);
}
