// SPDX-License-Identifier: GPL-2.0-only
/* Lines, expectations and the merged view: what `run` does between two bytes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image/console.h"
#include "image/expect.h"

static void expect_clean(const char *raw, size_t len, const char *want)
{
	char *copy = malloc(len ? len : 1);	/* exactly: ASan sees a byte too many */
	char *text = malloc(len + 1);

	memcpy(copy, raw, len);
	assert_int_equal(bh_console_clean(copy, len, text), strlen(want));
	assert_string_equal(text, want);
	free(copy);
	free(text);
}

#define CLEAN(raw, want)	expect_clean(raw, sizeof(raw) - 1, want)

static void test_clean(void **state)
{
	(void)state;
	/* The same controls as ESC begins, in their other form (ECMA-48, 5.3); a letter that looks like it. */
	CLEAN("a\xc2\x9b" "2Jb\xc2\x85" "c", "abc");
	CLEAN("\xc2\x9b", "");
	CLEAN("\xc2\xa7 5\xc3\x9b", "\xc2\xa7 5\xc3\x9b");
	CLEAN("", "");
	CLEAN("plain\r\n", "plain");
	CLEAN("plain\r\r\n", "plain");
	CLEAN("\rafter GRUB's line end\n", "after GRUB's line end");
	CLEAN("10%\r20%\r100%\n", "100%");
	CLEAN("\033[1;31mred\033[0m text", "red text");
	CLEAN("\033]0;title\atext", "text");
	CLEAN("\033(Btext", "text");
	CLEAN("\033=text", "text");
	CLEAN("\033[6n# ", "# ");
	CLEAN("tab\tstays, \x01 goes, DEL\x7f too", "tab\tstays,  goes, DEL too");
	CLEAN("nul\0inside", "nulinside");
	CLEAN("typoo\b", "typo");
	CLEAN("\b\b\bx", "x");
	CLEAN("caf\xc3\xa9", "caf\xc3\xa9");
	/* What is left out must not leave a control behind. */
	CLEAN("a\xc2\x01\x9b" "6n", "a6n");
	CLEAN("a\xc2\xc2\x01\x9b\x9b" "6n", "a6n");
}

/* A chunk may end anywhere: what is cut must neither be read past nor shown. */
static void test_clean_cut(void **state)
{
	static const char whole[] = "\033[38;5;12mx\033]0;t\ay\033(Bz";
	char text[sizeof(whole)];

	(void)state;
	for (size_t len = 0; len < sizeof(whole); len++) {
		char *cut = malloc(len ? len : 1);

		memcpy(cut, whole, len);
		bh_console_clean(cut, len, text);
		assert_null(strchr(text, '\033'));
		assert_true(strspn(text, "xyz") == strlen(text));
		free(cut);
	}
}

static const char *const names[] = { "control", "rt", "boot" };

static void test_expect_all(void **state)
{
	struct bh_expect e;

	(void)state;
	bh_expect_init(&e, names, 3, 2);
	assert_int_equal(bh_expect_add(&e, "up after [0-9.]+ s$"), 0);
	assert_int_equal(e.open, 2);	/* not on the boot stage's console */
	assert_false(bh_expect_feed(&e, 0, "up after nothing"));
	assert_true(bh_expect_feed(&e, 0, "control: up after 1.5 s"));
	assert_false(bh_expect_feed(&e, 0, "control: up after 1.5 s"));
	assert_false(bh_expect_feed(&e, 2, "boot: up after 1.5 s"));
	assert_true(bh_expect_met(&e, 0));
	assert_false(bh_expect_met(&e, 1));
	assert_false(bh_expect_met(&e, 2));	/* nothing was asked of it */
	assert_true(bh_expect_feed(&e, 1, "rt: up after 2.25 s"));
	assert_int_equal(e.open, 0);
	bh_expect_free(&e);
}

static void test_expect_one(void **state)
{
	struct bh_expect e;

	(void)state;
	bh_expect_init(&e, names, 3, 2);
	assert_int_equal(bh_expect_add(&e, "rt=^# $"), 0);
	assert_int_equal(bh_expect_add(&e, "rt=a=b"), 0);
	assert_int_equal(bh_expect_add(&e, "boot=stopped"), 0);
	assert_int_equal(e.open, 3);
	assert_false(bh_expect_feed(&e, 0, "# "));
	assert_true(bh_expect_feed(&e, 1, "# "));
	assert_false(bh_expect_met(&e, 1));
	assert_true(bh_expect_feed(&e, 1, "a=b"));
	assert_true(bh_expect_met(&e, 1));
	assert_true(bh_expect_feed(&e, 2, "bulkhead: stopped"));
	assert_int_equal(e.open, 0);
	bh_expect_free(&e);
}

static void test_expect_refused(void **state)
{
	struct bh_expect e;

	(void)state;
	bh_expect_init(&e, names, 3, 2);
	assert_int_equal(bh_expect_add(&e, "tr=up"), -EINVAL);
	assert_int_equal(bh_expect_add(&e, "rt=(up"), -EINVAL);
	assert_int_equal(e.open, 0);
	assert_int_equal(bh_expect_add(&e, "=init=/bin/sh"), 0);
	assert_int_equal(e.open, 2);
	assert_true(bh_expect_feed(&e, 0, "... init=/bin/sh ..."));
	/* does not look like NAME= */
	assert_int_equal(bh_expect_add(&e, "[a-z]=1"), 0);
	assert_int_equal(e.open, 3);
	bh_expect_free(&e);
}

struct screen {
	struct bh_view view;
	char *text;
	size_t size;
};

static void open_screen(struct screen *screen, bool live)
{
	memset(screen, 0, sizeof(*screen));
	screen->view.out = open_memstream(&screen->text, &screen->size);
	screen->view.width = 7;
	screen->view.live = live;
}

static void check_screen(struct screen *screen, const char *want)
{
	fclose(screen->view.out);
	assert_string_equal(screen->text, want);
	free(screen->text);
}

static void test_view_lines(void **state)
{
	struct screen s;

	(void)state;
	open_screen(&s, false);
	bh_view_line(&s.view, "control", 0, "one");
	bh_view_status(&s.view, "waiting");	/* not on something that can't be rewritten */
	bh_view_line(&s.view, "rt", 1, "two");
	check_screen(&s, "control | one\nrt      | two\n");
}

static void test_view_status(void **state)
{
	struct screen s;

	(void)state;
	open_screen(&s, true);
	bh_view_status(&s.view, "waiting");
	bh_view_line(&s.view, "rt", 1, "line");
	bh_view_status(&s.view, "waiting");	/* still there: not drawn again */
	bh_view_status(&s.view, "");
	check_screen(&s, "\r\033[Kwaiting\r\033[Krt      | line\nwaiting\r\033[K");
}

/* Another console's line goes above the one that is being typed. */
static void test_view_typing(void **state)
{
	struct screen s;

	(void)state;
	open_screen(&s, true);
	bh_view_typing(&s.view, "rt", 1, "# ls", 4);
	bh_view_typing(&s.view, "rt", 1, "# ls", 4);	/* still there */
	bh_view_line(&s.view, "control", 0, "news");
	bh_view_status(&s.view, "");
	bh_view_line(&s.view, "rt", 1, "# ls");
	check_screen(&s, "\r\033[Krt      | # ls\r\033[14C\r\033[Kcontrol | news\nrt      | # ls\r\033[14C"
		     "\r\033[Krt      | # ls\n");
}

/* While the terminal is another's, lines wait, and the oldest of too many go. */
static void test_view_held(void **state)
{
	struct screen s;
	char text[16];

	(void)state;
	open_screen(&s, true);
	bh_view_status(&s.view, "waiting");
	bh_view_hold(&s.view, true);
	bh_view_status(&s.view, "not seen");
	bh_view_line(&s.view, "rt", 1, "late");
	bh_view_hold(&s.view, false);
	bh_view_line(&s.view, "rt", 1, "now");
	bh_view_hold(&s.view, true);
	for (int i = 0; i < BH_KEPT + 2; i++) {
		snprintf(text, sizeof(text), "%d", i);
		bh_view_line(&s.view, "rt", 1, text);
	}
	bh_view_hold(&s.view, false);
	fflush(s.view.out);
	assert_int_equal(strncmp(s.text, "\r\033[Kwaiting\r\033[Krt      | late\nrt      | now\n"
					 "          (2 lines left out)\nrt      | 2\nrt      | 3\n", 90), 0);
	assert_non_null(strstr(s.text, "| 2001\n"));
	assert_null(strstr(s.text, "not seen"));
	fclose(s.view.out);
	free(s.text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_clean_cut),
		cmocka_unit_test(test_expect_all),
		cmocka_unit_test(test_expect_one),
		cmocka_unit_test(test_expect_refused),
		cmocka_unit_test(test_view_lines),
		cmocka_unit_test(test_view_status),
		cmocka_unit_test(test_view_typing),
		cmocka_unit_test(test_view_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
