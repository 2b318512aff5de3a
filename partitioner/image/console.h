/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Consoles: bytes from serial ports become lines, logs, and one merged view.
 *
 * A console collects what its port says; the view shows all of them on one
 * terminal, line by line, each line behind its console's name. A line that is
 * still being typed can stand below the others.
 */
#ifndef BULKHEAD_IMAGE_CONSOLE_H
#define BULKHEAD_IMAGE_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define BH_LINE_MAX	4096	/* a longer line is cut into several */
#define BH_RECENT	5	/* lines kept for the summary of a time-out */

struct bh_console {
	const char *name;
	int log;			/* descriptor of the raw log, or -1 */
	char raw[BH_LINE_MAX];		/* the line so far, as it came */
	size_t len;
	char *recent[BH_RECENT];	/* the last lines, oldest at nlines % BH_RECENT */
	size_t nlines;
};

/*
 * bh_console_clean() - what a person would read on a line
 * @raw, @len: bytes as they came, with or without the end of the line
 * @text: len + 1 bytes
 *
 * Drops escape sequences and control characters; a carriage return within
 * the line starts it again. Returns the length.
 */
size_t bh_console_clean(const char *raw, size_t len, char *text);

/*
 * bh_console_take() - add to the line what of these bytes belongs to it; @len is not 0
 * @whole: nothing more does: it has come to its end, or is as long as lines get. The caller
 *	empties it before the next call
 *
 * Returns how many were taken, at least one.
 */
size_t bh_console_take(struct bh_console *console, const char *bytes, size_t len, bool *whole);

/* Append to the raw log. An error is reported once and ends the log. */
void bh_console_log(struct bh_console *console, const char *bytes, size_t len);

/* Remember a cleaned line for the summary. */
void bh_console_remember(struct bh_console *console, const char *text);

void bh_console_free(struct bh_console *console);

#define BH_KEPT		2000	/* lines kept while something else has the terminal */
#define BH_STATUS_MAX	8192	/* bytes of a line that is rewritten in place */

/*
 * struct bh_view - the merged view
 * @colour: use colours; @live: the terminal can be written over (status line)
 * @width: of the longest name
 */
struct bh_view {
	FILE *out;
	bool colour;
	bool live;
	int width;
	char status[BH_STATUS_MAX];	/* status line on the screen, "" when there is none */

	/* private */
	bool held;
	struct bh_kept {
		const char *name;
		int colour;
		char *text;
	} *kept;
	size_t nkept;			/* ever, since it is held */
};

/* One whole line of a console; @colour is its index in the palette, -1 for the tool itself. */
void bh_view_line(struct bh_view *view, const char *name, int colour, const char *text);

/* A line that is rewritten in place, and removed by "". Only when the view is live. */
void bh_view_status(struct bh_view *view, const char *text);

/*
 * bh_view_typing() - a line of a console that has not ended, in the status line's place
 * @text: nothing but printable characters; @column: of the cursor in it
 */
void bh_view_typing(struct bh_view *view, const char *name, int colour, const char *text,
		    int column);

/* Keep lines instead of showing them; when the terminal is the view's again, show them. */
void bh_view_hold(struct bh_view *view, bool hold);

#endif
