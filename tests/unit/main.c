// SPDX-License-Identifier: GPL-2.0-only
/* The core's unit tests, in one program: the last test asks what the others reached. */
#include "fixture.h"

#include <stdio.h>

#include "core/rules.h"

static void every_rule_was_reached(void **state)
{
	unsigned int missing = 0;

	(void)state;
	for (unsigned int i = 0; i < bh_rules_count; i++) {
		if (rule_was_seen(bh_rules[i].name))
			continue;
		print_error("no test reaches the rule %s\n", bh_rules[i].name);
		missing++;
	}
	assert_int_equal(missing, 0);
}

int main(void)
{
	const struct CMUnitTest last[] = {
		cmocka_unit_test(every_rule_was_reached),
	};
	int failed = 0;

	failed += test_text();
	failed += test_sha256();
	failed += test_image();
	failed += test_layout();
	failed += test_check();
	failed += test_rules();
	failed += test_place();
	failed += test_property();
	failed += test_blob();
	failed += test_references();
	failed += test_riscv();
	failed += test_trees();
	failed += cmocka_run_group_tests_name("all", last, NULL, NULL);
	return failed != 0;
}
