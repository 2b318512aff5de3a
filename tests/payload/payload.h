/* SPDX-License-Identifier: GPL-2.0-only */
/* What the payload's files know of each other; main.c tells what it is. */
#ifndef PAYLOAD_H
#define PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE		4096
#define HARTS_MAX	64
#define ARGS_MAX	96

/* --- head.S --- */
extern uint64_t trap_cause, trap_value, trap_pc;
extern char _start[], _end[], user_access[], spin_hart[], leaving_hart[];
int attempt(void (*what)(void *), void *with);

/* --- text.c: the firmware's debug console --- */

/* Knows %s, %d, %u, %x (with 0x), each 64 bits wide but %s. Lines end with \n. */
void say(const char *format, ...);
/* A line without its end, or NULL; waits. */
char *read_line(void);
bool same(const char *a, const char *b);
/* strtoull() with base 0, which stops at any other character; false: no number. */
bool number(const char **text, uint64_t *value);

/* --- fdt.c --- */

/*
 * A property of the node at `path` ("" is the root, "chosen", "a/b"; a part without
 * @ matches any unit address), or NULL. `nth` of those nodes that match the last part.
 */
const void *tree_get(const void *fdt, const char *path, unsigned int nth, const char *name,
		     uint32_t *size);
uint32_t tree_cell(const void *property);

/* --- the commands --- */

struct args {
	unsigned int n;
	const char *arg[ARGS_MAX];
};

/* Tallies of a command whose every attempt has one expected outcome. */
struct tally {
	unsigned int tried, refused, allowed, wrong;
};

void tally_say(const char *command, const struct tally *tally);

/* memory.c */
void command_expect(const struct args *args);
/* calls.c */
/* A hart of this partition that is not the one that asks; -1: none. */
uint64_t sibling(void);
void command_service(const struct args *args);
void command_harts(const struct args *args);
void command_buffers(const struct args *args);
void command_absent(const struct args *args);
void command_ecall(const struct args *args);
/* doorbell.c */
void command_channels(const struct args *args);
void command_targets(const struct args *args);
void command_listen(const struct args *args);
void command_bench(const struct args *args);
/* hostile.c */
void command_fill(const struct args *args);
void command_verify(const struct args *args);
void command_calls(const struct args *args);
void command_vector(const struct args *args);
void command_across(const struct args *args);
void command_orphan(const struct args *args);
/* chaos.c */
void command_chaos(const struct args *args);
/* main.c */
extern const void *own_tree;
extern uint64_t own_hart;
uint64_t now(void);	/* in units of the `time` CSR */
uint64_t ticks_per_ms(void);
void wait_ms(uint64_t ms);

#endif
