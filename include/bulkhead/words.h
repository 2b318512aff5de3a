/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The monitor's words: states of partitions, reasons for which they stopped, errors of
 * monitor calls. One list each, from which everybody's enums and names are made.
 *
 * THIS IS PART OF A CONTRACT, <bulkhead/monitor.h>: values never change, new ones go to the
 * end of their list.
 */
#ifndef BULKHEAD_WORDS_H
#define BULKHEAD_WORDS_H

/* X(name, value, word) */
#define BH_STATES(X) \
	X(STOPPED,	0, "stopped") \
	X(STARTING,	1, "starting")	/* its start list is being run */ \
	X(RUNNING,	2, "running") \
	X(STOPPING,	3, "stopping")	/* its CPUs are told to stop */

/* Why it stopped last. */
#define BH_REASONS(X) \
	X(NONE,		0, "none")	/* it never has */ \
	X(SHUTDOWN,	1, "shutdown")	/* by its own wish */ \
	X(REBOOT,	2, "reboot")	/* by its own wish */ \
	X(FAILURE,	3, "failure")	/* its kernel says that it failed */ \
	X(FORCED,	4, "forced")	/* by a manager */ \
	X(WATCHDOG,	5, "watchdog")	/* it promised to call again, and did not */ \
	X(IMAGE,	6, "image")	/* an image is not what the plan says: it can't start */ \
	X(TRAP,		7, "trap")	/* a CPU of it made the monitor fail */

/*
 * 0 is success. The numbers are those of the RISC-V SBI specification v3.0, table 1, as far as
 * that has them.
 */
#define BH_ERRORS(X) \
	X(FAILED,		-1, "failed")		/* it can't: see its reason */ \
	X(NOT_SUPPORTED,	-2, "not supported")	/* no such call */ \
	X(INVALID,		-3, "invalid")		/* a bad argument */ \
	X(DENIED,		-4, "denied")		/* the plan gives the caller no right to it */ \
	X(ALREADY_STARTED,	-7, "already started") \
	X(ALREADY_STOPPED,	-8, "already stopped")

#define BH_STATE_MEMBER(name, value, word)	BH_STATE_##name = (value),
#define BH_REASON_MEMBER(name, value, word)	BH_REASON_##name = (value),
#define BH_ERROR_MEMBER(name, value, word)	BH_ERROR_##name = (value),

enum bh_state { BH_STATES(BH_STATE_MEMBER) };
enum bh_reason { BH_REASONS(BH_REASON_MEMBER) };
enum bh_error { BH_ERRORS(BH_ERROR_MEMBER) };

/*
 * The word for a value, which need not be one of the list. Arrays of characters and not of
 * pointers: those would have to be relocated where the monitor runs.
 */
#define BH_WORD_AT(name, value, word)		[value] = word,
#define BH_WORD_AT_MINUS(name, value, word)	[-(value)] = word,

#define BH_DEFINE_WORD(function, index, ...) \
	static inline const char *function(long long value) \
	{ \
		static const char words[][16] = { __VA_ARGS__ }; \
		unsigned long long i = (unsigned long long)(index); \
		\
		return i < sizeof(words) / sizeof(words[0]) && words[i][0] ? words[i] : "unknown"; \
	}

BH_DEFINE_WORD(bh_state_word, value, BH_STATES(BH_WORD_AT))
BH_DEFINE_WORD(bh_reason_word, value, BH_REASONS(BH_WORD_AT))
BH_DEFINE_WORD(bh_error_word, -(unsigned long long)value, [0] = "done", BH_ERRORS(BH_WORD_AT_MINUS))

#endif
