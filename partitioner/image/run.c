// SPDX-License-Identifier: GPL-2.0-only
#include "image/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/exit.h"
#include "image/session.h"

#define PIPE_BYTES	(1 << 20)

/* What a run holds; everything in it is undone by tear_down(). */
struct machinery {
	struct bh_session session;
	struct bh_expect expect;
	struct bh_uart *uarts;
	struct bh_uart wire;
	uint32_t *sources;
	const char **names;
	char *temp;
	char *vars;
	int errors[2];
	struct bh_argv argv;
};

static int open_log(const char *dir, const char *name)
{
	char *path = bh_printf("%s/%s.log", dir, name);
	int fd;

	if (!path)
		return -ENOMEM;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0)
		fd = bh_error(-errno, "log %s", path);
	free(path);
	return fd;
}

/* A port for each partition that has one; and one for what starts them in any case. */
static int list_ports(struct machinery *m, const struct bh_plan *plan)
{
	struct bh_session *s = &m->session;
	const struct bh_emulator *emulator = bh_emulator(plan->platform);
	size_t room = plan->npartitions + 1;
	bool owned = false;

	s->emulator = emulator;
	m->uarts = calloc(room, sizeof(*m->uarts));
	m->names = calloc(room, sizeof(*m->names));
	m->sources = calloc(room, sizeof(*m->sources));
	if (!m->uarts || !m->names || !m->sources)
		return -ENOMEM;
	for (uint32_t i = 0; i < plan->npartitions; i++) {
		uint32_t port;

		if (!emulator->port(plan, i, &port))
			continue;
		owned |= port == emulator->speaker_port;
		m->names[s->nports] = plan->partitions[i].name;
		m->uarts[s->nports++] = (struct bh_uart){ port, NULL };
	}
	s->nkeyboards = s->nports ? s->nports : 1;
	/* The plain --expect is for partitions; the speaker's console comes last. */
	m->names[s->nports] = emulator->speaker;
	s->nconsoles = s->nports + 1;
	bh_expect_init(&m->expect, m->names, s->nconsoles, s->nports);
	if (!owned)
		m->uarts[s->nports++] = (struct bh_uart){ emulator->speaker_port, NULL };
	s->uarts = m->uarts;
	for (size_t i = 0; i < s->nports; i++)
		m->sources[i] = m->uarts[i].port;
	bh_mux_init(&s->mux, m->sources, s->nports);
	return 0;
}

/* Opened for both directions, a FIFO has no end of file before QEMU opens it. */
static int open_fifo(const char *path, const char *suffix)
{
	char *name = bh_printf("%s%s", path, suffix);
	int fd;

	if (!name)
		return -ENOMEM;
	fd = mkfifo(name, 0600) < 0 ? -1 : open(name, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		fd = bh_error(-errno, "%s", name);
	free(name);
	/*
	 * Room for a whole boot's messages, and for what is pasted faster than a guest reads: of short
	 * writes a pipe keeps few in each of its pages. Less is only less room.
	 */
	if (fd >= 0)
		fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES);
	return fd;
}

/* @uart: gets a path. */
static int open_port(struct bh_uart *uart, struct bh_port *port, const char *dir, size_t number)
{
	uart->path = bh_printf("%s/uart%zu", dir, number);
	if (!uart->path)
		return -ENOMEM;
	port->from = open_fifo(uart->path, ".out");
	if (port->from < 0)
		return port->from;
	port->to = open_fifo(uart->path, ".in");
	return port->to < 0 ? port->to : 0;
}

static int open_ports(struct machinery *m)
{
	struct bh_session *s = &m->session;
	int err = 0;

	s->ports = malloc((s->nports + 1) * sizeof(*s->ports));
	if (!s->ports)
		return -ENOMEM;
	for (size_t i = 0; i < s->nports; i++)
		s->ports[i] = (struct bh_port){ .from = -1, .to = -1 };
	if (s->emulator->shared)
		return open_port(&m->wire, &s->wire, m->temp, 0);
	for (size_t i = 0; !err && i < s->nports; i++)
		err = open_port(&m->uarts[i], &s->ports[i], m->temp, i);
	return err;
}

static int open_relays(struct machinery *m, const char *dir)
{
	struct bh_session *s = &m->session;
	int err = bh_make_dirs(dir);

	if (err)
		return bh_error(err, "%s", dir);
	s->relays = calloc(s->nports + 1, sizeof(*s->relays));
	if (!s->relays)
		return -ENOMEM;
	for (size_t i = 0; !err && i < s->nports; i++)
		err = bh_relay_open(&s->relays[i], dir, m->names[i]);
	return err;
}

static int open_consoles(struct machinery *m, const struct bh_run *run)
{
	struct bh_session *s = &m->session;
	int err;

	s->consoles = calloc(s->nconsoles, sizeof(*s->consoles));
	if (!s->consoles)
		return -ENOMEM;
	for (size_t i = 0; i < s->nconsoles; i++) {
		struct bh_console *console = &s->consoles[i];
		int width;

		console->name = m->names[i];
		console->log = -1;
		width = (int)strlen(console->name);
		if (width > s->view.width)
			s->view.width = width;
	}
	/* First: where another run answers, its logs stay what they are. */
	if (run->socket_dir) {
		err = open_relays(m, run->socket_dir);
		if (err)
			return err;
	}
	if (!run->log_dir)
		return 0;
	err = bh_make_dirs(run->log_dir);
	if (err)
		return bh_error(err, "%s", run->log_dir);
	for (size_t i = 0; i < s->nconsoles; i++) {
		s->consoles[i].log = open_log(run->log_dir, m->names[i]);
		if (s->consoles[i].log < 0)
			return s->consoles[i].log;
	}
	return 0;
}

static int copy_vars(struct machinery *m)
{
	const char *code, *from;
	size_t size;
	char *bytes;
	int err;

	err = bh_qemu_firmware(&code, &from);
	if (err)
		return err;
	m->vars = bh_printf("%s/vars.fd", m->temp);
	if (!m->vars)
		return -ENOMEM;
	err = bh_read_file(from, &bytes, &size);
	if (err)
		return bh_error(err, "%s", from);
	err = bh_write_file(m->vars, bytes, size, 0600);
	free(bytes);
	return err ? bh_error(err, "%s", m->vars) : 0;
}

static struct bh_vm describe(const struct machinery *m, const struct bh_run *run)
{
	return (struct bh_vm){
		.qemu = &run->file->qemu,
		.firmware = run->firmware,
		.accel = run->accel,
		.media = run->media,
		.vars = m->vars,
		.uarts = m->session.emulator->shared ? &m->wire : m->uarts,
		.nuarts = m->session.emulator->shared ? 1 : m->session.nports,
		.extra = run->extra,
		.nextra = run->nextra,
	};
}

static int set_up(struct machinery *m, const struct bh_run *run)
{
	struct bh_session *s = &m->session;
	struct bh_vm vm;
	int err;

	err = list_ports(m, &run->file->plan);
	if (err)
		return err;
	for (size_t i = 0; i < run->nexpect; i++) {
		err = bh_expect_add(&m->expect, run->expect[i]);
		if (err)
			return err;
	}
	err = bh_output_open(&s->output, run->json ? STDERR_FILENO : STDOUT_FILENO);
	if (err)
		return err;
	s->view.out = s->output.stream;
	s->view.colour = run->colour;
	s->view.live = run->live || run->interactive;
	s->expect = &m->expect;
	s->timeout = run->timeout;
	s->interactive = run->interactive;
	err = open_consoles(m, run);
	if (!err)
		err = bh_temp_dir(&m->temp);
	if (!err)
		err = open_ports(m);
	if (!err && run->firmware == BH_FIRMWARE_UEFI)
		err = copy_vars(m);
	if (err)
		return err;
	vm = describe(m, run);
	err = bh_qemu_command(m->session.emulator, &vm, &m->argv);
	if (err)
		return err;
	if (pipe2(m->errors, O_CLOEXEC) < 0)
		return bh_error(-errno, "pipe");
	s->err_fd = m->errors[0];
	return 0;
}

static void close_port(const struct bh_port *port)
{
	if (port->from >= 0)
		close(port->from);
	if (port->to >= 0)
		close(port->to);
}

static void tear_down(struct machinery *m, bool keep)
{
	struct bh_session *s = &m->session;

	bh_output_close(&s->output);
	for (size_t i = 0; s->ports && i < s->nports; i++)
		close_port(&s->ports[i]);
	close_port(&s->wire);
	for (size_t i = 0; m->uarts && i < s->nports; i++)
		free(m->uarts[i].path);
	for (size_t i = 0; s->relays && i < s->nports; i++)
		bh_relay_close(&s->relays[i]);
	for (size_t i = 0; s->consoles && i < s->nconsoles; i++)
		bh_console_free(&s->consoles[i]);
	for (size_t i = 0; i < 2; i++)
		if (m->errors[i] >= 0)
			close(m->errors[i]);
	if (m->temp && keep)
		fprintf(stderr, "bulkhead: note: kept %s\n", m->temp);
	else if (m->temp)
		bh_remove_tree(m->temp);
	bh_argv_free(&m->argv);
	bh_expect_free(&m->expect);
	free(s->ports);
	free(s->relays);
	free(s->consoles);
	free(m->wire.path);
	free(m->uarts);
	free(m->sources);
	free(m->names);
	free(m->temp);
	free(m->vars);
}

static int judge(const struct machinery *m, enum bh_session_end end)
{
	const struct bh_session *s = &m->session;

	switch (end) {
	case BH_END_MET:
	case BH_END_QUIT:
		return BH_EXIT_OK;
	case BH_END_TIMEOUT:
		/* without expectations it was to run for just that long */
		if (!m->expect.count)
			return BH_EXIT_OK;
		bh_error(0, "not all that was expected came within %.0f seconds", s->timeout);
		bh_session_summary(s, stderr);
		return BH_EXIT_FAILED;
	case BH_END_STOPPED:
		bh_error(0, "%s refused to start the plan", s->emulator->who);
		bh_session_summary(s, stderr);
		return BH_EXIT_FAILED;
	case BH_END_QEMU:
		if (!m->expect.count && !s->qemu_status)
			return BH_EXIT_OK;
		if (WIFSIGNALED(s->qemu_status))
			bh_error(0, "QEMU was killed by signal %d", WTERMSIG(s->qemu_status));
		else
			bh_error(0, "QEMU ended early, with status %d after %.1f seconds",
				 WEXITSTATUS(s->qemu_status), s->elapsed);
		bh_session_summary(s, stderr);
		return m->expect.count ? BH_EXIT_FAILED : BH_EXIT_SYSTEM;
	default:
		return BH_EXIT_SYSTEM;
	}
}

static void print_json(const struct bh_session *s, enum bh_session_end end)
{
	json_t *json = bh_session_json(s, end);

	if (json) {
		json_dumpf(json, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	json_decref(json);
}

int bh_run_plan(const struct bh_run *run)
{
	struct machinery m = {
		.errors = { -1, -1 },
		.session = { .signal_fd = -1, .wire = { .from = -1, .to = -1 } },
	};
	struct bh_session *s = &m.session;
	enum bh_session_end end = BH_END_FAILED;
	int code = BH_EXIT_SYSTEM;
	sigset_t signals;
	int err;

	/* until all is torn down: one more signal would leave it half done */
	bh_hold_signals(&signals);
	err = set_up(&m, run);
	if (err) {
		if (err == -EINVAL)
			code = BH_EXIT_USAGE;
		goto out;
	}
	if (bh_session_open(s))
		goto out_session;
	if (bh_qemu_start(&m.argv, m.errors[1], &s->qemu))
		goto out_session;
	/* ours no longer: the end of file comes when QEMU closes it */
	close(m.errors[1]);
	m.errors[1] = -1;
	end = bh_session_run(s);
	bh_qemu_stop(s->qemu, &s->qemu_status);
	code = judge(&m, end);
	if (run->json)
		print_json(s, end);
out_session:
	bh_session_close(s);
out:
	tear_down(&m, run->keep);
	bh_release_signals(&signals);
	if (end == BH_END_SIGNAL) {
		/* so that the shell, or make, sees what happened */
		signal(s->signal, SIG_DFL);
		raise(s->signal);
	}
	return code;
}

/* Words that the shell takes as they are; the others go into single quotes. */
static void print_word(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-+=,./:@%";

	if (*word && word[strspn(word, plain)] == '\0') {
		fputs(word, stdout);
		return;
	}
	putchar('\'');
	for (; *word; word++) {
		if (*word == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*word);
	}
	putchar('\'');
}

int bh_run_print(const struct bh_run *run)
{
	struct machinery m = { .errors = { -1, -1 }, .session = { .wire = { .from = -1, .to = -1 } } };
	json_t *json = json_array();
	struct bh_vm vm;
	int err;

	err = list_ports(&m, &run->file->plan);
	if (err)
		goto out;
	vm = describe(&m, run);
	err = bh_qemu_command(m.session.emulator, &vm, &m.argv);
	if (err)
		goto out;
	for (size_t i = 0; i < m.argv.count; i++) {
		if (run->json) {
			json_array_append_new(json, json_string(m.argv.arg[i]));
			continue;
		}
		if (i)
			putchar(' ');
		print_word(m.argv.arg[i]);
	}
	if (run->json)
		json_dumpf(json, stdout, JSON_INDENT(2));
	putchar('\n');
out:
	json_decref(json);
	tear_down(&m, false);
	return err ? BH_EXIT_SYSTEM : BH_EXIT_OK;
}
