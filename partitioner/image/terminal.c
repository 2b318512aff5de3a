// SPDX-License-Identifier: GPL-2.0-only
#include "image/terminal.h"

#include <errno.h>
#include <unistd.h>

int bh_terminal_raw(struct bh_terminal *terminal, int fd, bool output)
{
	pid_t front = tcgetpgrp(fd);
	struct termios raw;

	/* Whoever changes the settings of another job's terminal is stopped without a word. */
	if (front > 0 && front != getpgrp())
		return -EBUSY;
	if (tcgetattr(fd, &terminal->before) < 0)
		return -errno;
	raw = terminal->before;
	cfmakeraw(&raw);
	if (!output)
		raw.c_oflag = terminal->before.c_oflag;
	if (tcsetattr(fd, TCSADRAIN, &raw) < 0)
		return -errno;
	terminal->fd = fd;
	terminal->raw = true;
	return 0;
}

void bh_terminal_restore(struct bh_terminal *terminal)
{
	/* With the input dropped: what was typed, or answered, for others is not the shell's. */
	if (terminal->raw)
		tcsetattr(terminal->fd, TCSAFLUSH, &terminal->before);
	terminal->raw = false;
}
