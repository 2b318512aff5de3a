/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The screen of one console: what a terminal of its own would show, by libvterm.
 *
 * It is fed with all that the console says, shown or not, and answers the
 * queries in it (cursor position, device attributes), as the terminal would,
 * but no more of them in a second than BH_SCREEN_ANSWERS has room for: a program
 * that asks without end and reads nothing must not fill a line that others share.
 * What a console says comes from a partition, that is from anywhere.
 */
#ifndef BULKHEAD_IMAGE_SCREEN_H
#define BULKHEAD_IMAGE_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BH_SCREEN_ROWS_MIN	2
#define BH_SCREEN_ROWS_MAX	300
#define BH_SCREEN_COLS_MIN	8
#define BH_SCREEN_COLS_MAX	600
#define BH_SCREEN_ANSWERS	256	/* bytes in a second; an answer that has begun goes whole */

#define BH_CELL_WIDE	0x1100U		/* no character before it takes two columns (Unicode TR 11) */
#define BH_CELL_CHARS	6		/* a character and what combines with it */
#define BH_CELL_TEXT	(4 * BH_CELL_CHARS + 1)

#define BH_CELL_BOLD		(1U << 0)
#define BH_CELL_UNDERLINE	(1U << 1)
#define BH_CELL_ITALIC		(1U << 2)
#define BH_CELL_BLINK		(1U << 3)
#define BH_CELL_REVERSE		(1U << 4)
#define BH_CELL_STRIKE		(1U << 5)

#define BH_COLOUR_DEFAULT	0U
#define BH_COLOUR_INDEX		0x01000000U	/* | number in the palette of 256 */
#define BH_COLOUR_RGB		0x02000000U	/* | 0xRRGGBB */

/*
 * struct bh_cell - one place on a screen
 * @chars: code points, up to the first 0; none: empty
 * @width: in columns: 1 or 2; 0: covered by the wide one on its left
 */
struct bh_cell {
	uint32_t chars[BH_CELL_CHARS];
	uint32_t width, attrs, fg, bg;
};

/*
 * bh_cell_text() - the UTF-8 of a cell, terminated
 *
 * A space for an empty cell. Never a control character: those stand in no
 * cell that a terminal would show, and would mean something to ours. Returns
 * the length.
 */
size_t bh_cell_text(const struct bh_cell *cell, char text[BH_CELL_TEXT]);

struct bh_screen;

/* What the screen sends to the program behind it: answers and keys. */
typedef void (*bh_screen_send)(void *context, const char *bytes, size_t len);

/* Sizes beyond the limits are cut to them. NULL: no memory. */
struct bh_screen *bh_screen_new(int rows, int cols, bh_screen_send send, void *context);
void bh_screen_free(struct bh_screen *screen);
void bh_screen_resize(struct bh_screen *screen, int rows, int cols);

void bh_screen_feed(struct bh_screen *screen, const char *bytes, size_t len);

/* Nothing but a default cell outside of the screen. */
struct bh_cell bh_screen_cell(const struct bh_screen *screen, int row, int col);

/* Where the cursor is, from 0; returns whether it is to be seen. */
bool bh_screen_cursor(const struct bh_screen *screen, int *row, int *col);

enum bh_screen_key {
	BH_SCREEN_UP,
	BH_SCREEN_DOWN,
	BH_SCREEN_RIGHT,
	BH_SCREEN_LEFT,
	BH_SCREEN_HOME,
	BH_SCREEN_END,
};

/* A key whose sequence depends on a mode that the program has chosen. */
void bh_screen_press(struct bh_screen *screen, enum bh_screen_key key);

/* The begin or the end of pasted text: sent if the program asked for it. */
void bh_screen_paste(struct bh_screen *screen, bool begin);

#endif
