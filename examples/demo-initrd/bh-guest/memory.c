// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest.h"

/* struct setup_data.type of a device tree, Linux/x86 boot protocol. */
#define SETUP_DTB	2

#define SETUP_DATA_DIR	"/sys/kernel/boot_params/setup_data"

/* Where architectures have it that boot with nothing but a device tree. */
#define BOOT_FDT	"/sys/firmware/fdt"

/* Bytes of memory that a partition may not read. */
#define STATUS_DENIED	3

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

int cmd_dtb(int argc, char **argv)
{
	DIR *dir = opendir(SETUP_DATA_DIR);
	struct dirent *entry;
	char path[512];
	unsigned int type;
	FILE *file;
	int n;

	(void)argv;
	if (argc)
		return usage();
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
	if (!copy_file(BOOT_FDT))
		return EXIT_SUCCESS;
	fputs("bh-guest: this kernel was given no device tree (no setup_data of type 2, no "
	      BOOT_FDT ")\n", stderr);
	return EXIT_FAILURE;
}

/* A number of the command line, and nothing behind it. */
static bool is_number(const char *text, uint64_t *number)
{
	char *rest;

	errno = 0;
	*number = strtoull(text, &rest, 0);
	return !errno && rest != text && !*rest;
}

volatile uint8_t *map_memory(uint64_t start, size_t size, int protection)
{
	size_t head = (size_t)(start % (uint64_t)sysconf(_SC_PAGESIZE));
	int fd = open("/dev/mem", (protection & PROT_WRITE ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	uint8_t *map = MAP_FAILED;

	if (fd >= 0)
		map = mmap(NULL, head + size, protection, MAP_SHARED, fd, (off_t)(start - head));
	if (fd >= 0)
		close(fd);
	return map == MAP_FAILED ? NULL : map + head;
}

static void denied(int signal)
{
	static const char text[] = "bh-guest: peek: access fault\n";

	(void)signal;
	write_all(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(STATUS_DENIED);
}

int cmd_peek(int argc, char **argv)
{
	const volatile uint8_t *from;
	uint64_t start, size;
	uint8_t bytes[4096];

	if (argc != 2 || !is_number(argv[0], &start) || !is_number(argv[1], &size) || !size ||
	    size > SIZE_MAX / 2)
		return usage();
	/* read() stops at the end of RAM; a mapping reaches what lies beyond. */
	from = map_memory(start, (size_t)size, PROT_READ);
	if (!from)
		return fail("/dev/mem");
	/*
	 * Read here and not by write(): what a system call can't read it reports as
	 * -EFAULT at best, and it is the access itself that is asked about.
	 */
	signal(SIGSEGV, denied);
	signal(SIGBUS, denied);
	for (size_t at = 0, n; at < size; at += n) {
		n = size - at < sizeof(bytes) ? size - at : sizeof(bytes);
		for (size_t i = 0; i < n; i++)
			bytes[i] = from[at + i];
		if (write_all(STDOUT_FILENO, bytes, n))
			return fail("write");
	}
	return EXIT_SUCCESS;
}
