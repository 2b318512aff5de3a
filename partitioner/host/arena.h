/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that is given back all at once: for what lives as long as one file. */
#ifndef BULKHEAD_HOST_ARENA_H
#define BULKHEAD_HOST_ARENA_H

#include <stddef.h>

struct bh_arena;

/* A new arena, or NULL when there is no memory. */
struct bh_arena *bh_arena_new(void);
void bh_arena_free(struct bh_arena *arena);

/* Zeroed and aligned for anything; NULL when there is no memory. */
void *bh_arena_alloc(struct bh_arena *arena, size_t size);

/* A copy of @length bytes with a NUL behind them. */
char *bh_arena_strndup(struct bh_arena *arena, const char *text, size_t length);
char *bh_arena_strdup(struct bh_arena *arena, const char *text);
char *bh_arena_printf(struct bh_arena *arena, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
