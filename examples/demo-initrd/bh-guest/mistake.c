// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an end of a channel does by mistake, for the tests: it writes where a driver should have,
 * changes what the next kernel will be told, and asks for what it may not have.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "guest.h"

/* What is looked for begins at a cache line. */
#define FIND_ALIGN	64

/* "00ff" and so on; the bytes are malloc'ed. */
static uint8_t *parse_hex(const char *text, size_t *size)
{
	size_t len = strlen(text);
	uint8_t *bytes = malloc(len / 2 + 1);

	if (!bytes || !len || len % 2)
		goto bad;
	for (size_t i = 0; i < len / 2; i++) {
		unsigned int byte;

		if (strspn(text + 2 * i, "0123456789abcdefABCDEF") < 2 ||
		    sscanf(text + 2 * i, "%2x", &byte) != 1)
			goto bad;
		bytes[i] = (uint8_t)byte;
	}
	*size = len / 2;
	return bytes;
bad:
	free(bytes);
	return NULL;
}

/* Words whole, where they are words: others look at the same time. */
static void put(volatile uint8_t *memory, uint64_t start, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size;) {
		uint64_t word;

		if ((start + i) % sizeof(word) || size - i < sizeof(word)) {
			memory[i] = bytes[i];
			i++;
			continue;
		}
		memcpy(&word, bytes + i, sizeof(word));
		*(volatile uint64_t *)(memory + i) = word;
		i += sizeof(word);
	}
}

int cmd_write(int argc, char **argv)
{
	volatile uint8_t *memory;
	uint64_t start;
	uint8_t *bytes;
	size_t size;
	char *rest;

	if (!argc || argc % 2)
		return usage();
	for (; argc; argc -= 2, argv += 2) {
		start = strtoull(argv[0], &rest, 0);
		bytes = parse_hex(argv[1], &size);
		if (*rest || rest == argv[0] || !bytes)
			return usage();
		memory = map_memory(start, size, PROT_READ | PROT_WRITE);
		if (!memory)
			return fail("/dev/mem");
		put(memory, start, bytes, size);
		free(bytes);
	}
	return EXIT_SUCCESS;
}

static void find_in(uint64_t start, uint64_t end, const uint8_t *bytes, size_t size)
{
	const volatile uint8_t *memory = map_memory(start, end - start, PROT_READ);

	for (uint64_t at = 0; memory && at + size <= end - start; at += FIND_ALIGN) {
		size_t same = 0;

		while (same < size && memory[at + same] == bytes[same])
			same++;
		if (same == size)
			say("%#" PRIx64 "\n", start + at);
	}
	if (memory)
		munmap((void *)(uintptr_t)memory, end - start);
}

int cmd_find(int argc, char **argv)
{
	FILE *iomem = fopen("/proc/iomem", "re");
	uint64_t start, end;
	char line[256];
	uint8_t *bytes;
	size_t size;

	if (argc != 1)
		return usage();
	bytes = parse_hex(argv[0], &size);
	if (!bytes)
		return usage();
	if (!iomem)
		return fail("/proc/iomem");
	while (fgets(line, sizeof(line), iomem))
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " : System RAM", &start, &end) == 2 &&
		    *line != ' ' && strstr(line, ": System RAM"))
			find_in(start, end + 1, bytes, size);
	fclose(iomem);
	free(bytes);
	return EXIT_SUCCESS;
}

int cmd_as(int argc, char **argv)
{
	char *rest;
	id_t id;

	if (argc < 2)
		return usage();
	id = (id_t)strtoul(argv[0], &rest, 10);
	if (*rest || rest == argv[0])
		return usage();
	if (setgroups(0, NULL) || setgid(id) || setuid(id))
		return fail(argv[0]);
	execvp(argv[1], argv + 1);
	return fail(argv[1]);
}

int cmd_connect(int argc, char **argv)
{
	struct sockaddr_vm peer = { .svm_family = AF_VSOCK };
	int fd;

	if (argc != 2)
		return usage();
	peer.svm_cid = (unsigned int)strtoul(argv[0], NULL, 0);
	peer.svm_port = (unsigned int)strtoul(argv[1], NULL, 0);
	fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&peer, sizeof(peer)))
		return fail("connect");
	say("connected\n");
	return EXIT_SUCCESS;
}
