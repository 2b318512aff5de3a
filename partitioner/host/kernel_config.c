// SPDX-License-Identifier: GPL-2.0-only
/* What a kernel must have been built with to run as a partition. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* The options of a .config as a set of bits. Returns 0 or -errno. */
static int read_options(const char *path, const struct bh_host_platform *platform, uint32_t *set)
{
	size_t used = 0;
	struct stat st;
	char *text;
	unsigned int i;
	int fd, err = 0;

	if (stat(path, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size > CONFIG_SIZE_MAX)
		return -EFBIG;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	text = malloc((size_t)st.st_size + 1);
	if (!text) {
		err = -ENOMEM;
		goto out_close;
	}
	while (used < (size_t)st.st_size) {
		ssize_t n = read(fd, text + used, (size_t)st.st_size - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			err = -errno;
		if (n <= 0)
			break;
		used += (size_t)n;
	}
	text[used] = 0;
	*set = 0;
	for (i = 0; i < platform->noptions; i++)
		if (is_set(text, platform->options[i].name))
			*set |= 1U << i;
	free(text);
out_close:
	close(fd);
	return err;
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

static void check_kernel(struct bh_plan_file *file, const struct bh_host_platform *platform,
			 uint32_t index, uint64_t *noted, struct bh_diag *diag)
{
	const struct bh_place place = { BH_AT_KERNEL, index, BH_NONE };
	const struct bh_partition *part = &file->plan.partitions[index];
	struct bh_mark mark = bh_plan_mark(file, place);
	const char *config = config_of(file, index);
	uint32_t set = 0;
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
	err = read_options(config, platform, &set);
	if (err) {
		if (file->more->partitions[index].config)
			mark = bh_plan_mark(file, (struct bh_place){ BH_AT_KERNEL, index,
								     BH_ITEM_CONFIG });
		bh_diag_at(diag, BH_ERROR, "config-read", mark, NULL, "%s cannot be read: %s",
			   config, strerror(-err));
		return;
	}
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
}

void bh_plan_check_kernels(struct bh_plan_file *file, struct bh_diag *diag)
{
	const struct bh_host_platform *platform = bh_host_platform(file->plan.platform);
	uint64_t noted[BH_IMAGES_MAX / 64] = { 0 };
	uint32_t i;

	for (i = 0; platform && i < file->plan.npartitions; i++) {
		uint32_t index = file->plan.partitions[i].kernel;
		const struct bh_image *kernel = bh_plan_image(&file->plan, index);

		/* Of a kernel of another platform, that is all there is to say. */
		if (kernel && file->files[index].present && kernel->platform == platform->platform)
			check_kernel(file, platform, i, noted, diag);
	}
}
