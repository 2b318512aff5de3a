/* SPDX-License-Identifier: GPL-2.0-only */
/* A terminal whose keys come as they are pressed, and as it was before. */
#ifndef BULKHEAD_IMAGE_TERMINAL_H
#define BULKHEAD_IMAGE_TERMINAL_H

#include <stdbool.h>
#include <termios.h>

/* Zeroed: nothing to restore. */
struct bh_terminal {
	int fd;
	bool raw;
	struct termios before;
};

/*
 * bh_terminal_raw() - no echo, no lines, no signals from keys
 * @output: leave what is written alone, too: line ends stay what they are
 *
 * Returns 0; -EBUSY when another job has the keyboard: this one is in the background, as `timeout`
 * puts what it runs; or -errno when @fd is no terminal or its settings can't be changed.
 */
int bh_terminal_raw(struct bh_terminal *terminal, int fd, bool output);

/* What bh_terminal_raw() has changed, if it has. */
void bh_terminal_restore(struct bh_terminal *terminal);

#endif
