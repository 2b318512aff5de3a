// SPDX-License-Identifier: GPL-2.0-only
#include "image/screen.h"

#include <stdlib.h>
#include <string.h>
#include <vterm.h>

#include "image/clock.h"
#include "image/sequences.h"

#define REPLACEMENT	0xfffdU
#define COVERED		UINT32_MAX	/* libvterm's mark of a wide character's right half */

#define SAID_MAX	(256 * 1024)	/* bytes of output that are said again, at least */

_Static_assert(BH_CELL_CHARS == VTERM_MAX_CHARS_PER_CELL, "a cell is libvterm's");

struct bh_screen {
	VTerm *vt;
	VTermScreen *cells;
	VTermState *state;
	int rows, cols;
	bool hidden;		/* the cursor */
	struct bh_sequences sequences;
	char last[4];		/* the character that was said last */
	size_t nlast;
	char *said;		/* the end of all that was said */
	size_t nsaid;
	bool again;		/* it is being said once more: nobody waits for answers */
	bool saying;		/* what libvterm sends is an answer, no key */
	bool muted;		/* the answers to this sequence go nowhere; each may come in pieces */
	size_t answered;	/* bytes in the second that began at @since */
	double since;
	bh_screen_send send;
	void *context;
};

static size_t put_utf8(uint32_t c, char *to)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* Controls of both sets (ECMA-48, 5.2 and 5.3) and what is no character. */
static bool is_graphic(uint32_t c)
{
	return c >= 0x20 && c <= 0x10ffff && (c < 0x7f || c > 0x9f) && (c < 0xd800 || c > 0xdfff);
}

size_t bh_cell_text(const struct bh_cell *cell, char text[BH_CELL_TEXT])
{
	size_t n = 0;

	for (size_t i = 0; i < BH_CELL_CHARS && cell->chars[i]; i++)
		n += put_utf8(is_graphic(cell->chars[i]) ? cell->chars[i] : REPLACEMENT, text + n);
	if (!n)
		text[n++] = ' ';
	text[n] = '\0';
	return n;
}

static int on_property(VTermProp property, VTermValue *value, void *context)
{
	struct bh_screen *screen = context;

	if (property == VTERM_PROP_CURSORVISIBLE)
		screen->hidden = !value->boolean;
	return 1;
}

static const VTermScreenCallbacks callbacks = {
	.settermprop = on_property,
};

static bool may_answer(const struct bh_screen *screen)
{
	return !screen->again && (screen->answered < BH_SCREEN_ANSWERS || bh_now() - screen->since >= 1);
}

static void on_output(const char *bytes, size_t len, void *context)
{
	struct bh_screen *screen = context;
	double now;

	if (screen->saying) {
		if (screen->muted)
			return;
		now = bh_now();
		if (now - screen->since >= 1) {
			screen->since = now;
			screen->answered = 0;
		}
		screen->answered += len;
	}
	screen->send(screen->context, bytes, len);
}

static int within(int value, int min, int max)
{
	return value < min ? min : value > max ? max : value;
}

/* A terminal of this size, to which nothing was said. */
static VTerm *switch_on(struct bh_screen *screen)
{
	VTerm *vt = vterm_new(screen->rows, screen->cols);

	if (!vt)
		return NULL;
	screen->vt = vt;
	screen->hidden = false;
	screen->nlast = 0;
	memset(&screen->sequences, 0, sizeof(screen->sequences));
	vterm_set_utf8(vt, 1);
	vterm_output_set_callback(vt, on_output, screen);
	screen->state = vterm_obtain_state(vt);
	screen->cells = vterm_obtain_screen(vt);
	vterm_screen_set_callbacks(screen->cells, &callbacks, screen);
	vterm_screen_enable_altscreen(screen->cells, 1);
	vterm_screen_reset(screen->cells, 1);
	return vt;
}

struct bh_screen *bh_screen_new(int rows, int cols, bh_screen_send send, void *context)
{
	struct bh_screen *screen = calloc(1, sizeof(*screen));

	if (!screen)
		return NULL;
	screen->rows = within(rows, BH_SCREEN_ROWS_MIN, BH_SCREEN_ROWS_MAX);
	screen->cols = within(cols, BH_SCREEN_COLS_MIN, BH_SCREEN_COLS_MAX);
	screen->send = send;
	screen->context = context;
	screen->said = malloc(2 * SAID_MAX);
	if (screen->said && switch_on(screen))
		return screen;
	free(screen->said);
	free(screen);
	return NULL;
}

void bh_screen_free(struct bh_screen *screen)
{
	if (!screen)
		return;
	vterm_free(screen->vt);
	free(screen->said);
	free(screen);
}

/* REP: libvterm goes on for ever when there was nothing yet to repeat (0.1 and 0.3). */
static void repeat(struct bh_screen *screen, const char *params)
{
	unsigned long count = strtoul(params, NULL, 10);

	if (count > (unsigned long)screen->cols)
		count = (unsigned long)screen->cols;
	while (screen->nlast && count--)
		vterm_input_write(screen->vt, screen->last, screen->nlast);
}

/* SCOSC and SCORC, which libvterm does not know, are DECSC and DECRC to xterm. */
static bool is_cursor_kept(struct bh_screen *screen, const char *sequence)
{
	bool save = !strcmp(sequence, "\033[s");

	if (!save && strcmp(sequence, "\033[u"))
		return false;
	vterm_input_write(screen->vt, save ? "\0337" : "\0338", 2);
	return true;
}

/*
 * Whole sequences only: of those libvterm 0.1 and 0.3 overrun a buffer when
 * there are more parameters than they have room for, and 0.1 when a character
 * is cut or no UTF-8.
 */
static void say(struct bh_screen *screen, const char *bytes, size_t len)
{
	struct bh_sequences *s = &screen->sequences;

	screen->saying = true;
	for (size_t i = 0; i < len; i++) {
		enum bh_sequence kind = bh_sequences_take(s, bytes[i]);

		if (kind == BH_SEQUENCE_NONE)
			continue;
		screen->muted = !may_answer(screen);
		if (kind == BH_SEQUENCE_CSI && s->bytes[s->len - 1] == 'b') {
			if (s->bytes[2] < '<')
				repeat(screen, s->bytes + 2);
			continue;
		}
		if (kind == BH_SEQUENCE_CSI && is_cursor_kept(screen, s->bytes))
			continue;
		if (kind == BH_SEQUENCE_TEXT)
			memcpy(screen->last, s->bytes, screen->nlast = s->len);
		vterm_input_write(screen->vt, s->bytes, s->len);
	}
	screen->saying = false;
}

static void remember(struct bh_screen *screen, const char *bytes, size_t len)
{
	if (len > SAID_MAX) {
		bytes += len - SAID_MAX;
		len = SAID_MAX;
	}
	if (screen->nsaid + len > 2 * SAID_MAX) {
		memmove(screen->said, screen->said + screen->nsaid - SAID_MAX, SAID_MAX);
		screen->nsaid = SAID_MAX;
	}
	memcpy(screen->said + screen->nsaid, bytes, len);
	screen->nsaid += len;
}

void bh_screen_feed(struct bh_screen *screen, const char *bytes, size_t len)
{
	remember(screen, bytes, len);
	say(screen, bytes, len);
}

/*
 * A new terminal is told the same again. vterm_set_size() leaves margins and
 * the saved cursor outside of the screen (0.1 and 0.3), to write there later;
 * and this way the lines that scrolled off come back into a larger one.
 */
void bh_screen_resize(struct bh_screen *screen, int rows, int cols)
{
	VTerm *before = screen->vt;

	rows = within(rows, BH_SCREEN_ROWS_MIN, BH_SCREEN_ROWS_MAX);
	cols = within(cols, BH_SCREEN_COLS_MIN, BH_SCREEN_COLS_MAX);
	if (rows == screen->rows && cols == screen->cols)
		return;
	screen->rows = rows;
	screen->cols = cols;
	if (!switch_on(screen))
		return;
	vterm_free(before);
	screen->again = true;
	say(screen, screen->said, screen->nsaid);
	screen->again = false;
}

static uint32_t colour_of(const VTermColor *colour)
{
	if (VTERM_COLOR_IS_DEFAULT_FG(colour) || VTERM_COLOR_IS_DEFAULT_BG(colour))
		return BH_COLOUR_DEFAULT;
	if (VTERM_COLOR_IS_INDEXED(colour))
		return BH_COLOUR_INDEX | colour->indexed.idx;
	return BH_COLOUR_RGB | (uint32_t)colour->rgb.red << 16 | (uint32_t)colour->rgb.green << 8 |
	       colour->rgb.blue;
}

struct bh_cell bh_screen_cell(const struct bh_screen *screen, int row, int col)
{
	struct bh_cell cell = { .width = 1 };
	VTermScreenCell from;

	if (row < 0 || row >= screen->rows || col < 0 || col >= screen->cols ||
	    !vterm_screen_get_cell(screen->cells, (VTermPos){ row, col }, &from))
		return cell;
	if (from.chars[0] == COVERED)
		cell.width = 0;
	else
		cell.width = from.width == 2 && from.chars[0] >= BH_CELL_WIDE ? 2 : 1;
	for (size_t i = 0; cell.width && i < BH_CELL_CHARS && from.chars[i]; i++)
		cell.chars[i] = from.chars[i];
	cell.attrs = (from.attrs.bold ? BH_CELL_BOLD : 0) |
		     (from.attrs.underline ? BH_CELL_UNDERLINE : 0) |
		     (from.attrs.italic ? BH_CELL_ITALIC : 0) |
		     (from.attrs.blink ? BH_CELL_BLINK : 0) |
		     (from.attrs.reverse ? BH_CELL_REVERSE : 0) |
		     (from.attrs.strike ? BH_CELL_STRIKE : 0);
	cell.fg = colour_of(&from.fg);
	cell.bg = colour_of(&from.bg);
	return cell;
}

bool bh_screen_cursor(const struct bh_screen *screen, int *row, int *col)
{
	VTermPos at;

	vterm_state_get_cursorpos(screen->state, &at);
	*row = within(at.row, 0, screen->rows - 1);
	*col = within(at.col, 0, screen->cols - 1);
	return !screen->hidden;
}

void bh_screen_press(struct bh_screen *screen, enum bh_screen_key key)
{
	static const VTermKey keys[] = {
		[BH_SCREEN_UP] = VTERM_KEY_UP, [BH_SCREEN_DOWN] = VTERM_KEY_DOWN,
		[BH_SCREEN_RIGHT] = VTERM_KEY_RIGHT, [BH_SCREEN_LEFT] = VTERM_KEY_LEFT,
		[BH_SCREEN_HOME] = VTERM_KEY_HOME, [BH_SCREEN_END] = VTERM_KEY_END,
	};

	vterm_keyboard_key(screen->vt, keys[key], VTERM_MOD_NONE);
}

void bh_screen_paste(struct bh_screen *screen, bool begin)
{
	if (begin)
		vterm_keyboard_start_paste(screen->vt);
	else
		vterm_keyboard_end_paste(screen->vt);
}
