/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One terminal for many consoles.
 *
 * The keyboard belongs to one of them. The terminal shows either the merged
 * view, with that console's unfinished line below it, or that console's
 * screen alone, with a line of ours at the bottom. Ctrl-] begins a command of
 * one key; no time limit is part of it.
 *
 * Each console has a screen of its own, shown or not, that answers its
 * queries. The terminal itself is asked nothing, so that whatever it sends
 * was typed.
 */
#ifndef BULKHEAD_IMAGE_SWITCHER_H
#define BULKHEAD_IMAGE_SWITCHER_H

#include "image/canvas.h"
#include "image/console.h"
#include "image/keys.h"
#include "image/screen.h"

/* Bytes for what runs behind a console: typed, or an answer to what it asked. */
typedef void (*bh_switcher_send)(void *context, size_t console, const char *bytes, size_t len);

struct bh_switcher_console;

/*
 * struct bh_switcher - zeroed: closed
 * @view: of the terminal; lines go there whatever is shown
 * @consoles, @count: those that the keyboard can be on
 */
struct bh_switcher {
	struct bh_view *view;
	const struct bh_console *consoles;
	size_t count;
	bh_switcher_send send;
	void *context;

	/* private */
	int terminal;			/* descriptor that knows the size */
	int rows, cols;
	struct bh_switcher_console *each;
	struct bh_canvas canvas;
	struct bh_keys keys;
	size_t focus;
	bool alone;			/* the focus's screen, not the merged view */
	enum {
		BH_SWITCHER_TYPING,
		BH_SWITCHER_COMMAND,	/* after Ctrl-] */
		BH_SWITCHER_LIST,
		BH_SWITCHER_QUIT,	/* asked whether to */
	} mode;
	char hint[80];			/* until the next key */
	char typed[512];		/* for the focus, not yet sent */
	size_t ntyped;
	size_t chosen, number;		/* in the list: where the bar is; what was typed of a number */
	bool quit;
};

/*
 * bh_switcher_open() - take the terminal, which is in raw mode
 * @terminal: its descriptor
 *
 * @view, @consoles, @count, @send and @context are set. Returns 0 or -ENOMEM (reported).
 */
int bh_switcher_open(struct bh_switcher *switcher, int terminal);

/* The terminal is the merged view's, without any mode of ours. */
void bh_switcher_close(struct bh_switcher *switcher);

/* What a console said. */
void bh_switcher_said(struct bh_switcher *switcher, size_t console, const char *bytes, size_t len);

/* What was typed. Returns false when the user wants to end. */
bool bh_switcher_typed(struct bh_switcher *switcher, const char *bytes, size_t len);

/* The terminal's size may have changed. */
void bh_switcher_resized(struct bh_switcher *switcher);

/* Bring the terminal up to date; before waiting for more. */
void bh_switcher_show(struct bh_switcher *switcher);

#endif
