// SPDX-License-Identifier: GPL-2.0-only
#include "image/console.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image/child.h"

/*
 * Colours of the consoles in the 256-colour palette: after Okabe and Ito, so
 * that neighbours differ for the colour-blind too, and readable on black and
 * on white.
 */
static const unsigned char palette[] = { 32, 172, 36, 169, 68, 166, 136, 97 };

#define PREFIX_MAX	256

/* Length of a control of one character, in UTF-8, at @s (ECMA-48's C1), with what follows a CSI; 0: none. */
static size_t c1_length(const char *s, size_t len)
{
	size_t i = 2;

	if (len < 2 || (unsigned char)s[0] != 0xc2 || ((unsigned char)s[1] & 0xe0) != 0x80)
		return 0;
	if ((unsigned char)s[1] != 0x9b)
		return i;
	while (i < len && (unsigned char)s[i] >= 0x20 && (unsigned char)s[i] < 0x40)
		i++;
	return i < len ? i + 1 : len;
}

/* Length of the escape sequence at @s (ECMA-48: CSI, OSC and other strings, two-character ones). */
static size_t escape_length(const char *s, size_t len)
{
	size_t i = 2;

	if (len < 2)
		return len;
	if (s[1] == '[') {
		while (i < len && (unsigned char)s[i] >= 0x20 && (unsigned char)s[i] < 0x40)
			i++;
		return i < len ? i + 1 : len;
	}
	if (strchr("]PX^_", s[1]) && s[1]) {
		while (i < len && s[i] != '\a' && s[i] != '\033')
			i++;
		return i < len && s[i] == '\a' ? i + 1 : i;
	}
	while (i - 1 < len && (unsigned char)s[i - 1] >= 0x20 && (unsigned char)s[i - 1] < 0x30)
		i++;
	return i < len ? i : len;
}

size_t bh_console_clean(const char *raw, size_t len, char *text)
{
	bool again = false;
	size_t n = 0;

	while (len && (raw[len - 1] == '\n' || raw[len - 1] == '\r'))
		len--;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)raw[i];
		size_t c1 = c1_length(raw + i, len - i);

		if (c1) {
			i += c1 - 1;
			continue;
		}
		if (c == '\033') {
			i += escape_length(raw + i, len - i) - 1;
			continue;
		}
		if (c == '\r') {
			again = true;
			continue;
		}
		if (c == '\b') {
			n -= n > 0;
			continue;
		}
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			continue;
		if (again)
			n = 0;
		again = false;
		/* What stood between them is gone: the two are a control of one character now. */
		if (n && (c & 0xe0) == 0x80 && (unsigned char)text[n - 1] == 0xc2) {
			n--;
			continue;
		}
		text[n++] = (char)c;
	}
	text[n] = '\0';
	return n;
}

size_t bh_console_take(struct bh_console *console, const char *bytes, size_t len, bool *whole)
{
	const char *end = memchr(bytes, '\n', len);
	size_t part = end ? (size_t)(end - bytes) + 1 : len;

	if (part > sizeof(console->raw) - console->len)
		part = sizeof(console->raw) - console->len;
	memcpy(console->raw + console->len, bytes, part);
	console->len += part;
	*whole = bytes[part - 1] == '\n' || console->len == sizeof(console->raw);
	return part;
}

void bh_console_log(struct bh_console *console, const char *bytes, size_t len)
{
	int err = console->log >= 0 ? bh_write_all(console->log, bytes, len) : 0;

	if (!err)
		return;
	bh_error(err, "log of %s", console->name);
	close(console->log);
	console->log = -1;
}

void bh_console_remember(struct bh_console *console, const char *text)
{
	char **slot = &console->recent[console->nlines % BH_RECENT];

	free(*slot);
	*slot = strdup(text);
	console->nlines++;
}

void bh_console_free(struct bh_console *console)
{
	for (size_t i = 0; i < BH_RECENT; i++)
		free(console->recent[i]);
	if (console->log >= 0)
		close(console->log);
}

/* The name before a line. */
static const char *prefix(const struct bh_view *view, const char *name, int colour,
			  char text[PREFIX_MAX])
{
	if (!view->colour)
		snprintf(text, PREFIX_MAX, "%-*s | ", view->width, name);
	else if (colour < 0)
		snprintf(text, PREFIX_MAX, "\033[2m%-*s |\033[0m ", view->width, name);
	else
		snprintf(text, PREFIX_MAX, "\033[38;5;%um%-*s |\033[0m ",
			 palette[(size_t)colour % sizeof(palette)], view->width, name);
	return text;
}

static void put_line(struct bh_view *view, const char *name, int colour, const char *text)
{
	char front[PREFIX_MAX];

	fputs(prefix(view, name, colour, front), view->out);
	fputs(text, view->out);
	/* A line may end in the middle of coloured text. */
	fputs(view->colour ? "\033[0m\n" : "\n", view->out);
}

/* The oldest goes when there are too many. Without memory a line is lost. */
static void keep_line(struct bh_view *view, const char *name, int colour, const char *text)
{
	struct bh_kept *kept;

	if (!view->kept)
		view->kept = calloc(BH_KEPT, sizeof(*view->kept));
	if (!view->kept)
		return;
	kept = &view->kept[view->nkept++ % BH_KEPT];
	free(kept->text);
	*kept = (struct bh_kept){ name, colour, strdup(text) };
}

void bh_view_line(struct bh_view *view, const char *name, int colour, const char *text)
{
	if (view->held) {
		keep_line(view, name, colour, text);
		return;
	}
	if (*view->status)
		fputs("\r\033[K", view->out);
	put_line(view, name, colour, text);
	if (*view->status)
		fputs(view->status, view->out);
}

void bh_view_hold(struct bh_view *view, bool hold)
{
	size_t first = view->nkept > BH_KEPT ? view->nkept - BH_KEPT : 0;

	if (hold)
		bh_view_status(view, "");
	view->held = hold;
	if (hold || !view->kept)
		return;
	if (first)
		fprintf(view->out, "%*s   (%zu lines left out)\n", view->width, "", first);
	for (size_t i = first; i < view->nkept; i++) {
		struct bh_kept *kept = &view->kept[i % BH_KEPT];

		if (kept->text)
			put_line(view, kept->name, kept->colour, kept->text);
		free(kept->text);
	}
	free(view->kept);
	view->kept = NULL;
	view->nkept = 0;
}

void bh_view_typing(struct bh_view *view, const char *name, int colour, const char *text,
		    int column)
{
	char front[PREFIX_MAX], line[sizeof(view->status)];

	snprintf(line, sizeof(line), "%s%s\r\033[%dC", prefix(view, name, colour, front), text,
		 view->width + 3 + column);
	bh_view_status(view, line);
}

void bh_view_status(struct bh_view *view, const char *text)
{
	if (!view->live || view->held || !strcmp(view->status, text))
		return;
	fprintf(view->out, "\r\033[K%s", text);
	snprintf(view->status, sizeof(view->status), "%s", text);
}
