// SPDX-License-Identifier: GPL-2.0-only
/*
 * Doorbells from both ends, and MPXY (SBI specification v3.0, chapter 20) with
 * RPMI's System MSI service group (RPMI specification v1.0, section 4.5).
 */
#include <bulkhead/monitor.h>

#include "payload.h"
#include "sbi.h"

#define SYSMSI_GET_ATTRIBUTES	2
#define SYSMSI_SET_STATE	4
#define SYSMSI_GET_STATE	5
#define SYSMSI_SET_TARGET	6
#define STATE_ENABLE		1

#define EIDELIVERY		0x70	/* AIA specification v1.0, section 3.8 */
#define EITHRESHOLD		0x72
#define EIE0			0xc0
#define IDENTITY		9	/* of the interrupt that a ring becomes here */

static uint32_t shmem[PAGE / 4] __attribute__((aligned(PAGE)));

static int64_t share(void)
{
	return sbi_call(SBI_MPXY, SBI_MPXY_SET_SHMEM, (uintptr_t)shmem, 0, 0, 0, 0).error;
}

/* One message; the status that RPMI answers with, or the SBI error of the call. */
static int64_t message(uint64_t service, const uint32_t *words, uint64_t bytes)
{
	struct sbiret ret;

	for (uint64_t i = 0; i < (bytes + 3) / 4 && i < PAGE / 4; i++)
		shmem[i] = words[i];
	ret = sbi_call(SBI_MPXY, SBI_MPXY_SEND, BH_MPXY_DOORBELLS, service, bytes, 0, 0);
	return ret.error ? ret.error : (int32_t)shmem[0];
}

static void expect(const char *what, uint64_t with, int64_t error, bool want_refused,
		   struct tally *tally)
{
	bool no = error < 0;

	tally->tried++;
	if (no)
		tally->refused++;
	else
		tally->allowed++;
	tally->wrong += no != want_refused;
	say("probe: call %s %x %s %d%s\n", what, with, no ? "refused" : "ALLOWED", error,
	    no != want_refused ? " WRONG" : "");
}

/*
 * channels ID...: MPXY channels that are not the caller's. First none but its own
 * is listed.
 */
void command_channels(const struct args *args)
{
	struct tally tally = { 0 };
	struct sbiret ret;

	sbi_call(SBI_MPXY, SBI_MPXY_SET_SHMEM, -1UL, -1UL, 0, 0, 0);
	expect("mpxy_list_unshared", 0, sbi_call(SBI_MPXY, SBI_MPXY_CHANNELS, 0, 0, 0, 0, 0).error,
	       true, &tally);
	expect("mpxy_shmem_own", (uintptr_t)shmem, share(), false, &tally);
	shmem[0] = shmem[1] = shmem[2] = 0;
	ret = sbi_call(SBI_MPXY, SBI_MPXY_CHANNELS, 0, 0, 0, 0, 0);
	expect("mpxy_list", 0, ret.error, false, &tally);
	if (shmem[0] || shmem[1] != 1 || shmem[2] != BH_MPXY_DOORBELLS) {
		say("probe: mpxy lists %u channels, %u more, first %x WRONG\n", (uint64_t)shmem[1],
		    (uint64_t)shmem[0], (uint64_t)shmem[2]);
		tally.wrong++;
	}
	for (unsigned int i = 0; i < args->n; i++) {
		const char *text = args->arg[i];
		uint64_t id;

		if (!number(&text, &id)) {
			tally.wrong++;
			continue;
		}
		for (uint64_t f = SBI_MPXY_READ_ATTRS; f <= SBI_MPXY_POST; f++) {
			bool attributes = f <= SBI_MPXY_WRITE_ATTRS;

			expect("mpxy", id, sbi_call(SBI_MPXY, f, id, attributes ? 0 : SYSMSI_GET_ATTRIBUTES,
						    attributes ? 1 : 0, 0, 0).error, true, &tally);
		}
		expect("mpxy_events", id, sbi_call(SBI_MPXY, SBI_MPXY_EVENTS, id, 0, 0, 0, 0).error, true,
		       &tally);
	}
	/* Read-only attributes, and more of them than there are. */
	expect("mpxy_write_protocol", 0,
	       sbi_call(SBI_MPXY, SBI_MPXY_WRITE_ATTRS, BH_MPXY_DOORBELLS, 0, 1, 0, 0).error, true, &tally);
	expect("mpxy_read_many", 0x1000,
	       sbi_call(SBI_MPXY, SBI_MPXY_READ_ATTRS, BH_MPXY_DOORBELLS, 0, 0x1000, 0, 0).error, true,
	       &tally);
	/* No message is longer than the shared page, nor shorter than its arguments. */
	expect("sysmsi_long", PAGE + 4, message(SYSMSI_GET_ATTRIBUTES, shmem, PAGE + 4), true, &tally);
	expect("sysmsi_long", -1UL, sbi_call(SBI_MPXY, SBI_MPXY_SEND, BH_MPXY_DOORBELLS,
					     SYSMSI_GET_ATTRIBUTES, -1UL, 0, 0).error, true, &tally);
	expect("sysmsi_short", 12, message(SYSMSI_SET_TARGET, (const uint32_t[]){ 0, 0, 0 }, 12), true,
	       &tally);
	expect("sysmsi_service", 99, message(99, (const uint32_t[]){ 0 }, 4), true, &tally);
	for (uint32_t bad = BH_SYSMSI_COUNT; bad; bad = bad == -1U ? 0 : -1U) {
		expect("sysmsi_index", bad, message(SYSMSI_SET_STATE, (const uint32_t[]){ bad, 1 }, 8), true,
		       &tally);
		expect("sysmsi_index", bad,
		       message(SYSMSI_SET_TARGET, (const uint32_t[]){ bad, 0, 0, 0 }, 16), true, &tally);
	}
	tally_say("channels", &tally);
}

static int64_t set_target(uint32_t index, uint64_t address, uint32_t data)
{
	const uint32_t words[] = { index, (uint32_t)address, (uint32_t)(address >> 32), data };

	return message(SYSMSI_SET_TARGET, words, sizeof(words));
}

/* targets ADDRESS...: the firmware is to write there whenever somebody rings. */
void command_targets(const struct args *args)
{
	struct tally tally = { 0 };

	tally.wrong += share() != 0;
	for (unsigned int i = 0; i < args->n; i++) {
		const char *text = args->arg[i];
		uint64_t at;

		if (!number(&text, &at)) {
			tally.wrong++;
			continue;
		}
		expect("sysmsi_target", at, set_target(BH_SYSMSI_CONTROL, at, 1), true, &tally);
		expect("sysmsi_target", at | 1UL << 63,
		       set_target(BH_SYSMSI_CONTROL, at | 1UL << 63, 1), true, &tally);
	}
	tally_say("targets", &tally);
}

static void imsic_write(uint64_t reg, uint64_t value)
{
	__asm__ volatile("csrw 0x150, %0\n\tcsrw 0x151, %1" : : "r"(reg), "r"(value) : "memory");
}

/* The interrupt that has the highest priority, claimed; 0: none. */
static uint64_t imsic_claim(void)
{
	uint64_t top;

	__asm__ volatile("csrrw %0, 0x15c, zero" : "=r"(top) : : "memory");
	return top >> 16;
}

/* listen PEER IMSIC MS: how often this peer rings us; IMSIC is our hart's own page. */
void command_listen(const struct args *args)
{
	uint64_t v[3] = { 0 }, count = 0, other = 0, until;
	uint32_t index;

	for (unsigned int i = 0; i < args->n && i < 3; i++) {
		const char *text = args->arg[i];

		number(&text, &v[i]);
	}
	index = BH_SYSMSI_OF(v[0]);
	imsic_write(EIDELIVERY, 1);
	imsic_write(EITHRESHOLD, 0);
	imsic_write(EIE0, 1UL << IDENTITY);
	while (imsic_claim())
		;
	int64_t error = share();

	if (!error)
		error = set_target(index, v[1], IDENTITY);
	if (!error)
		error = message(SYSMSI_SET_STATE, (const uint32_t[]){ index, STATE_ENABLE }, 8);
	say("probe: listening error=%d\n", error);
	for (until = now() + v[2] * ticks_per_ms(); now() < until;) {
		uint64_t got = imsic_claim();

		count += got == IDENTITY;
		other += got && got != IDENTITY;
	}
	message(SYSMSI_SET_STATE, (const uint32_t[]){ index, 0 }, 8);
	say("probe: heard %u other %u\n", count, other);
}

static uint64_t time_of(uint64_t extension, uint64_t function, uint64_t arg, uint64_t rounds,
			uint64_t *failed)
{
	uint64_t begin = now();

	for (uint64_t i = 0; i < rounds; i++)
		*failed += sbi_call(extension, function, arg, 0, 0, 0, 0).error != 0;
	return now() - begin;
}

/* bench PEER CALLS [ROUNDS]: null calls and rings by turns, in units of the `time` CSR. */
void command_bench(const struct args *args)
{
	uint64_t v[3] = { 0, 1000, 5 }, failed = 0;

	for (unsigned int i = 0; i < args->n && i < 3; i++) {
		const char *text = args->arg[i];

		number(&text, &v[i]);
	}
	for (uint64_t round = 0; round < v[2]; round++) {
		uint64_t null = time_of(SBI_BASE, SBI_BASE_VERSION, 0, v[1], &failed);
		uint64_t ring = time_of(BH_SBI_EXTENSION, BH_CALL_RING, v[0], v[1], &failed);

		say("probe: bench calls=%u null=%u ring=%u failed=%u\n", v[1], null, ring, failed);
	}
	say("probe: bench over\n");
}
