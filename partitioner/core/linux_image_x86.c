// SPDX-License-Identifier: GPL-2.0-only
/* A bzImage's setup header (Linux/x86 boot protocol, Documentation/arch/x86/boot.rst). */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "core/linux_image_internal.h"

/* Offsets of the setup header's fields (boot.rst, "The Real-Mode Kernel Header"). */
enum {
	SETUP_SECTS		= 0x1f1,
	SYSSIZE			= 0x1f4,
	BOOT_FLAG		= 0x1fe,
	JUMP			= 0x200,
	HEADER			= 0x202,
	VERSION			= 0x206,
	KERNEL_VERSION		= 0x20e,
	LOADFLAGS		= 0x211,
	KERNEL_ALIGNMENT	= 0x230,
	RELOCATABLE_KERNEL	= 0x234,
	XLOADFLAGS		= 0x236,
	CMDLINE_SIZE		= 0x238,
	PREF_ADDRESS		= 0x258,
	INIT_SIZE		= 0x260,
	HEADER_FIELDS_END	= 0x264,
};

#define SECTOR		512U
#define PARAGRAPH	16U
#define LOADED_HIGH	0x01U
#define VERSION_MAX	128U

/*
 * kernel_version is the string's offset less 0x200, in the setup part; boot
 * protocol 2.00 and up, 0 when there is none. A wild one is no reason to refuse
 * a kernel: it is shown to people and nothing else.
 */
static void find_version(const uint8_t *p, uint32_t setup_size, struct bh_linux_image *parts)
{
	uint32_t at = (uint32_t)bh_load_le(p + KERNEL_VERSION, 2);
	uint32_t len = 0;

	if (!at || at + 0x200 >= setup_size)
		return;
	at += 0x200;
	while (len < VERSION_MAX && at + len < setup_size &&
	       p[at + len] >= ' ' && p[at + len] < 0x7f)
		len++;
	if (at + len >= setup_size || p[at + len] != '\0' || !len)
		return;
	parts->version = (const char *)p + at;
	parts->version_size = len;
}

bool bh_is_bzimage(const uint8_t *p, uint64_t size)
{
	return size >= HEADER_FIELDS_END && !memcmp(p + HEADER, "HdrS", 4) &&
	       bh_load_le(p + BOOT_FLAG, 2) == 0xaa55;
}

int bh_bzimage_inspect(const uint8_t *p, uint64_t size, struct bh_image *out,
		       struct bh_linux_image *parts, const char **reason)
{
	uint32_t setup_sects, setup_size, header_end;
	uint16_t protocol;

	if (!(p[LOADFLAGS] & LOADED_HIGH))
		return bh_refuse_image(reason, -ENOEXEC, "is a zImage, not a bzImage");

	/* "For backwards compatibility, if the setup_sects field contains 0, the real value is 4." */
	setup_sects = p[SETUP_SECTS] ? p[SETUP_SECTS] : 4;
	setup_size = (setup_sects + 1) * SECTOR;
	if (setup_size >= size)
		return bh_refuse_image(reason, -EINVAL, "is truncated: it ends before its protected-mode part");

	/* The header's end is the target of the jump at 0x200 (boot.rst, "Setup header"). */
	header_end = HEADER + p[JUMP + 1];
	protocol = (uint16_t)bh_load_le(p + VERSION, 2);
	if (header_end > setup_size ||
	    (protocol >= BH_LINUX_PROTOCOL_MIN && header_end < HEADER_FIELDS_END))
		return bh_refuse_image(reason, -EINVAL, "has a setup header of impossible length");

	out->size = size;
	out->platform = BH_PLATFORM_X86_64;
	out->protocol = protocol;
	out->xloadflags = 0;
	out->init_size = 0;
	out->pref_address = 0;
	out->kernel_alignment = 0;
	out->not_relocatable = true;

	parts->setup_header_end = header_end;
	parts->payload_offset = setup_size;
	parts->payload_size = size - setup_size;
	parts->cmdline_size = 255;
	find_version(p, setup_size, parts);

	if (protocol >= 0x0205) {
		out->kernel_alignment = (uint32_t)bh_load_le(p + KERNEL_ALIGNMENT, 4);
		out->not_relocatable = !p[RELOCATABLE_KERNEL];
	}
	if (protocol >= 0x0206)
		parts->cmdline_size = (uint32_t)bh_load_le(p + CMDLINE_SIZE, 4);
	if (protocol >= 0x020a) {
		out->pref_address = bh_load_le(p + PREF_ADDRESS, 8);
		out->init_size = bh_load_le(p + INIT_SIZE, 4);
	}
	if (protocol < BH_LINUX_PROTOCOL_MIN)
		return 0;
	out->xloadflags = (uint16_t)bh_load_le(p + XLOADFLAGS, 2);

	if (!out->kernel_alignment || (out->kernel_alignment & (out->kernel_alignment - 1)))
		return bh_refuse_image(reason, -EINVAL, "has a kernel_alignment that is no power of two");
	/* The loaded part is unpacked in place: init_size always covers it. */
	if (out->init_size < parts->payload_size)
		return bh_refuse_image(reason, -EINVAL, "says it needs less memory than its own size");
	if (parts->payload_size < BH_LINUX_ENTRY_64 + 1)
		return bh_refuse_image(reason, -EINVAL, "is truncated: it ends before its 64-bit entry");
	/* What stands behind (a signature, for instance) does not count. */
	if (parts->payload_size < bh_load_le(p + SYSSIZE, 4) * PARAGRAPH)
		return bh_refuse_image(reason, -EINVAL, "is truncated: it is shorter than its header says");
	return 0;
}
