// SPDX-License-Identifier: GPL-2.0-only
#include "image/session.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bulkhead/x86/stage.h>

#include "image/clock.h"
#include "image/terminal.h"

#define STATUS_SECONDS	2.0	/* anything longer says what it waits for */
#define DRAIN_SECONDS	5.0	/* QEMU has ended, and something that it has started still speaks */
#define CHUNK		4096

int bh_session_open(struct bh_session *s)
{
	sigset_t set;

	bh_ending_signals(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGWINCH);
	signal(SIGPIPE, SIG_IGN);
	s->qemu_messages.log = -1;
	s->qemu_messages.name = "qemu";
	s->com1 = s->nports;
	/* Where every byte is marked there is nothing to find out. */
	if (s->emulator->shared)
		s->phase = BH_PHASE_KERNELS;
	for (size_t i = 0; i < s->nports && !s->emulator->shared; i++)
		if (s->uarts[i].port == s->emulator->speaker_port)
			s->com1 = i;
	if (sigprocmask(SIG_BLOCK, &set, &s->old_mask) < 0)
		return bh_error(-errno, "sigprocmask");
	s->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signal_fd < 0 ? bh_error(-errno, "signalfd") : 0;
}

void bh_session_close(struct bh_session *s)
{
	if (s->signal_fd >= 0)
		close(s->signal_fd);
	bh_console_free(&s->qemu_messages);
	sigprocmask(SIG_SETMASK, &s->old_mask, NULL);
	signal(SIGPIPE, SIG_DFL);
}

/* The console that a port's lines belong to now. */
static size_t console_of(const struct bh_session *s, size_t port)
{
	return port == s->com1 && s->phase < BH_PHASE_KERNELS ? s->nconsoles - 1 : port;
}

/* Who speaks behind this line of COM1? The boot stage marks its lines, and says which is its last. */
static void follow_phase(struct bh_session *s, const char *text)
{
	if (strncmp(text, BH_BOOT_PREFIX, strlen(BH_BOOT_PREFIX)))
		return;
	s->phase = strcmp(text, BH_BOOT_PREFIX BH_BOOT_END) ? BH_PHASE_STAGE : BH_PHASE_KERNELS;
}

static void look_at(struct bh_session *s, size_t console, const char *text)
{
	if (s->expect && *text)
		bh_expect_feed(s->expect, console, text);
}

static bool is_refusal(const struct bh_session *s, const char *text)
{
	for (const char *const *refusal = s->emulator->refusals; *refusal; refusal++)
		if (!strncmp(text, *refusal, strlen(*refusal)))
			return true;
	return false;
}

/* What a port says is its console's: its log, and its screen where there is a terminal. */
static void take_raw(struct bh_session *s, size_t port, const char *bytes, size_t len)
{
	bh_console_log(&s->consoles[port], bytes, len);
	bh_switcher_said(&s->switcher, port, bytes, len);
}

/* Show and look at what stands in a port's line. */
static void end_line(struct bh_session *s, size_t port)
{
	struct bh_console *line = &s->consoles[port];
	size_t index = console_of(s, port);
	struct bh_console *owner = &s->consoles[index];
	char text[BH_LINE_MAX + 1];

	bh_console_clean(line->raw, line->len, text);
	if (owner != line)
		bh_console_log(owner, line->raw, line->len);
	/* Firmware and GRUB clear their screen with empty lines. */
	if (owner == line || *text) {
		bh_console_remember(owner, text);
		bh_view_line(&s->view, owner->name, index == port ? (int)index : -1, text);
		look_at(s, index, text);
		if (index == s->nconsoles - 1 && is_refusal(s, text))
			s->stopped = true;
	}
	if (port == s->com1 && s->phase < BH_PHASE_KERNELS)
		follow_phase(s, text);
	line->len = 0;
}

/* Returns how many bytes it took. */
static size_t take_part(struct bh_session *s, size_t port, const char *bytes, size_t len)
{
	struct bh_console *line = &s->consoles[port];
	bool whole;
	size_t part = bh_console_take(line, bytes, len, &whole);

	if (console_of(s, port) == port)
		take_raw(s, port, bytes, part);
	if (whole)
		end_line(s, port);
	return part;
}

static void take_bytes(struct bh_session *s, size_t port, const char *bytes, size_t len)
{
	struct bh_console *line = &s->consoles[port];
	char text[BH_LINE_MAX + 1];

	if (s->relays)
		bh_relay_send(&s->relays[port], bytes, len);
	for (size_t done = 0; done < len; )
		done += take_part(s, port, bytes + done, len - done);
	if (line->len) {
		bh_console_clean(line->raw, line->len, text);
		look_at(s, console_of(s, port), text);
	}
}

static void end_message(struct bh_session *s)
{
	struct bh_console *line = &s->qemu_messages;
	char text[BH_LINE_MAX + 1];

	bh_console_clean(line->raw, line->len, text);
	bh_console_remember(line, text);
	bh_view_line(&s->view, line->name, -1, text);
	line->len = 0;
}

static void take_messages(struct bh_session *s, const char *bytes, size_t len)
{
	bool whole;

	for (size_t done = 0; done < len; ) {
		done += bh_console_take(&s->qemu_messages, bytes + done, len - done, &whole);
		if (whole)
			end_message(s);
	}
}

/* Lines that never ended: prompts, and what was said last before the end. */
static void flush_lines(struct bh_session *s)
{
	for (size_t i = 0; i < s->nports; i++)
		if (s->consoles[i].len)
			end_line(s, i);
	if (s->qemu_messages.len)
		end_message(s);
}

static void take_from_wire(void *session, size_t port, const char *bytes, size_t len)
{
	take_bytes(session, port, bytes, len);
}

/* @port: a port, or one of what follows them. */
#define PORT_MESSAGES(s)	((s)->nports)
#define PORT_WIRE(s)		((s)->nports + 1)

static bool drain(struct bh_session *s, int fd, size_t port)
{
	char bytes[CHUNK];
	ssize_t n = read(fd, bytes, sizeof(bytes));

	if (n <= 0)
		return n < 0 && (errno == EINTR || errno == EAGAIN);
	if (port < s->nports)
		take_bytes(s, port, bytes, (size_t)n);
	else if (port == PORT_WIRE(s))
		bh_mux_feed(&s->mux, bytes, (size_t)n, take_from_wire, s);
	else
		take_messages(s, bytes, (size_t)n);
	return true;
}

/* How many bytes a pipe holds. */
static size_t waiting(int fd)
{
	int n = 0;

	return fd >= 0 && !ioctl(fd, FIONREAD, &n) && n > 0 ? (size_t)n : 0;
}

static void discard(int fd, size_t len)
{
	char bytes[CHUNK];

	while (len) {
		ssize_t n = read(fd, bytes, len < sizeof(bytes) ? len : sizeof(bytes));

		if (n <= 0)
			return;
		len -= (size_t)n;
	}
}

/*
 * Firmware has the machine, or GRUB. UEFI speaks on every port that it finds: what comes on others
 * than COM1 is dropped, as it came there too. Of a kernel's bytes none is: a kernel speaks when
 * the boot stage has said its last line on COM1, and not before. So what waits on a port is
 * measured first, then COM1 is read up to what it holds by then, and if that line is not in it, what was
 * measured is firmware's.
 *
 * If it is, nobody can tell, and everything stays: where the tool has not run since firmware spoke
 * (it was stopped, or its output blocked), that is shown as the partition's, too.
 */
static void hear_firmware(struct bh_session *s)
{
	struct bh_port *com1 = &s->ports[s->com1];
	bool again;

	do {
		again = s->phase == BH_PHASE_FIRMWARE;
		for (size_t i = 0; i < s->nports; i++)
			s->ports[i].early = i == s->com1 ? 0 : waiting(s->ports[i].from);
		/* A read brings a whole chunk if there is one. */
		for (size_t left = waiting(com1->from); left; left -= left < CHUNK ? left : CHUNK)
			drain(s, com1->from, s->com1);
		for (size_t i = 0; s->phase < BH_PHASE_KERNELS && i < s->nports; i++)
			discard(s->ports[i].from, s->ports[i].early);
		/* Between the measure and the boot stage's first line it may have spoken once more. */
	} while (again && s->phase == BH_PHASE_STAGE);
}

/* A guest that does not read its port loses what is typed, as on a real one. */
static void type(void *session, size_t port, const char *bytes, size_t len)
{
	struct bh_session *s = session;
	char wire[PIPE_BUF];

	if (!s->emulator->shared) {
		if (len && write(s->ports[port].to, bytes, len) < 0)
			return;
		return;
	}
	/* Writes of this size are whole or not at all: no mark gets cut when the pipe is full. */
	while (len) {
		size_t part = len < sizeof(wire) / 2 - 1 ? len : sizeof(wire) / 2 - 1;
		size_t n = bh_mux_encode(s->uarts[port].port, bytes, part, wire);

		if (write(s->wire.to, wire, n) < 0)
			return;
		bytes += part;
		len -= part;
	}
}

/* Returns false when the user wants to end. */
static bool take_keys(struct bh_session *s)
{
	char keys[CHUNK];
	ssize_t n = read(0, keys, sizeof(keys));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	return n && bh_switcher_typed(&s->switcher, keys, (size_t)n);
}

static void show_status(struct bh_session *s, double now)
{
	char text[sizeof(s->view.status)];
	size_t len;

	if (!s->view.live || s->interactive || now < STATUS_SECONDS)
		return;
	len = (size_t)snprintf(text, sizeof(text), "%4.0f s  ", now);
	if (!s->expect || !s->expect->count)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"running; Ctrl-C ends it");
	for (size_t i = 0; s->expect && i < s->expect->nnames; i++) {
		bool met = bh_expect_met(s->expect, i);
		bool asked = met;

		for (size_t j = 0; j < s->expect->count; j++)
			asked |= s->expect->list[j].console == i;
		/* a line that wraps can't be taken back */
		if (asked && len < 72)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s %s  ",
						s->expect->names[i], met ? "up" : "...");
	}
	bh_view_status(&s->view, text);
}

/* Descriptors of one round of poll(); the order is the meaning. */
#define FIXED_FDS	4	/* signals, QEMU's messages, the keyboard, the wire */

struct round {
	struct pollfd *fds;
	size_t count;
	int err;	/* of poll() */
};

static void watch(struct round *r, int fd, short events)
{
	r->fds[r->count++] = (struct pollfd){ .fd = fd, .events = events };
}

static void set_up(const struct bh_session *s, struct round *r)
{
	r->count = 0;
	watch(r, s->signal_fd, POLLIN);
	watch(r, s->err_fd, POLLIN);
	watch(r, s->interactive ? 0 : -1, POLLIN);
	watch(r, s->wire.from, POLLIN);
	for (size_t i = 0; i < s->nports; i++)
		watch(r, s->ports[i].from, POLLIN);
	for (size_t i = 0; s->relays && i < s->nports; i++) {
		watch(r, s->relays[i].listener, POLLIN);
		for (size_t j = 0; j < BH_RELAY_CLIENTS; j++)
			watch(r, s->relays[i].clients[j].fd,
			      bh_relay_behind(&s->relays[i], j) ? POLLIN | POLLOUT : POLLIN);
	}
}

static void serve_relays(struct bh_session *s, const struct pollfd *fds)
{
	char bytes[CHUNK];

	for (size_t i = 0; i < s->nports; i++) {
		for (size_t j = 0; j < BH_RELAY_CLIENTS; j++) {
			size_t n;

			if (!fds[1 + j].revents)
				continue;
			if (fds[1 + j].revents & POLLOUT)
				bh_relay_flush(&s->relays[i], j);
			if (!(fds[1 + j].revents & ~POLLOUT))
				continue;
			n = bh_relay_receive(&s->relays[i], j, bytes, sizeof(bytes));
			type(s, i, bytes, n);
		}
		if (fds[0].revents)
			bh_relay_accept(&s->relays[i]);
		fds += 1 + BH_RELAY_CLIENTS;
	}
}

/* Returns true when a signal ends the session. */
static bool take_signals(struct bh_session *s)
{
	struct signalfd_siginfo info;

	while (read(s->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		siginfo_t child = { 0 };

		if (info.ssi_signo == SIGWINCH) {
			bh_switcher_resized(&s->switcher);
			continue;
		}
		if (info.ssi_signo != SIGCHLD) {
			s->signal = (int)info.ssi_signo;
			return true;
		}
		/* only look: bh_qemu_stop() collects it, and until then its id is not reused */
		if (!waitid(P_PID, (id_t)s->qemu, &child, WEXITED | WNOHANG | WNOWAIT) &&
		    child.si_pid == s->qemu)
			s->qemu_ended = true;
	}
	return false;
}

static enum bh_session_end loop(struct bh_session *s, struct round *r)
{
	double start = bh_now(), ended = 0;

	for (;;) {
		double now = bh_now() - start;
		double wait = 1.0;
		bool quiet = true, early;

		s->elapsed = now;
		if (s->expect && s->expect->count && !s->expect->open)
			return BH_END_MET;
		if (s->expect && s->expect->count && s->stopped)
			return BH_END_STOPPED;
		if (s->timeout > 0 && now >= s->timeout)
			return BH_END_TIMEOUT;
		if (s->timeout > 0 && s->timeout - now < wait)
			wait = s->timeout - now;
		show_status(s, now);
		bh_switcher_show(&s->switcher);
		if (bh_output_flush(&s->output))
			return BH_END_FAILED;

		set_up(s, r);
		if (s->qemu_ended)
			wait = 0.01;
		if (poll(r->fds, r->count, (int)(wait * 1000) + 1) < 0 && errno != EINTR) {
			r->err = -errno;
			return BH_END_FAILED;
		}
		if (r->fds[0].revents && take_signals(s))
			return BH_END_SIGNAL;
		if (r->fds[1].revents) {
			quiet = false;
			if (!drain(s, s->err_fd, PORT_MESSAGES(s)))
				s->err_fd = -1;
		}
		if (r->fds[2].revents && !take_keys(s))
			return BH_END_QUIT;
		if (r->fds[3].revents) {
			quiet = false;
			if (!drain(s, s->wire.from, PORT_WIRE(s)))
				s->wire.from = -1;
		}
		early = s->phase == BH_PHASE_FIRMWARE;
		for (size_t i = 0; i < s->nports; i++) {
			if (!r->fds[FIXED_FDS + i].revents)
				continue;
			quiet = false;
			if (!early && !drain(s, s->ports[i].from, i))
				s->ports[i].from = -1;
		}
		if (early)
			hear_firmware(s);
		if (s->relays)
			serve_relays(s, r->fds + FIXED_FDS + s->nports);
		if (s->qemu_ended && !ended)
			ended = now;
		if (s->qemu_ended && (quiet || now - ended > DRAIN_SECONDS))
			return s->expect && s->expect->count && !s->expect->open ?
			       BH_END_MET : BH_END_QEMU;
	}
}

enum bh_session_end bh_session_run(struct bh_session *s)
{
	struct bh_terminal terminal = { 0 };
	enum bh_session_end end = BH_END_FAILED;
	struct round r = { 0 };
	int err;

	r.fds = calloc(FIXED_FDS + s->nports * (2 + BH_RELAY_CLIENTS), sizeof(*r.fds));
	if (!r.fds) {
		bh_error(-ENOMEM, "consoles");
		return BH_END_FAILED;
	}
	/* our own line ends stay line ends; another job's keyboard: the consoles are shown nonetheless */
	if (s->interactive && bh_terminal_raw(&terminal, 0, false))
		s->interactive = false;
	if (s->interactive) {
		s->switcher = (struct bh_switcher){
			.view = &s->view,
			.consoles = s->consoles,
			.count = s->nkeyboards,
			.send = type,
			.context = s,
		};
		if (bh_switcher_open(&s->switcher, 0))
			goto out;
	}
	end = loop(s, &r);
	bh_switcher_close(&s->switcher);
	bh_view_status(&s->view, "");
	flush_lines(s);
out:
	err = bh_output_flush(&s->output);
	bh_terminal_restore(&terminal);
	free(r.fds);
	/* Not before: what is said on an alternate screen goes with it. */
	if (r.err)
		bh_error(r.err, "poll");
	if (err)
		bh_error(err, "the output could not be written");
	/* A terminal that has gone away takes no more, and that it has gone is why the run ends. */
	return err && end != BH_END_SIGNAL ? BH_END_FAILED : end;
}

static void summarise(const struct bh_console *console, FILE *out)
{
	size_t first = console->nlines > BH_RECENT ? console->nlines - BH_RECENT : 0;

	if (!console->nlines)
		fprintf(out, "  %s: said nothing\n", console->name);
	else
		fprintf(out, "  %s: last lines\n", console->name);
	for (size_t i = first; i < console->nlines; i++)
		fprintf(out, "    %s\n", console->recent[i % BH_RECENT] ?: "");
}

void bh_session_summary(const struct bh_session *s, FILE *out)
{
	for (size_t i = 0; s->expect && i < s->expect->count; i++) {
		const struct bh_expectation *e = &s->expect->list[i];

		if (!e->met)
			fprintf(out, "  %s: no line matched \"%s\"\n",
				s->expect->names[e->console], e->text);
	}
	for (size_t i = 0; i < s->nconsoles; i++)
		summarise(&s->consoles[i], out);
	if (s->qemu_messages.nlines)
		summarise(&s->qemu_messages, out);
}

json_t *bh_session_json(const struct bh_session *s, enum bh_session_end end)
{
	static const char *const ends[] = {
		[BH_END_MET] = "met", [BH_END_TIMEOUT] = "timeout", [BH_END_QEMU] = "qemu-ended",
		[BH_END_STOPPED] = "stopped",
		[BH_END_QUIT] = "quit", [BH_END_SIGNAL] = "signal", [BH_END_FAILED] = "failed",
	};
	json_t *expectations = json_array();
	json_t *consoles = json_array();

	for (size_t i = 0; s->expect && i < s->expect->count; i++) {
		const struct bh_expectation *e = &s->expect->list[i];

		json_array_append_new(expectations, json_pack("{s:s, s:s, s:b}",
				      "console", s->expect->names[e->console],
				      "regex", e->text, "met", e->met));
	}
	for (size_t i = 0; i < s->nconsoles; i++)
		json_array_append_new(consoles, json_pack("{s:s, s:I}",
				      "name", s->consoles[i].name,
				      "lines", (json_int_t)s->consoles[i].nlines));
	return json_pack("{s:s, s:f, s:o, s:o}", "end", ends[end], "seconds", s->elapsed,
			 "expectations", expectations, "consoles", consoles);
}
