// SPDX-License-Identifier: GPL-2.0-only
#include "image/sequences.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ESC		0x1b
#define CAN		0x18
#define SUB		0x1a
#define ENQ		0x05
#define REPLACEMENT	"\xef\xbf\xbd"

static enum bh_sequence put(struct bh_sequences *s, enum bh_sequence kind, const void *bytes,
			    size_t len)
{
	memcpy(s->bytes, bytes, len);
	s->bytes[len] = '\0';
	s->len = len;
	return kind;
}

static void hold(struct bh_sequences *s, char c)
{
	if (s->nheld < BH_SEQUENCE_MAX)
		s->held[s->nheld++] = c;
	else
		s->spoilt = true;
}

static enum bh_sequence put_held(struct bh_sequences *s, enum bh_sequence kind)
{
	s->within = BH_WITHIN_TEXT;
	return s->spoilt ? BH_SEQUENCE_NONE : put(s, kind, s->held, s->nheld);
}

static void begin(struct bh_sequences *s)
{
	s->within = BH_WITHIN_ESCAPE;
	s->nheld = 0;
	s->digits = 0;
	s->params = 1;
	s->spoilt = false;
	s->need = 0;
	hold(s, ESC);
}

/* Printable, or an intermediate. */
static enum bh_sequence in_escape(struct bh_sequences *s, unsigned char c)
{
	hold(s, (char)c);
	if (c < 0x30)
		return BH_SEQUENCE_NONE;
	if (s->nheld == 2 && c == '[') {
		s->within = BH_WITHIN_CSI;
		return BH_SEQUENCE_NONE;
	}
	if (s->nheld == 2 && strchr("PX]^_", c)) {
		s->within = BH_WITHIN_STRING;
		return BH_SEQUENCE_NONE;
	}
	/*
	 * Behind an intermediate these introduce nothing (ECMA-35, 13.2.1), but libvterm
	 * 0.1 begins a CSI or a string there, and what follows would get past this filter.
	 */
	if (s->nheld > 2 && strchr("PX[]^_", c))
		s->spoilt = true;
	return put_held(s, BH_SEQUENCE_ESCAPE);
}

static enum bh_sequence in_csi(struct bh_sequences *s, unsigned char c)
{
	if (c >= '0' && c <= '9') {
		if (++s->digits > BH_SEQUENCE_DIGITS)
			return BH_SEQUENCE_NONE;
	} else {
		s->digits = 0;
		s->params += c == ';' || c == ':';
	}
	s->spoilt |= s->params > BH_SEQUENCE_PARAMS;
	hold(s, (char)c);
	return c < 0x40 ? BH_SEQUENCE_NONE : put_held(s, BH_SEQUENCE_CSI);
}

/* A character of several bytes is whole. */
static enum bh_sequence take_wide(struct bh_sequences *s)
{
	static const uint32_t lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t c = s->wide[0] & (0x7fU >> s->need);
	size_t len = s->need;

	for (size_t i = 1; i < len; i++)
		c = c << 6 | (s->wide[i] & 0x3f);
	s->need = 0;
	if (c < lowest[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return put(s, BH_SEQUENCE_TEXT, REPLACEMENT, strlen(REPLACEMENT));
	if (c >= 0xa0)
		return put(s, BH_SEQUENCE_TEXT, s->wide, len);
	/* C1: the same as ESC and a letter (ECMA-48, 5.3). Those that stand alone are rare. */
	begin(s);
	if (in_escape(s, (unsigned char)(c - 0x40)) != BH_SEQUENCE_NONE)
		s->within = BH_WITHIN_TEXT;
	return BH_SEQUENCE_NONE;
}

static enum bh_sequence in_text(struct bh_sequences *s, unsigned char c)
{
	if (s->need && (c & 0xc0) == 0x80) {
		s->wide[s->nwide++] = c;
		return s->nwide == s->need ? take_wide(s) : BH_SEQUENCE_NONE;
	}
	s->need = 0;
	if (c < 0x80)
		return put(s, BH_SEQUENCE_TEXT, &c, 1);
	if (c < 0xc2 || c > 0xf4)
		return put(s, BH_SEQUENCE_TEXT, REPLACEMENT, strlen(REPLACEMENT));
	s->wide[0] = c;
	s->nwide = 1;
	s->need = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	return BH_SEQUENCE_NONE;
}

static enum bh_sequence in_string(struct bh_sequences *s, unsigned char c)
{
	bool end = s->within == BH_WITHIN_STRING_END;

	if (c == '\a' || (end && c == '\\')) {
		s->within = BH_WITHIN_TEXT;
		return BH_SEQUENCE_NONE;
	}
	if (!end || c < 0x20 || c > 0x7e) {
		s->within = BH_WITHIN_STRING;
		return BH_SEQUENCE_NONE;
	}
	/* Any other ESC ends the string, and begins something else. */
	begin(s);
	return in_escape(s, c);
}

enum bh_sequence bh_sequences_take(struct bh_sequences *s, char byte)
{
	unsigned char c = (unsigned char)byte;

	if (c == CAN || c == SUB) {
		s->within = BH_WITHIN_TEXT;
		s->need = 0;
		return BH_SEQUENCE_NONE;
	}
	if (s->within == BH_WITHIN_STRING || s->within == BH_WITHIN_STRING_END) {
		if (c != ESC)
			return in_string(s, c);
		s->within = BH_WITHIN_STRING_END;
		return BH_SEQUENCE_NONE;
	}
	if (c == ESC) {
		begin(s);
		return BH_SEQUENCE_NONE;
	}
	if (c < 0x20 || c == 0x7f) {
		s->need = 0;
		return c && c != 0x7f ? put(s, BH_SEQUENCE_CONTROL, &c, 1) : BH_SEQUENCE_NONE;
	}
	if (s->within == BH_WITHIN_TEXT || c > 0x7e) {
		s->within = BH_WITHIN_TEXT;
		return in_text(s, c);
	}
	return s->within == BH_WITHIN_CSI ? in_csi(s, c) : in_escape(s, c);
}

bool bh_sequences_within(const struct bh_sequences *s)
{
	return s->within != BH_WITHIN_TEXT || s->need;
}

/* "?1;25h": modes of DEC's and xterm's that change how a terminal looks; none makes it report. */
static bool are_modes(const char *params, const char *end)
{
	static const unsigned int modes[] = { 1, 5, 6, 7, 12, 25, 45, 47, 1007, 1047, 1048, 1049, 2004 };

	do {
		char *rest;
		unsigned long mode;
		bool known = false;

		params++;	/* ? or ; */
		if (*params < '0' || *params > '9')
			return false;
		mode = strtoul(params, &rest, 10);
		for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
			known |= mode == modes[i];
		if (!known)
			return false;
		params = rest;
	} while (*params == ';');
	return params == end;
}

static bool is_late_csi(const struct bh_sequences *s)
{
	const char *params = s->bytes + 2, *end = s->bytes + s->len - 1;
	size_t len = (size_t)(end - params);

	if (*params == '?' && (*end == 'h' || *end == 'l'))
		return are_modes(params, end);
	if (*params == '?')
		return (*end == 'J' || *end == 'K') &&
		       strspn(params + 1, "0123456789;") == len - 1;
	if (strspn(params, "0123456789:;") != len)
		return false;
	/* 4: insert or replace; the others lock the keyboard or change its lines' ends. */
	if (*end == 'h' || *end == 'l')
		return len == 1 && *params == '4';
	/* No final character of these is answered without a prefix (ECMA-48, 8.3; xterm). */
	return strchr("@ABCDEFGHIJKLMPSTXZ`abdefgmrsu", *end);
}

bool bh_sequences_shown_late(enum bh_sequence kind, const struct bh_sequences *s)
{
	switch (kind) {
	case BH_SEQUENCE_TEXT:
		return true;
	case BH_SEQUENCE_CONTROL:
		return *s->bytes != ENQ;
	case BH_SEQUENCE_ESCAPE:
		/* Cursor saved and put back, index, new line, reverse index; character sets. */
		return (s->len == 2 && strchr("78DEM=>", s->bytes[1])) ||
		       (s->len == 3 && strchr("()", s->bytes[1]) && strchr("0AB", s->bytes[2]));
	case BH_SEQUENCE_CSI:
		return is_late_csi(s);
	case BH_SEQUENCE_NONE:
		break;
	}
	return false;
}
