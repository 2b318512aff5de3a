// SPDX-License-Identifier: GPL-2.0-only
/*
 * bh-guest: what the demo partition and the tests need and busybox lacks.
 *
 * Linked statically and used from PID 1's script under emulation, so it does
 * everything in one process and prints each line with one write(): the lines of
 * several writers on one console must not mix.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NSEC_PER_SEC	INT64_C(1000000000)
#define NSEC_PER_MSEC	INT64_C(1000000)

/* struct setup_data.type of a device tree, Linux/x86 boot protocol. */
#define SETUP_DTB	2

/* Newer than the headers of Debian 12. */
#ifndef KEXEC_FILE_FORCE_DTB
#define KEXEC_FILE_FORCE_DTB	0x20
#endif

#define SETUP_DATA_DIR	"/sys/kernel/boot_params/setup_data"

/* COMMAND_LINE_SIZE of x86; the kernel refuses more. */
#define CMDLINE_MAX	2048

static const char usage_text[] =
"usage: bh-guest COMMAND\n"
"  hello NAME                 say that partition NAME is up\n"
"  tick NAME                  print a line a second, for ever\n"
"  ticker MS [--for SECONDS]  print the monotonic time every MS ms; on SIGUSR1\n"
"                             the largest gap seen. With --for only the largest\n"
"                             gap, when the time is over\n"
"  kexec [-e] KERNEL [INITRD|- [CMDLINE...]]\n"
"                             load a kernel (default command line: this one's);\n"
"                             -e starts it\n"
"  foreground COMMAND...      run it so that ^C reaches it\n"
"  dtb                        the device tree given at boot, to stdout\n"
"  peek ADDRESS LENGTH        physical memory, to stdout\n";

static int fail(const char *what)
{
	fprintf(stderr, "bh-guest: %s: %s\n", what, strerror(errno));
	return EXIT_FAILURE;
}

static int usage(void)
{
	fputs(usage_text, stderr);
	return 2;
}

static int write_all(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size) {
		ssize_t n = write(fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

static void __attribute__((format(printf, 1, 2))) say(const char *format, ...)
{
	char line[4096];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (n > (int)sizeof(line) - 1)
		n = sizeof(line) - 1;
	write_all(STDOUT_FILENO, line, (size_t)n);
}

static int64_t now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
}

static void sleep_until(int64_t ns)
{
	struct timespec t = {
		.tv_sec = ns / NSEC_PER_SEC,
		.tv_nsec = ns % NSEC_PER_SEC,
	};

	/* A signal (ticker's SIGUSR1) ends the sleep early; the caller looks. */
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

/* Whole MiB that the firmware's map gave to this kernel: what the plan says. */
static uint64_t ram_mib(void)
{
	FILE *iomem = fopen("/proc/iomem", "r");
	uint64_t start, end, bytes = 0;
	char line[256];

	if (!iomem)
		return 0;
	while (fgets(line, sizeof(line), iomem)) {
		if (isspace((unsigned char)line[0]) || !strstr(line, ": System RAM"))
			continue;
		if (sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end) == 2)
			bytes += end - start + 1;
	}
	fclose(iomem);
	return (bytes + (1 << 19)) >> 20;
}

static int cmd_hello(const char *name)
{
	FILE *cpuinfo = fopen("/proc/cpuinfo", "r");
	int64_t up = now_ns(CLOCK_BOOTTIME);
	char ids[2048] = "", *line = NULL;
	size_t used = 0, size = 0;
	unsigned int cpus = 0, id;

	/* flags lines are long: no fixed buffer. */
	while (cpuinfo && getline(&line, &size, cpuinfo) >= 0) {
		int n;

		if (!strncmp(line, "processor\t", 10))
			cpus++;
		if (sscanf(line, "apicid : %u", &id) != 1)
			continue;
		n = snprintf(ids + used, sizeof(ids) - used, "%s%u", used ? "," : "", id);
		if (n < 0 || (size_t)n >= sizeof(ids) - used)
			break;
		used += (size_t)n;
	}
	if (cpuinfo)
		fclose(cpuinfo);
	free(line);
	say("bulkhead: %s: up after %" PRId64 ".%02" PRId64 " s, %u cpus (APIC ids %s), %" PRIu64 " MiB\n",
	    name, up / NSEC_PER_SEC, up % NSEC_PER_SEC / 10000000, cpus, ids, ram_mib());
	return EXIT_SUCCESS;
}

static _Noreturn void cmd_tick(const char *name)
{
	int64_t next = now_ns(CLOCK_MONOTONIC);

	for (unsigned long tick = 1; ; tick++) {
		next += NSEC_PER_SEC;
		sleep_until(next);
		say("bulkhead: %s: tick %lu\n", name, tick);
	}
}

static volatile sig_atomic_t ticker_asked;

static void ticker_ask(int signal)
{
	(void)signal;
	ticker_asked = 1;
}

static int cmd_ticker(int argc, char **argv)
{
	struct sigaction ask = { .sa_handler = ticker_ask };
	int64_t period, next, last, end = 0, gap = 0;
	unsigned long n = 0;
	double seconds;
	char *rest;

	if (argc != 1 && !(argc == 3 && !strcmp(argv[1], "--for")))
		return usage();
	period = strtol(argv[0], &rest, 10) * NSEC_PER_MSEC;
	if (*rest || period <= 0)
		return usage();

	sigaction(SIGUSR1, &ask, NULL);
	last = now_ns(CLOCK_MONOTONIC);
	next = last;
	if (argc == 3) {
		seconds = strtod(argv[2], &rest);
		if (*rest || seconds <= 0)
			return usage();
		end = last + (int64_t)(seconds * (double)NSEC_PER_SEC);
	}

	while (!end || last < end) {
		int64_t now;

		next += period;
		sleep_until(next);
		now = now_ns(CLOCK_MONOTONIC);
		if (now >= next) {
			if (now - last > gap)
				gap = now - last;
			last = now;
			n++;
			/* Ticks that were slept through are gone, not made up for. */
			if (now - next > period)
				next = now;
			if (!end)
				say("ticker: t=%" PRId64 ".%06" PRId64 "\n", now / NSEC_PER_SEC,
				    now % NSEC_PER_SEC / 1000);
		} else {
			next -= period;
		}
		if (ticker_asked) {
			ticker_asked = 0;
			say("ticker: n=%lu max-gap-ms=%.1f\n", n, (double)gap / NSEC_PER_MSEC);
		}
	}
	say("ticker: n=%lu max-gap-ms=%.1f\n", n, (double)gap / NSEC_PER_MSEC);
	return EXIT_SUCCESS;
}

static int read_cmdline(char *cmdline, size_t size)
{
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, cmdline, size - 1);
	close(fd);
	if (n < 0)
		return -1;
	cmdline[n] = '\0';
	cmdline[strcspn(cmdline, "\n")] = '\0';
	return 0;
}

/*
 * kexec_file_load, not kexec_load: only this one carries KHO. A kernel that knows
 * the flag carries the partition's device tree to the next only with it; one
 * that does not know it refuses it.
 */
static long load(int kernel, int initrd, const char *cmdline, unsigned long flags)
{
	size_t size = strlen(cmdline) + 1;
	long err = syscall(SYS_kexec_file_load, kernel, initrd, size, cmdline,
			   flags | KEXEC_FILE_FORCE_DTB);

	if (err && errno == EINVAL)
		err = syscall(SYS_kexec_file_load, kernel, initrd, size, cmdline, flags);
	return err;
}

static int cmd_kexec(int argc, char **argv)
{
	unsigned long flags = KEXEC_FILE_NO_INITRAMFS;
	char cmdline[CMDLINE_MAX] = "";
	int kernel, initrd = -1;
	bool execute = false;
	size_t used = 0;

	if (argc && !strcmp(argv[0], "-e")) {
		execute = true;
		argc--;
		argv++;
	}
	if (!argc)
		return usage();

	kernel = open(argv[0], O_RDONLY | O_CLOEXEC);
	if (kernel < 0)
		return fail(argv[0]);
	if (argc > 1 && strcmp(argv[1], "-")) {
		initrd = open(argv[1], O_RDONLY | O_CLOEXEC);
		if (initrd < 0)
			return fail(argv[1]);
		flags = 0;
	}
	if (argc <= 2 && read_cmdline(cmdline, sizeof(cmdline)))
		return fail("/proc/cmdline");
	for (int i = 2; i < argc; i++) {
		int n = snprintf(cmdline + used, sizeof(cmdline) - used, "%s%s",
				 used ? " " : "", argv[i]);

		if ((size_t)n >= sizeof(cmdline) - used) {
			errno = E2BIG;
			return fail("command line");
		}
		used += (size_t)n;
	}

	if (load(kernel, initrd, cmdline, flags))
		return fail("kexec_file_load");
	if (!execute)
		return EXIT_SUCCESS;
	say("bh-guest: starting %s\n", argv[0]);
	sync();
	reboot(LINUX_REBOOT_CMD_KEXEC);
	return fail("reboot into the loaded kernel");
}

static int copy_file(const char *path)
{
	char data[65536];
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	while ((n = read(fd, data, sizeof(data))) > 0) {
		if (write_all(STDOUT_FILENO, data, (size_t)n)) {
			n = -1;
			break;
		}
	}
	close(fd);
	return n < 0 ? -1 : 0;
}

static int cmd_dtb(void)
{
	DIR *dir = opendir(SETUP_DATA_DIR);
	struct dirent *entry;
	char path[512];
	unsigned int type;
	FILE *file;
	int n;

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), SETUP_DATA_DIR "/%s/type", entry->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		n = fscanf(file, "%x", &type);
		fclose(file);
		if (n != 1 || type != SETUP_DTB)
			continue;
		snprintf(path, sizeof(path), SETUP_DATA_DIR "/%s/data", entry->d_name);
		return copy_file(path) ? fail(path) : EXIT_SUCCESS;
	}
	fputs("bh-guest: this kernel was given no device tree (no setup_data of type 2)\n", stderr);
	return EXIT_FAILURE;
}

static int cmd_peek(const char *address, const char *length)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint64_t start, size, base;
	size_t head;
	char *rest;
	void *map;
	int fd, ret;

	errno = 0;
	start = strtoull(address, &rest, 0);
	if (errno || *rest)
		return usage();
	size = strtoull(length, &rest, 0);
	if (errno || *rest || !size || size > SIZE_MAX / 2)
		return usage();

	/* read() stops at the end of RAM; a mapping reaches what lies beyond. */
	fd = open("/dev/mem", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail("/dev/mem");
	base = start & ~(uint64_t)(page - 1);
	head = (size_t)(start - base);
	map = mmap(NULL, head + size, PROT_READ, MAP_SHARED, fd, (off_t)base);
	if (map == MAP_FAILED)
		return fail("/dev/mem");
	ret = write_all(STDOUT_FILENO, (char *)map + head, size);
	return ret ? fail("write") : EXIT_SUCCESS;
}

/*
 * A shell that is no job-control shell starts `command &` with SIGINT and SIGQUIT
 * ignored for good, and so would everything that is typed at the shell behind it.
 */
static int cmd_foreground(char **command)
{
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	execvp(command[0], command);
	return fail(command[0]);
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";

	if (!strcmp(command, "hello") && argc == 3)
		return cmd_hello(argv[2]);
	if (!strcmp(command, "tick") && argc == 3)
		cmd_tick(argv[2]);
	if (!strcmp(command, "ticker") && argc > 2)
		return cmd_ticker(argc - 2, argv + 2);
	if (!strcmp(command, "kexec"))
		return cmd_kexec(argc - 2, argv + 2);
	if (!strcmp(command, "foreground") && argc > 2)
		return cmd_foreground(argv + 2);
	if (!strcmp(command, "dtb") && argc == 2)
		return cmd_dtb();
	if (!strcmp(command, "peek") && argc == 4)
		return cmd_peek(argv[2], argv[3]);
	return usage();
}
