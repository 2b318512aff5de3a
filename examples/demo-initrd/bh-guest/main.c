// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"

/*
 * A shell that is no job-control shell starts `command &` with SIGINT and SIGQUIT
 * ignored for good, and so would everything that is typed at the shell behind it.
 */
static int cmd_foreground(int argc, char **argv)
{
	if (argc < 1)
		return usage();
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	execvp(argv[0], argv);
	return fail(argv[0]);
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *arguments, *help;
} commands[] = {
	{ "hello", cmd_hello, "NAME", "say that partition NAME is up" },
	{ "tick", cmd_tick, "NAME", "print a line a second, for ever" },
	{ "ticker", cmd_ticker, "MS [--for SECONDS]",
	  "print the monotonic time every MS ms; on SIGUSR1 the largest gap seen.\n"
	  "With --for only the largest gap, when the time is over. SIGTERM ends it early" },
	{ "kexec", cmd_kexec, "[-e] KERNEL [INITRD|- [CMDLINE...]]",
	  "load a kernel (default command line: this one's); -e starts it" },
	{ "kexec", cmd_kexec, "-x", "start the one that is loaded" },
	{ "foreground", cmd_foreground, "COMMAND...", "run it so that ^C reaches it" },
	{ "dtb", cmd_dtb, "", "the device tree given at boot, to stdout" },
	{ "peek", cmd_peek, "ADDRESS LENGTH",
	  "physical memory, to stdout; status 3 if it may not be read" },
	{ "write", cmd_write, "ADDRESS HEX [ADDRESS HEX...]", "any bytes to physical memory, in this order" },
	{ "find", cmd_find, "HEX", "where cache lines of this kernel's RAM begin with these bytes" },
	{ "as", cmd_as, "UID COMMAND...", "run it as another user" },
	{ "connect", cmd_connect, "CID PORT", "to a vsock; says why not" },
	{ "monitor", cmd_monitor, "self|status|start|stop|force-stop|restart [ID]",
	  "ask the monitor, about this partition if there is no ID" },
	{ "ring", cmd_ring, "ID", "ring the doorbell of a peer" },
	{ "doorbell", cmd_doorbell, "wait ID [SECONDS]", "until peer ID rings; status 1 if it does not" },
	{ "doorbell", cmd_doorbell, "echo ID", "answer each ring of a peer, for ever" },
	{ "doorbell", cmd_doorbell, "ping ID [COUNT]", "ring a peer that echoes, print how long it took" },
	{ "exchange", cmd_exchange, "PEER [SECONDS]",
	  "numbered messages to and from /dev/bulkhead/PEER, each checked; what was seen at the end" },
	{ "hostile", cmd_hostile, "ID SEED SECONDS",
	  "be the worst peer that the channel to partition ID can have" },
	{ "vsock", cmd_vsock, "send stream|seqpacket CID PORT BYTES",
	  "what the receiver checks, then wait for its answer" },
	{ "vsock", cmd_vsock, "receive stream|seqpacket PORT [SECONDS]",
	  "check what one connection brings; first sleep that long" },
	{ "vsock", cmd_vsock, "hold stream|seqpacket CID PORT", "connect, and say how it ends" },
	{ "vsock", cmd_vsock, "accept stream|seqpacket PORT", "one connection, and do nothing with it" },
	{ "rtt", cmd_rtt, "serve tcp|udp ADDRESS PORT | vsock - PORT | frames FILE",
	  "answer each message with itself, for ever" },
	{ "rtt", cmd_rtt, "ask COUNT SIZE tcp|udp ADDRESS PORT | vsock CID PORT | frames FILE",
	  "round trips of one who answers" },
	{ "scribble", cmd_scribble, "PEER",
	  "take the ring to a peer, write nonsense into it, and die" },
	{ "abuse", cmd_abuse, "sulk PEER FILE | flood PEER SECONDS",
	  "take the ring to a peer and read nothing while FILE is there; or send what nobody wants" },
	{ "abuse", cmd_abuse, "grab PEER COUNT", "take the ring and give it back, and say how long that took" },
	{ "abuse", cmd_abuse, "stuff DEVICE SIZE COUNT", "frames without end, until there is no room" },
	{ "watchdog", cmd_watchdog, "MS", "restart this partition unless called again in time; 0: off" },
	{ "control", cmd_control, "[-v]",
	  "power off when a manager asks for it; -v prints what becomes of the peers" },
	{ "load", cmd_load, "[-n] tcp|stream|packets|frames|console WHERE SECONDS SEED|- SEED|-",
	  "send a stream that follows from the first SEED for so long, expect that of the second, compare.\n"
	  "WHERE: [HOST:]PORT for tcp, [CID:]PORT for vsock (stream, packets), or a device. -n: O_NONBLOCK" },
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

int usage(void)
{
	fputs("usage: bh-guest COMMAND\n", stderr);
	for (size_t i = 0; i < COUNT(commands); i++) {
		const char *line = commands[i].help, *end;

		fprintf(stderr, "  %s %s\n", commands[i].name, commands[i].arguments);
		for (; *line; line = *end ? end + 1 : end) {
			end = line + strcspn(line, "\n");
			fprintf(stderr, "\t%.*s\n", (int)(end - line), line);
		}
	}
	return 2;
}

int fail(const char *what)
{
	fprintf(stderr, "bh-guest: %s: %s\n", what, strerror(errno));
	return EXIT_FAILURE;
}

int write_all(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size) {
		ssize_t n = write(fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

void say(const char *format, ...)
{
	char line[4096];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (n > (int)sizeof(line) - 1)
		n = sizeof(line) - 1;
	write_all(STDOUT_FILENO, line, (size_t)n);
}

int64_t now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < COUNT(commands); i++) {
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 2, argv + 2);
	}
	return usage();
}
