// SPDX-License-Identifier: GPL-2.0-only
#include "image/attach.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "image/child.h"
#include "image/clock.h"
#include "image/sequences.h"
#include "image/terminal.h"

#define CHUNK	4096
#define ROUNDS	16	/* chunks of output between two looks at the keyboard */

struct line {
	struct bh_attach *attach;
	struct bh_terminal terminal;
	struct bh_escape escape;
	int signals;
	int events;		/* epoll: the device, by its edges */
	char typed[CHUNK];	/* for the device */
	size_t ntyped;
	bool interactive;
	bool input;		/* there may be more */
	bool more;		/* the device had not been read to its end */
	bool away;		/* the other partition */
	bool late;		/* what comes may have been said long ago */
	struct bh_sequences sequences;	/* of that */
	double active;		/* when something came or went last */
	enum bh_attach_end end;
	bool ended;
};

/* --- keys --- */

/* Final bytes of what terminals answer: DSR, CPR, DA, DECRPM and window reports (ECMA-48, DEC, xterm). */
#define ANSWERS	"nRcyt"

/* Follows control sequences. Returns true with the last byte of an answer. */
static bool ends_answer(struct bh_escape *escape, char pressed)
{
	switch (escape->answer) {
	case BH_ANSWER_NONE:
		if (pressed == '\033') {
			escape->answer = BH_ANSWER_ESC;
			/* Of a key that was held back the shell hears now. */
			escape->before = escape->state == BH_ESCAPE_WITHIN ? BH_ESCAPE_WITHIN : BH_ESCAPE_LINE;
		}
		return false;
	case BH_ANSWER_ESC:
		escape->answer = pressed == '[' ? BH_ANSWER_CSI : BH_ANSWER_NONE;
		return false;
	default:
		if (pressed >= ' ' && pressed <= '?')
			return false;
		escape->answer = BH_ANSWER_NONE;
		return pressed && strchr(ANSWERS, pressed);
	}
}

enum bh_escape_means bh_escape_press(struct bh_escape *escape, char pressed, char out[2],
				     size_t *n)
{
	bool answered = ends_answer(escape, pressed);
	bool before = escape->state == BH_ESCAPE_PRESSED;

	*n = 0;
	if (escape->state == BH_ESCAPE_LINE && escape->key >= 0 && pressed == (char)escape->key) {
		escape->state = BH_ESCAPE_PRESSED;
		return BH_ESCAPE_SEND;
	}
	if (before && (pressed == '.' || pressed == '?')) {
		escape->state = BH_ESCAPE_LINE;
		return pressed == '.' ? BH_ESCAPE_DETACH : BH_ESCAPE_HELP;
	}
	/* Twice is one for the other end; before anything else it was an ordinary key. */
	if (before && pressed != (char)escape->key)
		out[(*n)++] = (char)escape->key;
	out[(*n)++] = pressed;
	if (answered)
		escape->state = escape->before;
	else
		escape->state = pressed == '\r' || pressed == '\n' ? BH_ESCAPE_LINE : BH_ESCAPE_WITHIN;
	return BH_ESCAPE_SEND;
}

/* --- messages and ends --- */

static void end(struct line *line, enum bh_attach_end how)
{
	line->ended = true;
	line->end = how;
}

static void __attribute__((format(printf, 2, 3))) say(struct line *line, const char *fmt, ...)
{
	const char *eol = line->interactive ? "\r\n" : "\n";
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	/* A screen in raw mode may stand in the middle of anything. */
	dprintf(line->attach->say, "%s[bulkhead: %s]%s", line->interactive ? eol : "", text, eol);
}

static void help(struct line *line)
{
	char key = (char)line->escape.key;

	say(line, "%c. at the start of a line detaches, %c%c sends one %c, %c? shows this",
	    key, key, key, key, key);
}

/* --- the device --- */

static bool show(struct line *line, const char *bytes, size_t len)
{
	int err = bh_write_all(line->attach->out, bytes, len);

	if (!err)
		return true;
	bh_error(err, "the output could not be written");
	end(line, BH_ATTACH_FAILED);
	return false;
}

static bool is_away(const struct line *line)
{
	struct pollfd device = { .fd = line->attach->device, .events = POLLIN };

	return poll(&device, 1, 0) > 0 && device.revents & POLLHUP;
}

static bool is_late(const struct line *line)
{
	return line->late || bh_sequences_within(&line->sequences);
}

/*
 * What the console has kept is shown without what a terminal answers: the program
 * that asked has gone on, and the answer would be typed into the shell that is there
 * now. Nothing marks where the kept ends, but what runs there has been told nothing
 * before the first key: all up to that counts as kept. A script has no keys, and hands
 * no answers on.
 */
static bool show_late(struct line *line, const char *bytes, size_t len)
{
	struct bh_sequences *s = &line->sequences;
	char out[CHUNK];
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (!bh_sequences_shown_late(bh_sequences_take(s, bytes[i]), s))
			continue;
		if (s->len > sizeof(out) - n) {
			if (!show(line, out, n))
				return false;
			n = 0;
		}
		memcpy(out + n, s->bytes, s->len);
		n += s->len;
	}
	return show(line, out, n);
}

/* @reset: the partition that spoke is no more, whoever is there now */
static void follow_link(struct line *line, bool reset)
{
	bool away = is_away(line);

	if (away && !line->away)
		say(line, "%s is not there; waiting for it", line->attach->name);
	else if (!away && line->away)
		say(line, "%s is back", line->attach->name);
	else if (!away && reset)
		say(line, "%s has restarted", line->attach->name);
	line->away = away;
}

static void take_output(struct line *line)
{
	char bytes[CHUNK];

	line->more = false;
	for (int i = 0; i < ROUNDS; i++) {
		ssize_t n = read(line->attach->device, bytes, sizeof(bytes));

		if (n > 0) {
			/* Its next life speaks already: that it is back comes first. */
			if (line->away)
				follow_link(line, false);
			line->active = bh_now();
			if (!(is_late(line) ? show_late : show)(line, bytes, (size_t)n))
				return;
		} else if (n < 0 && errno == EINTR) {
			continue;
		} else if (n < 0 && errno == EAGAIN) {
			return;
		} else if (n < 0 && errno == ECONNRESET) {
			line->late = true;
			follow_link(line, true);
		} else {
			end(line, BH_ATTACH_GONE);
			return;
		}
	}
	line->more = true;
}

static void send_typed(struct line *line)
{
	ssize_t n = 0;

	while (line->ntyped && !line->away) {
		n = write(line->attach->device, line->typed, line->ntyped);
		if (n < 0)
			break;
		line->active = bh_now();
		line->ntyped -= (size_t)n;
		memmove(line->typed, line->typed + n, line->ntyped);
	}
	if (n < 0 && errno != EAGAIN && errno != EINTR && errno != EPIPE)
		end(line, BH_ATTACH_GONE);
}

/* --- the input --- */

static void press(struct line *line, char key)
{
	char out[2];
	size_t n;

	switch (bh_escape_press(&line->escape, key, out, &n)) {
	case BH_ESCAPE_DETACH:
		send_typed(line);
		end(line, BH_ATTACH_DETACHED);
		return;
	case BH_ESCAPE_HELP:
		help(line);
		return;
	case BH_ESCAPE_SEND:
		break;
	}
	if (n)
		line->late = false;
	/* Nobody reads there, or nobody is there: as on a serial line, keys are lost then. */
	for (size_t i = 0; i < n && !line->away && line->ntyped < sizeof(line->typed); i++)
		line->typed[line->ntyped++] = out[i];
}

static void take_input(struct line *line)
{
	char bytes[CHUNK];
	size_t room = line->interactive ? sizeof(bytes) : sizeof(line->typed) - line->ntyped;
	ssize_t n = read(line->attach->in, bytes, room);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		line->input = false;
		line->active = bh_now();
		if (line->interactive)
			end(line, BH_ATTACH_DETACHED);
		return;
	}
	if (!line->interactive) {
		memcpy(line->typed + line->ntyped, bytes, (size_t)n);
		line->ntyped += (size_t)n;
		return;
	}
	for (ssize_t i = 0; i < n && !line->ended; i++)
		press(line, bytes[i]);
}

/* --- the loop --- */

/* Milliseconds until there is something to do unasked; -1: never. */
static int patience(struct line *line)
{
	double left;

	if (line->more)
		return 0;
	if (line->input || line->ntyped)
		return -1;
	left = line->active + line->attach->linger - bh_now();
	return left > 0 ? (int)(left * 1000) + 1 : 0;
}

static void one_round(struct line *line)
{
	/* A script's input waits while there is no room for it; a keyboard is always heard. */
	bool listen = line->input && (line->interactive || line->ntyped < sizeof(line->typed));
	struct pollfd fds[] = {
		{ .fd = line->signals, .events = POLLIN },
		{ .fd = line->events, .events = POLLIN },
		{ .fd = listen ? line->attach->in : -1, .events = POLLIN },
	};
	struct signalfd_siginfo info;
	struct epoll_event event;

	if (poll(fds, sizeof(fds) / sizeof(fds[0]), patience(line)) < 0) {
		if (errno != EINTR) {
			bh_error(-errno, "poll");
			end(line, BH_ATTACH_FAILED);
		}
		return;
	}
	if (fds[0].revents && read(line->signals, &info, sizeof(info)) == sizeof(info)) {
		line->attach->signal = (int)info.ssi_signo;
		end(line, BH_ATTACH_SIGNAL);
		return;
	}
	if (fds[1].revents && epoll_wait(line->events, &event, 1, 0) > 0)
		line->more = true;
	if (fds[2].revents)
		take_input(line);
	/* What was said before the partition left comes first, then that it has left. */
	if (line->more && !line->ended) {
		take_output(line);
		if (!line->more && !line->ended)
			follow_link(line, false);
	}
	if (!line->ended)
		send_typed(line);
	if (!line->ended && !line->input && !line->ntyped && !line->more &&
	    bh_now() - line->active >= line->attach->linger)
		end(line, BH_ATTACH_DETACHED);
}

/* Signals are held. */
static int open_line(struct line *line)
{
	/*
	 * By its edges: a partition that is away makes the device ready for good, with nothing
	 * to be read.
	 */
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET };
	sigset_t ending;
	int err;

	bh_ending_signals(&ending);
	line->signals = signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK);
	if (line->signals < 0)
		return bh_error(-errno, "signalfd");
	line->late = true;
	line->events = epoll_create1(EPOLL_CLOEXEC);
	if (line->events < 0 ||
	    epoll_ctl(line->events, EPOLL_CTL_ADD, line->attach->device, &event) < 0)
		return bh_error(-errno, "console of %s", line->attach->name);
	if (!isatty(line->attach->in))
		return 0;
	err = bh_terminal_raw(&line->terminal, line->attach->in, true);
	if (err == -EBUSY)
		return bh_error(0, "another job has this terminal's keyboard: this one has to be in the "
				"foreground (timeout takes --foreground)");
	if (err)
		return bh_error(err, "the terminal");
	line->interactive = true;
	line->escape.key = line->attach->escape;
	return 0;
}

enum bh_attach_end bh_attach_run(struct bh_attach *attach)
{
	struct line line = {
		.attach = attach,
		.escape = { .key = -1, .state = BH_ESCAPE_LINE },
		.signals = -1,
		.events = -1,
		.input = true,
		.active = bh_now(),
	};
	void (*old_pipe)(int) = signal(SIGPIPE, SIG_IGN);
	sigset_t old;

	bh_hold_signals(&old);
	if (open_line(&line))
		end(&line, BH_ATTACH_FAILED);
	else if (line.interactive && attach->escape >= 0)
		say(&line, "attached to %s; %c. at the start of a line detaches, %c? shows more",
		    attach->name, attach->escape, attach->escape);
	while (!line.ended)
		one_round(&line);
	bh_terminal_restore(&line.terminal);
	if (line.interactive && line.end != BH_ATTACH_FAILED)
		dprintf(attach->say, "\n[bulkhead: detached from %s]\n", attach->name);
	if (line.signals >= 0)
		close(line.signals);
	if (line.events >= 0)
		close(line.events);
	bh_release_signals(&old);
	signal(SIGPIPE, old_pipe);
	return line.end;
}
