// SPDX-License-Identifier: GPL-2.0-only
/* Which kind of kernel an image is; each kind has a file of its own. */
#include "core/linux_image.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "core/linux_image_internal.h"

/* What people take for a kernel image, and what to do about it. */
static const char *other_kind(const uint8_t *p, uint64_t size)
{
	if (size >= 2 && p[0] == 0x1f && p[1] == 0x8b)
		return "is compressed with gzip: unpack it first (gunzip)";
	if (size >= 8 && !memcmp(p, "MZ", 2) && !memcmp(p + 4, "zimg", 4))
		return "is an EFI zboot image: the Image inside of it is what is needed";
	if (size >= 4 && !memcmp(p, "\177ELF", 4))
		return "is an ELF file: vmlinux is not what gets booted";
	return "is not a Linux kernel: neither a bzImage nor a RISC-V Image";
}

int bh_linux_image_inspect(const void *image, uint64_t size, struct bh_image *out,
			   struct bh_linux_image *parts, const char **reason)
{
	struct bh_linux_image scratch;

	if (!parts)
		parts = &scratch;
	memset(parts, 0, sizeof(*parts));
	if (bh_is_riscv_image(image, size))
		return bh_riscv_image_inspect(image, size, out, parts, reason);
	if (bh_is_bzimage(image, size))
		return bh_bzimage_inspect(image, size, out, parts, reason);
	if (reason)
		*reason = other_kind(image, size);
	return -ENOEXEC;
}
