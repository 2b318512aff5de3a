// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guest.h"

/* Newer than the headers of Debian 12. */
#ifndef KEXEC_FILE_FORCE_DTB
#define KEXEC_FILE_FORCE_DTB	0x20
#endif

/* The largest COMMAND_LINE_SIZE of an architecture; a kernel refuses more than its own. */
#define CMDLINE_MAX	2048

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
 * kexec_file_load, not kexec_load: only this one carries KHO. An x86 kernel that
 * knows the flag carries the partition's device tree to the next only with it; one
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

int cmd_kexec(int argc, char **argv)
{
	unsigned long flags = KEXEC_FILE_NO_INITRAMFS;
	char cmdline[CMDLINE_MAX] = "";
	int kernel, initrd = -1;
	bool execute = false;
	size_t used = 0;

	/* What is loaded; at once, without a sync(). */
	if (argc == 1 && !strcmp(argv[0], "-x")) {
		reboot(LINUX_REBOOT_CMD_KEXEC);
		return fail("reboot into the loaded kernel");
	}
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
