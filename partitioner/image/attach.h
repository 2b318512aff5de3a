/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A terminal, or a script, at the console of another partition: what is typed goes to the
 * console's device, what the device has goes to the screen, until one of the two ends.
 *
 * Linux is all that it needs: the same code is in the small command that the demo
 * initrds have.
 */
#ifndef BULKHEAD_IMAGE_ATTACH_H
#define BULKHEAD_IMAGE_ATTACH_H

#include <stdbool.h>
#include <stddef.h>

/*
 * struct bh_escape - finds what is meant for us among the keys, as ssh does
 * @key: means something at the start of a line; negative: no key does
 *
 * Start with { .key = ..., .state = BH_ESCAPE_LINE }. What the terminal answers to a shell that
 * asks where the cursor is comes among the keys, and is none: a line has not begun with it.
 */
struct bh_escape {
	int key;
	enum bh_escape_state { BH_ESCAPE_WITHIN, BH_ESCAPE_LINE, BH_ESCAPE_PRESSED } state;

	/* private: where in a control sequence, and what an answer leaves as it was */
	enum { BH_ANSWER_NONE, BH_ANSWER_ESC, BH_ANSWER_CSI } answer;
	enum bh_escape_state before;
};

enum bh_escape_means {
	BH_ESCAPE_SEND,		/* @out goes to the console; it may be empty */
	BH_ESCAPE_DETACH,
	BH_ESCAPE_HELP,
};

/* One key; @out has room for two, and *@n says how many to send. */
enum bh_escape_means bh_escape_press(struct bh_escape *escape, char pressed, char out[2],
				     size_t *n);

/*
 * struct bh_attach - what to connect
 * @name: of the partition, for messages
 * @device: its console, open and non-blocking
 * @in, @out, @say: descriptors: what is typed, where the console is shown, where messages go
 * @escape: see struct bh_escape; counts on terminals only
 * @linger: when @in has ended, go on until the console was silent for so many seconds
 */
struct bh_attach {
	const char *name;
	int device;
	int in, out, say;
	int escape;
	double linger;
	int signal;		/* out: what ended it */
};

enum bh_attach_end {
	BH_ATTACH_DETACHED,	/* by the keys, or since the input had ended */
	BH_ATTACH_SIGNAL,
	BH_ATTACH_GONE,		/* the device is there no more */
	BH_ATTACH_FAILED,	/* reported */
};

/* The terminal is as it was when this returns, whatever the end. */
enum bh_attach_end bh_attach_run(struct bh_attach *attach);

#endif
