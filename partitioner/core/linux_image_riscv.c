// SPDX-License-Identifier: GPL-2.0-only
/* A RISC-V Image's header (Linux, Documentation/arch/riscv/boot-image-header.rst). */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "core/linux_image_internal.h"

/* Offsets of the header's fields. */
enum {
	TEXT_OFFSET	= 0x08,
	IMAGE_SIZE	= 0x10,
	FLAGS		= 0x18,
	VERSION		= 0x20,
	MAGIC2		= 0x38,
	HEADER_SIZE	= 0x40,
};

#define BIG_ENDIAN_FLAG	(1U << 0)
#define RELEASE_MAX	64U

/* The first magic number ("RISCV") is deprecated; this one stands where ARM64's does. */
bool bh_is_riscv_image(const uint8_t *image, uint64_t size)
{
	return size >= HEADER_SIZE && !memcmp(image + MAGIC2, "RSC\005", 4);
}

/*
 * The header has no version string, but every kernel has its banner in
 * the clear, "Linux version 7.3.4-bulkhead (...". For people: a kernel where it
 * isn't found is as good as any.
 */
static void find_release(const uint8_t *p, uint64_t size, struct bh_linux_image *parts)
{
	static const char banner[] = "Linux version ";
	const uint64_t length = sizeof(banner) - 1;

	for (uint64_t at = HEADER_SIZE; at + length + RELEASE_MAX < size; at++) {
		const uint8_t *release = p + at + length;
		uint32_t n = 0;

		if (p[at] != 'L' || memcmp(p + at, banner, length))
			continue;
		/* The format string has a '%' there. */
		if (*release < '0' || *release > '9')
			continue;
		while (n < RELEASE_MAX && release[n] > ' ' && release[n] < 0x7f)
			n++;
		if (n == RELEASE_MAX)
			continue;
		parts->version = (const char *)release;
		parts->version_size = n;
		return;
	}
}

int bh_riscv_image_inspect(const uint8_t *p, uint64_t size, struct bh_image *out,
			   struct bh_linux_image *parts, const char **reason)
{
	uint64_t image_size = bh_load_le(p + IMAGE_SIZE, 8);
	uint32_t version = (uint32_t)bh_load_le(p + VERSION, 4);

	/* Bits 0 to 15 are the minor number, 16 to 31 the major one; 0.2 brought the second magic. */
	if (version >> 16)
		return bh_refuse_image(reason, -EINVAL, "has a header of an unknown version");
	if (bh_load_le(p + FLAGS, 8) & BIG_ENDIAN_FLAG)
		return bh_refuse_image(reason, -EINVAL, "is big-endian");
	if (image_size < size)
		return bh_refuse_image(reason, -EINVAL, "says it needs less memory than its own size");
	/* What a partition of 64 bits' width could have is less by far. */
	if (image_size > 1ULL << 52)
		return bh_refuse_image(reason, -EINVAL, "says it needs an impossible amount of memory");

	out->size = size;
	out->platform = BH_PLATFORM_RISCV64;
	out->init_size = image_size;
	out->pref_address = 0;
	out->kernel_alignment = BH_RISCV_MEM_ALIGN;
	out->protocol = (uint16_t)version;
	/* It runs wherever its 2 MiB begin, above 4 GiB as well, and takes an initrd from anywhere. */
	out->xloadflags = BH_XLF_CAN_BE_LOADED_ABOVE_4G;
	out->not_relocatable = false;

	parts->payload_size = size;
	parts->cmdline_size = BH_RISCV_CMDLINE_MAX;
	find_release(p, size, parts);
	return 0;
}
