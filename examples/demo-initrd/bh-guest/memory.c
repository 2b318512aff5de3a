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

int cmd_poke(int argc, char **argv)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint64_t address, value;
	char *rest;
	void *map;
	int fd;

	if (argc != 2)
		return usage();
	errno = 0;
	address = strtoull(argv[0], &rest, 0);
	if (errno || *rest || address % sizeof(value))
		return usage();
	value = strtoull(argv[1], &rest, 0);
	if (errno || *rest)
		return usage();
	fd = open("/dev/mem", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return fail("/dev/mem");
	map = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   (off_t)(address & ~(uint64_t)(page - 1)));
	if (map == MAP_FAILED)
		return fail("/dev/mem");
	*(volatile uint64_t *)((char *)map + address % page) = value;
	return EXIT_SUCCESS;
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
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint64_t start, size, base;
	uint8_t bytes[4096];
	size_t head;
	char *rest;
	void *map;
	int fd;

	if (argc != 2)
		return usage();
	errno = 0;
	start = strtoull(argv[0], &rest, 0);
	if (errno || *rest)
		return usage();
	size = strtoull(argv[1], &rest, 0);
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
	/*
	 * Read here and not by write(): what a system call can't read it reports as
	 * -EFAULT at best, and it is the access itself that is asked about.
	 */
	signal(SIGSEGV, denied);
	signal(SIGBUS, denied);
	for (size_t at = 0, n; at < size; at += n) {
		n = size - at < sizeof(bytes) ? size - at : sizeof(bytes);
		for (size_t i = 0; i < n; i++)
			bytes[i] = ((volatile const uint8_t *)map)[head + at + i];
		if (write_all(STDOUT_FILENO, bytes, n))
			return fail("write");
	}
	return EXIT_SUCCESS;
}
