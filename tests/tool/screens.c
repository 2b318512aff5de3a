// SPDX-License-Identifier: GPL-2.0-only
/* Sequences, keys and screens: what stands between a partition's console and a terminal. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image/canvas.h"
#include "image/clock.h"
#include "image/keys.h"
#include "image/screen.h"
#include "image/sequences.h"

/* --- sequences --- */

static void expect_late(const char *said, const char *want)
{
	size_t len = strlen(said);

	/* However it is cut: one byte at a time is how it is taken. */
	struct bh_sequences s = { 0 };
	char out[512];
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		enum bh_sequence kind = bh_sequences_take(&s, said[i]);

		if (!bh_sequences_shown_late(kind, &s))
			continue;
		memcpy(out + n, s.bytes, s.len);
		n += s.len;
	}
	out[n] = '\0';
	assert_string_equal(out, want);
}

static void test_shown_late(void **state)
{
	(void)state;
	expect_late("text\tcaf\xc3\xa9 \xe4\xb8\xad\r\n", "text\tcaf\xc3\xa9 \xe4\xb8\xad\r\n");
	expect_late("\033[1;31mred\033[0m\033[2J\033[3;4H\033[K\033[2;5r\0337\0338\033M\033(0",
		    "\033[1;31mred\033[0m\033[2J\033[3;4H\033[K\033[2;5r\0337\0338\033M\033(0");
	expect_late("\033[?1049h\033[?25l\033[?2004h\033[?1;7h", "\033[?1049h\033[?25l\033[?2004h\033[?1;7h");
	/* Queries, one kind after another (xterm's ctlseqs). */
	expect_late("a\005\033[6n\033[5n\033[?6n\033[c\033[>c\033[=c\033Z\033[x\033[18t\033[?25$p\033[>q\033[?u\033[?1;1;0Sb",
		    "ab");
	expect_late("a\033P$qm\033\\\033]10;?\a\033]52;c;?\033\\\033_G\033\\b", "ab");
	/* Modes that make a terminal report later. */
	expect_late("\033[?1000h\033[?1003h\033[?1004h\033[?2048h\033[?1;1004hx", "x");
	/* The same in one character, and in UTF-8 that is none. */
	expect_late("\xc2\x9b" "6nx\xc2\x9dtitle\ay\xe0\x82\x9b" "6n", "xy\xef\xbf\xbd" "6n");
	/* What is cut off, cancelled, interrupted, too long. */
	expect_late("\033[6\030n\033[6\033[31mx\033[\n1m", "n\033[31mx\n\033[1m");
	expect_late("\033[1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17mx\033[123456mx", "x\033[1234mx");
}

/* --- keys --- */

struct seen {
	char text[512];
	size_t n;
};

static void note(void *context, const struct bh_key *key)
{
	static const char letters[] = "ck.~+?()";
	struct seen *seen = context;

	assert_true(key->len > 0);
	seen->text[seen->n++] = letters[key->kind];
	if (key->kind == BH_KEY_CHAR) {
		memcpy(seen->text + seen->n - 1, key->bytes, key->len);
		seen->n += key->len - 1;
	} else if (key->kind == BH_KEY_CURSOR) {
		seen->text[seen->n++] = "UDRLHE"[key->cursor];
	}
	seen->text[seen->n] = '\0';
}

static void expect_keys(const char *typed, const char *want)
{
	struct bh_keys keys = { 0 };
	struct seen seen = { .text = "" };

	bh_keys_feed(&keys, typed, strlen(typed), note, &seen);
	assert_string_equal(seen.text, want);
}

static void test_keys(void **state)
{
	(void)state;
	/* c: Ctrl-] is k's neighbour in the letters: CHAR c, COMMAND k, ESCAPE ., CURSOR ~, SEQUENCE +, ANSWER ? */
	expect_keys("ab\xc3\xa9", "ab\xc3\xa9");
	expect_keys("\0352", "k2");
	expect_keys("\033", ".");
	expect_keys("\033\033\035", "..k");
	expect_keys("\033[A\033OB\033[C\033[D\033[H\033[F", "~U~D~R~L~H~E");
	expect_keys("\033[15~\033[1;5A\033[[Ax\033x\033OP", "+++x++");
	/* Reports: a position, attributes of both kinds, a mode, a size, focus. Not F3 with a modifier. */
	expect_keys("\033[24;16R\033[?62;22c\033[>0;10;1c\033[0n\033[?25;1$y\033[8;24;80t\033[I\033[O", "????????");
	expect_keys("\033[1;5R\033[c", "++");
	expect_keys("a\033[200~\0352\033[A\033[201~\035", "a(\0352\033[A)k");
	expect_keys("\033[\035", "+k");
	expect_keys("\033[24;1", "");
}

/* A cut sequence is whole when its rest has come, wherever it was cut behind its first byte. */
static void test_keys_cut(void **state)
{
	static const char *const whole[] = { "\033[24;16R", "\033[200~", "\033[15~", "\033[A", "\033[[A" };
	static const char *const want[] = { "?", "(", "+", "~U", "+" };

	(void)state;
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		for (size_t at = 2; at < strlen(whole[i]); at++) {
			struct bh_keys keys = { 0 };
			struct seen seen = { .text = "" };

			bh_keys_feed(&keys, whole[i], at, note, &seen);
			bh_keys_feed(&keys, whole[i] + at, strlen(whole[i]) - at, note, &seen);
			assert_string_equal(seen.text, want[i]);
		}
	}
}

/* --- screens --- */

static void append(void *context, const char *bytes, size_t len)
{
	struct seen *seen = context;

	memcpy(seen->text + seen->n, bytes, len);
	seen->n += len;
	seen->text[seen->n] = '\0';
}

static void expect_row(const struct bh_screen *screen, int row, const char *want)
{
	char text[512] = "";
	size_t n = 0;

	for (int col = 0; col < 20; col++) {
		struct bh_cell cell = bh_screen_cell(screen, row, col);

		if (cell.width)
			n += bh_cell_text(&cell, text + n);
	}
	while (n && text[n - 1] == ' ')
		text[--n] = '\0';
	assert_string_equal(text, want);
}

static void feed(struct bh_screen *screen, const char *text)
{
	bh_screen_feed(screen, text, strlen(text));
}

static void test_screen(void **state)
{
	struct seen seen = { .text = "" };
	struct bh_screen *screen = bh_screen_new(5, 20, append, &seen);
	struct bh_cell cell;
	int row, col;

	(void)state;
	feed(screen, "\033[9bone\r\n\033[31mtwo \xe4\xb8\xad\xe6\x96\x87\033[m|\033[6n");
	expect_row(screen, 0, "one");
	expect_row(screen, 1, "two \xe4\xb8\xad\xe6\x96\x87|");
	assert_string_equal(seen.text, "\033[2;10R");
	cell = bh_screen_cell(screen, 1, 0);
	assert_int_equal(cell.fg, BH_COLOUR_INDEX | 1);
	assert_int_equal(bh_screen_cell(screen, 1, 4).width, 2);
	assert_int_equal(bh_screen_cell(screen, 1, 5).width, 0);
	assert_true(bh_screen_cursor(screen, &row, &col));
	assert_int_equal(row * 100 + col, 109);

	/* Told again in another size: nobody is answered twice, and what scrolled off is back. */
	feed(screen, "\r\n3\r\n4\r\n5\r\n6\033[?25l");
	expect_row(screen, 0, "two \xe4\xb8\xad\xe6\x96\x87|");
	seen.n = 0;
	bh_screen_resize(screen, 8, 20);
	assert_int_equal(seen.n, 0);
	expect_row(screen, 0, "one");
	expect_row(screen, 5, "6");
	assert_false(bh_screen_cursor(screen, &row, &col));
	assert_int_equal(row, 5);

	/* Repetition is ours, and bounded; above there was nothing to repeat. */
	feed(screen, "\033c|x\033[3b\033[999999999b");
	expect_row(screen, 0, "|xxxxxxxxxxxxxxxxxxx");
	bh_screen_press(screen, BH_SCREEN_UP);
	feed(screen, "\033[?1h");
	bh_screen_press(screen, BH_SCREEN_UP);
	bh_screen_paste(screen, true);
	feed(screen, "\033[?2004h");
	bh_screen_paste(screen, true);
	bh_screen_paste(screen, false);
	assert_string_equal(seen.text, "\033[A\033OA\033[200~\033[201~");
	bh_screen_free(screen);
}

/* A program that asks without end gets whole answers up to a limit; keys are no answers. */
static void test_answers_are_limited(void **state)
{
	struct seen seen = { .text = "" };
	struct bh_screen *screen = bh_screen_new(5, 20, append, &seen);
	double begin = bh_now();
	size_t n;

	(void)state;
	for (size_t i = 0; i < 70; i++)
		feed(screen, "\033[6n");
	n = seen.n;
	assert_int_equal(n % 6, 0);
	/* Within one second: a busy host may need more than that. */
	if (bh_now() - begin < 1)
		assert_in_range(n, BH_SCREEN_ANSWERS, BH_SCREEN_ANSWERS + 5);
	bh_screen_press(screen, BH_SCREEN_UP);
	assert_string_equal(seen.text + n, "\033[A");
	feed(screen, "shown all the same");
	expect_row(screen, 0, "shown all the same");
	sleep(1);
	seen.n = 0;
	for (size_t i = 0; i < BH_SCREEN_ANSWERS / 2; i++)
		bh_screen_press(screen, BH_SCREEN_UP);
	seen.n = 0;
	feed(screen, "\r\033[6n");
	assert_string_equal(seen.text, "\033[1;1R");
	bh_screen_free(screen);
}

static void expect_drawn(FILE *out, char **text, const size_t *size, const char *want)
{
	fflush(out);
	(*text)[*size] = '\0';	/* there is room, but nothing ends what was written over */
	assert_string_equal(*text, want);
	rewind(out);
}

static void test_canvas(void **state)
{
	struct seen seen = { .text = "" };
	struct bh_screen *screen = bh_screen_new(2, 20, append, &seen);
	struct bh_canvas canvas;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	feed(screen, "ab");
	assert_int_equal(bh_canvas_open(&canvas, out, 1, 8), 0);
	expect_drawn(out, &text, &size, "\033[?1049h\033[?7l\033[0m\033[H\033[2J");
	bh_canvas_screen(&canvas, screen, 1);
	bh_canvas_show(&canvas, 0, 2);
	expect_drawn(out, &text, &size, "\033[1;1H\033[0mab      \033[1;3H");
	bh_canvas_show(&canvas, 0, 2);		/* nothing is new */
	feed(screen, "\033[1;31;48;5;200mc\033[0;97md");
	bh_canvas_screen(&canvas, screen, 1);
	bh_canvas_show(&canvas, -1, 0);
	expect_drawn(out, &text, &size, "\033[?25l\033[0;1;31;48;5;200mc\033[0;97md");
	bh_canvas_close(&canvas);
	expect_drawn(out, &text, &size, "\033[0m\033[2J\033[?25h\033[?7h\033[?1049l");
	fclose(out);
	free(text);
	bh_screen_free(screen);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shown_late),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_keys_cut),
		cmocka_unit_test(test_screen),
		cmocka_unit_test(test_answers_are_limited),
		cmocka_unit_test(test_canvas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
