/* SPDX-License-Identifier: GPL-2.0-only */
/* What the readers of kernel images share, and nobody else needs. */
#ifndef BULKHEAD_CORE_LINUX_IMAGE_INTERNAL_H
#define BULKHEAD_CORE_LINUX_IMAGE_INTERNAL_H

#include "core/linux_image.h"

bool bh_is_bzimage(const uint8_t *image, uint64_t size);
int bh_bzimage_inspect(const uint8_t *image, uint64_t size, struct bh_image *out,
		       struct bh_linux_image *parts, const char **reason);

bool bh_is_riscv_image(const uint8_t *image, uint64_t size);
int bh_riscv_image_inspect(const uint8_t *image, uint64_t size, struct bh_image *out,
			   struct bh_linux_image *parts, const char **reason);

static inline uint64_t bh_load_le(const uint8_t *p, unsigned int bytes)
{
	uint64_t value = 0;

	while (bytes--)
		value = value << 8 | p[bytes];
	return value;
}

static inline int bh_refuse_image(const char **reason, int error, const char *text)
{
	if (reason)
		*reason = text;
	return error;
}

#endif
