// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a partition could do to its neighbours by way of the firmware's own mistakes, and
 * the neighbour that would notice.
 */
#include <bulkhead/monitor.h>

#include "payload.h"
#include "sbi.h"

/* Where nothing of the payload is: between its image and its device tree, or what comes first. */
static void spare(uint64_t *first, uint64_t *end)
{
	static uint64_t from, to;
	uint32_t size = 0;
	const uint8_t *reg = to ? NULL : tree_get(own_tree, "memory", 0, "reg", &size);

	for (uint32_t i = 0; reg && i + 16 <= size; i += 16) {
		uint64_t base = (uint64_t)tree_cell(reg + i) << 32 | tree_cell(reg + i + 4);
		uint64_t span = (uint64_t)tree_cell(reg + i + 8) << 32 | tree_cell(reg + i + 12);

		if ((uintptr_t)_start - base < span) {
			from = ((uintptr_t)_end + PAGE - 1) & ~(uint64_t)(PAGE - 1);
			to = (uintptr_t)own_tree - from < base + span - from ? (uintptr_t)own_tree :
									      base + span;
		}
	}
	*first = from;
	*end = to;
}

static uint64_t pattern(uint64_t at)
{
	return at * 0x9e3779b97f4a7c15UL ^ own_hart;
}

/* fill, verify: all spare memory has the contents that it was given. */
void command_fill(const struct args *args)
{
	uint64_t first, end;

	(void)args;
	spare(&first, &end);
	for (uint64_t at = first; at < end; at += 8)
		*(volatile uint64_t *)at = pattern(at);
	say("probe: filled %u bytes from %x\n", end - first, first);
}

void command_verify(const struct args *args)
{
	uint64_t first, end, wrong = 0, where = 0;

	(void)args;
	spare(&first, &end);
	for (uint64_t at = first; at < end; at += 8) {
		if (*(volatile uint64_t *)at == pattern(at))
			continue;
		where = wrong++ ? where : at;
	}
	say("probe: verified %u bytes: %u words changed, first %x\n", end - first, wrong, where);
}

/* calls MS: SBI calls without a pause, whose answer is known; some go deep. */
void command_calls(const struct args *args)
{
	static const char line[] = { ".......\n" };
	uint64_t ms = 1000, count = 0, wrong = 0, until;
	struct sbiret want = sbi_call(SBI_BASE, SBI_BASE_VERSION, 0, 0, 0, 0, 0);

	if (args->n) {
		const char *text = args->arg[0];

		number(&text, &ms);
	}
	for (until = now() + ms * ticks_per_ms(); now() < until; count++) {
		struct sbiret ret = sbi_call(SBI_BASE, SBI_BASE_VERSION, 0, 0, 0, 0, 0);

		wrong += ret.error != 0 || ret.value != want.value;
		ret = sbi_call(SBI_DBCN, SBI_DBCN_WRITE, sizeof(line) - 1, (uintptr_t)line, 0, 0, 0);
		wrong += ret.error != 0;
	}
	say("probe: %u calls, %u wrong\n", count, wrong);
}

/* A masked vector load of bytes from @at: its trap is what is wanted. */
static void vector_load(void *at)
{
	__asm__ volatile("csrs sstatus, %1\n\t"
			 ".option push\n\t.option arch, +v\n\t"
			 "vsetivli zero, 8, e8, m1, ta, ma\n\t"
			 "vmv.v.i v0, -1\n\t"
			 "vle8.v v8, (%0), v0.t\n\t"
			 ".option pop"
			 : : "r"(at), "r"(3UL << 9) : "memory");
}

/* vector ADDRESS MS: vector loads that fault, as fast as they go. */
void command_vector(const struct args *args)
{
	uint64_t v[2] = { 0, 1000 }, faults = 0, until;

	for (unsigned int i = 0; i < args->n && i < 2; i++) {
		const char *text = args->arg[i];

		number(&text, &v[i]);
	}
	for (until = now() + v[1] * ticks_per_ms(); now() < until;)
		faults += (uint64_t)attempt(vector_load, (void *)v[0]);
	say("probe: %u faults, cause %u\n", faults, trap_cause);
}

/* across ADDRESS: buffers of the console and of the PMU on both sides of it, sent whole. */
void command_across(const struct args *args)
{
	uint64_t at = 0, calls = 0, wrong = 0;

	if (args->n) {
		const char *text = args->arg[0];

		number(&text, &at);
	}
	for (uint64_t before = 1; before < 64; before += 9) {
		char *buffer = (char *)(at - before);

		for (uint64_t i = 0; i < 64; i++)
			buffer[i] = '\n';
		for (uint64_t sent = 0; sent < 64; calls++) {
			struct sbiret ret = sbi_call(SBI_DBCN, SBI_DBCN_WRITE, 64 - sent,
						     (uintptr_t)buffer + sent, 0, 0, 0);

			if (ret.error || !ret.value || ret.value > 64 - sent) {
				wrong++;
				break;
			}
			sent += ret.value;
		}
		wrong += sbi_call(SBI_DBCN, SBI_DBCN_READ, 64, (uintptr_t)buffer, 0, 0, 0).error != 0;
	}
	/* Four entries, of 16 bytes: an event that there is not, an output that is to be 0. */
	for (uint32_t *word = (uint32_t *)(at - 32); word < (uint32_t *)(at + 32); word++)
		*word = 0xffffffff;
	wrong += sbi_call(SBI_PMU, 8, at - 32, 0, 4, 0, 0).error != 0;
	for (uint32_t *entry = (uint32_t *)(at - 32); entry < (uint32_t *)(at + 32); entry += 4)
		wrong += entry[1] != 0;
	say("probe: across %x: %u calls, %u wrong\n", at, calls, wrong);
}

/*
 * orphan MS: fences for a hart that is about to stop, until one is never answered. The watchdog
 * is to find this hart, wherever it waits.
 */
void command_orphan(const struct args *args)
{
	uint64_t ms = 1000, other = sibling(), count = 0, until;

	if (args->n) {
		const char *text = args->arg[0];

		number(&text, &ms);
	}
	for (until = now() + ms * ticks_per_ms(); now() < until; count++) {
		sbi_call(BH_SBI_EXTENSION, BH_CALL_WATCHDOG, 500, 0, 0, 0, 0);
		sbi_call(SBI_HSM, SBI_HSM_START, other, (uintptr_t)leaving_hart, 0, 0, 0);
		for (uint64_t i = 0; i < count % 64; i++)
			__asm__ volatile("nop");
		while (!sbi_call(SBI_RFENCE, 0, 1, other, 0, 0, 0).error)
			;
	}
	sbi_call(BH_SBI_EXTENSION, BH_CALL_WATCHDOG, 0, 0, 0, 0, 0);
	say("probe: orphan: %u times, all answered\n", count);
}
