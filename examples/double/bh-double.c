// SPDX-License-Identifier: GPL-2.0-only
/*
 * bh-double: two programs that talk by libbulkhead, on one machine that has no partitions.
 *
 *	bh-double [-s BYTES] LEFT COMMAND RIGHT COMMAND
 *
 * Each command is for sh(1), and runs as it would in the partition whose name stands before it: its
 * peer is the other name. `bh-double control './ask rt' rt './answer control'`
 *
 * Ends when both have; Ctrl-C reaches all. Status 0 if neither failed. -s: bytes of each direction, half
 * of what `size` is in a plan.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bulkhead/libbulkhead.h>

struct end {
	const char *name, *command;
	pid_t pid;	/* 0: it has ended */
};

static void start(struct bulkhead_double *pair, struct end *ends, int side)
{
	char text[128];
	int e = bulkhead_double_export(pair, side, ends[!side].name, text, sizeof(text));

	if (e)
		errx(1, "%s: %s", ends[!side].name, strerror(-e));
	ends[side].pid = fork();
	if (ends[side].pid < 0)
		err(1, "fork");
	if (ends[side].pid)
		return;
	setenv("BULKHEAD_DOUBLE", text, 1);
	execl("/bin/sh", "sh", "-c", ends[side].command, NULL);
	err(127, "/bin/sh");
}

/* Was that a failure? Said, if so. */
static int failed(const struct end *end, int status)
{
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	if (WIFEXITED(status))
		warnx("%s: status %d: %s", end->name, WEXITSTATUS(status), end->command);
	else
		warnx("%s: %s: %s", end->name, strsignal(WTERMSIG(status)), end->command);
	return 1;
}

/* In a partition the kernel does this: the other one hears that its peer has died. */
static void bury(struct bulkhead_double *pair, int side, const struct end *end)
{
	/* The shell may be gone sooner than what it started. */
	for (int i = 0; i < 100; i++) {
		if (bulkhead_double_bury(pair, side) != -EBUSY)
			return;
		usleep(10000);
	}
	warnx("%s: something that was started still has the channel: %s", end->name, end->command);
}

int main(int argc, char **argv)
{
	size_t section = 1 << 19;
	struct bulkhead_double *pair;
	struct end ends[2];
	int option, e, status, result = 0;

	while ((option = getopt(argc, argv, "+s:")) != -1) {
		if (option != 's')
			goto usage;
		section = strtoul(optarg, NULL, 0);
	}
	if (argc - optind != 4)
		goto usage;
	for (int side = 0; side < 2; side++)
		ends[side] = (struct end){ .name = argv[optind + 2 * side],
					   .command = argv[optind + 2 * side + 1] };
	e = bulkhead_double_new(section, &pair);
	if (e)
		errx(1, "a channel with %zu bytes each way: %s", section, strerror(-e));
	for (int side = 0; side < 2; side++)
		start(pair, ends, side);
	while (ends[0].pid || ends[1].pid) {
		pid_t pid = wait(&status);
		int side = pid == ends[1].pid;

		if (pid < 0)
			err(1, "wait");
		ends[side].pid = 0;
		bury(pair, side, &ends[side]);
		result |= failed(&ends[side], status);
	}
	bulkhead_double_free(pair);
	return result;
usage:
	fputs("usage: bh-double [-s BYTES] LEFT COMMAND RIGHT COMMAND\n", stderr);
	return 2;
}
