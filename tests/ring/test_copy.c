// SPDX-License-Identifier: GPL-2.0-only
/* The drivers' memcpy() for places that are not aligned alike, at every alignment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "copy_words.h"

#define LONGEST	300U
#define GUARD	16U

static void every_alignment_and_length(void **state)
{
	uint8_t want[8 + LONGEST + GUARD];

	(void)state;
	for (size_t to = 0; to < 8; to++)
		for (size_t from = 0; from < 8; from++)
			for (size_t length = 0; length <= LONGEST; length++) {
				/* They end where the copy does: the sanitizer sees what goes beyond. */
				uint8_t *source = malloc(from + length), *target = malloc(to + length + GUARD);

				for (size_t i = 0; i < from + length; i++)
					source[i] = (uint8_t)(i * 7 + 1);
				memset(target, 0xee, to + length + GUARD);
				memset(want, 0xee, sizeof(want));
				memcpy(want + to, source + from, length);
				bh_copy_words(target + to, source + from, length);
				assert_memory_equal(target, want, to + length + GUARD);
				free(source);
				free(target);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_alignment_and_length),
	};

	return cmocka_run_group_tests_name("copy", tests, NULL, NULL);
}
