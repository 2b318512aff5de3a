// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads, stores and fetches at given addresses, each in four ways: with
 * translation off, through an Sv39 mapping, from U-mode through one, and by the
 * hart's own page-table walk.
 *
 * What is refused has the cause of an access fault (RISC-V privileged
 * specification, table of scause): a page fault would only mean that our own
 * mapping is wrong. A store that is let pass does no harm: it writes what was
 * there.
 */
#include "payload.h"
#include "sbi.h"

enum way { BARE, PAGED, USER, WALK, WAYS };
enum op { LOAD, STORE, FETCH, OPS };

static const char *const way_name[] = { "bare", "paged", "user", "walk" };
static const char *const op_name[] = { "load", "store", "fetch" };
static const uint64_t access_fault[] = { 5, 7, 1 };

#define CAUSE_USER_ECALL	8
#define CAUSE_TIMER		(1ULL << 63 | 5)

#define PTE_V		1UL
#define PTE_LEAF	(PTE_V | 0xceUL)	/* R W X, A D */
#define PTE_U		0x10UL
#define SATP_SV39	(8UL << 60)
#define GIGAPAGE	(1UL << 30)
#define MAPPED		(128 * GIGAPAGE)	/* identity; U-mode's view lies above it */
#define WALK_SLOT	511			/* of the root table: the highest GiB */

#define SSTATUS_SIE	(1UL << 1)
#define SSTATUS_SPIE	(1UL << 5)
#define SSTATUS_SPP	(1UL << 8)
#define SIE_TIMER	(1UL << 5)

struct access {
	enum way way;
	enum op op;
	uint64_t address;
	unsigned int size;
	uint64_t value;		/* read, or to be written */
	bool harmless;		/* a store that could not read before: OR with 0 */
};

static uint64_t root[512] __attribute__((aligned(PAGE)));

static void translation_on(uint64_t walk_table)
{
	for (unsigned int i = 0; i < 128; i++) {
		root[i] = (i * GIGAPAGE >> 12) << 10 | PTE_LEAF;
		root[128 + i] = root[i] | PTE_U;
	}
	root[WALK_SLOT] = walk_table >> 12 << 10 | PTE_V;
	__asm__ volatile("sfence.vma\n\tcsrw satp, %0\n\tsfence.vma"
			 : : "r"(SATP_SV39 | (uintptr_t)root >> 12) : "memory");
}

static uint64_t load(uint64_t address, unsigned int size)
{
	uint64_t value;

	switch (size) {
	case 1:
		__asm__ volatile("lbu %0, (%1)" : "=r"(value) : "r"(address) : "memory");
		return value;
	case 2:
		__asm__ volatile("lhu %0, (%1)" : "=r"(value) : "r"(address) : "memory");
		return value;
	case 4:
		__asm__ volatile("lwu %0, (%1)" : "=r"(value) : "r"(address) : "memory");
		return value;
	default:
		__asm__ volatile("ld %0, (%1)" : "=r"(value) : "r"(address) : "memory");
		return value;
	}
}

static void store(uint64_t address, unsigned int size, uint64_t value)
{
	switch (size) {
	case 1:
		__asm__ volatile("sb %0, (%1)" : : "r"(value), "r"(address) : "memory");
		break;
	case 2:
		__asm__ volatile("sh %0, (%1)" : : "r"(value), "r"(address) : "memory");
		break;
	case 4:
		__asm__ volatile("sw %0, (%1)" : : "r"(value), "r"(address) : "memory");
		break;
	default:
		__asm__ volatile("sd %0, (%1)" : : "r"(value), "r"(address) : "memory");
		break;
	}
}

/* Goes on at user_access (head.S) and comes back by a trap. */
static void from_user(const struct access *a)
{
	uint64_t address = a->op == STORE ? a->address & ~3UL : a->address;
	register uint64_t a0 __asm__("a0") = address + MAPPED;
	register uint64_t a3 __asm__("a3") = a->op;
	register uint64_t a4 __asm__("a4") = a->size >= 4;

	__asm__ volatile("csrc sstatus, %0\n\tcsrs sstatus, %1\n\tcsrw sepc, %2\n\tsret"
			 : : "r"(SSTATUS_SPP), "r"(SSTATUS_SPIE), "r"((uintptr_t)user_access + MAPPED),
			     "r"(a0), "r"(a3), "r"(a4) : "memory");
}

static void do_access(void *with)
{
	struct access *a = with;

	if (a->way != BARE)
		translation_on(a->address);
	if (a->way == USER) {
		from_user(a);
	} else if (a->way == WALK) {
		load((uint64_t)-GIGAPAGE, 8);
	} else if (a->op == LOAD) {
		a->value = load(a->address, a->size);
	} else if (a->op == FETCH) {
		__asm__ volatile("csrsi sstatus, 2\n\tjalr %0" : : "r"(a->address) : "ra", "memory");
	} else if (a->harmless) {
		__asm__ volatile("amoor.w zero, zero, (%0)" : : "r"(a->address & ~3UL) : "memory");
	} else {
		store(a->address, a->size, a->value);
	}
}

/* Whether it was refused; trap_cause is 0 if nothing trapped at all. */
static bool refused(struct access *a)
{
	bool trapped;

	/* A fetch may lead anywhere: a timer fetches us back. */
	if (a->op == FETCH) {
		sbi_call(SBI_TIME, 0, now() + 20 * ticks_per_ms(), 0, 0, 0, 0);
		__asm__ volatile("csrs sie, %0" : : "r"(SIE_TIMER));
	}
	trapped = attempt(do_access, a);
	if (a->op == FETCH) {
		__asm__ volatile("csrw sie, zero");
		sbi_call(SBI_TIME, 0, -1UL, 0, 0, 0, 0);
	}
	if (!trapped)
		trap_cause = 0;
	return trapped && trap_cause == access_fault[a->op];
}

static void probe(const struct access *what, bool want, struct tally *tally)
{
	struct access a = *what;
	bool no;

	if (a.op == STORE && a.way != USER) {
		struct access before = a;

		before.op = LOAD;
		a.harmless = refused(&before);
		a.value = before.value;
	}
	no = refused(&a);
	tally->tried++;
	if (no)
		tally->refused++;
	else
		tally->allowed++;
	tally->wrong += no == want;
	say("probe: %s %s %x %s cause=%u%s\n", way_name[a.way], op_name[a.op], a.address,
	    no ? "refused" : "ALLOWED", trap_cause & 0xff, no == want ? " WRONG" : "");
}

/* Arguments are ADDRESS or ADDRESS/SIZE, for devices that take but one size; default 4. */
static bool address(const char *text, struct access *a)
{
	uint64_t size = 4;

	if (!number(&text, &a->address))
		return false;
	if (*text == '/') {
		text++;
		if (!number(&text, &size))
			return false;
	}
	a->size = (unsigned int)size;
	return !*text && (size == 1 || size == 2 || size == 4 || size == 8) &&
	       !(a->address & (size - 1));
}

/*
 * expect RIGHTS ADDRESS...: each way of access, compared with the rights there:
 * rwx, a dash for one that must be refused, a question mark for one that is not tried.
 */
void command_expect(const struct args *args)
{
	const char *rights = args->n ? args->arg[0] : "";
	struct tally tally = { 0 };

	if (!rights[0] || !rights[1] || !rights[2] || rights[3]) {
		say("probe: %s are no rights\n", rights);
		return;
	}
	for (unsigned int i = 1; i < args->n; i++) {
		struct access a = { 0 };

		if (!address(args->arg[i], &a)) {
			say("probe: %s is no address WRONG\n", args->arg[i]);
			tally.wrong++;
			continue;
		}
		for (a.way = BARE; a.way < WALK; a.way++) {
			if (a.way != BARE && a.address >= MAPPED)
				continue;
			for (a.op = LOAD; a.op < OPS; a.op++)
				if (rights[a.op] != '?')
					probe(&a, rights[a.op] != '-', &tally);
		}
		/* What may be read can be a page table: that would say nothing. */
		a.way = WALK;
		a.op = LOAD;
		if (rights[LOAD] == '-')
			probe(&a, false, &tally);
	}
	tally_say("expect", &tally);
}
