// SPDX-License-Identifier: GPL-2.0-only
#include "image/mux.h"

#include <bulkhead/monitor.h>

void bh_mux_init(struct bh_mux *mux, const uint32_t *sources, size_t nsources)
{
	*mux = (struct bh_mux){ .sources = sources, .nsources = nsources };
}

static void give(const struct bh_mux *mux, const char *bytes, size_t len, bh_mux_take take,
		 void *context)
{
	if (!len)
		return;
	for (size_t i = 0; i < mux->nsources; i++) {
		if (mux->sources[i] == mux->current) {
			take(context, i, bytes, len);
			return;
		}
	}
}

void bh_mux_feed(struct bh_mux *mux, const char *bytes, size_t len, bh_mux_take take,
		 void *context)
{
	size_t start = 0;

	for (size_t i = 0; i < len; i++) {
		uint8_t byte = (uint8_t)bytes[i];

		if (!mux->escape) {
			mux->escape = byte == BH_MUX_ESCAPE;
			if (mux->escape) {
				give(mux, bytes + start, i - start, take, context);
				start = i + 1;
			}
			continue;
		}
		mux->escape = false;
		if (byte == BH_MUX_ESCAPE) {
			start = i;	/* the byte itself, in front of what follows */
			continue;
		}
		start = i + 1;
		if (byte >= BH_MUX_SOURCE)
			mux->current = byte - BH_MUX_SOURCE;
	}
	/* After an escape at the very end, start is the end. */
	give(mux, bytes + start, len - start, take, context);
}

size_t bh_mux_encode(uint32_t id, const char *bytes, size_t len, char *out)
{
	size_t n = 0;

	out[n++] = BH_MUX_ESCAPE;
	out[n++] = (char)(BH_MUX_SOURCE + id);
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == BH_MUX_ESCAPE)
			out[n++] = BH_MUX_ESCAPE;
		out[n++] = bytes[i];
	}
	return n;
}
