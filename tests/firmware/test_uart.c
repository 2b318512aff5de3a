// SPDX-License-Identifier: GPL-2.0-only
/* The emulated UART, and the walk that finds out whether it was meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "riscv.h"
#include "walk.h"

enum { DATA, IER, IIR, LCR, MCR, LSR, MSR, SCR };

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fw.uart = 0x80040000;
	CONTROL->platform->console = true;
	RT->platform->console = true;
	return 0;
}

static unsigned int get(struct part *p, unsigned int reg)
{
	uint8_t value;

	assert_true(uart_load(p, fw.uart + reg, 1, &value));
	return value;
}

static void set(struct part *p, unsigned int reg, unsigned int value)
{
	assert_true(uart_store(p, fw.uart + reg, 1, (uint8_t)value));
}

static void input(uint32_t index, const char *text)
{
	riscv.input[index] = text;
}

static void what_is_sent_is_said(void **state)
{
	(void)state;
	assert_int_equal(get(CONTROL, LSR), 0x60);
	for (const char *s = "up\n"; *s; s++)
		set(CONTROL, DATA, (uint8_t)*s);
	set(RT, DATA, 'x');
	assert_string_equal(riscv.output[0], "up\n");
	assert_string_equal(riscv.output[1], "x");
	assert_string_equal(riscv.output[2], "");
}

static void input_is_read_once_by_its_own(void **state)
{
	(void)state;
	input(0, "ls");
	assert_int_equal(get(RT, LSR), 0x60);
	assert_int_equal(get(RT, DATA), 0);
	assert_int_equal(get(CONTROL, LSR), 0x61);
	assert_int_equal(get(CONTROL, LSR), 0x61);
	assert_int_equal(get(CONTROL, DATA), 'l');
	assert_int_equal(get(CONTROL, DATA), 's');
	assert_int_equal(get(CONTROL, LSR), 0x60);
	assert_int_equal(get(CONTROL, DATA), 0);
}

static void a_driver_that_polls_is_told_why(void **state)
{
	(void)state;
	assert_int_equal(get(CONTROL, IIR), 0x01);
	set(CONTROL, IIR, 0x01);
	assert_int_equal(get(CONTROL, IIR), 0xc1);
	set(CONTROL, IER, 0xff);
	assert_int_equal(get(CONTROL, IER), 0x0f);
	assert_int_equal(get(CONTROL, IIR), 0xc2);
	input(0, "a");
	assert_int_equal(get(CONTROL, IIR), 0xc4);
	assert_int_equal(get(CONTROL, DATA), 'a');
	assert_int_equal(get(CONTROL, IIR), 0xc2);
	set(CONTROL, IER, 0x01);
	assert_int_equal(get(CONTROL, IIR), 0xc1);
}

/* Linux' autoconfiguration, and others', decide by these that there is a 16550A. */
static void registers_keep_what_they_should(void **state)
{
	(void)state;
	set(CONTROL, SCR, 0xa5);
	assert_int_equal(get(CONTROL, SCR), 0xa5);
	assert_int_equal(get(RT, SCR), 0);
	set(CONTROL, LCR, 0x83);
	set(CONTROL, DATA, 0x34);
	set(CONTROL, IER, 0x12);
	assert_int_equal(get(CONTROL, DATA), 0x34);
	assert_int_equal(get(CONTROL, IER), 0x12);
	set(CONTROL, LCR, 0x03);
	assert_int_equal(get(CONTROL, LCR), 0x03);
	assert_int_equal(get(CONTROL, IER), 0);
	assert_string_equal(riscv.output[0], "");
	assert_int_equal(get(CONTROL, MSR), 0xb0);
	set(CONTROL, MCR, 0x1a);
	assert_int_equal(get(CONTROL, MSR) & 0xf0, 0x90);
	set(CONTROL, DATA, 'q');
	assert_int_equal(get(CONTROL, DATA), 'q');
	assert_string_equal(riscv.output[0], "");
	set(CONTROL, MCR, 0xff);
	assert_int_equal(get(CONTROL, MCR), 0x1f);
	/* These two are read only. */
	set(CONTROL, LSR, 0xff);
	set(CONTROL, MSR, 0);
	assert_int_equal(get(CONTROL, LSR), 0x60);
}

static void a_restart_finds_it_as_new(void **state)
{
	(void)state;
	input(0, "ab");
	set(CONTROL, SCR, 1);
	set(CONTROL, LCR, 0x80);
	set(CONTROL, IER, 0x12);
	set(CONTROL, LCR, 0);
	assert_int_equal(get(CONTROL, LSR), 0x61);
	uart_reset(CONTROL);
	assert_int_equal(get(CONTROL, SCR), 0);
	/* The byte that the former kernel had before it is gone with it. */
	assert_int_equal(get(CONTROL, DATA), 'b');
	set(CONTROL, LCR, 0x80);
	assert_int_equal(get(CONTROL, IER), 0);
}

static void the_rest_is_a_fault(void **state)
{
	uint8_t value;

	(void)state;
	for (unsigned int length = 2; length <= 8; length *= 2) {
		assert_false(uart_load(CONTROL, fw.uart, length, &value));
		assert_false(uart_store(CONTROL, fw.uart, length, 0));
	}
	assert_false(uart_load(CONTROL, fw.uart + 8, 1, &value));
	assert_false(uart_load(CONTROL, fw.uart - 1, 1, &value));
	assert_false(uart_store(CONTROL, 0, 1, 0));
	CONTROL->platform->console = false;
	assert_false(uart_load(CONTROL, fw.uart + LSR, 1, &value));
	assert_true(uart_load(RT, fw.uart + LSR, 1, &value));
	riscv.unmapped = true;
	assert_false(uart_load(RT, fw.uart + LSR, 1, &value));
}

/* --- the walk --- */

/* Tables at physical 0x1000, 0x2000 and so on; nothing else can be read. */
static uint64_t tables[6][512];
static unsigned int loads;

static bool load(uint64_t at, uint64_t *entry)
{
	loads++;
	if (at < 0x1000 || at >= 0x7000 || at % 8)
		return false;
	*entry = tables[at / 0x1000 - 1][at % 0x1000 / 8];
	return true;
}

#define SATP(mode)	((uint64_t)(mode) << 60 | 1)
#define TABLE(at)	((uint64_t)(at) >> 12 << 10 | 1)
#define LEAF(at)	(TABLE(at) | 0xce)
#define NAPOT		(1ULL << 63)

static bool leads(uint64_t satp, uint64_t from, uint64_t to)
{
	uint64_t physical = 0;

	loads = 0;
	return walk(satp, from, &physical, load) && physical == to;
}

static int clear(void **state)
{
	(void)state;
	memset(tables, 0, sizeof(tables));
	return 0;
}

static void pages_of_each_size(void **state)
{
	uint64_t physical;

	(void)state;
	assert_true(leads(0, 0x80040005, 0x80040005));
	/* Sv39: 4K, 2M, 1G; the upper half too */
	tables[0][0x1ff] = TABLE(0x2000);
	tables[1][3] = TABLE(0x3000);
	tables[2][5] = LEAF(0x80040000);
	assert_true(leads(SATP(8), 0xffffffffc0605123, 0x80040123));
	assert_int_equal(loads, 3);
	tables[1][4] = LEAF(0x80200000);
	assert_true(leads(SATP(8), 0xffffffffc0812345, 0x80212345));
	tables[0][0] = LEAF(0xc0000000);
	assert_true(leads(SATP(8), 0x12345678, 0xd2345678));
	assert_int_equal(loads, 1);
	/* 64K, where the page number's low bits say so */
	tables[2][0x1b] = NAPOT | LEAF(0x80040000 | 0x8000);
	assert_true(leads(SATP(8), 0xffffffffc061b004, 0x8004b004));
	tables[2][0x13] = NAPOT | LEAF(0x80040000 | 0x8000);
	assert_true(leads(SATP(8), 0xffffffffc0613004, 0x80043004));
	tables[2][0x1b] = NAPOT | LEAF(0x80040000 | 0x4000);
	assert_false(walk(SATP(8), 0xffffffffc061b004, &physical, load));
	/* What is no page number: PBMT, and the software's bits */
	tables[2][5] = LEAF(0x80040000) | 3ULL << 61 | 3ULL << 8;
	assert_true(leads(SATP(8), 0xffffffffc0605001, 0x80040001));
}

static void deeper_tables(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 5; i++)
		tables[i][1] = TABLE((i + 2) * 0x1000);
	tables[3][2] = LEAF(0x80040000);
	assert_true(leads(SATP(9), 0x8040202004, 0x80040004));
	tables[4][2] = LEAF(0x80040000);
	assert_true(leads(SATP(10), 0x1008040202004, 0x80040004));
	assert_int_equal(loads, 5);
}

static void tables_that_lead_nowhere(void **state)
{
	uint64_t physical;

	(void)state;
	/* an address that is not canonical, a mode that there isn't, nothing there */
	tables[0][0] = LEAF(0);
	assert_false(walk(SATP(8), 1ULL << 40, &physical, load));
	assert_false(walk(SATP(8), 1ULL << 38, &physical, load));
	assert_false(walk(SATP(11), 0, &physical, load));
	assert_false(walk(SATP(8), 0x40000000, &physical, load));
	tables[0][1] = LEAF(0x80040000) & ~1ULL;
	assert_false(walk(SATP(8), 0x40000000, &physical, load));
	/* a table that is not the partition's memory, and one that is itself, without end */
	tables[0][1] = TABLE(0x90000000);
	assert_false(walk(SATP(8), 0x40000000, &physical, load));
	tables[0][1] = TABLE(0x1000);
	loads = 0;
	assert_false(walk(SATP(8), 0x40201000, &physical, load));
	assert_int_equal(loads, 3);
	assert_false(walk(8ULL << 60 | 0xfffffffffff, 0, &physical, load));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_is_sent_is_said, setup),
		cmocka_unit_test_setup(input_is_read_once_by_its_own, setup),
		cmocka_unit_test_setup(a_driver_that_polls_is_told_why, setup),
		cmocka_unit_test_setup(registers_keep_what_they_should, setup),
		cmocka_unit_test_setup(a_restart_finds_it_as_new, setup),
		cmocka_unit_test_setup(the_rest_is_a_fault, setup),
		cmocka_unit_test_setup(pages_of_each_size, clear),
		cmocka_unit_test_setup(deeper_tables, clear),
		cmocka_unit_test_setup(tables_that_lead_nowhere, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
