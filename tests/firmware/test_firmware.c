// SPDX-License-Identifier: GPL-2.0-only
/* What of the firmware knows no OpenSBI: doorbells, store commands, heartbeats' keepers, consoles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "bell.h"
#include "keeper.h"
#include "monitor/states.h"
#include "monitor/status.h"
#include "mux.h"
#include "riscv.h"
#include "store.h"

enum {
	OK = 0,
	NOT_SUPPORTED = -2,
	INVALID_PARAM = -3,
	DENIED = -4,
};

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_start();
	fake_settle();
	riscv.msis = 0;
	return 0;
}

static uint64_t status(uint32_t epoch, enum bh_reason reason, enum bh_state state)
{
	return (uint64_t)epoch << 32 | (uint64_t)reason << 8 | (uint64_t)state;
}

/* --- doorbells --- */

static int32_t message(struct part *p, uint8_t service, uint32_t size, uint32_t index, uint64_t address,
		       uint32_t data, uint32_t *answer)
{
	uint32_t request[4] = { index, (uint32_t)address, (uint32_t)(address >> 32), data };
	uint8_t response[BELL_RESPONSE_MAX];
	uint32_t n = bell_message(p, service, (const uint8_t *)request, size, response);
	int32_t rpmi;

	assert_in_range(n, 4, BELL_RESPONSE_MAX);
	memcpy(&rpmi, response, 4);
	if (answer)
		memcpy(answer, response + 4, n - 4);
	return rpmi;
}

static void set_state(struct part *p, uint32_t index, bool enable)
{
	assert_int_equal(message(p, 4, 8, index, enable, 0, NULL), 0);
}

static void a_ring_waits_until_it_may_come(void **state)
{
	uint32_t answer[6];

	(void)state;
	assert_int_equal(fake_call(RT, BH_CALL_RING, 3), OK);
	assert_int_equal(riscv.msis, 0);
	assert_int_equal(message(CONTROL, 5, 4, 2, 0, 0, answer), 0);
	assert_int_equal(answer[0], 2);
	set_state(CONTROL, BH_SYSMSI_OF(4), true);
	assert_int_equal(riscv.msis, 0);
	assert_int_equal(message(CONTROL, 6, 16, 2, RISCV_IMSIC, 9, NULL), 0);
	assert_int_equal(riscv.msis, 1);
	assert_int_equal(riscv.msi_address, RISCV_IMSIC);
	assert_int_equal(riscv.msi_data, 9);
	/* each ring once more, and none while masked */
	fake_call(RT, BH_CALL_RING, 3);
	assert_int_equal(riscv.msis, 2);
	set_state(CONTROL, BH_SYSMSI_OF(4), false);
	fake_call(RT, BH_CALL_RING, 3);
	fake_call(RT, BH_CALL_RING, 3);
	assert_int_equal(riscv.msis, 2);
	set_state(CONTROL, BH_SYSMSI_OF(4), true);
	assert_int_equal(riscv.msis, 3);
	assert_int_equal(message(CONTROL, 7, 4, 2, 0, 0, answer), 0);
	assert_int_equal(answer[0], RISCV_IMSIC);
	assert_int_equal(answer[2], 9);
}

static void only_the_receivers_own_files(void **state)
{
	static const uint64_t bad[] = {
		0, 1, RISCV_IMSIC, RISCV_IMSIC + 0x1004, RISCV_IMSIC + 0x3000, RISCV_IMSIC + 0x1000 + (1ULL << 32),
		0x24001000, 0x80200000, UINT64_MAX,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(message(RT, 6, 16, 1, bad[i], 1, NULL), -5);
	assert_int_equal(message(RT, 6, 16, 1, RISCV_IMSIC + 0x2000, 1, NULL), 0);
	assert_int_equal(message(RT, 6, 16, 1, RISCV_IMSIC + 0x1000, 0, NULL), INVALID_PARAM);
	assert_int_equal(message(RT, 6, 16, 1, RISCV_IMSIC + 0x1000, RISCV_IDS + 1, NULL), INVALID_PARAM);
	/* A hart without a file must not make 0 an address. */
	RT->platform->files[0] = 0;
	assert_int_equal(message(RT, 6, 16, 1, 0, 1, NULL), -5);
}

static void messages_that_are_wrong(void **state)
{
	uint32_t answer[6];

	(void)state;
	assert_int_equal(message(RT, 2, 0, 0, 0, 0, answer), 0);
	assert_int_equal(answer[0], BH_SYSMSI_COUNT);
	assert_int_equal(message(RT, 3, 4, 1, 0, 0, answer), 0);
	assert_string_equal((const char *)&answer[2], "control");
	for (unsigned int service = 0; service < 256; service++) {
		if (service >= 2 && service <= 7) {
			assert_int_equal(message(RT, (uint8_t)service, 13, 0, 0, 0, NULL), INVALID_PARAM);
			assert_int_equal(message(RT, (uint8_t)service, 4096, 0, 0, 0, NULL), INVALID_PARAM);
		} else {
			assert_int_equal(message(RT, (uint8_t)service, 4, 0, 0, 0, NULL), NOT_SUPPORTED);
		}
	}
	assert_int_equal(message(RT, 4, 8, BH_SYSMSI_COUNT, 0, 0, NULL), INVALID_PARAM);
	assert_int_equal(message(RT, 5, 4, UINT32_MAX, 0, 0, NULL), INVALID_PARAM);
}

static void a_restart_forgets_targets(void **state)
{
	(void)state;
	assert_int_equal(message(RT, 6, 16, 1, RISCV_IMSIC + 0x1000, 5, NULL), 0);
	set_state(RT, 1, true);
	fake_call(CONTROL, BH_CALL_RESTART, 4);
	/* A hart that has not looked yet sets one more. */
	message(RT, 6, 16, 1, RISCV_IMSIC + 0x1000, 5, NULL);
	set_state(RT, 1, true);
	fake_settle();
	riscv.msis = 0;
	assert_int_equal(fake_call(CONTROL, BH_CALL_RING, 4), OK);
	assert_int_equal(riscv.msis, 0);
}

/* A hart that waits at its console does not keep those waiting who stop it. */
static void a_stop_waits_for_no_console(void **state)
{
	(void)state;
	RT->platform->uart.lock.ticket = 1;
	RT->platform->uart.full = true;
	assert_int_equal(fake_call(CONTROL, BH_CALL_RESTART, 4), OK);
	assert_true(fake.told[1]);
	RT->platform->uart.lock.ticket = 0;
	fake_settle();
	assert_int_equal(status_word(RT), status(2, BH_REASON_FORCED, BH_STATE_RUNNING));
	assert_false(RT->platform->uart.full);
}

static void managers_are_rung(void **state)
{
	(void)state;
	assert_int_equal(message(CONTROL, 6, 16, BH_SYSMSI_CONTROL, RISCV_IMSIC, 7, NULL), 0);
	set_state(CONTROL, BH_SYSMSI_CONTROL, true);
	riscv.msis = 0;
	fake_call(RT, BH_CALL_FORCE_STOP, 4);
	assert_int_equal(riscv.msis, 1);
	fake_settle();
	assert_int_equal(riscv.msis, 2);
	riscv.msis = 0;
	fake_call(APP, BH_CALL_RESTART, 5);
	fake_settle();
	assert_int_equal(riscv.msis, 0);
}

static bool store(struct part *p, const struct bh_status_page *page, uint64_t offset, unsigned int length,
		  uint64_t value)
{
	riscv.readable = (uintptr_t)page;
	riscv.readable_size = sizeof(*page);
	fake.cpu = p->cpus[0];
	return store_command(p, (uintptr_t)page + offset, length, value);
}

#define COMMAND(f)	((uint64_t)BH_STATUS_COMMAND(f))

static struct bh_status_page forged __attribute__((aligned(BH_STATUS_PAGE_SIZE)));

/* The contract's page is on a boundary of its size, and the fake's has to be, too. */
static struct bh_status_page own __attribute__((aligned(BH_STATUS_PAGE_SIZE)));

static void own_page(struct part *p)
{
	memcpy(&own, p->page, sizeof(own));
	p->page = &own;
}

static void stores_are_commands(void **state)
{
	(void)state;
	own_page(CONTROL);
	assert_true(store(CONTROL, &own, COMMAND(BH_CALL_STATUS), 8, 4));
	assert_int_equal(own.result.count, 1);
	assert_int_equal(own.result.error, OK);
	assert_int_equal(own.result.value, status(1, BH_REASON_NONE, BH_STATE_RUNNING));
	assert_true(store(CONTROL, &own, COMMAND(BH_CALL_FORCE_STOP), 8, 5));
	assert_int_equal(own.result.count, 2);
	assert_int_equal(own.result.error, DENIED);
	assert_true(store(CONTROL, &own, COMMAND(BH_CALL_FORCE_STOP), 8, 4));
	fake_settle();
	assert_int_equal(RT->state, BH_STATE_STOPPED);
}

static void other_stores_are_faults(void **state)
{
	(void)state;
	own_page(CONTROL);
	for (uint64_t offset = 0; offset < BH_STATUS_PAGE_SIZE; offset++) {
		bool command = offset >= COMMAND(BH_CALL_STATUS) && offset < COMMAND(BH_CALLS);

		assert_false(store(CONTROL, &own, offset, 1, 4));
		assert_false(store(CONTROL, &own, offset, 4, 4));
		if (!command || offset % 8)
			assert_false(store(CONTROL, &own, offset, 8, 4));
	}
	assert_int_equal(own.result.count, 0);
}

static void a_forged_page_gains_nothing(void **state)
{
	(void)state;
	own_page(CONTROL);
	memcpy(&forged, &own, sizeof(forged));
	assert_false(store(CONTROL, &forged, COMMAND(BH_CALL_FORCE_STOP), 8, 4));
	/* nor does the page of another partition */
	assert_false(store(RT, &own, COMMAND(BH_CALL_FORCE_STOP), 8, 4));
	/* nor one that can't be read */
	riscv.readable_size = 0;
	assert_false(store_command(CONTROL, (uintptr_t)&own + COMMAND(BH_CALL_STATUS), 8, 4));
	assert_int_equal(RT->state, BH_STATE_RUNNING);
	assert_int_equal(own.result.count, 0);
}

/* --- who keeps a heartbeat --- */

static void let_it_beat(uint64_t now, uint32_t hart)
{
	fake.time = now;
	fake.cpu = hart;
	hw_lock();
	states_tick(now);
	keeper_rearm(RT, hart);
	hw_unlock();
}

static void a_timer_keeps_a_heartbeat(void **state)
{
	(void)state;
	fake_call(RT, BH_CALL_WATCHDOG, 100);
	assert_int_equal(riscv.timer[1], FAKE_HZ / 10);
	fake.time = FAKE_HZ / 20;
	fake_call(RT, BH_CALL_WATCHDOG, 100);
	/* The timer was set for the first call: it comes too early, and is set again. */
	riscv.timer[1] = HW_NEVER;
	let_it_beat(FAKE_HZ / 10, 1);
	assert_int_equal(RT->state, BH_STATE_RUNNING);
	assert_int_equal(riscv.timer[1], FAKE_HZ / 20 + FAKE_HZ / 10);
	/* Another hart's timer is for nothing. */
	let_it_beat(FAKE_HZ / 8, 2);
	assert_true(riscv.timer[2] == HW_NEVER);
	let_it_beat(FAKE_HZ / 20 + FAKE_HZ / 10, 1);
	assert_int_equal(RT->reason, BH_REASON_WATCHDOG);
}

static void another_hart_takes_over(void **state)
{
	(void)state;
	fake.cpus[2] = CPU_RUNNING;
	fake_call(RT, BH_CALL_WATCHDOG, 100);
	hw_lock();
	assert_false(keeper_leave(RT, 2));
	assert_false(keeper_is_wanted(RT));
	assert_true(keeper_leave(RT, 1));
	assert_true(keeper_is_wanted(RT));
	fake.cpu = 2;
	keeper_adopt(RT, 2);
	assert_int_equal(riscv.timer[2], FAKE_HZ / 10);
	/* One is enough. */
	fake.cpu = 1;
	riscv.timer[1] = HW_NEVER;
	keeper_adopt(RT, 1);
	assert_true(riscv.timer[1] == HW_NEVER);
	hw_unlock();
	let_it_beat(FAKE_HZ, 2);
	assert_int_equal(RT->reason, BH_REASON_WATCHDOG);
}

static void without_a_heartbeat_nobody_is_wanted(void **state)
{
	(void)state;
	assert_false(keeper_is_wanted(RT));
	fake_call(RT, BH_CALL_WATCHDOG, 100);
	fake_call(RT, BH_CALL_WATCHDOG, 0);
	hw_lock();
	assert_false(keeper_leave(RT, 1));
	hw_unlock();
	assert_false(keeper_is_wanted(RT));
}

/* --- many consoles on one line --- */

static uint8_t line[1 << 16];
static size_t line_size;

static void line_put(uint8_t byte)
{
	assert_true(line_size < sizeof(line));
	line[line_size++] = byte;
}

static void what_goes_in_comes_out(void **state)
{
	struct mux_out out = { .put = line_put };
	struct mux_in in = { 0 };
	static uint8_t said[4][8192], heard[4][8192];
	size_t nsaid[4] = { 0 }, nheard[4] = { 0 };
	bool after_cr[4] = { false };
	static const uint32_t ids[4] = { 0, 3, 4, 66 };
	uint32_t seed = 1;

	(void)state;
	line_size = 0;
	for (int i = 0; i < 600; i++) {
		uint8_t text[8];
		size_t n;
		int who;

		seed = seed * 1664525 + 1013904223;
		who = seed >> 30;
		n = seed >> 20 & 7;
		for (size_t k = 0; k < n; k++) {
			seed = seed * 1664525 + 1013904223;
			/* Escapes and names more often than by chance; no line feeds: they grow. */
			text[k] = seed >> 28 < 5 ? BH_MUX_ESCAPE : (uint8_t)(seed >> 20);
			if (text[k] == '\n')
				text[k] = 'n';
			said[who][nsaid[who]++] = text[k];
		}
		mux_write(&out, ids[who], &after_cr[who], text, n);
	}
	for (size_t i = 0; i < line_size; i++) {
		if (!mux_read(&in, line[i]))
			continue;
		for (int who = 0; who < 4; who++)
			if (ids[who] == in.target)
				heard[who][nheard[who]++] = line[i];
	}
	for (int who = 0; who < 4; who++) {
		assert_int_equal(nheard[who], nsaid[who]);
		assert_memory_equal(heard[who], said[who], nsaid[who]);
	}
}

static void lines_end_with_both(void **state)
{
	struct mux_out out = { .put = line_put };
	bool after_cr = false;

	(void)state;
	line_size = 0;
	mux_write(&out, 0, &after_cr, "a\nb\r", 4);
	mux_write(&out, 0, &after_cr, "\nc", 2);
	assert_int_equal(line_size, 7);
	assert_memory_equal(line, "a\r\nb\r\nc", 7);
}

static void nobody_gets_what_is_for_nobody(void **state)
{
	struct mux_in in = { 0 };

	(void)state;
	assert_false(mux_read(&in, BH_MUX_ESCAPE));
	assert_false(mux_read(&in, BH_MUX_SOURCE + 4));
	assert_true(mux_read(&in, 'x'));
	assert_int_equal(in.target, 4);
	mux_read(&in, BH_MUX_ESCAPE);
	assert_false(mux_read(&in, 'y' - 'a'));
	assert_true(mux_read(&in, 'z'));
	assert_int_equal(in.target, 0);
}

#define SECOND	10000000ULL
#define ROOM	MUX_BUFFER_LEAST

static uint8_t bytes[ROOM];

static void fill(struct mux_buffer *b, uint64_t now)
{
	*b = (struct mux_buffer){ .bytes = bytes, .size = ROOM };
	for (unsigned int i = 0; i < ROOM; i++)
		assert_true(mux_buffer_put(b, (uint8_t)i, now, 0, SECOND));
}

static void a_full_buffer_drops(void **state)
{
	struct mux_buffer b = { .bytes = bytes, .size = ROOM, .head = UINT32_MAX - 9, .tail = UINT32_MAX - 9 };
	uint8_t out[ROOM + 1];

	(void)state;
	for (unsigned int i = 0; i < ROOM; i++)
		assert_true(mux_buffer_put(&b, (uint8_t)i, 0, 0, SECOND));
	assert_false(mux_buffer_put(&b, 0xee, 0, 0, SECOND));
	for (unsigned int i = 0; i < 10; i++)
		assert_true(mux_buffer_put(&b, 0xee, SECOND, SECOND, SECOND));
	assert_int_equal(mux_buffer_take(&b, out, 10), 10);
	assert_int_equal(out[9], 9);
	assert_int_equal(mux_buffer_take(&b, out, sizeof(out)), ROOM - 10);
	assert_int_equal(out[ROOM - 11], 0xff);
	assert_int_equal(mux_buffer_take(&b, out, 1), 0);
}

/* The line waits for a slow reader once, and again only when that one has read everything. */
static void a_full_buffer_is_waited_for_once(void **state)
{
	struct mux_buffer b;
	uint8_t out[ROOM];

	(void)state;
	fill(&b, 0);
	for (int round = 0; round < 2; round++) {
		for (unsigned int i = (unsigned int)mux_buffer_level(&b); i < ROOM; i++)
			assert_true(mux_buffer_put(&b, (uint8_t)i, 0, 0, SECOND));
		assert_false(mux_buffer_put(&b, 'a', 0, 0, SECOND));
		assert_int_equal(mux_buffer_take(&b, out, 1), 1);
		assert_true(mux_buffer_put(&b, 'a', 0, 0, SECOND));

		assert_false(mux_buffer_put(&b, 'b', SECOND - 1, SECOND, SECOND));
		assert_true(mux_buffer_put(&b, 'b', SECOND, SECOND, SECOND));
		assert_true(mux_buffer_put(&b, 'c', SECOND, 0, SECOND));
		assert_int_equal(mux_buffer_take(&b, out, 1), 1);
		assert_true(mux_buffer_put(&b, 'd', SECOND, 0, SECOND));
		assert_true(mux_buffer_put(&b, 'e', SECOND, 0, SECOND));
		assert_int_equal(mux_buffer_take(&b, out, ROOM), ROOM);
		assert_int_equal(out[ROOM - 2], 'a');
		assert_int_equal(out[ROOM - 1], 'd');
	}
}

static void who_echoes_is_waited_for(void **state)
{
	struct mux_buffer b;

	(void)state;
	fill(&b, 0);
	assert_false(mux_buffer_put(&b, 'x', 0, 0, SECOND));
	assert_false(mux_buffer_put(&b, 'x', 5 * SECOND, SECOND - 1, SECOND));
	/* ... until it is silent. */
	assert_true(mux_buffer_put(&b, 'x', 5 * SECOND, SECOND, SECOND));

	/* One that never ends to write has ten seconds. */
	fill(&b, 0);
	assert_false(mux_buffer_put(&b, 'x', 0, 0, SECOND));
	assert_false(mux_buffer_put(&b, 'x', 10 * SECOND - 1, 0, SECOND));
	assert_true(mux_buffer_put(&b, 'x', 10 * SECOND, 0, SECOND));
}

/* A byte read now and then is no reason to wait anew; a good deal is. */
static void reading_a_little_buys_no_time(void **state)
{
	struct mux_buffer b;
	uint8_t out[MUX_PROGRESS];
	uint64_t now = 0;

	(void)state;
	fill(&b, now);
	while (now < 10 * SECOND) {
		assert_false(mux_buffer_put(&b, 'x', now, 0, SECOND));
		assert_int_equal(mux_buffer_take(&b, out, 1), 1);
		assert_true(mux_buffer_put(&b, 'x', now, 0, SECOND));
		now += SECOND;
	}
	assert_true(mux_buffer_put(&b, 'y', now, 0, SECOND));
	assert_true(b.deaf);

	fill(&b, 0);
	for (now = 0; now < 30 * SECOND; now += 9 * SECOND) {
		assert_false(mux_buffer_put(&b, 'x', now, 0, SECOND));
		assert_int_equal(mux_buffer_take(&b, out, sizeof(out)), sizeof(out));
		for (unsigned int i = 0; i < sizeof(out); i++)
			assert_true(mux_buffer_put(&b, 'x', now, 0, SECOND));
	}
	assert_false(b.deaf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_ring_waits_until_it_may_come, setup),
		cmocka_unit_test_setup(only_the_receivers_own_files, setup),
		cmocka_unit_test_setup(messages_that_are_wrong, setup),
		cmocka_unit_test_setup(a_restart_forgets_targets, setup),
		cmocka_unit_test_setup(a_stop_waits_for_no_console, setup),
		cmocka_unit_test_setup(managers_are_rung, setup),
		cmocka_unit_test_setup(stores_are_commands, setup),
		cmocka_unit_test_setup(other_stores_are_faults, setup),
		cmocka_unit_test_setup(a_forged_page_gains_nothing, setup),
		cmocka_unit_test_setup(a_timer_keeps_a_heartbeat, setup),
		cmocka_unit_test_setup(another_hart_takes_over, setup),
		cmocka_unit_test_setup(without_a_heartbeat_nobody_is_wanted, setup),
		cmocka_unit_test_setup(what_goes_in_comes_out, setup),
		cmocka_unit_test_setup(lines_end_with_both, setup),
		cmocka_unit_test_setup(nobody_gets_what_is_for_nobody, setup),
		cmocka_unit_test_setup(a_full_buffer_drops, setup),
		cmocka_unit_test_setup(a_full_buffer_is_waited_for_once, setup),
		cmocka_unit_test_setup(who_echoes_is_waited_for, setup),
		cmocka_unit_test_setup(reading_a_little_buys_no_time, setup),
	};

	return cmocka_run_group_tests_name("firmware", tests, NULL, NULL) != 0;
}
