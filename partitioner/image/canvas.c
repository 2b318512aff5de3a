// SPDX-License-Identifier: GPL-2.0-only
#include "image/canvas.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Without wrapping: a full last column moves nothing, whatever the terminal's habits. */
#define ENTER	"\033[?1049h\033[?7l\033[0m\033[H\033[2J"
#define LEAVE	"\033[0m\033[2J\033[?25h\033[?7h\033[?1049l"

static int allocate(struct bh_canvas *canvas, int rows, int cols)
{
	size_t count;

	canvas->rows = rows < 1 ? 1 : rows > BH_SCREEN_ROWS_MAX ? BH_SCREEN_ROWS_MAX : rows;
	canvas->cols = cols < 1 ? 1 : cols > BH_SCREEN_COLS_MAX ? BH_SCREEN_COLS_MAX : cols;
	count = (size_t)canvas->rows * (size_t)canvas->cols;
	free(canvas->want);
	free(canvas->shown);
	canvas->want = calloc(count, sizeof(*canvas->want));
	canvas->shown = calloc(count, sizeof(*canvas->shown));
	canvas->all = true;
	canvas->pen_known = false;
	canvas->row = -1;
	return canvas->want && canvas->shown ? 0 : -ENOMEM;
}

int bh_canvas_open(struct bh_canvas *canvas, FILE *out, int rows, int cols)
{
	memset(canvas, 0, sizeof(*canvas));
	canvas->out = out;
	canvas->cursor_shown = true;
	fputs(ENTER, out);
	if (!allocate(canvas, rows, cols))
		return 0;
	bh_canvas_close(canvas);
	return -ENOMEM;
}

void bh_canvas_close(struct bh_canvas *canvas)
{
	if (!canvas->out)
		return;
	fputs(LEAVE, canvas->out);
	free(canvas->want);
	free(canvas->shown);
	memset(canvas, 0, sizeof(*canvas));
}

int bh_canvas_resize(struct bh_canvas *canvas, int rows, int cols)
{
	fputs("\033[0m\033[2J", canvas->out);
	if (!allocate(canvas, rows, cols))
		return 0;
	bh_canvas_close(canvas);
	return -ENOMEM;
}

static struct bh_cell *row_of(const struct bh_canvas *canvas, struct bh_cell *cells, int row)
{
	return cells + (size_t)row * (size_t)canvas->cols;
}

void bh_canvas_screen(struct bh_canvas *canvas, const struct bh_screen *screen, int rows)
{
	for (int row = 0; row < rows && row < canvas->rows; row++) {
		struct bh_cell *to = row_of(canvas, canvas->want, row);

		for (int col = 0; col < canvas->cols; col++) {
			to[col] = bh_screen_cell(screen, row, col);
			/* Half a wide character, the other half written over or beyond the edge. */
			if ((!to[col].width && (!col || to[col - 1].width != 2)) ||
			    (to[col].chars[0] >= BH_CELL_WIDE && col == canvas->cols - 1)) {
				memset(to[col].chars, 0, sizeof(to[col].chars));
				to[col].width = 1;
			}
		}
	}
}

void bh_canvas_text(struct bh_canvas *canvas, int row, const char *text, uint32_t attrs)
{
	if (row < 0 || row >= canvas->rows)
		return;
	for (int col = 0; col < canvas->cols; col++) {
		struct bh_cell *cell = &row_of(canvas, canvas->want, row)[col];

		*cell = (struct bh_cell){ .width = 1, .attrs = attrs };
		if (*text)
			cell->chars[0] = (unsigned char)*text++;
	}
}

static void put_colour(FILE *out, uint32_t colour, uint32_t base)
{
	uint32_t index = colour & 0xff;

	if (colour & BH_COLOUR_INDEX && index < 16)
		fprintf(out, ";%u", index < 8 ? base + index : base + 60 + index - 8);
	else if (colour & BH_COLOUR_INDEX)
		fprintf(out, ";%u;5;%u", base + 8, index);
	else if (colour & BH_COLOUR_RGB)
		fprintf(out, ";%u;2;%u;%u;%u", base + 8, colour >> 16 & 0xff, colour >> 8 & 0xff,
			colour & 0xff);
}

static void put_pen(struct bh_canvas *canvas, const struct bh_cell *cell)
{
	/* SGR parameters of the attributes, bit by bit (ECMA-48, 8.3.117). */
	static const char numbers[] = { '1', '4', '3', '5', '7', '9' };
	struct bh_cell *pen = &canvas->pen;

	if (canvas->pen_known && pen->attrs == cell->attrs && pen->fg == cell->fg &&
	    pen->bg == cell->bg)
		return;
	fputs("\033[0", canvas->out);
	for (size_t i = 0; i < sizeof(numbers); i++)
		if (cell->attrs & 1U << i)
			fprintf(canvas->out, ";%c", numbers[i]);
	put_colour(canvas->out, cell->fg, 30);
	put_colour(canvas->out, cell->bg, 40);
	fputc('m', canvas->out);
	*pen = *cell;
	canvas->pen_known = true;
}

static void put_cell(struct bh_canvas *canvas, int row, int col, const struct bh_cell *cell)
{
	char text[BH_CELL_TEXT];
	size_t len = bh_cell_text(cell, text);

	if (canvas->row != row || canvas->col != col)
		fprintf(canvas->out, "\033[%d;%dH", row + 1, col + 1);
	put_pen(canvas, cell);
	fwrite(text, 1, len, canvas->out);
	canvas->row = row;
	canvas->col = col + (int)cell->width;
	/* How wide the terminal takes this to be, the terminal knows; in the last column it waits. */
	if (len > 1 || canvas->col >= canvas->cols)
		canvas->row = -1;
}

static void show_row(struct bh_canvas *canvas, int row)
{
	struct bh_cell *want = row_of(canvas, canvas->want, row);
	struct bh_cell *shown = row_of(canvas, canvas->shown, row);
	bool again = canvas->all;

	for (int col = 0; col < canvas->cols; col++) {
		if (!want[col].width)
			continue;
		if (!again && !memcmp(&want[col], &shown[col], sizeof(*want)))
			continue;
		put_cell(canvas, row, col, &want[col]);
		/* A character that is wider than thought has spoilt the next. */
		again = canvas->all || canvas->row < 0 || want[col].width != shown[col].width;
	}
	memcpy(shown, want, (size_t)canvas->cols * sizeof(*want));
}

void bh_canvas_show(struct bh_canvas *canvas, int row, int col)
{
	bool cursor = row >= 0 && row < canvas->rows && col >= 0 && col < canvas->cols;

	if (canvas->cursor_shown && !cursor)
		fputs("\033[?25l", canvas->out);
	for (int i = 0; i < canvas->rows; i++)
		show_row(canvas, i);
	canvas->all = false;
	if (cursor && (canvas->row != row || canvas->col != col)) {
		fprintf(canvas->out, "\033[%d;%dH", row + 1, col + 1);
		canvas->row = row;
		canvas->col = col;
	}
	if (cursor && !canvas->cursor_shown)
		fputs("\033[?25h", canvas->out);
	canvas->cursor_shown = cursor;
}
