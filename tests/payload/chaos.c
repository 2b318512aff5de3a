// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every hart of the partition does whatever comes to its mind: calls to the firmware with
 * arguments at and beyond all ends, accesses to what is another's, odd instructions and CSRs.
 * Its own partition may stop, hang or start again by that, and its memory may become
 * anything; all else has to go on. Linux does none of this, a broken one could.
 */
#include <bulkhead/monitor.h>

#include "payload.h"
#include "sbi.h"

extern char chaos_entry[];	/* head.S: a0 is the hart's id */
void chaos_loop(uint64_t hart);

static char shared[2 * PAGE] __attribute__((aligned(PAGE)));
static uint64_t places[ARGS_MAX];	/* what is another's, by the command's arguments */
static unsigned int nplaces;
static uint64_t status;
static uint64_t rounds;		/* of all harts, or nearly */

static uint64_t next(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15UL;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9UL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebUL;
	return x ^ x >> 31;
}

static uint64_t foreign(uint64_t *state)
{
	uint64_t r = next(state);

	return nplaces ? places[r % nplaces] + (r >> 32) % 3 * 8 : 0;
}

/* A value that some check may have forgotten. */
static uint64_t odd(uint64_t *state)
{
	uint64_t r = next(state);

	switch (r >> 8 & 15) {
	case 0:
		return r >> 16 & 7;
	case 1:
		return -(r >> 16 & 7);
	case 2:
		return 1UL << (r >> 16 & 63);
	case 3:
		return (1UL << (r >> 16 & 63)) - 1;
	case 4:
		return (1UL << (r >> 16 & 63)) + (r >> 24 & 31);
	case 5:
		return -(1UL << (r >> 16 & 63));
	case 6:
	case 7:
		return (uintptr_t)shared + ((r >> 16 & 1) ? PAGE - (r >> 24 & 31) : 0);
	case 8:
	case 9:
	case 10:
		return foreign(state);
	case 11:
		return status + (r >> 16 & 0xfff);
	case 12:
		return r >> 16 & 0xff;
	case 13:
		return (uintptr_t)chaos_entry;
	case 14:
		return r >> (r >> 16 & 63);
	default:
		return r;
	}
}

static bool is_foreign(uint64_t address)
{
	for (unsigned int i = 0; i < nplaces; i++)
		if (address - places[i] < 32)
			return true;
	return false;
}

/* What M-mode must not have done for us. */
static void check(const char *what, uint64_t address, struct sbiret ret)
{
	if (ret.error || !is_foreign(address))
		return;
	say("\nprobe: chaos: %s at %x was let pass WRONG\n", what, address);
}

static void call(uint64_t *state)
{
	static const uint64_t extensions[] = {
		SBI_BASE, SBI_TIME, SBI_IPI, SBI_IPI, SBI_RFENCE, SBI_RFENCE, SBI_RFENCE, SBI_HSM, SBI_HSM,
		SBI_HSM, SBI_PMU, SBI_PMU, SBI_PMU, SBI_DBCN, SBI_SUSP, SBI_CPPC, SBI_DBTR, SBI_SSE,
		SBI_FWFT, SBI_FWFT, SBI_MPXY, SBI_MPXY, SBI_MPXY, BH_SBI_EXTENSION, BH_SBI_EXTENSION,
		BH_SBI_EXTENSION, 0, 1, 4, 8, 0x09000000,
	};
	uint64_t r = next(state);
	uint64_t extension = extensions[r % (sizeof(extensions) / sizeof(*extensions))];
	uint64_t function = (r >> 32) % 10, a0 = odd(state), a1 = odd(state), a2 = odd(state);
	struct sbiret ret;

	switch (extension) {
	case SBI_DBCN:
		/* Not a flood of other people's screens: that is another test. */
		if (function == SBI_DBCN_WRITE && a0 > 4 && !is_foreign(a1))
			a0 = 0;
		if (r >> 40 & 1)
			a2 = 0;
		break;
	case SBI_IPI:
	case SBI_RFENCE:
		if (r >> 40 & 3)
			a0 &= 0x3f, a1 = 0;
		break;
	case SBI_HSM:
		/* Stops are common enough by themselves, and starts have to outdo them. */
		if (function == 1 && r >> 40 & 7)
			return;
		if (r >> 43 & 1) {
			a0 = r >> 44 & 7;
			a1 = (uintptr_t)chaos_entry;
			a2 = a0;
		}
		/* Something has to wake it. */
		if (function == SBI_HSM_SUSPEND) {
			sbi_call(SBI_TIME, 0, now() + (r >> 50 & 0xfff), 0, 0, 0, 0);
			__asm__ volatile("csrs sie, %0" : : "r"(1UL << 5));
		}
		break;
	case SBI_MPXY:
		if (r >> 40 & 1)
			a0 = function == SBI_MPXY_SET_SHMEM ? (uintptr_t)shared : BH_MPXY_DOORBELLS, a1 &= 7,
			a2 &= 31;
		break;
	case BH_SBI_EXTENSION:
		/* Oneself: the others' ids are denied, or they would not be others. */
		if (function == BH_CALL_FORCE_STOP || function == BH_CALL_RESTART)
			if (r >> 40 & 0xff)
				return;
		if (r >> 48 & 1)
			a0 = r >> 49 & 7;
		/* Most often it is fed, or bites later. */
		if (function == BH_CALL_WATCHDOG && r >> 52 & 7)
			a0 = r >> 55 & 1 ? 0 : 2000;
		break;
	}
	ret = sbi_call(extension, function, a0, a1, a2, odd(state), odd(state));
	if (extension == SBI_DBCN && function <= SBI_DBCN_READ && a0)
		check(function ? "console_read" : "console_write", a1, ret);
	if (extension == SBI_MPXY && function == SBI_MPXY_SET_SHMEM && !(a0 & (PAGE - 1)))
		check("mpxy_shmem", a0, ret);
	if (extension == SBI_PMU && function == 8)
		check("pmu_events", a0, ret);
}

/* Where it traps the hart begins anew. */
static void access(uint64_t *state)
{
	uint64_t r = next(state), at = odd(state);

	switch (r & 15) {
	case 0:
		__asm__ volatile("lbu t0, (%0)" : : "r"(at) : "t0", "memory");
		break;
	case 1:
		__asm__ volatile("ld t0, (%0)" : : "r"(at) : "t0", "memory");
		break;
	case 2:
		__asm__ volatile("lwu t0, (%0)" : : "r"(foreign(state)) : "t0", "memory");
		break;
	case 3:
		__asm__ volatile("sd t0, (%0)" : : "r"(foreign(state)) : "memory");
		break;
	case 4:
		__asm__ volatile("amoadd.d zero, t0, (%0)" : : "r"(foreign(state)) : "memory");
		break;
	case 5:
		__asm__ volatile("sc.d t0, t0, (%0)" : : "r"(foreign(state)) : "t0", "memory");
		break;
	case 6:
		__asm__ volatile("jr %0" : : "r"(foreign(state)) : "memory");
		break;
	case 7:
		/* Misaligned, across a page of one's own, and the status page, with a command in it. */
		__asm__ volatile("ld t0, (%0)" : : "r"(shared + PAGE - 3) : "t0", "memory");
		break;
	case 8:
	case 9:
		__asm__ volatile("sd %1, (%0)" : : "r"(status + BH_STATUS_COMMAND(r >> 8 & 15)), "r"(at) :
				 "memory");
		break;
	case 10:
		__asm__ volatile("sw %1, (%0)" : : "r"(status + (r >> 8 & 0xfff)), "r"(at) : "memory");
		break;
	case 11:
		__asm__ volatile(".option push\n\t.option arch, +v\n\tcsrs sstatus, %1\n\t"
				 "vsetivli zero, 8, e8, m1, ta, ma\n\tvmv.v.i v0, -1\n\t"
				 "vse8.v v8, (%0), v0.t\n\t.option pop" : : "r"(foreign(state)),
				 "r"(3UL << 9) : "memory");
		break;
	case 12:
		__asm__ volatile(".insn r 0x73, 4, 0x36, t0, %0, x0" : : "r"(foreign(state)) : "t0", "memory");
		break;	/* hlv.d */
	case 13:
		__asm__ volatile(".insn r 0x73, 4, 0x37, x0, %0, t0" : : "r"(foreign(state)) : "memory");
		break;	/* hsv.d */
	default:
		/* Page tables that are another's: what it traps to can't be fetched either. */
		if (r >> 8 & 0xfff)
			break;
		__asm__ volatile("csrw satp, %0\n\tsfence.vma\n\tld t0, (sp)\n\tcsrw satp, zero\n\tsfence.vma"
				 : : "r"(8UL << 60 | foreign(state) >> 12) : "t0", "memory");
	}
}

#define CSR(number) \
	case __COUNTER__ - CSR_FIRST: \
		__asm__ volatile("csrw " #number ", %0" : : "r"(value) : "memory"); \
		break

enum { CSR_FIRST = __COUNTER__ + 1 };

static void control(uint64_t *state)
{
	uint64_t r = next(state), value = odd(state);

	switch (r % 36) {
	/* AIA: siselect, sireg, stopei; senvcfg, scounteren, stimecmp, scause */
	CSR(0x150);
	CSR(0x151);
	CSR(0x15c);
	CSR(0x10a);
	CSR(0x106);
	CSR(0x14d);
	CSR(0x142);
	/* H: hstatus, hedeleg, hideleg, htimedelta, hcounteren, hgeie, henvcfg, hvip */
	CSR(0x600);
	CSR(0x602);
	CSR(0x603);
	CSR(0x605);
	CSR(0x606);
	CSR(0x607);
	CSR(0x60a);
	CSR(0x645);
	/* vsstatus, vsie, vstvec, vstimecmp */
	CSR(0x200);
	CSR(0x204);
	CSR(0x205);
	CSR(0x24d);
	/* M: mstatus, mie, mtvec, mscratch, pmpcfg0, pmpaddr0, mseccfg, mcounteren, menvcfg */
	CSR(0x300);
	CSR(0x304);
	CSR(0x305);
	CSR(0x340);
	CSR(0x3a0);
	CSR(0x3b0);
	CSR(0x747);
	CSR(0x306);
	CSR(0x30a);
	/* A debug trigger, a counter */
	CSR(0x7a1);
	CSR(0xc00);
	case 30:
		/* vsatp, hgatp, with a mode that there is: on others QEMU 7.2 gives up by itself. */
		__asm__ volatile("csrw 0x280, %0" : : "r"((value & ~(15UL << 60)) | 8UL << 60));
		break;
	case 31:
		__asm__ volatile("csrw 0x680, %0" : : "r"((value & ~(15UL << 60)) | 8UL << 60));
		break;
	case 32:
		__asm__ volatile("csrs sie, %0" : : "r"(value));
		break;
	case 33:
		__asm__ volatile("csrsi sstatus, 2\n\tnop\n\tcsrci sstatus, 2");
		break;
	case 34:
		__asm__ volatile("fence.i\n\tsfence.vma");
		break;
	default:
		__asm__ volatile(".word 0xffffffff");
	}
}

void chaos_loop(uint64_t hart)
{
	uint64_t state = now() * 64 + hart;

	for (;;) {
		uint64_t r = next(&state);

		if (++rounds % 10000 == 0)
			say("\nprobe: chaos: %u rounds\n", rounds);
		if (r % 8 < 5)
			call(&state);
		else if (r % 8 < 7)
			access(&state);
		else
			control(&state);
	}
}

/* chaos [ADDRESS...]: from all harts, and for ever; ADDRESSes are what is another's. */
void command_chaos(const struct args *args)
{
	const uint8_t *reg = tree_get(own_tree, "bulkhead", 0, "bulkhead,status", NULL);

	for (unsigned int i = 0; i < args->n; i++) {
		const char *text = args->arg[i];

		if (number(&text, &places[nplaces]))
			nplaces++;
	}
	if (reg)
		status = (uint64_t)tree_cell(reg) << 32 | tree_cell(reg + 4);
	say("probe: chaos: status page %x, %u places\n", status, (uint64_t)nplaces);
	for (uint64_t n = 0; n < HARTS_MAX; n++) {
		const void *id = tree_get(own_tree, "cpus/cpu", (unsigned int)n, "reg", NULL);

		if (id && tree_cell(id) != own_hart)
			sbi_call(SBI_HSM, SBI_HSM_START, tree_cell(id), (uintptr_t)chaos_entry, 0, 0, 0);
	}
	((void (*)(uint64_t))(uintptr_t)chaos_entry)(own_hart);
}
