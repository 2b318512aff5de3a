/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a terminal sends, one key at a time: characters, keys that send a
 * sequence (whole, so that none of it is taken for a key of its own), and
 * pasted text, in which nothing is a key.
 *
 * Nothing waits for a clock: an ESC at the end of what came is the key Escape.
 */
#ifndef BULKHEAD_IMAGE_KEYS_H
#define BULKHEAD_IMAGE_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "image/screen.h"

#define BH_KEY_PREFIX	0x1d	/* Ctrl-] */
#define BH_KEYS_HELD	32	/* a longer sequence is no key's */

enum bh_key_kind {
	BH_KEY_CHAR,		/* one character in UTF-8, or what is left of a cut one */
	BH_KEY_COMMAND,		/* BH_KEY_PREFIX, typed */
	BH_KEY_ESCAPE,		/* the key Escape */
	BH_KEY_CURSOR,		/* @cursor says which */
	BH_KEY_SEQUENCE,	/* of another key */
	BH_KEY_ANSWER,		/* a report that no key sends, and nobody here asked for */
	BH_KEY_PASTE,		/* what follows is pasted */
	BH_KEY_PASTED,		/* the end of that */
};

struct bh_key {
	enum bh_key_kind kind;
	enum bh_screen_key cursor;
	const char *bytes;	/* as they came */
	size_t len;
};

/* Zeroed: nothing was typed yet. */
struct bh_keys {
	char held[BH_KEYS_HELD];	/* of a sequence whose end has not come */
	size_t nheld;
	bool pasting;
};

/* Called for each key; its bytes are valid for the call. */
typedef void (*bh_keys_take)(void *context, const struct bh_key *key);

/* The next of what was typed; a sequence that is cut is held until its rest comes. */
void bh_keys_feed(struct bh_keys *keys, const char *bytes, size_t len, bh_keys_take take,
		  void *context);

#endif
