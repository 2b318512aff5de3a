// SPDX-License-Identifier: GPL-2.0-only
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "core/rules.h"
#include "core/text.h"

/* Our formatter and libc's have to agree wherever both know the conversion. */
#define SAME(...) do {							\
	char ours[128], theirs[128];					\
	size_t len = bh_format(ours, sizeof(ours), __VA_ARGS__);	\
	int expected = snprintf(theirs, sizeof(theirs), __VA_ARGS__);	\
									\
	assert_string_equal(ours, theirs);				\
	assert_int_equal(len, expected);				\
} while (0)

static void format_agrees_with_libc(void **state)
{
	(void)state;
	SAME("plain");
	SAME("%s|%c|%%", "text", 'x');
	SAME("%d %d %d", 0, -1, 2147483647);
	SAME("%d", -2147483647 - 1);
	SAME("%u %x", 4294967295U, 0xdeadbeefU);
	SAME("%lu %lx", 18446744073709551615UL, 0x123456789abcUL);
	SAME("%llu %llx", 18446744073709551615ULL, 0ULL);
	SAME("%zu", sizeof(struct fixture));
	SAME("%5d|%05d|%5d|%05d", 42, 42, -42, -42);
	SAME("%8x|%08x|%016llx", 0xabcU, 0xabcU, 0xabcULL);
	SAME("%10s|%2s", "right", "long");
	SAME("%.3s|%.0s|%.*s", "abcdef", "abc", 2, "xyz");
	SAME("%6.2s|", "abc");
	SAME("%.*s", -1, "all of it");
	SAME("%lld", -9223372036854775807LL - 1);
}

static void format_is_bounded(void **state)
{
	char buf[8] = "unused!";

	(void)state;
	assert_int_equal(bh_format(buf, sizeof(buf), "%s", "1234567890"), 10);
	assert_string_equal(buf, "1234567");
	assert_int_equal(bh_format(buf, 1, "abc"), 3);
	assert_string_equal(buf, "");
	assert_int_equal(bh_format(NULL, 0, "%u", 12345U), 5);
}

static void precision_needs_no_terminator(void **state)
{
	static const char bare[3] = { 'a', 'b', 'c' };
	char buf[8];

	(void)state;
	bh_format(buf, sizeof(buf), "%.3s", bare);
	assert_string_equal(buf, "abc");
}

static void report_counts_and_cleans(void **state)
{
	struct fixture *f = fixture_new();
	const struct bh_place place = { BH_AT_PLAN, BH_NONE, BH_NONE };
	char large[900];

	(void)state;
	bh_report(&f->sink, BH_ERROR, BH_RULE_NAME, place, NULL, "a %s", "\x1b[31mred\n\x7f");
	bh_report(&f->sink, BH_WARNING, BH_RULE_NAME, place, "hint", "b");
	bh_report(&f->sink, BH_NOTE, BH_RULE_NAME, place, NULL, "c");
	assert_int_equal(f->sink.errors, 1);
	assert_int_equal(f->sink.warnings, 1);
	assert_string_equal(f->said[0].text, "a ?[31mred??");
	assert_string_equal(f->said[1].hint, "hint");

	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	bh_report(&f->sink, BH_ERROR, BH_RULE_NAME, place, NULL, "%s", large);
	assert_int_equal(strlen(f->said[3].text), 767);
	assert_string_equal(f->said[3].text + 764, "...");

	f->sink.emit = NULL;
	bh_report(&f->sink, BH_ERROR, BH_RULE_NAME, place, NULL, "nobody listens");
	assert_int_equal(f->sink.errors, 3);
	fixture_free(f);
}

static void sizes_and_ranges_read_well(void **state)
{
	const struct bh_range range = { 0x40000000, 0x20000000 };

	(void)state;
	assert_string_equal(bh_size_text(0).s, "0 bytes");
	assert_string_equal(bh_size_text(17).s, "17 bytes");
	assert_string_equal(bh_size_text(4096).s, "4 KiB");
	assert_string_equal(bh_size_text(1536 * BH_MIB).s, "1536 MiB");
	assert_string_equal(bh_size_text(3 * BH_GIB).s, "3 GiB");
	assert_string_equal(bh_range_text(&range).s, "0x40000000-0x5fffffff");
}

static void rules_are_listed_once(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < bh_rules_count; i++) {
		assert_true(strlen(bh_rules[i].name) < 32);
		for (unsigned int k = 0; k < i; k++)
			assert_string_not_equal(bh_rules[i].name, bh_rules[k].name);
	}
}

int test_text(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(format_agrees_with_libc),
		cmocka_unit_test(format_is_bounded),
		cmocka_unit_test(precision_needs_no_terminator),
		cmocka_unit_test(report_counts_and_cleans),
		cmocka_unit_test(sizes_and_ranges_read_well),
		cmocka_unit_test(rules_are_listed_once),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
