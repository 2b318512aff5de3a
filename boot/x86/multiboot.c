// SPDX-License-Identifier: GPL-2.0-only
#include "x86/multiboot.h"

#include <string.h>

#define MB_INFO_MAX		0x10000
#define MB_TAG_MODULE		3
#define MB_TAG_MAP		6
#define MB_TAG_FRAMEBUFFER	8
#define MB_TAG_RSDP_OLD		14
#define MB_TAG_RSDP_NEW		15
#define MB_FRAMEBUFFER_TEXT	2

struct tag {
	uint32_t type;
	uint32_t size;
};

static uint8_t copy[MB_INFO_MAX] __attribute__((aligned(8)));

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint64_t get64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static const char *module(const uint8_t *p, uint32_t size, struct mb_info *info)
{
	struct mb_module *m = &info->modules[info->nmodules];
	uint32_t start, end, length;

	if (size < 17)
		return "a module tag is too short";
	if (info->nmodules == MB_MODULES_MAX)
		return "more modules than a plan can have";
	start = get32(p + 8);
	end = get32(p + 12);
	if (end < start)
		return "a module ends before it starts";
	m->range = (struct bh_range){ start, end - start };
	length = (uint32_t)strnlen((const char *)p + 16, size - 16);
	if (length >= MB_STRING_MAX)
		length = MB_STRING_MAX - 1;
	memcpy(m->string, p + 16, length);
	m->string[length] = '\0';
	info->nmodules++;
	return NULL;
}

static const char *map(const uint8_t *p, uint32_t size, struct mb_info *info)
{
	uint32_t step, at;

	if (size < 16)
		return "the memory map is too short";
	step = get32(p + 8);
	if (step < 24 || step > 256)
		return "the memory map's entries have an unknown size";
	for (at = 16; at + step <= size; at += step) {
		struct mb_map entry = {
			.range = { get64(p + at), get64(p + at + 8) },
			.type = get32(p + at + 16),
		};

		if (!entry.range.size)
			continue;
		if (bh_range_end(&entry.range) < entry.range.base)
			return "a range of the memory map wraps around";
		if (info->nmap == MB_MAP_MAX)
			return "the memory map has too many ranges";
		info->map[info->nmap++] = entry;
	}
	return NULL;
}

uint32_t mb_size(uint64_t address)
{
	return get32((const uint8_t *)address);
}

const char *mb_read(uint64_t address, struct mb_info *info)
{
	uint32_t total = mb_size(address), at = 8;
	const char *wrong = NULL;

	if (total < 16 || total > MB_INFO_MAX)
		return "the boot information has no plausible size";
	memcpy(copy, (const void *)address, total);

	while (at + sizeof(struct tag) <= total && !wrong) {
		const uint8_t *p = copy + at;
		uint32_t type = get32(p), size = get32(p + 4);

		if (size < sizeof(struct tag) || size > total - at)
			return "a tag of the boot information is larger than the rest";
		if (!type)
			return info->nmap ? NULL : "the loader gave no memory map";
		switch (type) {
		case MB_TAG_MODULE:
			wrong = module(p, size, info);
			break;
		case MB_TAG_MAP:
			wrong = map(p, size, info);
			break;
		case MB_TAG_FRAMEBUFFER:
			if (size >= 31)
				info->text_screen = p[29] == MB_FRAMEBUFFER_TEXT;
			break;
		case MB_TAG_RSDP_OLD:
			/* The new one is better, whichever comes first. */
			if (size >= 8 + 20 && !info->has_rsdp) {
				memcpy(info->rsdp, p + 8, 20);
				info->has_rsdp = true;
			}
			break;
		case MB_TAG_RSDP_NEW:
			if (size >= 8 + 36) {
				memcpy(info->rsdp, p + 8, 36);
				info->has_rsdp = true;
			}
			break;
		}
		at += (size + 7) & ~7U;
	}
	return wrong ? wrong : "the boot information has no end tag";
}
