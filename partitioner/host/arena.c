// SPDX-License-Identifier: GPL-2.0-only
#include "host/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE	(16 * 1024)

struct chunk {
	struct chunk *next;
	size_t used, size;
	alignas(max_align_t) unsigned char bytes[];
};

struct bh_arena {
	struct chunk *chunks;
};

struct bh_arena *bh_arena_new(void)
{
	return calloc(1, sizeof(struct bh_arena));
}

void bh_arena_free(struct bh_arena *arena)
{
	struct chunk *chunk, *next;

	if (!arena)
		return;
	for (chunk = arena->chunks; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(arena);
}

void *bh_arena_alloc(struct bh_arena *arena, size_t size)
{
	struct chunk *chunk = arena->chunks;
	const size_t align = alignof(max_align_t);
	void *p;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + align - 1) & ~(align - 1);
	if (!chunk || chunk->size - chunk->used < size) {
		size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;

		chunk = calloc(1, sizeof(*chunk) + room);
		if (!chunk)
			return NULL;
		chunk->size = room;
		chunk->next = arena->chunks;
		arena->chunks = chunk;
	}
	p = chunk->bytes + chunk->used;
	chunk->used += size;
	return p;
}

char *bh_arena_strndup(struct bh_arena *arena, const char *text, size_t length)
{
	char *copy = bh_arena_alloc(arena, length + 1);

	if (copy && length)
		memcpy(copy, text, length);
	return copy;
}

char *bh_arena_strdup(struct bh_arena *arena, const char *text)
{
	return bh_arena_strndup(arena, text, strlen(text));
}

char *bh_arena_printf(struct bh_arena *arena, const char *fmt, ...)
{
	va_list ap;
	char *copy;
	int length;

	va_start(ap, fmt);
	length = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (length < 0)
		return NULL;
	copy = bh_arena_alloc(arena, (size_t)length + 1);
	if (!copy)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(copy, (size_t)length + 1, fmt, ap);
	va_end(ap);
	return copy;
}
