// SPDX-License-Identifier: GPL-2.0-only
#include "mux.h"

#include <bulkhead/monitor.h>

void mux_write(struct mux_out *mux, uint32_t source, bool *after_cr, const void *data, size_t size)
{
	const uint8_t *p = data;

	if (!size)
		return;
	if (mux->source != source) {
		mux->put(BH_MUX_ESCAPE);
		mux->put((uint8_t)(BH_MUX_SOURCE + source));
		mux->source = source;
	}
	for (size_t i = 0; i < size; i++) {
		if (p[i] == BH_MUX_ESCAPE)
			mux->put(BH_MUX_ESCAPE);
		else if (p[i] == '\n' && !*after_cr)
			mux->put('\r');
		mux->put(p[i]);
		*after_cr = p[i] == '\r';
	}
}

bool mux_read(struct mux_in *mux, uint8_t byte)
{
	if (!mux->escaped) {
		mux->escaped = byte == BH_MUX_ESCAPE;
		return !mux->escaped;
	}
	mux->escaped = false;
	if (byte == BH_MUX_ESCAPE)
		return true;
	/* Any other byte names nobody: what follows is dropped, not given to the last one. */
	mux->target = byte >= BH_MUX_SOURCE ? byte - BH_MUX_SOURCE : 0;
	return false;
}

bool mux_buffer_put(struct mux_buffer *b, uint8_t byte, uint64_t now, uint64_t silent,
		    uint64_t second)
{
	uint64_t waited;

	if (mux_buffer_level(b) < b->size) {
		b->bytes[b->head++ & (b->size - 1)] = byte;
		return true;
	}
	if (b->deaf)
		return true;
	if (!b->waiting || b->tail - b->mark >= MUX_PROGRESS) {
		b->waiting = true;
		b->since = now;
		b->mark = b->tail;
	}
	waited = now - b->since;
	b->deaf = waited >= MUX_PATIENCE * second || (waited >= second && silent >= second);
	return b->deaf;
}

size_t mux_buffer_take(struct mux_buffer *b, void *to, size_t size)
{
	uint8_t *p = to;
	size_t n = 0;

	for (; n < size && b->tail != b->head; n++)
		p[n] = b->bytes[b->tail++ & (b->size - 1)];
	/* One that reads a byte now and then must not make all others wait for each. */
	if (b->tail == b->head)
		mux_buffer_clear(b);
	return n;
}

void mux_buffer_clear(struct mux_buffer *b)
{
	b->tail = b->head;
	b->waiting = false;
	b->deaf = false;
}
