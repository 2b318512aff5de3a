/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The terminal as a field of cells: what it should show, and what has to be
 * written for that since it was written to last.
 *
 * Nothing else than moving the cursor, attributes, printable text and a few
 * modes is ever written: nothing that a terminal answers.
 */
#ifndef BULKHEAD_IMAGE_CANVAS_H
#define BULKHEAD_IMAGE_CANVAS_H

#include <stdio.h>

#include "image/screen.h"

struct bh_canvas {
	FILE *out;			/* NULL: not open */
	int rows, cols;
	struct bh_cell *want, *shown;	/* rows * cols of each */
	bool all;			/* what is shown is unknown */

	/* private: where the terminal is, and with what pen */
	int row, col;			/* -1: unknown */
	struct bh_cell pen;
	bool pen_known, cursor_shown;
};

/* Take the whole terminal: its alternate screen. Returns 0 or -ENOMEM. */
int bh_canvas_open(struct bh_canvas *canvas, FILE *out, int rows, int cols);

/* The terminal as it was before, but for the size. */
void bh_canvas_close(struct bh_canvas *canvas);

/* The terminal has another size now. Returns 0 or -ENOMEM, and is closed then. */
int bh_canvas_resize(struct bh_canvas *canvas, int rows, int cols);

/* What is wanted: a screen's upper left part in the first @rows; a row of ASCII. */
void bh_canvas_screen(struct bh_canvas *canvas, const struct bh_screen *screen, int rows);
void bh_canvas_text(struct bh_canvas *canvas, int row, const char *text, uint32_t attrs);

/* Write it, with the cursor at @row and @col; -1: hidden. */
void bh_canvas_show(struct bh_canvas *canvas, int row, int col);

#endif
