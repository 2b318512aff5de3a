// SPDX-License-Identifier: GPL-2.0-only
/* The portable part of firmware/ on a machine of fakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "fake.h"
#include "mux.h"

enum {
	OK = 0,
	FAILED = -1,
	NOT_SUPPORTED = -2,
	INVALID_PARAM = -3,
	DENIED = -4,
	ALREADY_STARTED = -7,
	ALREADY_STOPPED = -8,
};

#define CONTROL	(&fw.parts[0])
#define RT	(&fw.parts[1])
#define APP	(&fw.parts[2])

static int setup(void **state)
{
	(void)state;
	fake_reset();
	hw_lock();
	for (uint32_t i = 0; i < fw.nparts; i++)
		assert_int_equal(control_start(&fw.parts[i]), OK);
	hw_unlock();
	fake_settle();
	for (uint32_t i = 0; i < fw.nparts; i++) {
		assert_int_equal(fw.parts[i].state, BH_STATE_RUNNING);
		assert_int_equal(fw.parts[i].epoch, 1);
	}
	fake.msis = 0;
	return 0;
}

/* --- who may --- */

static void rights_are_the_plans(void **state)
{
	/* by function: control of rt, rt of control, app of rt, rt of itself */
	static const struct {
		uint64_t function;
		bool manager, peer, stranger, self;
	} rows[] = {
		{ BH_SBI_STATUS, true, true, false, true },
		{ BH_SBI_START, true, false, false, true },
		{ BH_SBI_STOP, true, false, false, true },
		{ BH_SBI_FORCE_STOP, true, false, false, true },
		{ BH_SBI_RESTART, true, false, false, true },
		{ BH_SBI_RING, true, true, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint64_t f = rows[i].function;

		assert_int_equal(fake_call(CONTROL, f, 4) != DENIED, rows[i].manager);
		fake_settle();
		assert_int_equal(fake_call(RT, f, 3) != DENIED, rows[i].peer);
		assert_int_equal(fake_call(APP, f, 4) != DENIED, rows[i].stranger);
		assert_int_equal(fake_call(RT, f, 4) != DENIED, rows[i].self);
		fake_settle();
	}
}

static void strangers_learn_nothing(void **state)
{
	static const uint64_t ids[] = { 0, 1, 2, 3, 4, 6, 66, 67, UINT32_MAX, UINT64_MAX, 1ULL << 32 | 4 };

	(void)state;
	for (uint64_t f = BH_SBI_STATUS; f <= BH_SBI_RING; f++)
		for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
			assert_int_equal(fake_call(APP, f, ids[i]), DENIED);
			assert_int_equal(fake_value, 0);
		}
	/* All 64 bits are the id: not the low half of one that the caller manages. */
	assert_int_equal(fake_call(CONTROL, BH_SBI_STATUS, 1ULL << 32 | 4), DENIED);
	assert_int_equal(fake.msis, 0);
}

static void calls_without_a_partition(void **state)
{
	(void)state;
	assert_int_equal(fake_call(RT, BH_SBI_VERSION, 77), OK);
	assert_int_equal(fake_value, BH_SERVICE_VERSION);
	assert_int_equal(fake_call(RT, BH_SBI_SELF, 0), OK);
	assert_int_equal(fake_value, 1LL << 32 | 4);
	assert_int_equal(fake_call(RT, BH_SBI_FUNCTIONS, 0), NOT_SUPPORTED);
	assert_int_equal(fake_call(RT, UINT64_MAX, 0), NOT_SUPPORTED);
}

/* --- from state to state --- */

static uint64_t status(uint32_t epoch, enum bh_reason reason, enum bh_state state)
{
	return (uint64_t)epoch << 32 | (uint64_t)reason << 8 | (uint64_t)state;
}

static void a_manager_stops_and_starts(void **state)
{
	(void)state;
	assert_int_equal(fake_call(CONTROL, BH_SBI_START, 4), ALREADY_STARTED);
	assert_int_equal(fake_call(CONTROL, BH_SBI_FORCE_STOP, 4), OK);
	assert_int_equal(part_status(RT), status(1, BH_REASON_FORCED, BH_STATE_STOPPING));
	fake_settle();
	assert_int_equal(part_status(RT), status(1, BH_REASON_FORCED, BH_STATE_STOPPED));
	assert_int_equal(fake_call(CONTROL, BH_SBI_FORCE_STOP, 4), ALREADY_STOPPED);
	assert_int_equal(fake_call(CONTROL, BH_SBI_STOP, 4), ALREADY_STOPPED);
	assert_int_equal(fake_call(CONTROL, BH_SBI_START, 4), OK);
	assert_int_equal(part_status(RT), status(2, BH_REASON_FORCED, BH_STATE_STARTING));
	assert_int_equal(fake_call(CONTROL, BH_SBI_START, 4), ALREADY_STARTED);
	fake_settle();
	assert_int_equal(part_status(RT), status(2, BH_REASON_FORCED, BH_STATE_RUNNING));
	/* nobody else noticed */
	assert_int_equal(part_status(APP), status(1, BH_REASON_NONE, BH_STATE_RUNNING));
}

static void the_last_decision_stands(void **state)
{
	(void)state;
	/* a restart, and before it is through a stop */
	assert_int_equal(fake_call(CONTROL, BH_SBI_RESTART, 4), OK);
	assert_int_equal(fake_call(CONTROL, BH_SBI_FORCE_STOP, 4), OK);
	fake_settle();
	assert_int_equal(RT->state, BH_STATE_STOPPED);
	/* a stop, and before it is through a start */
	assert_int_equal(fake_call(CONTROL, BH_SBI_RESTART, 4), OK);
	fake_settle();
	assert_int_equal(fake_call(CONTROL, BH_SBI_FORCE_STOP, 4), OK);
	assert_int_equal(fake_call(CONTROL, BH_SBI_START, 4), OK);
	fake_settle();
	assert_int_equal(part_status(RT), status(3, BH_REASON_FORCED, BH_STATE_RUNNING));
}

static void a_stop_while_it_loads(void **state)
{
	(void)state;
	fake_call(CONTROL, BH_SBI_FORCE_STOP, 4);
	fake_settle();
	fake_call(CONTROL, BH_SBI_START, 4);
	assert_int_equal(fake_call(CONTROL, BH_SBI_FORCE_STOP, 4), OK);
	fake_settle();
	assert_int_equal(RT->state, BH_STATE_STOPPED);
	/* and a restart while it loads: it loads again, with an epoch of its own */
	fake_call(CONTROL, BH_SBI_START, 4);
	assert_int_equal(fake_call(CONTROL, BH_SBI_RESTART, 4), OK);
	fake_settle();
	assert_int_equal(part_status(RT), status(4, BH_REASON_FORCED, BH_STATE_RUNNING));
}

static void a_wrong_image_never_starts(void **state)
{
	(void)state;
	fake.bad_image[1] = true;
	assert_int_equal(fake_call(CONTROL, BH_SBI_RESTART, 4), OK);
	fake_settle();
	assert_int_equal(part_status(RT), status(2, BH_REASON_IMAGE, BH_STATE_STOPPED));
	assert_int_equal(fake_call(CONTROL, BH_SBI_START, 4), FAILED);
	assert_int_equal(fake_call(CONTROL, BH_SBI_RESTART, 4), FAILED);
	assert_int_equal(CONTROL->state, BH_STATE_RUNNING);
}

static void a_boot_hart_that_does_not_start(void **state)
{
	(void)state;
	fake_call(CONTROL, BH_SBI_FORCE_STOP, 4);
	fake_settle();
	fake.boot_error = -3;
	assert_int_equal(fake_call(CONTROL, BH_SBI_START, 4), FAILED);
	assert_int_equal(RT->state, BH_STATE_STOPPED);
	fake.boot_error = 0;
	assert_int_equal(fake_call(CONTROL, BH_SBI_START, 4), OK);
}

static void a_kernel_that_unplugs_its_last_hart(void **state)
{
	(void)state;
	fake.harts[1] = fake.harts[2] = HART_STOPPED;
	fake_settle();
	assert_int_equal(part_status(RT), status(1, BH_REASON_SHUTDOWN, BH_STATE_STOPPED));
}

static void the_machine_goes_off_when_all_want_it(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < fw.nparts; i++) {
		assert_false(fake.off);
		hw_lock();
		control_force_stop(&fw.parts[i], i == 1 ? BH_REASON_SHUTDOWN : BH_REASON_TRAP);
		hw_unlock();
		fake_settle();
	}
	assert_true(fake.off);
}

static void the_machine_stays_on_when_nobody_did(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < fw.nparts; i++) {
		hw_lock();
		control_force_stop(&fw.parts[i], BH_REASON_TRAP);
		hw_unlock();
		fake_settle();
	}
	assert_false(fake.off);
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
	assert_int_equal(fake_call(RT, BH_SBI_RING, 3), OK);
	assert_int_equal(fake.msis, 0);
	assert_int_equal(message(CONTROL, 5, 4, 2, 0, 0, answer), 0);
	assert_int_equal(answer[0], 2);
	set_state(CONTROL, BH_SYSMSI_OF(4), true);
	assert_int_equal(fake.msis, 0);
	assert_int_equal(message(CONTROL, 6, 16, 2, FAKE_IMSIC, 9, NULL), 0);
	assert_int_equal(fake.msis, 1);
	assert_int_equal(fake.msi_address, FAKE_IMSIC);
	assert_int_equal(fake.msi_data, 9);
	/* each ring once more, and none while masked */
	fake_call(RT, BH_SBI_RING, 3);
	assert_int_equal(fake.msis, 2);
	set_state(CONTROL, BH_SYSMSI_OF(4), false);
	fake_call(RT, BH_SBI_RING, 3);
	fake_call(RT, BH_SBI_RING, 3);
	assert_int_equal(fake.msis, 2);
	set_state(CONTROL, BH_SYSMSI_OF(4), true);
	assert_int_equal(fake.msis, 3);
	assert_int_equal(message(CONTROL, 7, 4, 2, 0, 0, answer), 0);
	assert_int_equal(answer[0], FAKE_IMSIC);
	assert_int_equal(answer[2], 9);
}

static void only_the_receivers_own_files(void **state)
{
	static const uint64_t bad[] = {
		0, 1, FAKE_IMSIC, FAKE_IMSIC + 0x1004, FAKE_IMSIC + 0x3000, FAKE_IMSIC + 0x1000 + (1ULL << 32),
		0x24001000, 0x80200000, UINT64_MAX,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(message(RT, 6, 16, 1, bad[i], 1, NULL), -5);
	assert_int_equal(message(RT, 6, 16, 1, FAKE_IMSIC + 0x2000, 1, NULL), 0);
	assert_int_equal(message(RT, 6, 16, 1, FAKE_IMSIC + 0x1000, 0, NULL), INVALID_PARAM);
	assert_int_equal(message(RT, 6, 16, 1, FAKE_IMSIC + 0x1000, FAKE_IDS + 1, NULL), INVALID_PARAM);
	/* A hart without a file must not make 0 an address. */
	RT->files[0] = 0;
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
	assert_int_equal(message(RT, 6, 16, 1, FAKE_IMSIC + 0x1000, 5, NULL), 0);
	set_state(RT, 1, true);
	fake_call(CONTROL, BH_SBI_RESTART, 4);
	/* A hart that has not looked yet sets one more. */
	message(RT, 6, 16, 1, FAKE_IMSIC + 0x1000, 5, NULL);
	set_state(RT, 1, true);
	fake_settle();
	fake.msis = 0;
	assert_int_equal(fake_call(CONTROL, BH_SBI_RING, 4), OK);
	assert_int_equal(fake.msis, 0);
}

static void managers_are_rung(void **state)
{
	(void)state;
	assert_int_equal(message(CONTROL, 6, 16, BH_SYSMSI_CONTROL, FAKE_IMSIC, 7, NULL), 0);
	set_state(CONTROL, BH_SYSMSI_CONTROL, true);
	fake.msis = 0;
	fake_call(RT, BH_SBI_FORCE_STOP, 4);
	assert_int_equal(fake.msis, 1);
	fake_settle();
	assert_int_equal(fake.msis, 2);
	fake.msis = 0;
	fake_call(APP, BH_SBI_RESTART, 5);
	fake_settle();
	assert_int_equal(fake.msis, 0);
}

/* --- the window --- */

static void the_window_shows_peers(void **state)
{
	const struct bh_window *w = CONTROL->window;

	(void)state;
	assert_true(w->magic == BH_WINDOW_MAGIC);
	assert_int_equal(w->version, BH_SERVICE_VERSION);
	assert_int_equal(w->id, 3);
	assert_int_equal(w->peers[0].id, 4);
	assert_int_equal(w->peers[0].rights, BH_RIGHT_RING | BH_RIGHT_MANAGE);
	assert_int_equal(w->peers[1].id, 0);
	assert_int_equal(RT->window->peers[0].rights, BH_RIGHT_RING);
	assert_int_equal(APP->window->peers[0].id, 0);
	assert_int_equal(w->peers[0].status, status(1, BH_REASON_NONE, BH_STATE_RUNNING));
	fake_call(CONTROL, BH_SBI_FORCE_STOP, 4);
	assert_int_equal(w->peers[0].status, status(1, BH_REASON_FORCED, BH_STATE_STOPPING));
	fake_settle();
	assert_int_equal(w->peers[0].status, status(1, BH_REASON_FORCED, BH_STATE_STOPPED));
}

static void a_stop_is_asked_for_once(void **state)
{
	(void)state;
	assert_int_equal(fake_call(CONTROL, BH_SBI_STOP, 4), OK);
	assert_int_equal(RT->window->request, BH_REQUEST_STOP);
	assert_int_equal(RT->state, BH_STATE_RUNNING);
	fake_call(CONTROL, BH_SBI_RESTART, 4);
	fake_settle();
	assert_int_equal(RT->window->request, BH_REQUEST_NONE);
	assert_int_equal(RT->window->epoch, 2);
}

static bool store(struct part *p, const struct bh_window *page, uint64_t offset, unsigned int length,
		  uint64_t value)
{
	fake.readable = (uintptr_t)page;
	fake.readable_size = sizeof(*page);
	fake.hart = p->harts[0];
	return window_store(p, (uintptr_t)page + offset, length, value);
}

#define COMMAND(f)	(offsetof(struct bh_window, commands) + 8 * (f))

static struct bh_window forged __attribute__((aligned(BH_WINDOW_SIZE)));

/* The contract's page is on a boundary of its size, and the fake's has to be, too. */
static struct bh_window own __attribute__((aligned(BH_WINDOW_SIZE)));

static void own_window(struct part *p)
{
	memcpy(&own, p->window, sizeof(own));
	p->window = &own;
}

static void stores_are_commands(void **state)
{
	(void)state;
	own_window(CONTROL);
	assert_true(store(CONTROL, &own, COMMAND(BH_SBI_STATUS), 8, 4));
	assert_int_equal(own.result.count, 1);
	assert_int_equal(own.result.error, OK);
	assert_int_equal(own.result.value, status(1, BH_REASON_NONE, BH_STATE_RUNNING));
	assert_true(store(CONTROL, &own, COMMAND(BH_SBI_FORCE_STOP), 8, 5));
	assert_int_equal(own.result.count, 2);
	assert_int_equal(own.result.error, DENIED);
	assert_true(store(CONTROL, &own, COMMAND(BH_SBI_FORCE_STOP), 8, 4));
	fake_settle();
	assert_int_equal(RT->state, BH_STATE_STOPPED);
}

static void other_stores_are_faults(void **state)
{
	(void)state;
	own_window(CONTROL);
	for (uint64_t offset = 0; offset < BH_WINDOW_SIZE; offset++) {
		bool command = offset >= COMMAND(BH_SBI_STATUS) && offset < COMMAND(BH_SBI_FUNCTIONS);

		assert_false(store(CONTROL, &own, offset, 1, 4));
		assert_false(store(CONTROL, &own, offset, 4, 4));
		if (!command || offset % 8)
			assert_false(store(CONTROL, &own, offset, 8, 4));
	}
	assert_int_equal(own.result.count, 0);
}

static void a_forged_window_gains_nothing(void **state)
{
	(void)state;
	own_window(CONTROL);
	memcpy(&forged, &own, sizeof(forged));
	assert_false(store(CONTROL, &forged, COMMAND(BH_SBI_FORCE_STOP), 8, 4));
	/* nor does the window of another partition */
	assert_false(store(RT, &own, COMMAND(BH_SBI_FORCE_STOP), 8, 4));
	/* nor one that can't be read */
	fake.readable_size = 0;
	assert_false(window_store(CONTROL, (uintptr_t)&own + COMMAND(BH_SBI_STATUS), 8, 4));
	assert_int_equal(RT->state, BH_STATE_RUNNING);
	assert_int_equal(own.result.count, 0);
}

/* --- the watchdog --- */

static void the_watchdog_bites_once(void **state)
{
	(void)state;
	assert_int_equal(fake_call(RT, BH_SBI_WATCHDOG, BH_WATCHDOG_MAX_MS + 1), INVALID_PARAM);
	assert_int_equal(fake_call(RT, BH_SBI_WATCHDOG, 100), OK);
	assert_int_equal(fake.timer[1], FAKE_HZ / 10);
	fake.time = FAKE_HZ / 10 - 1;
	hw_lock();
	assert_true(watchdog_check(RT, 1) == FAKE_HZ / 10);
	fake.time++;
	/* Not that hart's. */
	assert_true(watchdog_check(RT, 2) == WATCHDOG_NEVER);
	assert_int_equal(RT->state, BH_STATE_RUNNING);
	assert_true(watchdog_check(RT, 1) == WATCHDOG_NEVER);
	hw_unlock();
	fake_settle();
	assert_int_equal(part_status(RT), status(2, BH_REASON_WATCHDOG, BH_STATE_RUNNING));
	fake.time += 10 * FAKE_HZ;
	hw_lock();
	assert_true(watchdog_check(RT, 1) == WATCHDOG_NEVER);
	hw_unlock();
	assert_int_equal(RT->state, BH_STATE_RUNNING);
}

static void the_watchdog_is_fed_and_sent_home(void **state)
{
	(void)state;
	fake_call(RT, BH_SBI_WATCHDOG, 100);
	fake.time = FAKE_HZ / 20;
	fake_call(RT, BH_SBI_WATCHDOG, 100);
	fake.time = FAKE_HZ / 10;
	hw_lock();
	assert_true(watchdog_check(RT, 1) == FAKE_HZ / 20 + FAKE_HZ / 10);
	hw_unlock();
	assert_int_equal(fake_call(RT, BH_SBI_WATCHDOG, 0), OK);
	fake.time = FAKE_HZ;
	hw_lock();
	assert_true(watchdog_check(RT, 1) == WATCHDOG_NEVER);
	hw_unlock();
	assert_int_equal(RT->state, BH_STATE_RUNNING);
}

static void another_hart_takes_the_watchdog_over(void **state)
{
	(void)state;
	fake.harts[2] = HART_RUNNING;
	fake_call(RT, BH_SBI_WATCHDOG, 100);
	hw_lock();
	watchdog_leave(RT, 2);
	assert_int_equal(RT->watchdog_hart, 1);
	watchdog_leave(RT, 1);
	assert_true(fake.told[2]);
	fake.hart = 2;
	watchdog_adopt(RT, 2);
	assert_int_equal(fake.timer[2], FAKE_HZ / 10);
	fake.time = FAKE_HZ;
	watchdog_check(RT, 2);
	assert_int_equal(RT->reason, BH_REASON_WATCHDOG);
	hw_unlock();
}

static void the_watchdog_of_nobody_bites_at_once(void **state)
{
	(void)state;
	fake_call(RT, BH_SBI_WATCHDOG, 100);
	fake.harts[1] = HART_STOPPED;
	fake_settle();
	assert_int_equal(part_status(RT), status(2, BH_REASON_WATCHDOG, BH_STATE_RUNNING));
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

static void a_full_buffer_drops(void **state)
{
	struct mux_buffer b = { .head = UINT32_MAX - 9, .tail = UINT32_MAX - 9 };
	uint8_t out[MUX_BUFFER + 1];

	(void)state;
	for (unsigned int i = 0; i < MUX_BUFFER + 10; i++)
		mux_buffer_put(&b, (uint8_t)(i < MUX_BUFFER ? i : 0xee));
	assert_int_equal(mux_buffer_take(&b, out, 10), 10);
	assert_int_equal(out[9], 9);
	assert_int_equal(mux_buffer_take(&b, out, sizeof(out)), MUX_BUFFER - 10);
	assert_int_equal(out[MUX_BUFFER - 11], 0xff);
	assert_int_equal(mux_buffer_take(&b, out, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(rights_are_the_plans, setup),
		cmocka_unit_test_setup(strangers_learn_nothing, setup),
		cmocka_unit_test_setup(calls_without_a_partition, setup),
		cmocka_unit_test_setup(a_manager_stops_and_starts, setup),
		cmocka_unit_test_setup(the_last_decision_stands, setup),
		cmocka_unit_test_setup(a_stop_while_it_loads, setup),
		cmocka_unit_test_setup(a_wrong_image_never_starts, setup),
		cmocka_unit_test_setup(a_boot_hart_that_does_not_start, setup),
		cmocka_unit_test_setup(a_kernel_that_unplugs_its_last_hart, setup),
		cmocka_unit_test_setup(the_machine_goes_off_when_all_want_it, setup),
		cmocka_unit_test_setup(the_machine_stays_on_when_nobody_did, setup),
		cmocka_unit_test_setup(a_ring_waits_until_it_may_come, setup),
		cmocka_unit_test_setup(only_the_receivers_own_files, setup),
		cmocka_unit_test_setup(messages_that_are_wrong, setup),
		cmocka_unit_test_setup(a_restart_forgets_targets, setup),
		cmocka_unit_test_setup(managers_are_rung, setup),
		cmocka_unit_test_setup(the_window_shows_peers, setup),
		cmocka_unit_test_setup(a_stop_is_asked_for_once, setup),
		cmocka_unit_test_setup(stores_are_commands, setup),
		cmocka_unit_test_setup(other_stores_are_faults, setup),
		cmocka_unit_test_setup(a_forged_window_gains_nothing, setup),
		cmocka_unit_test_setup(the_watchdog_bites_once, setup),
		cmocka_unit_test_setup(the_watchdog_is_fed_and_sent_home, setup),
		cmocka_unit_test_setup(another_hart_takes_the_watchdog_over, setup),
		cmocka_unit_test_setup(the_watchdog_of_nobody_bites_at_once, setup),
		cmocka_unit_test(what_goes_in_comes_out),
		cmocka_unit_test(lines_end_with_both),
		cmocka_unit_test(nobody_gets_what_is_for_nobody),
		cmocka_unit_test(a_full_buffer_drops),
	};

	return cmocka_run_group_tests_name("firmware", tests, NULL, NULL) != 0;
}
