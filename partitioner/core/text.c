// SPDX-License-Identifier: GPL-2.0-only
#include "core/text.h"

#include "core/finding.h"

struct bh_text bh_size_text(uint64_t bytes)
{
	struct bh_text text;
	unsigned long long n = bytes;

	if (n && n % BH_GIB == 0)
		bh_format(text.s, sizeof(text.s), "%llu GiB", n / BH_GIB);
	else if (n && n % BH_MIB == 0)
		bh_format(text.s, sizeof(text.s), "%llu MiB", n / BH_MIB);
	else if (n && n % 1024 == 0)
		bh_format(text.s, sizeof(text.s), "%llu KiB", n / 1024);
	else
		bh_format(text.s, sizeof(text.s), "%llu bytes", n);
	return text;
}

struct bh_text bh_range_text(const struct bh_range *range)
{
	struct bh_text text;

	bh_format(text.s, sizeof(text.s), "0x%llx-0x%llx", (unsigned long long)range->base,
		  (unsigned long long)(range->base + range->size - 1));
	return text;
}
