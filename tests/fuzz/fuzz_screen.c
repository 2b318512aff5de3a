// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes from a partition, on a terminal that changes its size. What is
 * drawn makes a second screen, in the terminal's place, show the same; and
 * that one has nothing to answer, ever.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/canvas.h"
#include "image/console.h"
#include "image/screen.h"
#include "image/sequences.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SIZE_MAX_FED	4096
#define RESIZE		0xfe	/* neither is part of any UTF-8: the next byte is a new size */
#define DRAW		0xff

struct bench {
	struct bh_screen *console, *terminal;
	struct bh_canvas canvas;
	FILE *out;
	char *drawn;
	size_t ndrawn;
};

static void ignore(void *context, const char *bytes, size_t len)
{
	(void)context;
	(void)bytes;
	(void)len;
}

static void never(void *context, const char *bytes, size_t len)
{
	(void)context;
	fprintf(stderr, "the terminal would answer %zu bytes: %.*s\n", len, (int)len, bytes);
	abort();
}

static void pass_on(struct bench *b)
{
	fflush(b->out);
	bh_screen_feed(b->terminal, b->drawn, b->ndrawn);
	rewind(b->out);
	fflush(b->out);
}

/* Of what is no ASCII the width is open: a console may have cut it in halves. */
static bool is_plain(const struct bench *b, int row)
{
	for (int col = 0; col < b->canvas.cols; col++)
		if (b->canvas.want[row * b->canvas.cols + col].chars[0] >= 0x80 ||
		    b->canvas.want[row * b->canvas.cols + col].width != 1)
			return false;
	return true;
}

static void compare(const struct bench *b, int row, int col)
{
	struct bh_cell want = b->canvas.want[row * b->canvas.cols + col];
	struct bh_cell is = bh_screen_cell(b->terminal, row, col);
	char a[BH_CELL_TEXT], c[BH_CELL_TEXT];

	bh_cell_text(&want, a);
	bh_cell_text(&is, c);
	if (want.width == is.width && (!want.width || (!strcmp(a, c) && want.attrs == is.attrs &&
						       want.fg == is.fg && want.bg == is.bg)))
		return;
	fprintf(stderr, "row %d column %d: \"%s\" width %u, and the terminal has \"%s\" width %u\n",
		row, col, a, want.width, c, is.width);
	abort();
}

static void draw(struct bench *b)
{
	int row, col, at_row, at_col;
	bool shown = bh_screen_cursor(b->console, &row, &col);

	bh_canvas_screen(&b->canvas, b->console, b->canvas.rows);
	bh_canvas_show(&b->canvas, shown ? row : -1, col);
	pass_on(b);
	for (int i = 0; i < b->canvas.rows; i++)
		for (int j = 0; is_plain(b, i) && j < b->canvas.cols; j++)
			compare(b, i, j);
	if (row >= b->canvas.rows || col >= b->canvas.cols)
		return;
	if (bh_screen_cursor(b->terminal, &at_row, &at_col) != shown ||
	    (shown && (at_row != row || at_col != col)))
		abort();
}

static void resize(struct bench *b, uint8_t size)
{
	int rows = 2 + size % 13, cols = 8 + size / 13;

	bh_screen_resize(b->console, rows, cols);
	bh_screen_resize(b->terminal, rows, cols);
	if (bh_canvas_resize(&b->canvas, rows, cols))
		abort();
	pass_on(b);
}

static void on_screens(const uint8_t *data, size_t size)
{
	struct bench b = { .console = bh_screen_new(6, 20, ignore, NULL),
			   .terminal = bh_screen_new(6, 20, never, NULL) };
	size_t start = 0;

	b.out = open_memstream(&b.drawn, &b.ndrawn);
	if (!b.console || !b.terminal || !b.out || bh_canvas_open(&b.canvas, b.out, 6, 20))
		abort();
	for (size_t i = 0; i <= size; i++) {
		if (i < size && data[i] != RESIZE && data[i] != DRAW)
			continue;
		bh_screen_feed(b.console, (const char *)data + start, i - start);
		if (i < size && data[i] == RESIZE && i + 1 < size)
			resize(&b, data[++i]);
		draw(&b);
		start = i + 1;
	}
	bh_canvas_close(&b.canvas);
	pass_on(&b);
	fclose(b.out);
	free(b.drawn);
	bh_screen_free(b.console);
	bh_screen_free(b.terminal);
}

/* What a line becomes in the view of all consoles, and what an attached terminal gets of old output. */
static void without_queries(const char *data, size_t size)
{
	struct bh_screen *terminal = bh_screen_new(6, 20, never, NULL);
	struct bh_sequences sequences = { 0 };
	char text[SIZE_MAX_FED + 1];
	size_t len;

	if (!terminal)
		abort();
	for (size_t i = 0; i < size; i++) {
		enum bh_sequence kind = bh_sequences_take(&sequences, data[i]);

		if (bh_sequences_shown_late(kind, &sequences))
			bh_screen_feed(terminal, sequences.bytes, sequences.len);
	}
	bh_screen_feed(terminal, "\030", 1);
	len = bh_console_clean(data, size, text);
	if (len != strlen(text))
		abort();
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)text[i] < 0x20 && text[i] != '\t') || text[i] == 0x7f)
			abort();
	bh_screen_feed(terminal, text, len);
	bh_screen_free(terminal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > SIZE_MAX_FED)
		return 0;
	on_screens(data, size);
	without_queries((const char *)data, size);
	return 0;
}
