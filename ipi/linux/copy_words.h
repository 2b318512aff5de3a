/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memcpy() for two places that differ in their last three bits: words of the one are
 * put together of two words of the other. Little-endian. tests/ring/test_copy.c runs it too.
 */
#ifndef BULKHEAD_COPY_WORDS_H
#define BULKHEAD_COPY_WORDS_H

#include <linux/string.h>
#include <linux/types.h>

#define BH_WORD		sizeof(__u64)

/* Fewer bytes than this are not worth the beginning and the end. */
#define BH_COPY_SHORT	(10 * BH_WORD)

static inline void bh_copy_words(void *to, const void *from, size_t length)
{
	size_t head = -(unsigned long)to % BH_WORD;
	const __u8 *source = (const __u8 *)from + head;
	unsigned int shift = (unsigned long)source % BH_WORD * 8;
	const __u64 *word = (const __u64 *)(source - (unsigned long)source % BH_WORD);
	__u64 *out = (__u64 *)((__u8 *)to + head);
	__u64 low, high;

	if (!shift || length < BH_COPY_SHORT) {
		memcpy(to, from, length);
		return;
	}
	memcpy(to, from, head);
	length -= head;
	low = *word++;
	/* Four at a time. The last word that is looked at ends before the source does. */
	for (; length >= 5 * BH_WORD; length -= 4 * BH_WORD) {
		high = word[0];
		out[0] = low >> shift | high << (64 - shift);
		low = word[1];
		out[1] = high >> shift | low << (64 - shift);
		high = word[2];
		out[2] = low >> shift | high << (64 - shift);
		low = word[3];
		out[3] = high >> shift | low << (64 - shift);
		word += 4;
		out += 4;
		source += 4 * BH_WORD;
	}
	memcpy(out, source, length);
}

#endif
