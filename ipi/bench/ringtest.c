// SPDX-License-Identifier: GPL-2.0-only
/*
 * Linux's tools/virtio/ringtest: its programs, as they are. They pass buffers there and
 * back and copy nothing, so their times are of descriptors, not of messages.
 */

#include <err.h>
#include <errno.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define CYCLES	"1000000"

static const struct {
	const char *program, *what;
} tests[] = {
	{ "ring", "ringtest's packed prototype" },
	{ "virtio_ring_inorder", "ringtest's virtio ring, in order" },
	{ "virtio_ring_0_9", "ringtest's virtio ring, split" },
};

#define TESTS	(sizeof(tests) / sizeof(tests[0]))

static struct series series[TESTS];

static void run(const char *path, const int cpu[2])
{
	char host[16], guest[16], cycles[] = "--run-cycles=" CYCLES, name[] = "ringtest";
	char host_option[] = "--host-affinity", guest_option[] = "--guest-affinity";
	char *argv[] = { name, cycles, host_option, host, guest_option, guest, NULL };
	/* Its threads start on the same CPU: they need the ordinary scheduler to part. */
	const struct sched_param ordinary = { 0 };
	posix_spawnattr_t attr;
	int status;
	pid_t pid;

	snprintf(host, sizeof(host), "%d", cpu[0]);
	snprintf(guest, sizeof(guest), "%d", cpu[1]);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSCHEDULER);
	posix_spawnattr_setschedpolicy(&attr, SCHED_OTHER);
	posix_spawnattr_setschedparam(&attr, &ordinary);
	errno = posix_spawn(&pid, path, NULL, &attr, argv, environ);
	if (errno)
		err(1, "%s", path);
	posix_spawnattr_destroy(&attr);
	if (waitpid(pid, &status, 0) != pid || status)
		errx(1, "%s failed", path);
}

void ringtest_run(const struct bench *bench)
{
	struct sample sample = { 0 };
	char path[512];
	unsigned int i;
	double begin;

	for (i = 0; bench->ringtest && i < TESTS; i++) {
		snprintf(path, sizeof(path), "%s/%s", bench->ringtest, tests[i].program);
		sample.before = pair_ping_pong(1500);
		/* It has both CPUs to itself. */
		pair_stop();
		begin = now_ns();
		run(path, bench->cpu);
		sample.value = (now_ns() - begin) / atof(CYCLES);
		pair_start(bench->cpu[0], bench->cpu[1]);
		sample.after = pair_ping_pong(1500);
		series_add(&series[i], &sample);
	}
}

void ringtest_print(void)
{
	unsigned int i;

	for (i = 0; i < TESTS; i++)
		print_row("stream", tests[i].program, tests[i].what, 0, 0, &series[i]);
}
