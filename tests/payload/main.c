// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel that does what a kernel must not: a partition of a test boots it, and
 * the test tells it, a line at a time over the partition's console, what to try
 * on its neighbours, the firmware and the devices. It says for every attempt
 * whether it was refused, and how.
 *
 *	expect RIGHTS ADDRESS[/SIZE]...		memory.c
 *	service, harts, buffers, absent, ecall	calls.c
 *	channels, targets, listen, bench	doorbell.c
 *	fill, verify, calls, vector, across	hostile.c
 *	orphan					hostile.c
 *	chaos					chaos.c
 *	spin, storm, tick, reboot, shutdown, fail	here
 *
 * Words are parted by blanks. bootargs may have commands too: probe=COMMAND, with
 * commas for the blanks. An attempt that came out unexpectedly has WRONG in its
 * line, and the last line of a command counts them.
 *
 * It uses one hart, has translation off and takes no interrupts unless it says so.
 */
#include "payload.h"
#include "sbi.h"

const void *own_tree;
uint64_t own_hart;

uint64_t now(void)
{
	uint64_t time;

	__asm__ volatile("csrr %0, time" : "=r"(time) : : "memory");
	return time;
}

uint64_t ticks_per_ms(void)
{
	const void *hertz = tree_get(own_tree, "cpus", 0, "timebase-frequency", NULL);

	return (hertz ? tree_cell(hertz) : 10000000) / 1000;
}

/* Asleep, so that an emulated machine's other harts have the time. */
void wait_ms(uint64_t ms)
{
	uint64_t until = now() + ms * ticks_per_ms();

	sbi_call(SBI_TIME, 0, until, 0, 0, 0, 0);
	__asm__ volatile("csrs sie, %0" : : "r"(1UL << 5));
	while (now() < until)
		__asm__ volatile("wfi");
	__asm__ volatile("csrw sie, zero");
	sbi_call(SBI_TIME, 0, -1UL, 0, 0, 0, 0);
}

void tally_say(const char *command, const struct tally *tally)
{
	say("probe: %s: %u tried, %u refused, %u allowed, %u wrong\n", command,
	    (uint64_t)tally->tried, (uint64_t)tally->refused, (uint64_t)tally->allowed,
	    (uint64_t)tally->wrong);
}

/* spin: every hart of the partition in a loop with interrupts off. */
static void command_spin(const struct args *args)
{
	uint64_t harts = 1;

	(void)args;
	for (unsigned int n = 0; n < HARTS_MAX; n++) {
		const void *reg = tree_get(own_tree, "cpus/cpu", n, "reg", NULL);

		if (reg && tree_cell(reg) != own_hart)
			harts += !sbi_call(SBI_HSM, SBI_HSM_START, tree_cell(reg), (uintptr_t)spin_hart, 0,
					   0, 0).error;
	}
	say("probe: %u harts spin\n", harts);
	__asm__ volatile("csrw sie, zero\n1:\tj 1b");
	__builtin_unreachable();
}

/* storm: a trap vector that can't be fetched: the hart traps for ever, by way of M-mode. */
static void command_storm(const struct args *args)
{
	uint64_t nowhere = 0;

	if (args->n) {
		const char *text = args->arg[0];

		number(&text, &nowhere);
	}
	say("probe: storm\n");
	__asm__ volatile("csrw stvec, %0\n\tebreak" : : "r"(nowhere & ~3UL));
}

/* tick MS: the longest time that this hart was away from a loop, in microseconds. */
static void command_tick(const struct args *args)
{
	uint64_t ms = 1000, worst = 0, last = now(), until;

	if (args->n) {
		const char *text = args->arg[0];

		number(&text, &ms);
	}
	for (until = last + ms * ticks_per_ms(); last < until;) {
		uint64_t time = now();

		if (time - last > worst)
			worst = time - last;
		last = time;
	}
	say("probe: ticked %u ms, worst gap %u us\n", ms, worst * 1000 / ticks_per_ms());
}

static void reset(uint64_t type, uint64_t reason)
{
	struct sbiret ret = sbi_call(SBI_SRST, 0, type, reason, 0, 0, 0);

	say("probe: no reset: error=%d\n", ret.error);
}

static void command_reboot(const struct args *args)
{
	(void)args;
	reset(SBI_SRST_COLD, 0);
}

static void command_shutdown(const struct args *args)
{
	(void)args;
	reset(SBI_SRST_SHUTDOWN, 0);
}

static void command_fail(const struct args *args)
{
	(void)args;
	reset(SBI_SRST_COLD, SBI_SRST_SYSFAIL);
}

static const struct {
	const char *name;
	void (*run)(const struct args *args);
} commands[] = {
	{ "expect", command_expect }, { "service", command_service }, { "harts", command_harts },
	{ "buffers", command_buffers }, { "absent", command_absent }, { "ecall", command_ecall },
	{ "channels", command_channels }, { "targets", command_targets },
	{ "listen", command_listen }, { "bench", command_bench }, { "spin", command_spin },
	{ "storm", command_storm }, { "tick", command_tick }, { "reboot", command_reboot },
	{ "shutdown", command_shutdown }, { "fail", command_fail }, { "fill", command_fill },
	{ "verify", command_verify }, { "calls", command_calls }, { "vector", command_vector },
	{ "across", command_across }, { "orphan", command_orphan },
	{ "chaos", command_chaos },
};

/* Cuts the line into words. */
static void run(char *line)
{
	struct args args = { 0 };
	const char *name = NULL;

	while (*line) {
		while (*line == ' ')
			*line++ = 0;
		if (!*line)
			break;
		if (!name)
			name = line;
		else if (args.n < ARGS_MAX)
			args.arg[args.n++] = line;
		while (*line && *line != ' ')
			line++;
	}
	if (!name)
		return;
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (same(commands[i].name, name)) {
			commands[i].run(&args);
			return;
		}
	}
	say("probe: no command %s\n", name);
}

static void run_bootargs(const char *bootargs)
{
	static const char key[] = "probe=";
	static char line[1024];

	while (bootargs && *bootargs) {
		size_t n = 0, matched = 0;

		while (matched < sizeof(key) - 1 && bootargs[matched] == key[matched])
			matched++;
		if (matched == sizeof(key) - 1) {
			for (bootargs += matched; *bootargs && *bootargs != ' '; bootargs++)
				if (n < sizeof(line) - 1)
					line[n++] = *bootargs == ',' ? ' ' : *bootargs;
			line[n] = 0;
			run(line);
		}
		while (*bootargs && *bootargs != ' ')
			bootargs++;
		while (*bootargs == ' ')
			bootargs++;
	}
}

void payload_lost(void);
void payload_lost(void)
{
	say("probe: lost: cause=%x value=%x pc=%x\n", trap_cause, trap_value,
	    trap_pc - (uintptr_t)_start);
}

void payload_main(uint64_t hart, const void *tree);
void payload_main(uint64_t hart, const void *tree)
{
	const char *label;

	own_hart = hart;
	own_tree = tree;
	label = tree_get(tree, "bulkhead", 0, "label", NULL);
	say("probe: %s: up on hart %u at %x\n", label ? label : "nobody", hart, (uint64_t)(uintptr_t)_start);
	run_bootargs(tree_get(tree, "chosen", 0, "bootargs", NULL));
	for (;;) {
		say("probe: ready\n");
		run(read_line());
	}
}
