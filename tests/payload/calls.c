// SPDX-License-Identifier: GPL-2.0-only
/* Calls to the firmware that the caller has no right to. */
#include <bulkhead/monitor.h>

#include "payload.h"
#include "sbi.h"

#define ANY_ERROR	1	/* no SBI error is positive */

struct call {
	const char *name;
	uint64_t extension, function, arg[4];
};

static void expect(const struct call *call, int64_t want, struct tally *tally)
{
	struct sbiret ret = sbi_call(call->extension, call->function, call->arg[0], call->arg[1],
				     call->arg[2], call->arg[3], 0);
	bool wrong = want == ANY_ERROR ? ret.error >= 0 : ret.error != want;

	tally->tried++;
	if (ret.error < 0)
		tally->refused++;
	else
		tally->allowed++;
	tally->wrong += wrong;
	say("probe: call %s %x %x %x %s %d%s\n", call->name, call->arg[0], call->arg[1], call->arg[2],
	    ret.error < 0 ? "refused" : "ALLOWED", ret.error, wrong ? " WRONG" : "");
}

/* It may be done in part: what it did must lie in `room` bytes. */
static void expect_short(const struct call *call, uint64_t room, struct tally *tally)
{
	struct sbiret ret = sbi_call(call->extension, call->function, call->arg[0], call->arg[1],
				     0, 0, 0);
	bool wrong = ret.error ? ret.error != SBI_INVALID_PARAM : !room || ret.value > room;

	tally->tried++;
	if (ret.error < 0)
		tally->refused++;
	else
		tally->allowed++;
	tally->wrong += wrong;
	say("\nprobe: call %s %x %x %s %d value=%u%s\n", call->name, call->arg[0], call->arg[1],
	    ret.error < 0 ? "refused" : "in part", ret.error, ret.value, wrong ? " WRONG" : "");
}

static const char *const function_name[] = {
	[BH_CALL_VERSION] = "version", [BH_CALL_SELF] = "self", [BH_CALL_STATUS] = "status",
	[BH_CALL_START] = "start", [BH_CALL_STOP] = "stop", [BH_CALL_FORCE_STOP] = "force-stop",
	[BH_CALL_RESTART] = "restart", [BH_CALL_RING] = "ring", [BH_CALL_WATCHDOG] = "watchdog",
};

/* service stranger|peer ID...: an id that one may know nothing of, or that of a peer. */
void command_service(const struct args *args)
{
	struct tally tally = { 0 };
	bool peer = args->n && same(args->arg[0], "peer");

	for (unsigned int i = 1; i < args->n; i++) {
		const char *text = args->arg[i];
		uint64_t id;

		if (!number(&text, &id)) {
			tally.wrong++;
			continue;
		}
		for (uint64_t f = BH_CALL_STATUS; f <= BH_CALL_RING; f++) {
			struct call call = { function_name[f], BH_SBI_EXTENSION, f, { id } };
			bool may = peer && (f == BH_CALL_STATUS || f == BH_CALL_RING);

			expect(&call, may ? SBI_SUCCESS : SBI_DENIED, &tally);
		}
	}
	expect(&(struct call){ "watchdog", BH_SBI_EXTENSION, BH_CALL_WATCHDOG,
			       { BH_WATCHDOG_MAX_MS + 1 } }, SBI_INVALID_PARAM, &tally);
	expect(&(struct call){ "no-function", BH_SBI_EXTENSION, BH_CALLS, { 0 } },
	       SBI_NOT_SUPPORTED, &tally);
	expect(&(struct call){ "no-function", BH_SBI_EXTENSION, -1UL, { 0 } }, SBI_NOT_SUPPORTED, &tally);
	tally_say("service", &tally);
}

/* harts ID...: harts of others, or that are not there. */
void command_harts(const struct args *args)
{
	struct tally tally = { 0 };

	for (unsigned int i = 0; i < args->n; i++) {
		const char *text = args->arg[i];
		uint64_t hart;

		if (!number(&text, &hart) || hart == own_hart) {
			tally.wrong++;
			continue;
		}
		uint64_t base = hart < own_hart ? hart : own_hart;
		uint64_t apart = hart + own_hart - 2 * base;
		uint64_t both = apart < 64 ? 1 | 1UL << apart : 0;
		uint64_t entry = (uintptr_t)spin_hart;
		/* Also with bits that a 32-bit hart id would lose. */
		const struct call calls[] = {
			{ "hart_start", SBI_HSM, SBI_HSM_START, { hart, entry } },
			{ "hart_start", SBI_HSM, SBI_HSM_START, { hart | 1UL << 32, entry } },
			{ "hart_status", SBI_HSM, SBI_HSM_STATUS, { hart } },
			{ "hart_status", SBI_HSM, SBI_HSM_STATUS, { hart | 1UL << 32 } },
			{ "ipi", SBI_IPI, 0, { 1, hart } },
			{ "ipi", SBI_IPI, 0, { both, base } },
			{ "fence_i", SBI_RFENCE, 0, { 1, hart } },
			{ "fence_i", SBI_RFENCE, 0, { both, base } },
			{ "sfence_vma", SBI_RFENCE, 1, { 1, hart, 0, -1UL } },
			{ "sfence_vma", SBI_RFENCE, 1, { both, base, 0, -1UL } },
			{ "sfence_vma_asid", SBI_RFENCE, 2, { 1, hart, 0, -1UL } },
			{ "sfence_vma_asid", SBI_RFENCE, 2, { both, base, 0, -1UL } },
		};

		for (size_t n = 0; n < sizeof(calls) / sizeof(*calls); n++)
			if (calls[n].arg[0])
				expect(&calls[n], SBI_INVALID_PARAM, &tally);
	}
	tally_say("harts", &tally);
}

uint64_t sibling(void)
{
	for (unsigned int n = 0; n < HARTS_MAX; n++) {
		const void *reg = tree_get(own_tree, "cpus/cpu", n, "reg", NULL);

		if (!reg)
			break;
		if (tree_cell(reg) != own_hart)
			return tree_cell(reg);
	}
	return -1UL;
}

/*
 * buffers denied|readonly ADDRESS...: the firmware is to read, write or enter what the
 * caller may not.
 */
void command_buffers(const struct args *args)
{
	static char own[PAGE] __attribute__((aligned(PAGE)));
	struct tally tally = { 0 };
	uint64_t other = sibling(), mine = (uintptr_t)own;
	bool readable = args->n && same(args->arg[0], "readonly");

	for (unsigned int i = 1; i < args->n; i++) {
		const char *text = args->arg[i];
		uint64_t at;

		if (!number(&text, &at)) {
			tally.wrong++;
			continue;
		}
		uint64_t page = at & ~(uint64_t)(PAGE - 1);
		uint64_t first = mine < at ? mine : at, apart = mine < at ? at - mine : mine - at;
		const struct call console[] = {
			{ "console_write", SBI_DBCN, SBI_DBCN_WRITE, { 1, at } },
			{ "console_read", SBI_DBCN, SBI_DBCN_READ, { 1, at } },
			{ "console_write", SBI_DBCN, SBI_DBCN_WRITE, { 16, -16UL } },
			{ "console_read", SBI_DBCN, SBI_DBCN_READ, { 16, -16UL } },
		};
		/* From one into the other, and around the end of 64 bits. */
		const struct call spans[] = {
			{ "console_write", SBI_DBCN, SBI_DBCN_WRITE, { apart + 1, first } },
			{ "console_read", SBI_DBCN, SBI_DBCN_READ, { apart + 1, first } },
			{ "console_write", SBI_DBCN, SBI_DBCN_WRITE, { -apart, mine } },
			{ "console_read", SBI_DBCN, SBI_DBCN_READ, { -1UL, mine } },
		};
		const struct call address[] = {
			{ "mpxy_shmem", SBI_MPXY, SBI_MPXY_SET_SHMEM, { page } },
			{ "mpxy_shmem", SBI_MPXY, SBI_MPXY_SET_SHMEM, { page, 0, 1 } },
			{ "mpxy_shmem", SBI_MPXY, SBI_MPXY_SET_SHMEM, { -(uint64_t)PAGE } },
		};
		const struct call others[] = {
			{ "mpxy_shmem", SBI_MPXY, SBI_MPXY_SET_SHMEM, { page, 1 } },
			{ "pmu_shmem", SBI_PMU, 7, { page } },
			{ "pmu_events", SBI_PMU, 8, { page, 0, 1 } },
			{ "dbtr_shmem", SBI_DBTR, 1, { page } },
			{ "sse_attributes", SBI_SSE, 0, { 0, 0, 1, page } },
			{ "hart_suspend", SBI_HSM, SBI_HSM_SUSPEND, { 0x80000000, page } },
			{ "system_suspend", SBI_SUSP, 0, { 0, page } },
		};

		for (size_t n = 0; n < sizeof(console) / sizeof(*console); n++)
			expect(&console[n], readable && !console[n].function && console[n].arg[1] == at ?
			       SBI_SUCCESS : SBI_INVALID_PARAM, &tally);
		for (size_t n = 0; n < sizeof(spans) / sizeof(*spans); n++)
			if (!readable || spans[n].arg[1] == mine)
				expect_short(&spans[n], spans[n].arg[1] == mine ? PAGE : 0, &tally);
		for (size_t n = 0; n < sizeof(address) / sizeof(*address); n++)
			expect(&address[n], SBI_INVALID_ADDRESS, &tally);
		for (size_t n = 0; n < sizeof(others) / sizeof(*others); n++)
			expect(&others[n], ANY_ERROR, &tally);
		if (other != -1UL)
			expect(&(struct call){ "hart_start", SBI_HSM, SBI_HSM_START, { other, page } },
			       SBI_INVALID_ADDRESS, &tally);
	}
	tally_say("buffers", &tally);
}

/* absent: extensions that would reach beyond a partition are not there at all. */
void command_absent(const struct args *args)
{
	static const struct call calls[] = {
		{ "system_suspend", SBI_SUSP, 0, { 0 } },
		{ "cppc_read", SBI_CPPC, 1, { 0 } },
		{ "sse_inject", SBI_SSE, 7, { 0xffff8000, 0 } },
		{ "legacy_putchar", 1, 0, { '!' } },
		{ "legacy_send_ipi", 4, 0, { 0 } },
		{ "legacy_shutdown", 8, 0, { 0 } },
		{ "no_extension", BH_SBI_EXTENSION + 1, 0, { 0 } },
		{ "reset_type", SBI_SRST, 0, { 3, 0 } },
		{ "reset_type", SBI_SRST, 0, { 0xf0000000, 0 } },
		{ "reset_reason", SBI_SRST, 0, { SBI_SRST_COLD, 77 } },
	};
	struct tally tally = { 0 };

	(void)args;
	for (size_t n = 0; n < sizeof(calls) / sizeof(*calls); n++) {
		const struct call *call = &calls[n];
		uint64_t there = sbi_call(SBI_BASE, SBI_BASE_PROBE, call->extension, 0, 0, 0, 0).value;

		if (call->extension != SBI_SRST && there) {
			say("probe: extension %x is there WRONG\n", call->extension);
			tally.wrong++;
		}
		expect(call, call->extension == SBI_SRST ? ANY_ERROR : SBI_NOT_SUPPORTED, &tally);
	}
	tally_say("absent", &tally);
}

/* ecall EXTENSION FUNCTION [ARGUMENT...]: any call. */
void command_ecall(const struct args *args)
{
	uint64_t v[7] = { 0 };

	for (unsigned int i = 0; i < args->n && i < 7; i++) {
		const char *text = args->arg[i];

		number(&text, &v[i]);
	}
	struct sbiret ret = sbi_call(v[0], v[1], v[2], v[3], v[4], v[5], v[6]);

	say("probe: ecall error=%d value=%x\n", ret.error, ret.value);
}
