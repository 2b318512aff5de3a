// SPDX-License-Identifier: GPL-2.0-only
/* One UART for many consoles: marks cut anywhere, unknown sources, escapes as bytes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <bulkhead/monitor.h>

#include "image/mux.h"

#define ESC	"\x1e"
#define CONSOLES 3

static const uint32_t sources[CONSOLES] = { 3, 66, 0 };

struct said {
	char text[CONSOLES][256];
	size_t len[CONSOLES];
	char order[256];	/* which console, byte by byte */
	size_t bytes;
};

static void take(void *context, size_t console, const char *bytes, size_t len)
{
	struct said *said = context;

	assert_true(console < CONSOLES && len);
	memcpy(said->text[console] + said->len[console], bytes, len);
	said->len[console] += len;
	memset(said->order + said->bytes, '0' + (int)console, len);
	said->bytes += len;
}

/* In pieces of @piece bytes, each in memory of its own: ASan sees a byte too many. */
static void feed(struct said *said, const char *bytes, size_t len, size_t piece)
{
	struct bh_mux mux;

	memset(said, 0, sizeof(*said));
	bh_mux_init(&mux, sources, CONSOLES);
	for (size_t at = 0; at < len; at += piece) {
		size_t part = len - at < piece ? len - at : piece;
		char *copy = malloc(part);

		memcpy(copy, bytes + at, part);
		bh_mux_feed(&mux, copy, part, take, said);
		free(copy);
	}
}

static void expect(const char *bytes, size_t len, const char *const want[CONSOLES],
		   const char *order)
{
	struct said said;

	for (size_t piece = 1; piece <= len; piece++) {
		feed(&said, bytes, len, piece);
		for (size_t i = 0; i < CONSOLES; i++)
			assert_string_equal(said.text[i], want[i]);
		assert_string_equal(said.order, order);
	}
}

#define EXPECT(bytes, order, ...)	expect(bytes, sizeof(bytes) - 1, \
					       (const char *const [])__VA_ARGS__, order)

static void test_sources(void **state)
{
	(void)state;
	EXPECT("SPL", "222", { "", "", "SPL" });
	EXPECT("a" ESC "Cb" ESC "\x82" "c" ESC "@d", "2012", { "b", "c", "ad" });
	EXPECT(ESC "C" ESC "\x82" ESC "Cx", "0", { "x", "", "" });
	EXPECT(ESC "Cone\n" ESC "\x82two\n" ESC "C!", "000011110",
	       { "one\n!", "two\n", "" });
}

static void test_escapes(void **state)
{
	(void)state;
	EXPECT(ESC "Ca" ESC ESC "b", "000", { "a" ESC "b", "", "" });
	EXPECT(ESC ESC, "2", { "", "", ESC });
	EXPECT(ESC "C" ESC ESC ESC ESC, "00", { ESC ESC, "", "" });
	/* not: the byte itself, and then a mark */
	EXPECT(ESC "C" ESC ESC "\x82x", "000", { ESC "\x82x", "", "" });
	EXPECT(ESC "C" ESC ESC ESC "\x82x", "01", { ESC, "x", "" });
}

static void test_unknown(void **state)
{
	(void)state;
	EXPECT(ESC "Ca" ESC "Zlost" ESC "Cb", "00", { "ab", "", "" });
	EXPECT(ESC "\xfflost", "", { "", "", "" });
	/* means nothing: who speaks stays who spoke */
	EXPECT(ESC "Ca" ESC "\x01" "b" ESC "\n" "c", "000", { "abc", "", "" });
	EXPECT(ESC "Ca" ESC, "0", { "a", "", "" });
}

static void test_typed(void **state)
{
	char text[256], wire[2 * BH_MUX_ROOM(sizeof(text))];
	struct said said;
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)i;
	for (size_t part = 0; part <= sizeof(text) - 1; part++) {
		len = bh_mux_encode(66, text, part, wire);
		len += bh_mux_encode(3, text + part, sizeof(text) - 1 - part, wire + len);
		assert_true(len <= BH_MUX_ROOM(part) + BH_MUX_ROOM(sizeof(text) - 1 - part));
		feed(&said, wire, len, len);
		assert_int_equal(said.len[1], part);
		assert_memory_equal(said.text[1], text, part);
		assert_int_equal(said.len[0], sizeof(text) - 1 - part);
		assert_memory_equal(said.text[0], text + part, sizeof(text) - 1 - part);
	}
	assert_int_equal(bh_mux_encode(3, "a", 1, wire), 3);
	assert_memory_equal(wire, ESC "Ca", 3);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_typed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
