// SPDX-License-Identifier: GPL-2.0-only
#include "image/switcher.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "image/child.h"

#define ROWS		24	/* of a terminal that does not know */
#define COLS		80
#define BRACKETS_ON	"\033[?2004h"	/* pasted text comes in brackets (xterm) */
#define BRACKETS_OFF	"\033[?2004l"

struct bh_switcher_console {
	struct bh_switcher *switcher;
	struct bh_screen *screen;
};

/* --- the terminal --- */

static void find_size(struct bh_switcher *sw)
{
	struct winsize size;
	bool known = !ioctl(sw->terminal, TIOCGWINSZ, &size) && size.ws_row && size.ws_col;

	sw->rows = known ? size.ws_row : ROWS;
	sw->cols = known ? size.ws_col : COLS;
}

/* A terminal of one row has no room for a line of ours. */
static int screen_rows(const struct bh_switcher *sw)
{
	return sw->rows > 1 ? sw->rows - 1 : 1;
}

static void from_screen(void *context, const char *bytes, size_t len)
{
	struct bh_switcher_console *console = context;
	struct bh_switcher *sw = console->switcher;

	sw->send(sw->context, (size_t)(console - sw->each), bytes, len);
}

int bh_switcher_open(struct bh_switcher *sw, int terminal)
{
	char text[256];

	sw->terminal = terminal;
	find_size(sw);
	sw->each = calloc(sw->count, sizeof(*sw->each));
	for (size_t i = 0; sw->each && i < sw->count; i++) {
		struct bh_switcher_console *console = &sw->each[i];

		console->switcher = sw;
		console->screen = bh_screen_new(screen_rows(sw), sw->cols, from_screen, console);
		if (!console->screen)
			goto fail;
	}
	if (!sw->each)
		goto fail;
	fputs(BRACKETS_ON, sw->view->out);
	snprintf(text, sizeof(text), "the keyboard is on %s; Ctrl-] lists the keys: to another console, or q to end",
		 sw->consoles[sw->focus].name);
	bh_view_line(sw->view, "bulkhead", -1, text);
	return 0;
fail:
	bh_switcher_close(sw);
	return bh_error(-ENOMEM, "consoles");
}

static void close_canvas(struct bh_switcher *sw)
{
	if (!sw->canvas.out)
		return;
	bh_canvas_close(&sw->canvas);
	bh_view_hold(sw->view, false);
}

void bh_switcher_close(struct bh_switcher *sw)
{
	if (!sw->each)
		return;
	close_canvas(sw);
	bh_view_status(sw->view, "");
	fputs(BRACKETS_OFF, sw->view->out);
	for (size_t i = 0; i < sw->count; i++)
		bh_screen_free(sw->each[i].screen);
	free(sw->each);
	sw->each = NULL;
}

void bh_switcher_said(struct bh_switcher *sw, size_t console, const char *bytes, size_t len)
{
	if (sw->each && console < sw->count)
		bh_screen_feed(sw->each[console].screen, bytes, len);
}

void bh_switcher_resized(struct bh_switcher *sw)
{
	if (!sw->each)
		return;
	find_size(sw);
	for (size_t i = 0; i < sw->count; i++)
		bh_screen_resize(sw->each[i].screen, screen_rows(sw), sw->cols);
	if (sw->canvas.out && bh_canvas_resize(&sw->canvas, sw->rows, sw->cols)) {
		sw->alone = false;
		sw->mode = BH_SWITCHER_TYPING;
		bh_view_hold(sw->view, false);
	}
}

/* --- keys --- */

static void send_typed(struct bh_switcher *sw)
{
	if (sw->ntyped)
		sw->send(sw->context, sw->focus, sw->typed, sw->ntyped);
	sw->ntyped = 0;
}

static void type(struct bh_switcher *sw, const char *bytes, size_t len)
{
	if (len > sizeof(sw->typed) - sw->ntyped)
		send_typed(sw);
	memcpy(sw->typed + sw->ntyped, bytes, len);
	sw->ntyped += len;
}

static void __attribute__((format(printf, 2, 3))) hint(struct bh_switcher *sw, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(sw->hint, sizeof(sw->hint), fmt, args);
	va_end(args);
}

static void choose(struct bh_switcher *sw, size_t console)
{
	send_typed(sw);
	sw->focus = console;
	sw->alone = true;
}

static void show_lines(struct bh_switcher *sw)
{
	sw->alone = false;
	hint(sw, "the keyboard is on %s", sw->consoles[sw->focus].name);
}

static void start_list(struct bh_switcher *sw)
{
	sw->mode = BH_SWITCHER_LIST;
	sw->chosen = sw->focus;
	sw->number = 0;
}

static void command(struct bh_switcher *sw, const struct bh_key *key)
{
	char c = key->kind == BH_KEY_CHAR && key->len == 1 ? *key->bytes : '\0';

	sw->mode = BH_SWITCHER_TYPING;
	if (key->kind == BH_KEY_COMMAND)
		type(sw, key->bytes, key->len);
	else if (c >= '1' && c <= '9' && (size_t)(c - '1') < sw->count)
		choose(sw, (size_t)(c - '1'));
	else if (c >= '1' && c <= '9')
		hint(sw, "there are %zu consoles", sw->count);
	else if (c == 'n')
		choose(sw, (sw->focus + 1) % sw->count);
	else if (c == 'p')
		choose(sw, (sw->focus + sw->count - 1) % sw->count);
	else if (c == 'c')
		start_list(sw);
	else if (c == 'l')
		show_lines(sw);
	else if (c == 'q')
		sw->mode = BH_SWITCHER_QUIT;
	else if (key->kind == BH_KEY_ESCAPE)
		hint(sw, "no command");
	else if (c > ' ' && c < 0x7f)
		hint(sw, "%c is no command; Ctrl-] alone shows them", c);
	else
		hint(sw, "that is no command; Ctrl-] alone shows them");
}

static void move_bar(struct bh_switcher *sw, size_t by)
{
	sw->chosen = (sw->chosen + by) % sw->count;
	sw->number = 0;
}

static void in_list(struct bh_switcher *sw, const struct bh_key *key)
{
	char c = key->kind == BH_KEY_CHAR && key->len == 1 ? *key->bytes : '\0';
	bool cursor = key->kind == BH_KEY_CURSOR;

	if (c == '\r' || c == '\n') {
		sw->mode = BH_SWITCHER_TYPING;
		choose(sw, sw->chosen);
	} else if (c >= '0' && c <= '9') {
		size_t number = sw->number * 10 + (size_t)(c - '0');

		/* What can't go on begins anew. */
		sw->number = number <= sw->count ? number : (size_t)(c - '0');
		if (sw->number && sw->number <= sw->count)
			sw->chosen = sw->number - 1;
	} else if (c == 'j' || c == 'n' || (cursor && key->cursor == BH_SCREEN_DOWN)) {
		move_bar(sw, 1);
	} else if (c == 'k' || c == 'p' || (cursor && key->cursor == BH_SCREEN_UP)) {
		move_bar(sw, sw->count - 1);
	} else {
		sw->mode = BH_SWITCHER_TYPING;
	}
}

static void in_quit(struct bh_switcher *sw, const struct bh_key *key)
{
	sw->mode = BH_SWITCHER_TYPING;
	sw->quit = key->kind == BH_KEY_CHAR && key->len == 1 && (*key->bytes | 0x20) == 'y';
	if (!sw->quit)
		hint(sw, "the machine goes on");
}

static void typing(struct bh_switcher *sw, const struct bh_key *key)
{
	struct bh_screen *screen = sw->each[sw->focus].screen;
	bool cursor = key->kind == BH_KEY_CURSOR;

	if (!cursor && key->kind != BH_KEY_PASTE && key->kind != BH_KEY_PASTED) {
		type(sw, key->bytes, key->len);
		return;
	}
	send_typed(sw);
	if (cursor)
		bh_screen_press(screen, key->cursor);
	else
		bh_screen_paste(screen, key->kind == BH_KEY_PASTE);
}

static void take_key(void *switcher, const struct bh_key *key)
{
	struct bh_switcher *sw = switcher;

	if (sw->quit || key->kind == BH_KEY_ANSWER)
		return;
	*sw->hint = '\0';
	/* Pasted text is for a partition, and none of it an answer to a question of ours. */
	if (key->kind == BH_KEY_PASTE)
		sw->mode = BH_SWITCHER_TYPING;
	switch (sw->mode) {
	case BH_SWITCHER_TYPING:
		if (key->kind == BH_KEY_COMMAND)
			sw->mode = BH_SWITCHER_COMMAND;
		else
			typing(sw, key);
		break;
	case BH_SWITCHER_COMMAND:
		command(sw, key);
		break;
	case BH_SWITCHER_LIST:
		in_list(sw, key);
		break;
	case BH_SWITCHER_QUIT:
		in_quit(sw, key);
		break;
	}
}

bool bh_switcher_typed(struct bh_switcher *sw, const char *bytes, size_t len)
{
	bh_keys_feed(&sw->keys, bytes, len, take_key, sw);
	send_typed(sw);
	return !sw->quit;
}

/* --- what is shown --- */

/* Our line, if there is something to be said; "" otherwise. */
static void compose(const struct bh_switcher *sw, char *text, size_t size)
{
	*text = '\0';
	if (sw->mode == BH_SWITCHER_QUIT)
		snprintf(text, size, "End the machine with all its partitions? y/n");
	else if (sw->mode == BH_SWITCHER_LIST)
		snprintf(text, size, "Enter: this one  Up/Down, number: another  Esc: back");
	else if (sw->mode == BH_SWITCHER_COMMAND)
		snprintf(text, size, "%s%zu, n, p: console  c: list  l: all lines  q: quit  Ctrl-]: send it  Esc: back",
			 sw->count > 1 ? "1-" : "", sw->count < 9 ? sw->count : 9);
	else if (*sw->hint)
		snprintf(text, size, "%s", sw->hint);
}

static void show_list(struct bh_switcher *sw)
{
	struct bh_canvas *canvas = &sw->canvas;
	size_t room = (size_t)screen_rows(sw), first = 0;
	char text[512];

	if (sw->chosen >= room)
		first = sw->chosen - room + 1;
	for (size_t i = 0; i < room; i++) {
		size_t n = first + i;

		*text = '\0';
		if (n < sw->count)
			snprintf(text, sizeof(text), "%4zu  %s", n + 1, sw->consoles[n].name);
		bh_canvas_text(canvas, (int)i, text, n == sw->chosen ? BH_CELL_REVERSE : 0);
	}
}

static void show_alone(struct bh_switcher *sw)
{
	const struct bh_screen *screen = sw->each[sw->focus].screen;
	bool list = sw->mode == BH_SWITCHER_LIST;
	int row = -1, col = -1;
	char text[512];

	if (!sw->canvas.out) {
		bh_view_hold(sw->view, true);
		if (bh_canvas_open(&sw->canvas, sw->view->out, sw->rows, sw->cols)) {
			sw->alone = false;
			sw->mode = BH_SWITCHER_TYPING;
			bh_view_hold(sw->view, false);
			return;
		}
	}
	if (list)
		show_list(sw);
	else
		bh_canvas_screen(&sw->canvas, screen, screen_rows(sw));
	if (!list && !bh_screen_cursor(screen, &row, &col))
		row = -1;
	compose(sw, text, sizeof(text));
	if (!*text)
		snprintf(text, sizeof(text), "%s (%zu of %zu)  Ctrl-] and a key go to another console",
			 sw->consoles[sw->focus].name, sw->focus + 1, sw->count);
	if (sw->rows > 1)
		bh_canvas_text(&sw->canvas, sw->rows - 1, text, BH_CELL_REVERSE);
	bh_canvas_show(&sw->canvas, row, col);
}

/* The focus's line as its screen has it: as much as fits, up to the cursor at least. */
static void show_typing(struct bh_switcher *sw)
{
	const struct bh_screen *screen = sw->each[sw->focus].screen;
	int room = sw->cols - sw->view->width - 4, first, row, col, end = 0;
	char text[BH_STATUS_MAX / 2];
	size_t n = 0;

	bh_screen_cursor(screen, &row, &col);
	for (int i = 0; i < sw->cols; i++)
		if (bh_screen_cell(screen, row, i).chars[0])
			end = i + 1;
	if (room < 1 || (!end && !col)) {
		bh_view_status(sw->view, "");
		return;
	}
	first = col < room ? 0 : col - room + 1;
	for (int i = first; i < first + room && (i < end || i < col); i++) {
		struct bh_cell cell = bh_screen_cell(screen, row, i);

		if (sizeof(text) - n < BH_CELL_TEXT)
			break;
		if (cell.width)
			n += bh_cell_text(&cell, text + n);
	}
	text[n] = '\0';
	bh_view_typing(sw->view, sw->consoles[sw->focus].name, (int)sw->focus, text, col - first);
}

static void show_merged(struct bh_switcher *sw)
{
	char text[512], line[600];

	close_canvas(sw);
	compose(sw, text, sizeof(text));
	if (!*text) {
		show_typing(sw);
		return;
	}
	/* A line that wraps can't be taken back. */
	snprintf(line, sizeof(line), "\033[7m%.*s\033[0m", sw->cols - 1, text);
	bh_view_status(sw->view, line);
}

void bh_switcher_show(struct bh_switcher *sw)
{
	if (!sw->each)
		return;
	if (sw->alone || sw->mode == BH_SWITCHER_LIST)
		show_alone(sw);
	else
		show_merged(sw);
}
