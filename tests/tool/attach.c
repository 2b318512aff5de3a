// SPDX-License-Identifier: GPL-2.0-only
/*
 * `bulkhead console` between a pseudo-terminal, where a person would sit, and a socket in
 * place of a console's device: keys, ends, and the terminal afterwards.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "image/attach.h"

#define PATIENCE	10000	/* ms */

/* --- what keys mean --- */

static void expect_keys(int key, const char *pressed, const char *sent, enum bh_escape_means last)
{
	struct bh_escape escape = { .key = key, .state = BH_ESCAPE_LINE };
	enum bh_escape_means means = BH_ESCAPE_SEND;
	char text[64], out[2];
	size_t len = 0, n;

	for (; *pressed; pressed++) {
		assert_int_equal(means, BH_ESCAPE_SEND);
		means = bh_escape_press(&escape, *pressed, out, &n);
		memcpy(text + len, out, n);
		len += n;
	}
	text[len] = '\0';
	assert_string_equal(text, sent);
	assert_int_equal(means, last);
}

static void test_escape(void **state)
{
	(void)state;
	expect_keys('~', "ls\r", "ls\r", BH_ESCAPE_SEND);
	expect_keys('~', "~.", "", BH_ESCAPE_DETACH);
	expect_keys('~', "ls\r~.", "ls\r", BH_ESCAPE_DETACH);
	expect_keys('~', "ls\n~?", "ls\n", BH_ESCAPE_HELP);
	/* only at the start of a line */
	expect_keys('~', "cd ~.", "cd ~.", BH_ESCAPE_SEND);
	expect_keys('~', "~~.", "~.", BH_ESCAPE_SEND);
	expect_keys('~', "~~~.", "~~.", BH_ESCAPE_SEND);
	expect_keys('~', "~/bin/x\r~.", "~/bin/x\r", BH_ESCAPE_DETACH);
	/* what was no escape may end the line itself */
	expect_keys('~', "~\r~.", "~\r", BH_ESCAPE_DETACH);
	expect_keys('#', "~.\r#.", "~.\r", BH_ESCAPE_DETACH);
	expect_keys(-1, "~.\r~?", "~.\r~?", BH_ESCAPE_SEND);
	/* what the terminal answers to the prompt is no key */
	expect_keys('~', "\r\033[4;5R~.", "\r\033[4;5R", BH_ESCAPE_DETACH);
	expect_keys('~', "\033[?62;22c\033[0n~?", "\033[?62;22c\033[0n", BH_ESCAPE_HELP);
	expect_keys('~', "ls\033[4;5R~.", "ls\033[4;5R~.", BH_ESCAPE_SEND);
	expect_keys('~', "~\033[4;5R~.", "~\033[4;5R", BH_ESCAPE_DETACH);
	/* but an arrow or Delete is one */
	expect_keys('~', "\r\033[A~.", "\r\033[A~.", BH_ESCAPE_SEND);
	expect_keys('~', "\r\033[3~.", "\r\033[3~.", BH_ESCAPE_SEND);
	expect_keys('~', "\r\033~.", "\r\033~.", BH_ESCAPE_SEND);
}

/* --- a person --- */

struct seat {
	int screen;		/* the pseudo-terminal's other side */
	int terminal;
	int far;		/* the other end of the "device" */
	struct termios before;
	pid_t pid;
};

static void sit_down(struct seat *seat, int escape)
{
	int device[2];

	/* The library leaves parts of it alone. */
	memset(seat, 0, sizeof(*seat));
	assert_int_equal(openpty(&seat->screen, &seat->terminal, NULL, NULL, NULL), 0);
	assert_int_equal(tcgetattr(seat->terminal, &seat->before), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, device), 0);
	seat->far = device[1];
	seat->pid = fork();
	assert_true(seat->pid >= 0);
	if (!seat->pid) {
		struct bh_attach attach = {
			.name = "rt",
			.device = device[0],
			.in = seat->terminal,
			.out = seat->terminal,
			.say = seat->terminal,
			.escape = escape,
		};
		enum bh_attach_end end;

		close(seat->screen);
		close(seat->far);
		fcntl(device[0], F_SETFL, O_NONBLOCK);
		end = bh_attach_run(&attach);
		_exit(end == BH_ATTACH_SIGNAL ? 100 + attach.signal : (int)end);
	}
	close(device[0]);
}

static void stand_up(struct seat *seat)
{
	close(seat->screen);
	close(seat->terminal);
	close(seat->far);
}

/* Read until @want has come. */
static void expect_text(int fd, const char *want)
{
	char text[4096];
	size_t len = 0;

	text[0] = '\0';
	while (!strstr(text, want)) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (poll(&ready, 1, PATIENCE) != 1 || len + 1 == sizeof(text))
			fail_msg("\"%s\" did not come, but \"%s\"", want, text);
		n = read(fd, text + len, sizeof(text) - 1 - len);
		if (n <= 0)
			fail_msg("\"%s\" did not come, but \"%s\" and the end", want, text);
		len += (size_t)n;
		text[len] = '\0';
	}
}

static void type(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

/* How it ended; the terminal has to be what it was. */
static void expect_end(struct seat *seat, int end)
{
	struct termios after = { 0 };
	int status;

	assert_int_equal(waitpid(seat->pid, &status, 0), seat->pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), end);
	assert_int_equal(tcgetattr(seat->terminal, &after), 0);
	assert_memory_equal(&after, &seat->before, sizeof(after));
}

static void test_detach(void **state)
{
	struct termios during;
	struct seat seat;

	(void)state;
	sit_down(&seat, '~');
	expect_text(seat.screen, "attached to rt; ~. at the start");
	assert_int_equal(tcgetattr(seat.terminal, &during), 0);
	assert_false(during.c_lflag & (ICANON | ECHO | ISIG));
	assert_false(during.c_oflag & OPOST);
	type(seat.far, "rt# ");
	expect_text(seat.screen, "rt# ");
	/* Keys that would be signals go to the other end, too. */
	type(seat.screen, "ls\003\r");
	expect_text(seat.far, "ls\003\r");
	type(seat.screen, "~?");
	expect_text(seat.screen, "~~ sends one ~");
	type(seat.screen, "~~/\r~.");
	expect_text(seat.far, "~/\r");
	expect_text(seat.screen, "detached from rt");
	expect_end(&seat, BH_ATTACH_DETACHED);
	stand_up(&seat);
}

/* What the console has kept makes the terminal answer nothing; what it says to keys may. */
static void test_kept(void **state)
{
	struct seat seat;

	(void)state;
	sit_down(&seat, '~');
	expect_text(seat.screen, "detaches, ~? shows more");
	type(seat.far, "old\033[6n\033[1;31m# \033[c\033[?1004h\005\033");
	type(seat.far, "[5n.");
	expect_text(seat.screen, "old\033[1;31m# .");
	type(seat.screen, "x");
	expect_text(seat.far, "x");
	type(seat.far, "x\033[6n.");
	expect_text(seat.screen, "x\033[6n.");
	type(seat.screen, "\033[2;3R\r~.");
	expect_text(seat.far, "\033[2;3R\r");
	expect_end(&seat, BH_ATTACH_DETACHED);
	stand_up(&seat);
}

/* --- a partition that leaves and comes back --- */

static bool *hung_up;	/* what the device says, for both processes */

int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);

/* Only the question whether the partition is away asks for one descriptor, and does not wait. */
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	int n = __real_poll(fds, count, timeout);

	if (count == 1 && !timeout && hung_up && *hung_up) {
		fds->revents |= POLLHUP;
		return 1;
	}
	return n;
}

static void test_back(void **state)
{
	char text[4096] = "";
	struct seat seat;
	size_t len = 0;

	(void)state;
	hung_up = mmap(NULL, sizeof(*hung_up), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(hung_up != MAP_FAILED);
	sit_down(&seat, '~');
	expect_text(seat.screen, "attached");
	*hung_up = true;
	type(seat.far, "last words\r\n");
	expect_text(seat.screen, "rt is not there; waiting for it");
	*hung_up = false;
	/* All that its log keeps comes at once: more than one look takes. */
	for (int i = 0; i < 200; i++)
		type(seat.far, "Linux version, and what else a kernel says before it is asked\r\n");
	while (!strstr(text, "Linux version")) {
		ssize_t n = read(seat.screen, text + len, sizeof(text) - 1 - len);

		assert_true(n > 0);
		len += (size_t)n;
		text[len] = '\0';
	}
	assert_non_null(strstr(text, "rt is back"));
	assert_true(strstr(text, "rt is back") < strstr(text, "Linux version"));
	kill(seat.pid, SIGTERM);
	expect_end(&seat, 100 + SIGTERM);
	stand_up(&seat);
	munmap(hung_up, sizeof(*hung_up));
	hung_up = NULL;
}

static void test_signal(void **state)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGALRM };

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct seat seat;

		sit_down(&seat, '~');
		expect_text(seat.screen, "attached");
		kill(seat.pid, numbers[i]);
		expect_end(&seat, 100 + numbers[i]);
		stand_up(&seat);
	}
}

static void test_device_goes(void **state)
{
	struct seat seat;

	(void)state;
	sit_down(&seat, '~');
	expect_text(seat.screen, "attached");
	type(seat.far, "last words\r\n");
	close(seat.far);
	expect_text(seat.screen, "last words");
	expect_end(&seat, BH_ATTACH_GONE);
	close(seat.screen);
	close(seat.terminal);
}

/* A console that does not read must not make the keyboard deaf. */
static void test_deaf_console(void **state)
{
	char keys[512];
	struct seat seat;

	(void)state;
	sit_down(&seat, '~');
	expect_text(seat.screen, "attached");
	memset(keys, 'x', sizeof(keys));
	for (int i = 0; i < 2000; i++)
		assert_int_equal(write(seat.screen, keys, sizeof(keys)), sizeof(keys));
	type(seat.screen, "\r~.");
	expect_end(&seat, BH_ATTACH_DETACHED);
	stand_up(&seat);
}

/* --- a script --- */

#define SCRIPT	(1 << 20)

/* All of it arrives, whatever it looks like, however slowly the console reads; then it ends. */
static void run_script(size_t size)
{
	static char sent[SCRIPT], received[SCRIPT];
	int in[2], device[2], status, least = 1;
	size_t len = 0;
	pid_t writer, pid;

	for (size_t i = 0; i < size; i++)
		sent[i] = "\r~.\n~?"[i * 7919 % 6];
	assert_int_equal(pipe(in), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, device), 0);
	assert_int_equal(setsockopt(device[0], SOL_SOCKET, SO_SNDBUF, &least, sizeof(least)), 0);
	writer = fork();
	assert_true(writer >= 0);
	if (!writer) {
		close(in[0]);
		_exit(write(in[1], sent, size) != (ssize_t)size);
	}
	close(in[1]);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		struct bh_attach attach = {
			.name = "rt",
			.device = device[0],
			.in = in[0],
			.out = open("/dev/null", O_WRONLY),
			.say = STDERR_FILENO,
			.escape = '~',
			.linger = 0.05,
		};

		close(device[1]);
		fcntl(device[0], F_SETFL, O_NONBLOCK);
		_exit((int)bh_attach_run(&attach));
	}
	close(in[0]);
	close(device[0]);
	/* Silent for longer than the other lingers: what is not sent yet must not be lost. */
	usleep(200000);
	while (len < size) {
		ssize_t n = read(device[1], received + len, size - len);

		assert_true(n > 0);
		len += (size_t)n;
	}
	assert_memory_equal(received, sent, size);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, BH_ATTACH_DETACHED << 8);
	assert_int_equal(read(device[1], received, 1), 0);
	assert_int_equal(waitpid(writer, &status, 0), writer);
	assert_int_equal(status, 0);
	close(device[1]);
}

static void test_script(void **state)
{
	(void)state;
	run_script(SCRIPT);
	/* its end is read while the console has room for a part of it only */
	run_script(6000);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_detach),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_back),
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_device_goes),
		cmocka_unit_test(test_deaf_console),
		cmocka_unit_test(test_script),
	};

	signal(SIGPIPE, SIG_IGN);
	alarm(60);	/* none of this waits for long */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
