// SPDX-License-Identifier: GPL-2.0-only
/* What a kernel must have been built with to run as a partition, and to start its initrd. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/initrd.h"
#include "host/platform.h"

#define CONFIG_SIZE_MAX	(4 * 1024 * 1024)	/* Debian's have 280 KB */

/* Is "NAME=y" a line of @text? */
static bool is_set(const char *text, const char *name)
{
	size_t length = strlen(name);
	const char *at = text;

	while ((at = strstr(at, name))) {
		if ((at == text || at[-1] == '\n') && at[length] == '=' && at[length + 1] == 'y')
			return true;
		at += length;
	}
	return false;
}

/* All of a .config with a NUL behind it, which the caller frees. Returns as bh_plan_open_file(), or 0. */
static int read_config(const char *path, char **out, const char **reason)
{
	size_t used = 0;
	uint64_t size;
	char *text;
	int fd, err = 0;

	fd = bh_plan_open_file(path, &size, reason);
	if (fd < 0)
		return fd;
	if (size > CONFIG_SIZE_MAX) {
		err = -EFBIG;
		goto out_close;
	}
	text = malloc(size + 1);
	if (!text) {
		err = -ENOMEM;
		goto out_close;
	}
	while (used < size) {
		ssize_t n = read(fd, text + used, size - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			err = -errno;
		if (n <= 0)
			break;
		used += (size_t)n;
	}
	text[used] = 0;
	if (err)
		free(text);
	else
		*out = text;
out_close:
	close(fd);
	return err;
}

/* The .config that was read last: most partitions of a plan have one kernel. */
struct last_config {
	const char *path;	/* NULL: none */
	char *text;
	uint32_t set;		/* options_of() it */
};

/* The options that a platform asks for, as a set of bits. */
static uint32_t options_of(const char *text, const struct bh_host_platform *platform)
{
	uint32_t set = 0;
	unsigned int i;

	for (i = 0; i < platform->noptions; i++)
		if (is_set(text, platform->options[i].name))
			set |= 1U << i;
	return set;
}

/* As read_config(), into @last; nothing is read when it has that already. */
static int read_once(struct last_config *last, const char *path, const struct bh_host_platform *platform,
		     const char **reason)
{
	int err;

	if (last->path && !strcmp(last->path, path))
		return 0;
	free(last->text);
	*last = (struct last_config){ 0 };
	err = read_config(path, &last->text, reason);
	if (err)
		return err;
	last->path = path;
	last->set = options_of(last->text, platform);
	return 0;
}

static const char *config_of(const struct bh_plan_file *file, uint32_t index)
{
	struct bh_plan_more *more = file->more;
	const char *path = more->partitions[index].config, *slash;

	if (!path)
		return file->files[file->plan.partitions[index].kernel].config_path;
	if (path[0] == '/')
		return path;
	slash = strrchr(file->path, '/');
	return bh_arena_printf(more->arena, "%.*s%s",
			       slash ? (int)(slash + 1 - file->path) : 0, file->path, path);
}

/* The last rdinit= of the user's part of a command line, in @path; else what Linux takes. */
static void init_path(const char *cmdline, char *path, size_t size)
{
	static const char key[] = "rdinit=";
	const char *at = cmdline ? cmdline : "";

	snprintf(path, size, "/init");
	while ((at = strstr(at, key))) {
		bool word = at == cmdline || at[-1] == ' ';

		at += sizeof(key) - 1;
		if (word)
			snprintf(path, size, "%.*s", (int)strcspn(at, " "), at);
	}
}

/* Look into a partition's initrd, or remember what its like had. NULL: there is nothing to see. */
static const struct bh_initrd *look(struct bh_plan_file *file, uint32_t index)
{
	struct bh_image_file *image = &file->files[file->plan.partitions[index].initrd];
	struct bh_arena *arena = file->more->arena;
	char init[BH_INITRD_PATH_MAX];
	const char *reason;
	struct bh_initrd *found;
	uint64_t size;
	void *bytes;
	int fd;

	init_path(file->more->partitions[index].cmdline, init, sizeof(init));
	if (image->looked_for && !strcmp(image->looked_for, init))
		return image->initrd;
	image->initrd = NULL;
	image->looked_for = bh_arena_strdup(arena, init);
	fd = bh_plan_open_file(image->path, &size, &reason);
	if (fd < 0)
		return NULL;
	bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		goto out_close;
	found = bh_arena_alloc(arena, sizeof(*found));
	if (found)
		bh_initrd_look(bytes, size, init, found);
	image->initrd = found;
	munmap(bytes, size);
out_close:
	close(fd);
	return image->initrd;
}

/* Of @wanted those that @config does not set, in one line. Returns how many. */
static unsigned int missing(const char *config, const char *const *wanted, char *line, size_t size)
{
	unsigned int n = 0;
	size_t used = 0;

	for (; *wanted; wanted++) {
		if (is_set(config, *wanted))
			continue;
		used += (size_t)snprintf(line + used, size - used, "%s%s", n ? ", " : "", *wanted);
		n++;
	}
	return n;
}

static void check_initrd(struct bh_plan_file *file, uint32_t index, const char *config,
			 struct bh_diag *diag)
{
	/* systemd's README, "Kernel Config Options": all but what is only recommended there. */
	static const char *const systemd[] = {
		"CONFIG_DEVTMPFS", "CONFIG_CGROUPS", "CONFIG_INOTIFY_USER", "CONFIG_SIGNALFD",
		"CONFIG_TIMERFD", "CONFIG_EPOLL", "CONFIG_UNIX", "CONFIG_SYSFS", "CONFIG_PROC_FS",
		"CONFIG_FHANDLE", "CONFIG_NET_NS", NULL
	};
	const struct bh_partition *part = &file->plan.partitions[index];
	struct bh_mark mark = bh_plan_mark(file, (struct bh_place){ BH_AT_INITRD, index, BH_NONE });
	const char *kernel = file->plan.images[part->kernel].label;
	const char *label = file->plan.images[part->initrd].label;
	const struct bh_initrd *initrd = look(file, index);
	char line[512];

	if (!initrd)
		return;
	if (initrd->packed && !is_set(config, initrd->packed))
		bh_diag_at(diag, BH_WARNING, "initrd-packed", mark,
			   "pack it another way, or not at all",
			   "%s was built without %s: it cannot unpack %s", kernel, initrd->packed,
			   label);
	if (bh_initrd_is_systemd(initrd->init) && missing(config, systemd, line, sizeof(line)))
		bh_diag_at(diag, BH_WARNING, "initrd-init", mark,
			   "systemd's README lists what it needs",
			   "%s starts systemd, which needs what %s was built without: %s", label,
			   kernel, line);
}

static void check_kernel(struct bh_plan_file *file, const struct bh_host_platform *platform,
			 uint32_t index, uint64_t *noted, struct last_config *last, struct bh_diag *diag)
{
	const struct bh_place place = { BH_AT_KERNEL, index, BH_NONE };
	const struct bh_partition *part = &file->plan.partitions[index];
	struct bh_mark mark = bh_plan_mark(file, place);
	const char *config = config_of(file, index), *reason = NULL;
	uint32_t set;
	bool first = !(noted[part->kernel / 64] & 1ULL << (part->kernel % 64));
	unsigned int i;
	int err;

	noted[part->kernel / 64] |= 1ULL << (part->kernel % 64);
	if (!config) {
		if (first)
			bh_diag_at(diag, BH_NOTE, "kernel-config", mark,
				   "name it with `config`",
				   "no .config of %s was found: its options are not checked",
				   file->plan.images[part->kernel].label);
		return;
	}
	err = read_once(last, config, platform, &reason);
	if (err) {
		if (file->more->partitions[index].config)
			mark = bh_plan_mark(file, (struct bh_place){ BH_AT_KERNEL, index,
								     BH_ITEM_CONFIG });
		bh_diag_at(diag, BH_ERROR, "config-read", mark, NULL, "%s %s%s", config,
			   reason ? reason : "cannot be read: ", reason ? "" : strerror(-err));
		return;
	}
	set = last->set;
	file->more->partitions[index].options = set;
	for (i = 0; i < platform->noptions; i++) {
		const struct bh_kernel_option *option = &platform->options[i];

		if (set & 1U << i || !option->why || (option->needed_by && !option->needed_by(part, set)))
			continue;
		bh_diag_at(diag, option->severity, "kernel-option", mark, option->why,
			   "%s was built without %s", file->plan.images[part->kernel].label,
			   option->name);
	}
	if (first)
		platform->note_kernel(file, mark, index, set, diag);
	if (part->initrd != BH_NONE && file->files[part->initrd].present)
		check_initrd(file, index, last->text, diag);
}

void bh_plan_check_kernels(struct bh_plan_file *file, struct bh_diag *diag)
{
	const struct bh_host_platform *platform = bh_host_platform(file->plan.platform);
	uint64_t noted[BH_IMAGES_MAX / 64] = { 0 };
	struct last_config last = { 0 };
	uint32_t i;

	for (i = 0; platform && i < file->plan.npartitions; i++) {
		uint32_t index = file->plan.partitions[i].kernel;
		const struct bh_image *kernel = bh_plan_image(&file->plan, index);

		/* Of a kernel of another platform, that is all there is to say. */
		if (kernel && file->files[index].present && kernel->platform == platform->platform)
			check_kernel(file, platform, i, noted, &last, diag);
	}
	free(last.text);
}
