// SPDX-License-Identifier: GPL-2.0-only
/* The portable monitor, on whichever shape of a machine it is linked with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"
#include "monitor/calls.h"
#include "monitor/states.h"
#include "monitor/status.h"

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_start();
	fake_settle();
	for (uint32_t i = 0; i < monitor.nparts; i++) {
		assert_int_equal(monitor.parts[i].state, BH_STATE_RUNNING);
		assert_int_equal(monitor.parts[i].epoch, 1);
	}
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
		{ BH_CALL_STATUS, true, true, false, true },
		{ BH_CALL_START, true, false, false, true },
		{ BH_CALL_STOP, true, false, false, true },
		{ BH_CALL_FORCE_STOP, true, false, false, true },
		{ BH_CALL_RESTART, true, false, false, true },
		{ BH_CALL_RING, true, true, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint64_t f = rows[i].function;

		assert_int_equal(fake_call(CONTROL, f, 4) != BH_ERROR_DENIED, rows[i].manager);
		fake_settle();
		assert_int_equal(fake_call(RT, f, 3) != BH_ERROR_DENIED, rows[i].peer);
		assert_int_equal(fake_call(APP, f, 4) != BH_ERROR_DENIED, rows[i].stranger);
		assert_int_equal(fake_call(RT, f, 4) != BH_ERROR_DENIED, rows[i].self);
		fake_settle();
	}
}

static void strangers_learn_nothing(void **state)
{
	static const uint64_t ids[] = { 0, 1, 2, 3, 4, 6, 66, 67, UINT32_MAX, UINT64_MAX, 1ULL << 32 | 4 };

	(void)state;
	for (uint64_t f = BH_CALL_STATUS; f <= BH_CALL_RING; f++)
		for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
			assert_int_equal(fake_call(APP, f, ids[i]), BH_ERROR_DENIED);
			assert_int_equal(fake_value, 0);
		}
	/* All 64 bits are the id: not the low half of one that the caller manages. */
	assert_int_equal(fake_call(CONTROL, BH_CALL_STATUS, 1ULL << 32 | 4), BH_ERROR_DENIED);
	for (uint32_t i = 0; i < monitor.nparts; i++)
		for (uint32_t k = 0; k < monitor.nparts; k++)
			assert_int_equal(fake_rings(&monitor.parts[i], &monitor.parts[k]), 0);
}

static void ids_are_the_plans(void **state)
{
	(void)state;
	assert_ptr_equal(part_by_id(3), CONTROL);
	assert_ptr_equal(part_by_id(5), APP);
	assert_null(part_by_id(2));
	assert_null(part_by_id(6));
	assert_null(part_by_id(1ULL << 32 | 4));
}

static void partitions_are_the_plans(void **state)
{
	struct bh_partition partitions[3] = {
		{ .name = "control", .manages = 1U << 1 }, { .name = "rt" }, { .name = "app" },
	};
	struct bh_channel channels[] = { { .side = { 0, 1 } }, { .side = { 2, 0 } } };
	const struct bh_plan plan = {
		.partitions = partitions, .npartitions = 3, .channels = channels, .nchannels = 2,
	};
	struct part taken[3] = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		part_take(&taken[i], &plan, i);
		assert_int_equal(taken[i].id, BH_PARTITION_ID_BASE + i);
		assert_string_equal(taken[i].name, partitions[i].name);
	}
	assert_int_equal(taken[0].manages, 1U << 1);
	assert_int_equal(taken[1].manages, 0);
	assert_int_equal(taken[0].peers, 1U << 1 | 1U << 2);
	assert_int_equal(taken[1].peers, 1U << 0);
	assert_int_equal(taken[2].peers, 1U << 0);
}

static void words_are_the_tables(void **state)
{
	(void)state;
	assert_string_equal(bh_state_word(BH_STATE_STOPPING), "stopping");
	assert_string_equal(bh_reason_word(BH_REASON_NONE), "none");
	assert_string_equal(bh_reason_word(BH_REASON_TRAP), "trap");
	assert_string_equal(bh_error_word(0), "done");
	assert_string_equal(bh_error_word(BH_ERROR_ALREADY_STOPPED), "already stopped");
	/* What nobody has named, between them and beyond. */
	assert_string_equal(bh_error_word(-5), "unknown");
	assert_string_equal(bh_error_word(1), "unknown");
	assert_string_equal(bh_error_word(LLONG_MIN), "unknown");
	assert_string_equal(bh_state_word(4), "unknown");
	assert_string_equal(bh_reason_word(0xff), "unknown");
}

static void calls_without_a_partition(void **state)
{
	(void)state;
	assert_int_equal(fake_call(RT, BH_CALL_VERSION, 77), 0);
	assert_int_equal(fake_value, BH_MONITOR_VERSION);
	assert_int_equal(fake_call(RT, BH_CALL_SELF, 0), 0);
	assert_int_equal(fake_value, 1LL << 32 | 4);
	assert_int_equal(fake_call(RT, BH_CALLS, 0), BH_ERROR_NOT_SUPPORTED);
	assert_int_equal(fake_call(RT, UINT64_MAX, 0), BH_ERROR_NOT_SUPPORTED);
}

/* --- from state to state --- */

static uint64_t status(uint32_t epoch, enum bh_reason reason, enum bh_state state)
{
	return (uint64_t)epoch << 32 | (uint64_t)reason << 8 | (uint64_t)state;
}

static void a_manager_stops_and_starts(void **state)
{
	(void)state;
	assert_int_equal(fake_call(CONTROL, BH_CALL_START, 4), BH_ERROR_ALREADY_STARTED);
	assert_int_equal(fake_call(CONTROL, BH_CALL_FORCE_STOP, 4), 0);
	assert_int_equal(status_word(RT), status(1, BH_REASON_FORCED, BH_STATE_STOPPING));
	fake_settle();
	assert_int_equal(status_word(RT), status(1, BH_REASON_FORCED, BH_STATE_STOPPED));
	assert_int_equal(fake_call(CONTROL, BH_CALL_FORCE_STOP, 4), BH_ERROR_ALREADY_STOPPED);
	assert_int_equal(fake_call(CONTROL, BH_CALL_STOP, 4), BH_ERROR_ALREADY_STOPPED);
	assert_int_equal(fake_call(CONTROL, BH_CALL_START, 4), 0);
	assert_int_equal(status_word(RT), status(2, BH_REASON_FORCED, BH_STATE_STARTING));
	assert_int_equal(fake_call(CONTROL, BH_CALL_START, 4), BH_ERROR_ALREADY_STARTED);
	fake_settle();
	assert_int_equal(status_word(RT), status(2, BH_REASON_FORCED, BH_STATE_RUNNING));
	/* nobody else noticed */
	assert_int_equal(status_word(APP), status(1, BH_REASON_NONE, BH_STATE_RUNNING));
}

static void the_last_decision_stands(void **state)
{
	(void)state;
	/* a restart, and before it is through a stop */
	assert_int_equal(fake_call(CONTROL, BH_CALL_RESTART, 4), 0);
	assert_int_equal(fake_call(CONTROL, BH_CALL_FORCE_STOP, 4), 0);
	fake_settle();
	assert_int_equal(RT->state, BH_STATE_STOPPED);
	/* a stop, and before it is through a start */
	assert_int_equal(fake_call(CONTROL, BH_CALL_RESTART, 4), 0);
	fake_settle();
	assert_int_equal(fake_call(CONTROL, BH_CALL_FORCE_STOP, 4), 0);
	assert_int_equal(fake_call(CONTROL, BH_CALL_START, 4), 0);
	fake_settle();
	assert_int_equal(status_word(RT), status(3, BH_REASON_FORCED, BH_STATE_RUNNING));
}

static void a_stop_while_it_loads(void **state)
{
	(void)state;
	fake_call(CONTROL, BH_CALL_FORCE_STOP, 4);
	fake_settle();
	fake_call(CONTROL, BH_CALL_START, 4);
	assert_int_equal(fake_call(CONTROL, BH_CALL_FORCE_STOP, 4), 0);
	fake_settle();
	assert_int_equal(RT->state, BH_STATE_STOPPED);
	/* and a restart while it loads: it loads again, with an epoch of its own */
	fake_call(CONTROL, BH_CALL_START, 4);
	assert_int_equal(fake_call(CONTROL, BH_CALL_RESTART, 4), 0);
	fake_settle();
	assert_int_equal(status_word(RT), status(4, BH_REASON_FORCED, BH_STATE_RUNNING));
}

static void a_wrong_image_never_starts(void **state)
{
	(void)state;
	fake.bad_image[1] = true;
	assert_int_equal(fake_call(CONTROL, BH_CALL_RESTART, 4), 0);
	fake_settle();
	assert_int_equal(status_word(RT), status(2, BH_REASON_IMAGE, BH_STATE_STOPPED));
	assert_int_equal(fake_call(CONTROL, BH_CALL_START, 4), BH_ERROR_FAILED);
	assert_int_equal(fake_call(CONTROL, BH_CALL_RESTART, 4), BH_ERROR_FAILED);
	assert_int_equal(CONTROL->state, BH_STATE_RUNNING);
}

static void a_boot_cpu_that_does_not_start(void **state)
{
	(void)state;
	fake_call(CONTROL, BH_CALL_FORCE_STOP, 4);
	fake_settle();
	fake.boot_error = -3;
	assert_int_equal(fake_call(CONTROL, BH_CALL_START, 4), BH_ERROR_FAILED);
	assert_int_equal(RT->state, BH_STATE_STOPPED);
	fake.boot_error = 0;
	assert_int_equal(fake_call(CONTROL, BH_CALL_START, 4), 0);
}

static void a_kernel_that_unplugs_its_last_cpu(void **state)
{
	(void)state;
	fake_cpu_stops(RT, 1);
	fake_settle();
	assert_int_equal(status_word(RT), status(1, BH_REASON_SHUTDOWN, BH_STATE_STOPPED));
}

static void the_machine_goes_off_when_all_want_it(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < monitor.nparts; i++) {
		assert_false(fake.off);
		hw_lock();
		states_force_stop(&monitor.parts[i], i == 1 ? BH_REASON_SHUTDOWN : BH_REASON_TRAP);
		hw_unlock();
		fake_settle();
	}
	assert_true(fake.off);
}

static void the_machine_stays_on_when_nobody_did(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < monitor.nparts; i++) {
		hw_lock();
		states_force_stop(&monitor.parts[i], BH_REASON_TRAP);
		hw_unlock();
		fake_settle();
	}
	assert_false(fake.off);
}

/* --- doorbells --- */

static void a_ring_reaches_its_peer(void **state)
{
	(void)state;
	assert_int_equal(fake_call(RT, BH_CALL_RING, 3), 0);
	assert_int_equal(fake_call(RT, BH_CALL_RING, 3), 0);
	assert_int_equal(fake_rings(CONTROL, RT), 2);
	assert_int_equal(fake_rings(RT, CONTROL), 0);
	/* What has no channel is rung by nobody, whatever its rights. */
	assert_int_equal(fake_call(RT, BH_CALL_RING, 5), BH_ERROR_DENIED);
	assert_int_equal(fake_call(RT, BH_CALL_RING, 4), BH_ERROR_DENIED);
}

static void a_restart_forgets_doorbells(void **state)
{
	(void)state;
	fake_call(CONTROL, BH_CALL_RING, 4);
	assert_int_equal(fake_rings(RT, CONTROL), 1);
	fake_call(CONTROL, BH_CALL_RESTART, 4);
	assert_int_equal(fake_rings(RT, CONTROL), 0);
	/* A CPU that has not looked yet, or a peer. */
	fake_call(CONTROL, BH_CALL_RING, 4);
	fake_settle();
	assert_int_equal(fake_rings(RT, CONTROL), 0);
}

static void managers_are_rung(void **state)
{
	uint32_t before = fake_rings(CONTROL, NULL), app = fake_rings(APP, NULL);

	(void)state;
	fake_call(RT, BH_CALL_FORCE_STOP, 4);
	assert_int_equal(fake_rings(CONTROL, NULL), before + 1);
	fake_settle();
	assert_int_equal(fake_rings(CONTROL, NULL), before + 2);
	fake_call(APP, BH_CALL_FORCE_STOP, 5);
	fake_settle();
	assert_int_equal(fake_rings(CONTROL, NULL), before + 2);
	assert_true(fake_rings(APP, NULL) <= app);
}

/* --- status pages --- */

static void the_page_shows_peers(void **state)
{
	const struct bh_status_page *w = CONTROL->page;

	(void)state;
	assert_true(w->magic == BH_STATUS_PAGE_MAGIC);
	assert_int_equal(w->version, BH_MONITOR_VERSION);
	assert_int_equal(w->id, 3);
	assert_int_equal(w->peers[0].id, 4);
	assert_int_equal(w->peers[0].rights, BH_RIGHT_RING | BH_RIGHT_MANAGE);
	assert_int_equal(w->peers[1].id, 0);
	assert_int_equal(RT->page->peers[0].rights, BH_RIGHT_RING);
	assert_int_equal(APP->page->peers[0].id, 0);
	assert_int_equal(w->peers[0].status, status(1, BH_REASON_NONE, BH_STATE_RUNNING));
	fake_call(CONTROL, BH_CALL_FORCE_STOP, 4);
	assert_int_equal(w->peers[0].status, status(1, BH_REASON_FORCED, BH_STATE_STOPPING));
	fake_settle();
	assert_int_equal(w->peers[0].status, status(1, BH_REASON_FORCED, BH_STATE_STOPPED));
}

static void a_stop_is_asked_for_once(void **state)
{
	(void)state;
	assert_int_equal(fake_call(CONTROL, BH_CALL_STOP, 4), 0);
	assert_int_equal(RT->page->request, BH_REQUEST_STOP);
	assert_int_equal(RT->state, BH_STATE_RUNNING);
	fake_call(CONTROL, BH_CALL_RESTART, 4);
	fake_settle();
	assert_int_equal(RT->page->request, BH_REQUEST_NONE);
	assert_int_equal(RT->page->epoch, 2);
}

/* --- heartbeats --- */

#define MS		(FAKE_HZ / 1000)
#define A_LOOK		(FAKE_HZ / 4)	/* until a machine without timers has noticed */

static void a_missed_heartbeat_restarts_once(void **state)
{
	(void)state;
	assert_int_equal(fake_call(RT, BH_CALL_WATCHDOG, BH_WATCHDOG_MAX_MS + 1), BH_ERROR_INVALID);
	assert_int_equal(fake_call(RT, BH_CALL_WATCHDOG, 100), 0);
	fake_pass(100 * MS - 1);
	assert_int_equal(status_word(RT), status(1, BH_REASON_NONE, BH_STATE_RUNNING));
	fake_pass(A_LOOK);
	assert_int_equal(status_word(RT), status(2, BH_REASON_WATCHDOG, BH_STATE_RUNNING));
	fake_pass(10 * FAKE_HZ);
	assert_int_equal(status_word(RT), status(2, BH_REASON_WATCHDOG, BH_STATE_RUNNING));
	assert_int_equal(status_word(CONTROL), status(1, BH_REASON_NONE, BH_STATE_RUNNING));
	assert_int_equal(status_word(APP), status(1, BH_REASON_NONE, BH_STATE_RUNNING));
}

static void heartbeats_go_on_and_end(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		assert_int_equal(fake_call(RT, BH_CALL_WATCHDOG, 1000), 0);
		fake_pass(900 * MS);
	}
	assert_int_equal(fake_call(RT, BH_CALL_WATCHDOG, 0), 0);
	fake_pass(10 * FAKE_HZ);
	assert_int_equal(status_word(RT), status(1, BH_REASON_NONE, BH_STATE_RUNNING));
}

static void each_has_its_own_heartbeat(void **state)
{
	(void)state;
	fake_call(RT, BH_CALL_WATCHDOG, 3000);
	fake_call(APP, BH_CALL_WATCHDOG, 1000);
	fake_pass(1000 * MS + A_LOOK);
	assert_int_equal(APP->epoch, 2);
	assert_int_equal(RT->epoch, 1);
	fake_pass(2000 * MS);
	assert_int_equal(APP->epoch, 2);
	assert_int_equal(RT->epoch, 2);
}

/* Whatever ends an epoch ends its promise. */
static void a_promise_is_of_one_epoch(void **state)
{
	(void)state;
	fake_call(RT, BH_CALL_WATCHDOG, 1000);
	fake_call(CONTROL, BH_CALL_RESTART, 4);
	/* Its CPUs have been told: too late for a promise. */
	assert_int_equal(fake_call(RT, BH_CALL_WATCHDOG, 1000), 0);
	fake_pass(5 * FAKE_HZ);
	assert_int_equal(status_word(RT), status(2, BH_REASON_FORCED, BH_STATE_RUNNING));
	fake_call(RT, BH_CALL_WATCHDOG, 1000);
	fake_call(CONTROL, BH_CALL_FORCE_STOP, 4);
	assert_int_equal(fake_call(RT, BH_CALL_WATCHDOG, 1), 0);
	/* Its CPUs take their time. */
	fake.time += 5 * FAKE_HZ;
	fake_tick();
	fake_pass(5 * FAKE_HZ);
	assert_int_equal(status_word(RT), status(2, BH_REASON_FORCED, BH_STATE_STOPPED));
}

static void who_has_promised_does_not_shut_down(void **state)
{
	(void)state;
	fake_call(RT, BH_CALL_WATCHDOG, 100);
	fake_cpu_stops(RT, 1);
	fake_settle();
	assert_int_equal(status_word(RT), status(2, BH_REASON_WATCHDOG, BH_STATE_RUNNING));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(rights_are_the_plans, setup),
		cmocka_unit_test_setup(strangers_learn_nothing, setup),
		cmocka_unit_test_setup(ids_are_the_plans, setup),
		cmocka_unit_test_setup(partitions_are_the_plans, setup),
		cmocka_unit_test_setup(words_are_the_tables, setup),
		cmocka_unit_test_setup(calls_without_a_partition, setup),
		cmocka_unit_test_setup(a_manager_stops_and_starts, setup),
		cmocka_unit_test_setup(the_last_decision_stands, setup),
		cmocka_unit_test_setup(a_stop_while_it_loads, setup),
		cmocka_unit_test_setup(a_wrong_image_never_starts, setup),
		cmocka_unit_test_setup(a_boot_cpu_that_does_not_start, setup),
		cmocka_unit_test_setup(a_kernel_that_unplugs_its_last_cpu, setup),
		cmocka_unit_test_setup(the_machine_goes_off_when_all_want_it, setup),
		cmocka_unit_test_setup(the_machine_stays_on_when_nobody_did, setup),
		cmocka_unit_test_setup(a_ring_reaches_its_peer, setup),
		cmocka_unit_test_setup(a_restart_forgets_doorbells, setup),
		cmocka_unit_test_setup(managers_are_rung, setup),
		cmocka_unit_test_setup(the_page_shows_peers, setup),
		cmocka_unit_test_setup(a_stop_is_asked_for_once, setup),
		cmocka_unit_test_setup(a_missed_heartbeat_restarts_once, setup),
		cmocka_unit_test_setup(heartbeats_go_on_and_end, setup),
		cmocka_unit_test_setup(each_has_its_own_heartbeat, setup),
		cmocka_unit_test_setup(a_promise_is_of_one_epoch, setup),
		cmocka_unit_test_setup(who_has_promised_does_not_shut_down, setup),
	};

	return cmocka_run_group_tests_name(shape_name, tests, NULL, NULL) != 0;
}
