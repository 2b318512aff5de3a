/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ring benchmark: two threads on two CPUs, and what moves messages between them.
 *
 * A stream is one way to do so. All of them get the same: messages of one size, taken
 * by the producer from a table of 32 that stays in its cache, and delivered by
 * the consumer into a table of 32 that stays in its own. A copy in, a copy out.
 */
#ifndef RING_BENCH_H
#define RING_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE		32U	/* messages; how many DPDK's bulk calls take at a time */
#define MESSAGE_MAX	1024U

/* Memory for a ring of any kind: large enough for two sections. */
#define ARENA_SIZE	(32U << 20)

/* The sizes that the figures have. Each function of a stream is built for each of them. */
enum { SIZE_8, SIZE_64, SIZE_256, SIZE_1024, SIZES };

static const uint32_t sizes[SIZES] = { 8, 64, 256, 1024 };

#define always_inline	inline __attribute__((always_inline))

static always_inline void pause_cpu(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#else
	__asm__ volatile("" ::: "memory");
#endif
}

/*
 * struct stream - one way to move messages
 * @open: prepare for messages of sizes[size]; false when it can't. @room is how many
 *	bytes of ring to use
 * @produce, @consume: move @count messages, a multiple of TABLE; run at once,
 *	on different CPUs
 */
struct stream {
	const char *name;
	const char *what;
	bool (*open)(uint8_t *arena, int size, uint32_t room);
	void (*close)(void);
	void (*produce[SIZES])(const uint8_t *table, uint64_t count);
	void (*consume[SIZES])(uint8_t *table, uint64_t count);
	bool slow;		/* a system call a message */
};

/* An instance for each size, so that every copy has a length that the compiler knows. */
#define SIZED(name, type)							\
	static void name##_8(type *table, uint64_t count) { name(table, count, 8); }		\
	static void name##_64(type *table, uint64_t count) { name(table, count, 64); }	\
	static void name##_256(type *table, uint64_t count) { name(table, count, 256); }	\
	static void name##_1024(type *table, uint64_t count) { name(table, count, 1024); }
#define SIZED_PAIR(prefix)				\
	SIZED(prefix##_produce, const uint8_t)		\
	SIZED(prefix##_consume, uint8_t)
#define SIZED_TABLE(name)	{ name##_8, name##_64, name##_256, name##_1024 }

extern const struct stream stream_bulkhead, stream_single, stream_bell, stream_spsc, stream_fastforward, stream_pipe,
			   stream_socket, stream_dpdk, stream_dpdk_zc;

/* --- pair.c: two threads --- */

typedef void half_fn(void *context, uint64_t count);

/* Pins the caller to @first, and makes a thread on @second. */
void pair_start(int first, int second);

/* Ends that thread, which spins when it has nothing to do. */
void pair_stop(void);

/*
 * Runs both halves at once; returns the nanoseconds until both are done. @disturbed, if not
 * NULL, tells whether another program had one of the CPUs meanwhile.
 */
double pair_run(half_fn *here, half_fn *there, void *context, uint64_t count, bool *disturbed);

double now_ns(void);

/* Nanoseconds of a round trip: each side writes a line of its own and polls the other's. */
double pair_ping_pong(uint64_t trips);

/* --- samples.c: what was measured, and between which two ping-pongs --- */

struct sample {
	double value, before, after;
	bool disturbed;
};

struct series {
	struct sample *sample;
	unsigned int count, room;
};

/* Returns whether it was steady: nobody else had a CPU, and the ping-pongs agree. */
bool series_add(struct series *series, const struct sample *sample);

struct summary {
	double median, low, high, bracket;
	unsigned int kept, all;
};

/*
 * The placement of most samples of the run. A virtual machine's CPUs move: what was
 * measured elsewhere, or while moving, isn't compared with the rest.
 */
double samples_placement(void);
void series_sum(const struct series *series, struct summary *summary);

/* --- measure.c: what the parts of a run have in common --- */

/* Measures @here and @there at once, between two ping-pongs. @scale: what the nanoseconds are divided by. */
void bench_sample(struct series *series, half_fn *here, half_fn *there, void *context,
		  uint64_t count, double scale);

/* One object of the JSON array that the program prints. */
void print_row(const char *part, const char *name, const char *what, unsigned int size,
	       uint64_t room, const struct series *series);

/* --- the parts of a run; each adds to series of its own and prints them --- */

struct bench {
	uint8_t *arena;		/* ARENA_SIZE bytes, in large pages where there are any */
	unsigned int rounds;
	int cpu[2];
	const char *ringtest;	/* folder of the programs, or NULL */
};

void streams_run(const struct bench *bench);
void streams_print(void);
void trips_run(const struct bench *bench);
void trips_print(void);
void large_run(const struct bench *bench);
void large_print(void);
void bells_run(const struct bench *bench);
void bells_print(void);
void ringtest_run(const struct bench *bench);
void ringtest_print(void);

#endif
