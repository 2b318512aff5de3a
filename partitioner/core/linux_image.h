/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a Linux kernel image says of itself (Linux/x86 boot protocol,
 * Documentation/arch/x86/boot.rst; RISC-V, Documentation/arch/riscv/
 * boot-image-header.rst): the host asks before it checks a plan, the boot stage
 * before it copies the kernel to its place.
 */
#ifndef BULKHEAD_CORE_LINUX_IMAGE_H
#define BULKHEAD_CORE_LINUX_IMAGE_H

#include "core/model.h"

/* The first protocol with xloadflags, so the first that tells of a 64-bit entry. */
#define BH_LINUX_PROTOCOL_MIN		0x020c

/* xloadflags */
#define BH_XLF_KERNEL_64		(1U << 0)
#define BH_XLF_CAN_BE_LOADED_ABOVE_4G	(1U << 1)

/* The 64-bit entry, behind the start of the protected-mode part. */
#define BH_LINUX_ENTRY_64		0x200

/* Where the setup header stands, in the image and in struct boot_params alike. */
#define BH_LINUX_SETUP_HEADER		0x1f1

/*
 * struct bh_linux_image - the parts of a kernel image
 * @setup_header_end: offset of the first byte behind the setup header, which
 *	begins at BH_LINUX_SETUP_HEADER; the bytes between go to boot_params
 *	(x86-64; else 0)
 * @payload_offset, @payload_size: what gets loaded. x86-64: the protected-mode
 *	part, whose 64-bit entry is BH_LINUX_ENTRY_64 behind its first byte;
 *	riscv64: all of it, entered at its first byte
 * @cmdline_size: the longest command line it takes, without the NUL
 * @version: kernel_version string inside of the image, not terminated;
 *	@version_size bytes, 0 when there is none. The first word is the
 *	release ("7.3.4-bulkhead").
 */
struct bh_linux_image {
	uint32_t setup_header_end;
	uint32_t payload_offset;
	uint64_t payload_size;
	uint32_t cmdline_size;
	const char *version;
	uint32_t version_size;
};

/*
 * bh_linux_image_inspect() - read the header of a bzImage or of a RISC-V Image
 * @image, @size: the whole file; nothing in it is trusted
 * @out: platform, protocol, xloadflags, init_size, pref_address, kernel_alignment,
 *	not_relocatable and size are set, label, kind and sha256 are left alone
 * @parts: filled; may be NULL
 * @reason: set to one sentence's end ("is ...") on failure; may be NULL
 *
 * A kernel that is one of these but too old or too different to be used is not
 * an error here: bh_check() has the rules for that, with the plan's lines.
 *
 * Returns 0; -ENOEXEC when this is neither; -EINVAL when it is one, but truncated
 * or contradicts itself.
 */
int bh_linux_image_inspect(const void *image, uint64_t size, struct bh_image *out,
			   struct bh_linux_image *parts, const char **reason);

#endif
