// SPDX-License-Identifier: GPL-2.0-only
#include "image/keys.h"

#include <string.h>

#define ESC		'\033'
#define PASTE		"\033[200~"
#define PASTED		"\033[201~"

/* Returns the length of a CSI sequence; 0: its end has not come; 1: it is none, ESC stands alone. */
static size_t csi_length(const char *s, size_t len)
{
	size_t i = 2;

	while (i < len && s[i] >= 0x20 && s[i] < 0x40)
		i++;
	if (i == len)
		return len < BH_KEYS_HELD ? 0 : 1;
	if (s[i] < 0x40 || s[i] > 0x7e)
		return 1;
	/* Linux' own console sends ESC [ [ A for F1. */
	if (s[i] == '[' && i == 2)
		return len > 3 ? 4 : 0;
	return i + 1;
}

static bool is_cursor(const char *s, size_t len, enum bh_screen_key *cursor)
{
	static const char finals[] = "ABCDHF";	/* in the order of enum bh_screen_key */
	const char *at = len == 3 && (s[1] == '[' || s[1] == 'O') ? strchr(finals, s[2]) : NULL;

	if (!at || !*at)
		return false;
	*cursor = (enum bh_screen_key)(at - finals);
	return true;
}

/* Reports of xterm's: positions, attributes, states, modes, sizes, focus. Modified F3 looks like the first. */
static bool is_answer(const char *s, size_t len)
{
	char first = s[2], last = s[len - 1];
	bool private = first == '?' || first == '>' || first == '=';

	switch (last) {
	case 'R':
		return private || (memchr(s, ';', len) && strncmp(s + 2, "1;", 2));
	case 'c':
	case 'u':
		return private;
	case 'n':
	case 't':
	case 'x':
		return len > 3;
	case 'y':
		return len > 3 && s[len - 2] == '$';
	case 'I':
	case 'O':
		return len == 3;
	default:
		return false;
	}
}

static size_t utf8_length(const char *s, size_t len)
{
	unsigned char c = (unsigned char)*s;
	size_t want = c < 0xc2 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 1;
	size_t n = 1;

	while (n < want && n < len && (s[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* Returns the key's length; 0: its end has not come. */
static size_t next(const struct bh_keys *keys, const char *s, size_t len, struct bh_key *key)
{
	size_t n;

	*key = (struct bh_key){ .kind = BH_KEY_CHAR, .bytes = s, .len = 1 };
	if (keys->pasting) {
		n = strlen(PASTED);
		if (*s == ESC && len < n && !memcmp(s, PASTED, len))
			return 0;
		if (len < n || memcmp(s, PASTED, n))
			return 1;
		key->kind = BH_KEY_PASTED;
		return key->len = n;
	}
	if (*s == BH_KEY_PREFIX) {
		key->kind = BH_KEY_COMMAND;
		return 1;
	}
	if (*s != ESC)
		return key->len = utf8_length(s, len);
	key->kind = BH_KEY_ESCAPE;
	if (len == 1 || s[1] == ESC || (unsigned char)s[1] < 0x20)
		return 1;
	key->kind = BH_KEY_SEQUENCE;
	if (s[1] == 'O' && len > 2 && s[2] >= 0x20 && s[2] < 0x7f)
		n = 3;
	else if (s[1] == '[')
		n = csi_length(s, len);
	else
		n = 1 + utf8_length(s + 1, len - 1);
	if (n <= 1) {
		/* With Alt, a [ is no other sequence's begin. */
		key->len = n ? 2 : 0;
		return key->len;
	}
	key->len = n;
	if (n == strlen(PASTE) && !memcmp(s, PASTE, n))
		key->kind = BH_KEY_PASTE;
	else if (is_cursor(s, n, &key->cursor))
		key->kind = BH_KEY_CURSOR;
	else if (s[1] == '[' && is_answer(s, n))
		key->kind = BH_KEY_ANSWER;
	return n;
}

/* Take keys from the front; returns how many bytes they were. */
static size_t take_all(struct bh_keys *keys, const char *s, size_t len, bh_keys_take take,
		       void *context)
{
	size_t at = 0;

	while (at < len) {
		struct bh_key key;
		size_t n = next(keys, s + at, len - at, &key);

		if (!n)
			break;
		at += n;
		if (key.kind == BH_KEY_PASTE || key.kind == BH_KEY_PASTED)
			keys->pasting = key.kind == BH_KEY_PASTE;
		take(context, &key);
	}
	return at;
}

void bh_keys_feed(struct bh_keys *keys, const char *bytes, size_t len, bh_keys_take take,
		  void *context)
{
	char all[BH_KEYS_HELD + 256];

	while (len) {
		size_t part = len < sizeof(all) - keys->nheld ? len : sizeof(all) - keys->nheld;
		size_t n = keys->nheld, used;

		memcpy(all, keys->held, n);
		memcpy(all + n, bytes, part);
		n += part;
		used = take_all(keys, all, n, take, context);
		/* No sequence that could go on is longer. */
		keys->nheld = n - used;
		memcpy(keys->held, all + used, keys->nheld);
		bytes += part;
		len -= part;
	}
}
