// SPDX-License-Identifier: GPL-2.0-only
/* The files that a plan's `kernel` and `initrd` name: found and looked into. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/linux_image.h"
#include "core/platform.h"
#include "host/platform.h"

/* The folder that @path stands in, with its slash; "" for the working folder. */
static const char *folder_of(struct bh_arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	return bh_arena_strndup(arena, path, slash ? (size_t)(slash + 1 - path) : 0);
}

static bool is_file(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode);
}

/* Where the executable stands, with a slash; NULL when the kernel won't tell. */
static const char *own_folder(struct bh_arena *arena)
{
	char path[4096];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (length <= 0)
		return NULL;
	path[length] = 0;
	return folder_of(arena, path);
}

/*
 * Look for a named image of the plan's platform in the folders where images are
 * kept: the one the user set, the build tree's, the installed one. *path is the
 * first place looked at when there is none.
 */
static int find_named(struct bh_arena *arena, const char *platform, const char *name,
		      const char **path)
{
	const char *own = own_folder(arena), *set = getenv("BULKHEAD_IMAGES");
	const char *places[2];
	unsigned int n = 0, i;

	if (set && *set) {
		places[n++] = bh_arena_printf(arena, "%s/%s/%s", set, platform, name);
	} else if (own) {
		places[n++] = bh_arena_printf(arena, "%simages/%s/%s", own, platform, name);
		places[n++] = bh_arena_printf(arena, "%s../lib/bulkhead/images/%s/%s", own,
					      platform, name);
	}
	*path = name;
	for (i = 0; i < n; i++) {
		if (!places[i])
			return -ENOMEM;
		if (!i || is_file(places[i]))
			*path = places[i];
		if (is_file(places[i]))
			return 0;
	}
	return 0;
}

static int find_image(const struct bh_plan_file *file, const char *name, const char **path)
{
	struct bh_arena *arena = file->more->arena;

	if (!strpbrk(name, "/."))
		return find_named(arena, bh_platform_name(file->plan.platform), name, path);
	if (name[0] == '/')
		*path = bh_arena_strdup(arena, name);
	else
		*path = bh_arena_printf(arena, "%s%s", folder_of(arena, file->path), name);
	return *path ? 0 : -ENOMEM;
}

/* KERNEL.config, or config-VERSION beside vmlinuz-VERSION, links followed or not. */
static const char *find_config_beside(struct bh_arena *arena, const char *path)
{
	const char *folder = folder_of(arena, path), *config, *base;

	if (!folder)
		return NULL;
	config = bh_arena_printf(arena, "%s.config", path);
	if (config && is_file(config))
		return config;
	base = path + strlen(folder);
	if (strncmp(base, "vmlinuz-", 8))
		return NULL;
	config = bh_arena_printf(arena, "%sconfig-%s", folder, base + 8);
	return config && is_file(config) ? config : NULL;
}

static const char *find_config(struct bh_arena *arena, const char *path)
{
	const char *config = find_config_beside(arena, path);
	char *real;

	if (config)
		return config;
	real = realpath(path, NULL);
	if (real)
		config = find_config_beside(arena, real);
	free(real);
	return config;
}

static void take_release(struct bh_image_file *out, const struct bh_linux_image *parts)
{
	uint32_t i;

	for (i = 0; i < parts->version_size && i < sizeof(out->release) - 1; i++) {
		char c = parts->version[i];

		if (c <= ' ' || c > '~')
			break;
		out->release[i] = c;
	}
}

/* Read what a kernel's header says. Returns 0, -errno, or -ENOEXEC with *reason. */
static int inspect_kernel(int fd, uint64_t size, struct bh_image *image,
			  struct bh_image_file *out, const char **reason)
{
	struct bh_linux_image parts;
	void *bytes;
	int err;

	if (!size) {
		*reason = "is empty";
		return -ENOEXEC;
	}
	bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return -errno;
	err = bh_linux_image_inspect(bytes, size, image, &parts, reason);
	if (!err)
		take_release(out, &parts);
	else
		err = -ENOEXEC;
	munmap(bytes, size);
	return err;
}

int bh_plan_open_file(const char *path, uint64_t *size, const char **reason)
{
	struct stat st;
	int fd;

	/* Before it is opened: opening a device or a pipe can have effects. */
	if (stat(path, &st))
		return -errno;
	if (!S_ISREG(st.st_mode)) {
		*reason = "is no regular file";
		return -ENOEXEC;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st)) {
		int err = -errno;

		close(fd);
		return err;
	}
	*size = (uint64_t)st.st_size;
	return fd;
}

static int load_image(const char *path, struct bh_image *image, struct bh_image_file *out,
		      const char **reason)
{
	int fd = bh_plan_open_file(path, &image->size, reason), err = 0;

	if (fd < 0)
		return fd;
	if (image->kind == BH_IMAGE_KERNEL) {
		err = inspect_kernel(fd, image->size, image, out, reason);
	} else if (!image->size) {
		*reason = "is empty";
		err = -ENOEXEC;
	}
	close(fd);
	return err;
}

static void report_image(const struct bh_plan_file *file, const struct bh_image *image,
			 struct bh_place place, const char *path, int err, const char *reason,
			 struct bh_diag *diag)
{
	struct bh_mark mark = bh_plan_mark(file, place);
	const struct bh_host_platform *platform = bh_host_platform(file->plan.platform);
	bool named = !strpbrk(image->label, "/.");

	if (err == -ENOENT || err == -ENOTDIR)
		bh_diag_at(diag, BH_ERROR, "image-missing", mark,
			   named ? "`make kernel initrd` builds linux and demo, `make initrd-tools` tools, `make initrd-debian` debian, "
				   "`make debian-kernel` debian12 and debian13; a path has a '/' or a '.' in it" :
				   "a path starts at the plan's folder",
			   "there is no file %s", path);
	else if (err == -ENOEXEC && image->kind == BH_IMAGE_KERNEL)
		bh_diag_at(diag, BH_ERROR, "kernel-format", mark,
			   platform ? platform->image_hint : NULL, "%s %s", path, reason);
	else if (err == -ENOEXEC)
		bh_diag_at(diag, BH_ERROR, "image-format", mark, NULL, "%s %s", path, reason);
	else
		bh_diag_at(diag, BH_ERROR, "image-read", mark, NULL, "%s cannot be read: %s",
			   path, strerror(-err));
}

int bh_plan_add_image(struct bh_plan_file *file, enum bh_image_kind kind, const char *name,
		      struct bh_place place, uint32_t *index, struct bh_diag *diag)
{
	struct bh_plan *plan = &file->plan;
	const char *path, *reason = "is no kernel";
	struct bh_image_file *out;
	struct bh_image *image;
	uint32_t i;
	int err;

	/* Which folder, nobody knows: the platform is missing or wrong, and that was reported. */
	if (plan->platform == BH_PLATFORM_NONE && !strpbrk(name, "/.")) {
		bh_plan_set_broken(file, place);
		return 0;
	}
	err = find_image(file, name, &path);
	if (err)
		return err;
	for (i = 0; i < plan->nimages; i++) {
		if (plan->images[i].kind == kind && file->files[i].present &&
		    !strcmp(file->files[i].path, path)) {
			*index = i;
			return 0;
		}
	}
	/* Two images a partition: as many as there is room for. */
	if (plan->nimages == plan->images_cap)
		return -ENOSPC;
	image = &plan->images[plan->nimages];
	out = &file->files[plan->nimages];
	image->kind = kind;
	/* A label has room for 255 characters in the blob; of a path the end tells most. */
	image->label = bh_arena_strdup(file->more->arena,
				       name + (strlen(name) > 255 ? strlen(name) - 255 : 0));
	if (!image->label)
		return -ENOMEM;
	out->path = path;
	*index = plan->nimages++;

	err = load_image(path, image, out, &reason);
	if (err) {
		report_image(file, image, place, path, err, reason, diag);
		bh_plan_set_broken(file, place);
		return 0;
	}
	out->present = true;
	if (kind == BH_IMAGE_KERNEL)
		out->config_path = find_config(file->more->arena, path);
	return 0;
}
