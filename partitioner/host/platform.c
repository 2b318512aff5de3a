// SPDX-License-Identifier: GPL-2.0-only
#include "host/platform.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static const struct bh_host_platform * const platforms[] = { &bh_host_x86, &bh_host_riscv };

const struct bh_host_platform *bh_host_platform(enum bh_platform platform)
{
	size_t i;

	for (i = 0; i < sizeof(platforms) / sizeof(platforms[0]); i++)
		if (platforms[i]->platform == platform)
			return platforms[i];
	return NULL;
}

/* Longer than a kernel takes is the core's to refuse: it only must not be cut short of that. */
void bh_line_add(struct bh_line *line, const char *fmt, ...)
{
	size_t room = sizeof(line->text) - line->used;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line->text + line->used, room, fmt, ap);
	va_end(ap);
	line->used += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

void bh_plan_choose_consoles(struct bh_plan_file *file, struct bh_diag *diag)
{
	const struct bh_host_platform *platform = bh_host_platform(file->plan.platform);

	if (platform)
		platform->choose_consoles(file, diag);
}

/*
 * Complete when it leaves the host, but for what the boot stage measures. The
 * plan's own part comes last: for nearly every parameter Linux takes the last
 * word.
 */
int bh_plan_compose_cmdlines(struct bh_plan_file *file, const struct bh_machine *machine)
{
	const struct bh_host_platform *platform = bh_host_platform(file->plan.platform);
	uint32_t i;

	for (i = 0; platform && i < file->plan.npartitions; i++) {
		const char *user = file->more->partitions[i].cmdline;
		struct bh_line line = { .used = 0 };

		platform->compose(&line, file, machine, i);
		if (user)
			bh_line_add(&line, "%s", user);
		while (line.used && line.text[line.used - 1] == ' ')
			line.text[--line.used] = 0;
		file->plan.partitions[i].cmdline = bh_arena_strndup(file->more->arena, line.text,
								     line.used);
		if (!file->plan.partitions[i].cmdline)
			return -ENOMEM;
	}
	return 0;
}
