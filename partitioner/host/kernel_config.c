// SPDX-License-Identifier: GPL-2.0-only
/* What a kernel must have been built with to run as a partition. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/plan_more.h"

#define CONFIG_SIZE_MAX	(4 * 1024 * 1024)	/* Debian's have 280 KB */

enum option {
	OPT_X86_64,
	OPT_ACPI,
	OPT_RELOCATABLE,
	OPT_SMP,
	OPT_8250_CONSOLE,
	OPT_INITRD,
	OPT_MPPARSE,
	OPT_BULKHEAD,
	OPTIONS,
};

static const struct {
	const char *name;
	const char *why;	/* NULL: not needed */
} options[OPTIONS] = {
	[OPT_X86_64] = { "CONFIG_X86_64", "partitions start in 64-bit mode" },
	[OPT_ACPI] = { "CONFIG_ACPI", "a partition's CPUs are described by ACPI tables" },
	[OPT_RELOCATABLE] = { "CONFIG_RELOCATABLE",
			      "a kernel must run from wherever its partition's memory is" },
	[OPT_SMP] = { "CONFIG_SMP", "the partition has more than one CPU" },
	[OPT_8250_CONSOLE] = { "CONFIG_SERIAL_8250_CONSOLE", "the partition has a console" },
	[OPT_INITRD] = { "CONFIG_BLK_DEV_INITRD", "the partition has an initrd" },
	[OPT_MPPARSE] = { "CONFIG_X86_MPPARSE", NULL },
	[OPT_BULKHEAD] = { "CONFIG_BULKHEAD", NULL },
};

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
static int read_options(const char *path, uint32_t *set)
{
	size_t used = 0;
	struct stat st;
	char *text;
	int fd, i, err = 0;

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
	for (i = 0; i < OPTIONS; i++)
		if (is_set(text, options[i].name))
			*set |= 1U << i;
	free(text);
out_close:
	close(fd);
	return err;
}

static uint32_t options_needed(const struct bh_partition *part)
{
	uint32_t need = 1U << OPT_X86_64 | 1U << OPT_ACPI | 1U << OPT_RELOCATABLE;

	if (part->cpus_wanted > 1 || part->ncpus > 1)
		need |= 1U << OPT_SMP;
	if (part->console_port)
		need |= 1U << OPT_8250_CONSOLE;
	if (part->initrd != BH_NONE)
		need |= 1U << OPT_INITRD;
	return need;
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

static void note_what_lacks(struct bh_plan_file *file, struct bh_mark mark, uint32_t index,
			    uint32_t set, struct bh_diag *diag)
{
	const struct bh_partition *part = &file->plan.partitions[index];
	const char *label = file->plan.images[part->kernel].label;

	if (set & 1U << OPT_MPPARSE && !(part->devices & BH_DEV_LEGACY))
		bh_diag_at(diag, BH_NOTE, "kernel-mpparse", mark,
			   "CONFIG_X86_MPPARSE=n is safer for partitions without legacy devices",
			   "%s reads the firmware's MP table; its tables keep it off the IO-APIC",
			   label);
	if (set & 1U << OPT_BULKHEAD)
		return;
	file->files[part->kernel].stock = true;
	bh_diag_at(diag, BH_NOTE, "kernel-stock", mark, NULL,
		   "%s has no CONFIG_BULKHEAD, like any stock kernel: CPUs, memory, timer and console work; channels have no driver, and its reboot or panic may reset the whole machine",
		   label);
}

static void check_kernel(struct bh_plan_file *file, uint32_t index, uint64_t *noted,
			 struct bh_diag *diag)
{
	const struct bh_place place = { BH_AT_KERNEL, index, BH_NONE };
	const struct bh_partition *part = &file->plan.partitions[index];
	struct bh_mark mark = bh_plan_mark(file, place);
	const char *config = config_of(file, index);
	uint32_t set = 0, missing;
	bool first = !(noted[part->kernel / 64] & 1ULL << (part->kernel % 64));
	int i, err;

	noted[part->kernel / 64] |= 1ULL << (part->kernel % 64);
	if (!config) {
		if (first)
			bh_diag_at(diag, BH_NOTE, "kernel-config", mark,
				   "name it with `config`",
				   "no .config of %s was found: its options are not checked",
				   file->plan.images[part->kernel].label);
		return;
	}
	err = read_options(config, &set);
	if (err) {
		if (file->more->partitions[index].config)
			mark = bh_plan_mark(file, (struct bh_place){ BH_AT_KERNEL, index,
								     BH_ITEM_CONFIG });
		bh_diag_at(diag, BH_ERROR, "config-read", mark, NULL, "%s cannot be read: %s",
			   config, strerror(-err));
		return;
	}
	missing = options_needed(part) & ~set;
	for (i = 0; i < OPTIONS; i++)
		if (missing & 1U << i)
			bh_diag_at(diag, BH_ERROR, "kernel-option", mark, options[i].why,
				   "%s was built without %s", file->plan.images[part->kernel].label,
				   options[i].name);
	if (first)
		note_what_lacks(file, mark, index, set, diag);
}

void bh_plan_check_kernels(struct bh_plan_file *file, struct bh_diag *diag)
{
	uint64_t noted[BH_IMAGES_MAX / 64] = { 0 };
	uint32_t i;

	for (i = 0; i < file->plan.npartitions; i++) {
		uint32_t kernel = file->plan.partitions[i].kernel;

		if (kernel != BH_NONE && file->files[kernel].present)
			check_kernel(file, i, noted, diag);
	}
}
