// SPDX-License-Identifier: GPL-2.0-only
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/sha256.h"

static void is_digest(const uint8_t digest[BH_SHA256_SIZE], const char *expected)
{
	char hex[2 * BH_SHA256_SIZE + 1];

	for (unsigned int i = 0; i < BH_SHA256_SIZE; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	assert_string_equal(hex, expected);
}

/* NIST, FIPS 180-4 examples and the CAVP's short messages. */
static void nist_vectors(void **state)
{
	static const struct {
		const char *text;
		const char *digest;
	} vectors[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
		{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
		  "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
		  "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
		{ "\xd3", "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1" },
	};
	uint8_t digest[BH_SHA256_SIZE];

	(void)state;
	for (unsigned int i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		bh_sha256(vectors[i].text, strlen(vectors[i].text), digest);
		is_digest(digest, vectors[i].digest);
	}
}

static void a_million_letters(void **state)
{
	char *text = malloc(1000000);
	uint8_t digest[BH_SHA256_SIZE];

	(void)state;
	memset(text, 'a', 1000000);
	bh_sha256(text, 1000000, digest);
	is_digest(digest, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	free(text);
}

/*
 * Every length around every border of a block, against a digest of all their
 * digests that another implementation made (Python's hashlib).
 */
static void every_length(void **state)
{
	uint8_t data[300], digest[BH_SHA256_SIZE];
	struct bh_sha256 all;

	(void)state;
	bh_sha256_init(&all);
	for (unsigned int i = 0; i < sizeof(data); i++) {
		bh_sha256(data, i, digest);
		bh_sha256_update(&all, digest, sizeof(digest));
		data[i] = (uint8_t)(i * 7);
	}
	bh_sha256_final(&all, digest);
	is_digest(digest, "f65f14b090e805017546322e618401d41f0710c213e013a5131eb38bbe8f367f");
}

/* However the bytes arrive, and around every border of a block. */
static void pieces_do_not_matter(void **state)
{
	uint8_t data[300], whole[BH_SHA256_SIZE], parts[BH_SHA256_SIZE];
	struct bh_sha256 ctx;

	(void)state;
	for (unsigned int i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7);
	for (size_t size = 0; size < sizeof(data); size++) {
		bh_sha256(data, size, whole);
		for (size_t step = 1; step < 140; step += 23) {
			bh_sha256_init(&ctx);
			for (size_t at = 0; at < size; at += step)
				bh_sha256_update(&ctx, data + at,
						 size - at < step ? size - at : step);
			bh_sha256_update(&ctx, NULL, 0);
			bh_sha256_final(&ctx, parts);
			assert_memory_equal(whole, parts, sizeof(whole));
		}
	}
}

int test_sha256(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nist_vectors),
		cmocka_unit_test(a_million_letters),
		cmocka_unit_test(every_length),
		cmocka_unit_test(pieces_do_not_matter),
	};

	return cmocka_run_group_tests_name("sha256", tests, NULL, NULL);
}
