// SPDX-License-Identifier: GPL-2.0-only
/* The machine that machine.h describes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "machine.h"

#define LOCATIONS	126	/* words of shared memory that are touched */
#define MESSAGES	200	/* at one location; a view counts them in a byte */
#define DEPTH		4096
#define STACK		65536
#define LOG		1024

/* Offsets in a section, see <bulkhead/channel.h>. */
#define IDENTITY_END	128
#define CELLS		1024
#define FRAMES		(CELLS + MODEL_SECTION / 8)

/* How much is known of each location, and how many reads of each CPU. */
struct view {
	uint8_t at[LOCATIONS + MODEL_CPUS];
} __attribute__((aligned(16)));

struct message {
	uint64_t value;
	struct view view;
};

struct location {
	uint32_t count;
	uint8_t owner;
	bool data;			/* ring data: watched for races */
	uint8_t read[MODEL_CPUS];	/* the reader's count of reads when it read here last */
	const char *name;
	uint32_t offset;
	struct message message[MESSAGES];
};

struct hash {
	uint64_t a, b;
};

/* What a CPU is about to do when it lets the other go first. */
enum step { STEP_NONE, STEP_LOAD, STEP_FENCE, STEP_RING };

struct cpu {
	struct view cur, acquired, released;
	struct hash history;
	jmp_buf context, restart;
	unsigned int life;
	bool waiting, rung, finished;
	const struct location *awaits;
	/*
	 * Who has let the other go first goes on only when that has made a difference to the
	 * step: with a newer message to read, another fence before its own. All else
	 * comes out as if the step had been done at once, which is another run.
	 */
	enum step before;
	const struct location *location;
	uint32_t bound;
};

/* One choice of the run, and how many there were. */
struct choice {
	uint8_t picked, of;
};

uint8_t model_section[MODEL_CPUS][MODEL_SECTION] __attribute__((aligned(4096)));

static struct location *locations[LOCATIONS];
static uint32_t nlocations;
static struct location *by_word[MODEL_CPUS][MODEL_SECTION / 8];
static uint8_t word_id[MODEL_CPUS][MODEL_SECTION / 8];

static struct cpu cpus[MODEL_CPUS];
static uint8_t stacks[MODEL_CPUS][STACK] __attribute__((aligned(64)));
static struct view fences;		/* what all fences so far have known */
static uint32_t nfences;
static int self = -1;			/* -1: setup */
static jmp_buf searcher;

static const struct model_scenario *scenario;
static const struct model_mutant *mutant;
static struct model_result *result;
static unsigned int run_number, deaths, stale, max_stale;

static struct choice trail[DEPTH];
static uint32_t depth, replay;

static struct hash *seen;
static uint64_t seen_size, seen_count;

/* What the run did, for the trace of one that failed. */
static bool logging;
static char log_lines[LOG][160];
static uint32_t log_count;

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *format, ...)
{
	va_list args;
	int n;

	if (!logging || log_count == LOG)
		return;
	n = snprintf(log_lines[log_count], sizeof(log_lines[0]), "  cpu %d: ", self);
	va_start(args, format);
	vsnprintf(log_lines[log_count++] + n, sizeof(log_lines[0]) - (size_t)n, format, args);
	va_end(args);
}

void model_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(result->what, sizeof(result->what), format, args);
	va_end(args);
	result->error = result->what;
	if (self < 0) {
		fprintf(stderr, "model: in the setup: %s\n", result->what);
		exit(2);
	}
	_longjmp(searcher, 1);
}

/* --- hashes --- */

static uint64_t mix(uint64_t x)
{
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ULL;
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ULL;
	x ^= x >> 32;
	return x;
}

static void absorb(struct hash *h, uint64_t value)
{
	h->a = mix(h->a ^ value) + 0x9e3779b97f4a7c15ULL;
	h->b = mix(h->b + value * 0xff51afd7ed558ccdULL) ^ h->a;
}

static void absorb_view(struct hash *h, const struct view *view)
{
	const uint64_t *word = (const uint64_t *)view->at;

	for (size_t i = 0; i < sizeof(view->at) / 8; i++)
		absorb(h, word[i]);
}

/* Was this state there before? From now on it was. */
static bool seen_before(struct hash h)
{
	uint64_t i;

	if (!h.a)
		h.a = 1;
	if (seen_count * 2 >= seen_size) {
		struct hash *old = seen;
		uint64_t size = seen_size;

		seen_size = size ? size * 4 : 1 << 16;
		seen = calloc(seen_size, sizeof(*seen));
		if (!seen) {
			perror("model");
			exit(2);
		}
		for (i = 0; i < size; i++) {
			uint64_t k = old[i].a & (seen_size - 1);

			if (!old[i].a)
				continue;
			while (seen[k].a)
				k = (k + 1) & (seen_size - 1);
			seen[k] = old[i];
		}
		free(old);
	}
	for (i = h.a & (seen_size - 1); seen[i].a; i = (i + 1) & (seen_size - 1))
		if (seen[i].a == h.a && seen[i].b == h.b)
			return true;
	seen[i] = h;
	seen_count++;
	return false;
}

/* --- choices and turns --- */

static unsigned int choose(unsigned int n)
{
	if (n == 1)
		return 0;
	if (depth == DEPTH)
		model_fail("a run without end");
	if (depth >= replay)
		trail[depth] = (struct choice){ 0, (uint8_t)n };
	else if (trail[depth].of != n)
		model_fail("a run that is not the same when it is repeated");
	return trail[depth++].picked;
}

unsigned int model_choose(unsigned int n)
{
	unsigned int picked = choose(n);

	absorb(&cpus[self].history, picked);
	return picked;
}

/* In a function of its own: no local variable lives across the switch. */
static __attribute__((noinline)) void switch_to(int next)
{
	int from = self;

	self = next;
	if (!_setjmp(cpus[from].context))
		_longjmp(cpus[next].context, 1);
}

static inline uint8_t *known(struct view *view, const struct location *l)
{
	return &view->at[word_id[l->owner][l->offset / 8]];
}

/* How much has happened that the step of @cpu can tell. */
static uint32_t difference(const struct cpu *cpu)
{
	switch (cpu->before) {
	case STEP_LOAD:
		return cpu->location->count - cpu->bound;
	case STEP_FENCE:
		return nfences - cpu->bound;
	case STEP_RING:
		return !cpus[cpu == cpus].rung;
	default:
		return 1;
	}
}

static bool can_run(struct cpu *cpu)
{
	if (cpu->finished)
		return false;
	if (cpu->awaits)
		return cpu->awaits->count - 1 > *known(&cpu->cur, cpu->awaits) || cpu->rung;
	return (!cpu->waiting || cpu->rung) && difference(cpu);
}

/* Before a step. Returns whether the other was let go first. */
static bool take_turns(enum step step, const struct location *location)
{
	struct cpu *cpu = &cpus[self];
	struct hash state = { 1, 2 };
	int able[MODEL_CPUS], n = 0, i;

	if (depth >= replay) {
		for (i = 0; i < MODEL_CPUS; i++) {
			absorb(&state, cpus[i].history.a);
			absorb(&state, cpus[i].history.b);
			absorb(&state, (uint64_t)(cpus[i].waiting | cpus[i].rung << 1 | cpus[i].finished << 2) |
			       (uint64_t)cpus[i].before << 8 | (uint64_t)difference(&cpus[i]) << 32);
		}
		absorb_view(&state, &fences);
		absorb(&state, (uint64_t)deaths << 32 | stale);
		if (!logging && seen_before(state))
			_longjmp(searcher, 1);
	}
	if (can_run(cpu))
		able[n++] = self;
	for (i = 0; i < MODEL_CPUS; i++)
		if (i != self && can_run(&cpus[i]))
			able[n++] = i;
	if (!n) {
		for (i = 0; i < MODEL_CPUS; i++)
			if (cpus[i].before)
				_longjmp(searcher, 1);
		if (!scenario->done())
			model_fail("nobody can go on: a lost wake-up");
		_longjmp(searcher, 1);
	}
	i = able[choose((unsigned int)n)];
	if (i == self)
		return false;
	cpu->before = step;
	cpu->location = location;
	cpu->bound = step == STEP_LOAD ? location->count : nfences;
	switch_to(i);
	cpus[self].before = STEP_NONE;
	return true;
}

/* The power may fail before any step. */
static void maybe_die(void)
{
	struct cpu *cpu = &cpus[self];

	result->steps++;
	if (!scenario->mortal[self] || deaths == scenario->deaths)
		return;
	if (choose(2)) {
		note("dies");
		deaths++;
		cpu->life++;
		absorb(&cpu->history, 0xdead);
		_longjmp(cpu->restart, 1);
	}
}

static __attribute__((noinline)) void live(void)
{
	_setjmp(cpus[self].restart);
	scenario->cpu[self]();
}

static void cpu_main(void)
{
	live();
	note("has finished");
	cpus[self].finished = true;
	take_turns(STEP_NONE, NULL);
	abort();	/* who has finished gets no turn */
}

/* --- memory --- */

static struct location *find(const volatile void *p)
{
	size_t at = (size_t)((const volatile uint8_t *)p - model_section[0]);
	uint32_t owner = (uint32_t)(at / MODEL_SECTION), word = (uint32_t)(at % MODEL_SECTION / 8);
	struct location *l;

	if (at >= sizeof(model_section))
		model_fail("an access outside of the sections");
	l = by_word[owner][word];
	if (l)
		return l;
	if (nlocations == LOCATIONS) {
		fprintf(stderr, "model: more than %u words are shared\n", LOCATIONS);
		exit(2);
	}
	l = calloc(1, sizeof(*l));
	if (!l) {
		perror("model");
		exit(2);
	}
	l->owner = (uint8_t)owner;
	l->offset = word * 8;
	/* Headers of cells are looked at before they are there: atomic on both sides. */
	l->data = l->offset >= FRAMES || (l->offset >= CELLS && l->offset % 64 != 56);
	l->count = 1;
	word_id[owner][word] = (uint8_t)nlocations;
	by_word[owner][word] = l;
	locations[nlocations++] = l;
	return l;
}

static void join(struct view *to, const struct view *from)
{
	for (size_t i = 0; i < sizeof(to->at); i++)
		to->at[i] = to->at[i] > from->at[i] ? to->at[i] : from->at[i];
}

static bool is_weak(struct model_site *site)
{
	if (site->run == run_number)
		return site->weak;
	site->run = run_number;
	site->weak = mutant && mutant->kind == site->kind && !strcmp(mutant->function, site->function) &&
		     (!mutant->expr || strstr(site->expr, mutant->expr));
	result->reached |= site->weak;
	return site->weak;
}

/* A read of ring data, which the owner has to know of before it overwrites. */
static void count_read(struct location *l)
{
	struct cpu *cpu = &cpus[self];
	uint8_t *reads = &cpu->cur.at[LOCATIONS + self];

	if (*reads == 255)
		model_fail("too many reads for the model");
	l->read[self] = ++*reads;
}

static void append(struct location *l, uint64_t value, bool release)
{
	struct cpu *cpu = &cpus[self];
	struct message *m;

	if (l->owner != self)
		model_fail("a store into the peer's section, offset %u", l->offset);
	if (l->count == MESSAGES)
		model_fail("too many stores for the model");
	if (l->data && l->read[!self] > cpu->cur.at[LOCATIONS + !self])
		model_fail("offset %u is overwritten while the peer reads it", l->offset);
	m = &l->message[l->count];
	m->value = value;
	*known(&cpu->cur, l) = (uint8_t)l->count;
	m->view = release ? cpu->cur : cpu->released;
	*known(&m->view, l) = (uint8_t)l->count++;
}

uint64_t model_load(struct model_site *site, const volatile void *p, unsigned int size)
{
	struct location *l = find(p);
	struct cpu *cpu = &cpus[self < 0 ? 0 : self];
	unsigned int shift = (unsigned int)((uintptr_t)p % 8 * 8);
	struct message *m;
	uint32_t at;
	uint64_t value;

	if (self < 0 || l->owner == self) {
		at = l->count - 1;
	} else {
		uint32_t oldest;

		maybe_die();
		/* An identity never changes once it is there. */
		oldest = l->offset >= IDENTITY_END && take_turns(STEP_LOAD, l) ? cpu->bound : 0;
		if (oldest < *known(&cpu->cur, l))
			oldest = *known(&cpu->cur, l);
		at = l->count - 1 - (stale < max_stale ? choose(l->count - oldest) : 0);
		stale += at < l->count - 1;
	}
	m = &l->message[at];
	value = size == 8 ? m->value : (uint32_t)(m->value >> shift);
	if (self < 0 || l->owner == self)
		return value;
	*known(&cpu->cur, l) = (uint8_t)at;
	join(&cpu->acquired, &m->view);
	if (site->kind == MODEL_ACQUIRE && !is_weak(site))
		join(&cpu->cur, &m->view);
	if (l->data)
		count_read(l);
	absorb(&cpu->history, (uint64_t)l->owner << 32 | l->offset << 8 | at);
	note("%s: reads %s: %llu, message %u of %u", site->function, site->expr,
	     (unsigned long long)value, at, l->count - 1);
	return value;
}

void model_store(struct model_site *site, volatile void *p, uint64_t value, unsigned int size)
{
	struct location *l = find(p);
	unsigned int shift = (unsigned int)((uintptr_t)p % 8 * 8);

	if (size == 4) {
		uint64_t old = l->message[l->count - 1].value;

		value = (old & ~(0xffffffffULL << shift)) | (value & 0xffffffff) << shift;
	}
	if (self < 0) {
		l->message[l->count - 1].value = value;
		return;
	}
	maybe_die();
	note("%s: %s = %llu", site->function, site->expr, (unsigned long long)value);
	append(l, value, site->kind == MODEL_RELEASE && !is_weak(site));
}

void model_fence(struct model_site *site)
{
	struct cpu *cpu = &cpus[self < 0 ? 0 : self];

	if (self < 0)
		return;
	maybe_die();
	if (is_weak(site))
		return;
	take_turns(STEP_FENCE, NULL);
	nfences++;
	note("%s: full fence", site->function);
	join(&cpu->cur, &cpu->acquired);
	join(&cpu->cur, &fences);
	fences = cpu->cur;
	cpu->released = cpu->cur;
	absorb_view(&cpu->history, &cpu->cur);
}

static bool is_shared(const void *p)
{
	return (const uint8_t *)p >= model_section[0] &&
	       (const uint8_t *)p < model_section[0] + sizeof(model_section);
}

/* Bytes that are not atomic, word by word. */
void model_copy(const char *function, void *to, const void *from, size_t bytes)
{
	uint8_t *out = to;
	const uint8_t *in = from;

	if (self >= 0)
		maybe_die();
	for (; bytes; bytes -= bytes < 8 ? bytes : 8, out += 8, in += 8) {
		size_t n = bytes < 8 ? bytes : 8;
		uint64_t value = 0;
		struct location *l;

		if (is_shared(from)) {
			l = find(in);
			value = l->message[l->count - 1].value;
			if (self >= 0 && l->owner != self) {
				if (*known(&cpus[self].cur, l) != l->count - 1)
					model_fail("%s: payload at offset %u is read while it is written",
						   function, l->offset);
				count_read(l);
				absorb(&cpus[self].history, l->count);
			}
			memcpy(out, &value, n);
			continue;
		}
		memcpy(&value, in, n);
		l = find(out);
		/* An identity that is written again is the same, and no news. */
		if (self < 0)
			l->message[l->count - 1].value = value;
		else if (l->data || l->message[l->count - 1].value != value)
			append(l, value, false);
	}
	note("%s: copies", function);
}

/* --- scenarios --- */

int model_self(void)
{
	return self;
}

unsigned int model_life(void)
{
	return cpus[self].life;
}

void model_ring(int cpu)
{
	maybe_die();
	if (cpus[cpu].rung)
		take_turns(STEP_RING, NULL);
	note("rings");
	cpus[cpu].rung = true;
	absorb(&cpus[self].history, 0x3c);
}

void model_wait(void)
{
	struct cpu *cpu = &cpus[self];

	maybe_die();
	note("sleeps");
	cpu->waiting = true;
	take_turns(STEP_NONE, NULL);
	cpu->waiting = false;
	cpu->rung = false;
	note("wakes");
	absorb(&cpu->history, 0x3a);
}

void model_await(const volatile void *p)
{
	struct cpu *cpu = &cpus[self];

	cpu->awaits = find(p);
	take_turns(STEP_NONE, NULL);
	cpu->awaits = NULL;
	++*known(&cpu->cur, find(p));
	absorb(&cpu->history, 0x3b);
}

/* A CPU's stack is entered once; each run jumps to where that left it. */
static jmp_buf first[MODEL_CPUS];
static ucontext_t back;

static void enter(void)
{
	if (!_setjmp(first[self]))
		setcontext(&back);
	absorb(&cpus[self].history, 1);
	cpu_main();
}

static void make_stacks(void)
{
	static ucontext_t start;

	for (self = 0; self < MODEL_CPUS; self++) {
		getcontext(&start);
		start.uc_stack.ss_sp = stacks[self];
		start.uc_stack.ss_size = STACK;
		start.uc_link = NULL;
		makecontext(&start, enter, 0);
		swapcontext(&back, &start);
	}
}

static void begin(void)
{
	uint32_t i;
	int c;

	memset(cpus, 0, sizeof(cpus));
	memset(&fences, 0, sizeof(fences));
	nfences = 0;
	for (i = 0; i < nlocations; i++) {
		locations[i]->count = 1;
		memset(locations[i]->read, 0, sizeof(locations[i]->read));
		memset(&locations[i]->message[0], 0, sizeof(locations[i]->message[0]));
	}
	depth = 0;
	deaths = 0;
	stale = 0;
	log_count = 0;
	self = -1;
	scenario->setup();
	for (c = 0; c < MODEL_CPUS; c++) {
		cpus[c].history = (struct hash){ 11 + (uint64_t)c, 7 };
		memcpy(cpus[c].context, first[c], sizeof(jmp_buf));
	}
	self = 0;
}

static __attribute__((noinline)) void run(void)
{
	begin();
	if (!_setjmp(searcher))
		_longjmp(cpus[0].context, 1);
	result->runs++;
}

/* The next choice that was not tried: false when there is none. */
static bool next(void)
{
	while (depth && trail[depth - 1].picked + 1 == trail[depth - 1].of)
		depth--;
	replay = depth;
	if (!depth)
		return false;
	trail[depth - 1].picked++;
	return true;
}

static void print_trace(void)
{
	struct model_result again = { 0 }, *kept = result;

	result = &again;
	logging = true;
	replay = depth;
	run();
	logging = false;
	result = kept;
	for (uint32_t i = 0; i < log_count; i++)
		puts(log_lines[i]);
	if (!again.error || strcmp(again.what, kept->what))
		printf("  (the run could not be repeated)\n");
}

void model_search(const struct model_scenario *s, const struct model_mutant *m, unsigned int most_stale,
		  bool trace, struct model_result *r)
{
	static bool made;

	if (!made)
		make_stacks();
	made = true;
	/* What the core touches without the shim is found by this. */
	memset(model_section, 0xee, sizeof(model_section));
	memset(r, 0, sizeof(*r));
	scenario = s;
	max_stale = most_stale;
	mutant = m;
	result = r;
	run_number++;
	free(seen);
	seen = NULL;
	seen_size = 0;
	seen_count = 0;
	replay = 0;
	do {
		run();
	} while (!r->error && next());
	r->states = seen_count;
	for (size_t i = 0; !r->error && i < sizeof(model_section); i++) {
		/* The reserved bytes of the header are cleared by memset(). */
		if (((uint8_t *)model_section)[i] != 0xee && (i % MODEL_SECTION < 768 || i % MODEL_SECTION >= 1024)) {
			snprintf(r->what, sizeof(r->what), "offset %zu was written without the shim",
				 i % MODEL_SECTION);
			r->error = r->what;
		}
	}
	if (trace && r->error)
		print_trace();
}
