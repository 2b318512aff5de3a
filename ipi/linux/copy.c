// SPDX-License-Identifier: GPL-2.0-only
#include <linux/skbuff.h>

#include "bulkhead.h"

void bh_copy_skb(void *to, struct sk_buff *skb, u32 offset, u32 length)
{
	struct skb_seq_state state;
	unsigned int done, n;
	const u8 *piece;

	skb_prepare_seq_read(skb, offset, offset + length, &state);
	for (done = 0; (n = skb_seq_read(done, &piece, &state)); done += n) {
		/* A piece goes to the end of its page or head, whatever the upper offset is. */
		n = min(n, length - done);
		bh_copy_data(to + done, piece, n);
	}
}
EXPORT_SYMBOL_GPL(bh_copy_skb);
