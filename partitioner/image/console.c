// SPDX-License-Identifier: GPL-2.0-only
#include "image/console.h"

#include <errno.h>
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

/* Length of the escape sequence at @s (ECMA-48: CSI, OSC, two-character ones). */
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
	if (s[1] == ']') {
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
		text[n++] = (char)c;
	}
	text[n] = '\0';
	return n;
}

void bh_console_log(struct bh_console *console, const char *bytes, size_t len)
{
	while (console->log >= 0 && len) {
		ssize_t n = write(console->log, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			bh_error(-errno, "log of %s", console->name);
			close(console->log);
			console->log = -1;
			return;
		}
		bytes += n;
		len -= (size_t)n;
	}
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

static void prefix(struct bh_view *view, const char *name, int colour)
{
	if (!view->colour)
		fprintf(view->out, "%-*s | ", view->width, name);
	else if (colour < 0)
		fprintf(view->out, "\033[2m%-*s |\033[0m ", view->width, name);
	else
		fprintf(view->out, "\033[38;5;%um%-*s |\033[0m ",
			palette[(size_t)colour % sizeof(palette)], view->width, name);
}

/* Make room at the start of a line, whatever stands there. */
static void clear_line(struct bh_view *view)
{
	if (view->live && (view->midline || *view->status))
		fputs("\r\033[K", view->out);
	else if (view->midline)
		fputc('\n', view->out);
}

static void redraw(struct bh_view *view)
{
	if (view->focus && view->midline) {
		prefix(view, view->focus->name, view->focus_colour);
		fwrite(view->focus->raw, 1, view->focus->len, view->out);
	} else if (*view->status) {
		fputs(view->status, view->out);
	}
}

void bh_view_line(struct bh_view *view, const char *name, int colour, const char *text)
{
	bool midline = view->midline;

	clear_line(view);
	view->midline = view->live && midline;
	prefix(view, name, colour);
	fputs(text, view->out);
	/* A line may end in the middle of coloured text. */
	fputs(view->colour ? "\033[0m\n" : "\n", view->out);
	redraw(view);
}

void bh_view_raw(struct bh_view *view, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool back = view->back && bytes[i] != '\n';

		/* Whether a carriage return is half of a line's end, the next byte tells. */
		view->back = bytes[i] == '\r';
		if (bytes[i] == '\0' || (view->back && !back))
			continue;
		if (!view->midline) {
			if (*view->status)
				fputs("\r\033[K", view->out);
			prefix(view, view->focus->name, view->focus_colour);
			view->midline = true;
		} else if (back) {
			fputc('\r', view->out);
			prefix(view, view->focus->name, view->focus_colour);
		}
		if (!view->back)
			fputc(bytes[i], view->out);
		if (bytes[i] == '\n')
			view->midline = false;
	}
}

void bh_view_focus(struct bh_view *view, struct bh_console *console, int colour)
{
	clear_line(view);
	view->focus = console;
	view->focus_colour = colour;
	view->midline = console && console->len;
	view->back = false;
	redraw(view);
}

void bh_view_status(struct bh_view *view, const char *text)
{
	if (!view->live || !strcmp(view->status, text))
		return;
	if (!view->midline && (*view->status || *text))
		fprintf(view->out, "\r\033[K%s", text);
	snprintf(view->status, sizeof(view->status), "%s", text);
}
