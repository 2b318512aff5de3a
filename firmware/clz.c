// SPDX-License-Identifier: GPL-2.0-only
/*
 * What gcc calls for __builtin_clzll() where no instruction counts zeros. The
 * cross compiler's libgcc has it for another ABI than OpenSBI's.
 */
#include <sbi/sbi_types.h>

int __clzdi2(u64 x);

int __clzdi2(u64 x)
{
	int zeros = 0;

	for (int step = 32; step; step /= 2) {
		if (x >> (64 - step))
			continue;
		zeros += step;
		x <<= step;
	}
	return zeros;
}
