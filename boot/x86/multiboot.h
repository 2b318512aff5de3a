/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the loader says (Multiboot2 specification 2.0, 3.4). Everything is
 * copied out of the loader's memory before it is looked at.
 */
#ifndef BULKHEAD_X86_MULTIBOOT_H
#define BULKHEAD_X86_MULTIBOOT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/model.h"

#define MB_MAGIC		0x36d76289
#define MB_MODULES_MAX		(BH_IMAGES_MAX + 1)
#define MB_MAP_MAX		256
#define MB_STRING_MAX		64

struct mb_module {
	struct bh_range range;
	char string[MB_STRING_MAX];
};

/* e820 types (ACPI 6.5, table 15.4); GRUB has numbers of its own above them */
#define E820_RAM		1
#define E820_RESERVED		2
#define E820_ACPI		3
#define E820_NVS		4
#define E820_PERSISTENT		7

struct mb_map {
	struct bh_range range;
	uint32_t type;
};

struct mb_info {
	struct mb_module modules[MB_MODULES_MAX];
	uint32_t nmodules;
	struct mb_map map[MB_MAP_MAX];	/* as the firmware gave it */
	uint32_t nmap;
	uint8_t rsdp[36];
	bool has_rsdp;
	bool text_screen;		/* EGA text: a screen to write to */
};

/* Bytes of the boot information at @address. */
uint32_t mb_size(uint64_t address);

/*
 * mb_read() - parse the boot information at @address
 * Returns NULL, or what is wrong with it.
 */
const char *mb_read(uint64_t address, struct mb_info *info);

#endif
