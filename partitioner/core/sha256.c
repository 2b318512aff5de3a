// SPDX-License-Identifier: GPL-2.0-only
/* SHA-256 after FIPS 180-4; names as there (sections 4.1.2, 5.1 and 6.2). */
#include "core/sha256.h"

#include <string.h>

static const uint32_t K[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline uint32_t rotr(uint32_t x, unsigned int n)
{
	return x >> n | x << (32 - n);
}

static inline uint32_t load_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void store_be32(uint8_t *p, uint32_t x)
{
	p[0] = (uint8_t)(x >> 24);
	p[1] = (uint8_t)(x >> 16);
	p[2] = (uint8_t)(x >> 8);
	p[3] = (uint8_t)x;
}

#define CH(x, y, z)	((z) ^ ((x) & ((y) ^ (z))))
#define MAJ(x, y, z)	(((x) & (y)) | ((z) & ((x) | (y))))
#define SIGMA0(x)	(rotr(x, 2) ^ rotr(x, 13) ^ rotr(x, 22))
#define SIGMA1(x)	(rotr(x, 6) ^ rotr(x, 11) ^ rotr(x, 25))
#define sigma0(x)	(rotr(x, 7) ^ rotr(x, 18) ^ ((x) >> 3))
#define sigma1(x)	(rotr(x, 17) ^ rotr(x, 19) ^ ((x) >> 10))

/*
 * One step. The callers name the eight variables in rotated order instead of
 * moving their values, and the schedule is kept in a ring of 16 words.
 */
#define STEP(a, b, c, d, e, f, g, h, i, word) do {			\
	uint32_t t1 = (h) + SIGMA1(e) + CH(e, f, g) + K[i] + (word);	\
	(d) += t1;							\
	(h) = t1 + SIGMA0(a) + MAJ(a, b, c);				\
} while (0)

#define FIRST(i)	(w[i] = load_be32(block + 4 * (i)))
#define NEXT(i)		(w[(i) & 15] += sigma1(w[((i) + 14) & 15]) +	\
					w[((i) + 9) & 15] +		\
					sigma0(w[((i) + 1) & 15]))

#define EIGHT(i, word) do {						\
	STEP(a, b, c, d, e, f, g, h, (i) + 0, word((i) + 0));		\
	STEP(h, a, b, c, d, e, f, g, (i) + 1, word((i) + 1));		\
	STEP(g, h, a, b, c, d, e, f, (i) + 2, word((i) + 2));		\
	STEP(f, g, h, a, b, c, d, e, (i) + 3, word((i) + 3));		\
	STEP(e, f, g, h, a, b, c, d, (i) + 4, word((i) + 4));		\
	STEP(d, e, f, g, h, a, b, c, (i) + 5, word((i) + 5));		\
	STEP(c, d, e, f, g, h, a, b, (i) + 6, word((i) + 6));		\
	STEP(b, c, d, e, f, g, h, a, (i) + 7, word((i) + 7));		\
} while (0)

static void compress(uint32_t state[8], const uint8_t *block)
{
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
	uint32_t w[16];

	EIGHT(0, FIRST);
	EIGHT(8, FIRST);
	for (unsigned int i = 16; i < 64; i += 16) {
		EIGHT(i, NEXT);
		EIGHT(i + 8, NEXT);
	}

	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
}

void bh_sha256_init(struct bh_sha256 *ctx)
{
	static const uint32_t start[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};

	memcpy(ctx->state, start, sizeof(start));
	ctx->length = 0;
}

void bh_sha256_update(struct bh_sha256 *ctx, const void *data, size_t size)
{
	size_t held = ctx->length % sizeof(ctx->block);
	const uint8_t *p = data;

	ctx->length += size;
	if (held) {
		size_t missing = sizeof(ctx->block) - held;

		if (size < missing) {
			if (size)
				memcpy(ctx->block + held, p, size);
			return;
		}
		memcpy(ctx->block + held, p, missing);
		compress(ctx->state, ctx->block);
		p += missing;
		size -= missing;
	}
	for (; size >= sizeof(ctx->block); size -= sizeof(ctx->block)) {
		compress(ctx->state, p);
		p += sizeof(ctx->block);
	}
	if (size)
		memcpy(ctx->block, p, size);
}

void bh_sha256_final(struct bh_sha256 *ctx, uint8_t digest[BH_SHA256_SIZE])
{
	size_t held = ctx->length % sizeof(ctx->block);
	uint64_t bits = ctx->length * 8;

	ctx->block[held++] = 0x80;
	if (held > sizeof(ctx->block) - 8) {
		memset(ctx->block + held, 0, sizeof(ctx->block) - held);
		compress(ctx->state, ctx->block);
		held = 0;
	}
	memset(ctx->block + held, 0, sizeof(ctx->block) - 8 - held);
	store_be32(ctx->block + 56, (uint32_t)(bits >> 32));
	store_be32(ctx->block + 60, (uint32_t)bits);
	compress(ctx->state, ctx->block);

	for (unsigned int i = 0; i < 8; i++)
		store_be32(digest + 4 * i, ctx->state[i]);
}

void bh_sha256(const void *data, size_t size, uint8_t digest[BH_SHA256_SIZE])
{
	struct bh_sha256 ctx;

	bh_sha256_init(&ctx);
	bh_sha256_update(&ctx, data, size);
	bh_sha256_final(&ctx, digest);
}
