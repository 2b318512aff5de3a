/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SHA-256 (FIPS 180-4): the host writes an image's digest into the blob, the
 * boot stage compares it with what the loader brought.
 */
#ifndef BULKHEAD_CORE_SHA256_H
#define BULKHEAD_CORE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define BH_SHA256_SIZE	32

struct bh_sha256 {
	uint32_t state[8];
	uint64_t length;	/* bytes taken so far */
	uint8_t block[64];	/* the part of a block that waits for more */
};

void bh_sha256_init(struct bh_sha256 *ctx);
void bh_sha256_update(struct bh_sha256 *ctx, const void *data, size_t size);
void bh_sha256_final(struct bh_sha256 *ctx, uint8_t digest[BH_SHA256_SIZE]);

/* All three at once. */
void bh_sha256(const void *data, size_t size, uint8_t digest[BH_SHA256_SIZE]);

#endif
