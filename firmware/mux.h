/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Many consoles on one line: the escape protocol of <bulkhead/monitor.h>
 * (BH_MUX_ESCAPE), both ways. No locks, no hardware.
 */
#ifndef BULKHEAD_FIRMWARE_MUX_H
#define BULKHEAD_FIRMWARE_MUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- out --- */

/* @source: whose text the line carries now; 0 is the firmware, and the start */
struct mux_out {
	void (*put)(uint8_t byte);
	uint32_t source;
};

/*
 * mux_write() - send @size bytes of @source's
 * @after_cr: kept for each source: its last byte was a carriage return
 *
 * A line feed gets a carriage return before it, unless it has one.
 */
void mux_write(struct mux_out *mux, uint32_t source, bool *after_cr, const void *data, size_t size);

/* --- in --- */

/* @target: who was named last; 0: the firmware, which reads nothing */
struct mux_in {
	uint32_t target;
	bool escaped;
};

/*
 * mux_read() - take one byte from the line
 *
 * Returns whether it is text, for mux->target.
 */
bool mux_read(struct mux_in *mux, uint8_t byte);

/*
 * What a partition has not read yet. A terminal of Linux that has 4 KiB of it reads on only when
 * all of that has been echoed, which takes seconds where several do so at once.
 *
 * @bytes, @size: the owner's; a power of two
 * @waiting: the line has waited for it since @since, when @mark had been taken out
 * @deaf: the line has waited too long; until it has read everything, what does not fit is dropped
 */
struct mux_buffer {
	uint8_t *bytes;
	uint32_t size;
	uint32_t head, tail;	/* ever put in, ever taken out */
	uint32_t mark;
	bool waiting, deaf;
	uint64_t since;
};

#define MUX_BUFFER_LEAST	4096U
#define MUX_BUFFER_MOST		16384U
#define MUX_PROGRESS		2048U	/* so much read is worth another wait */
#define MUX_PATIENCE		10U	/* seconds */

/*
 * mux_buffer_put() - put @byte in, or drop it
 * @now: a clock
 * @silent: for so long its partition has neither read nor written
 * @second: both in this unit
 *
 * Returns false if the byte has to wait, with all that is behind it on the line: there is no
 * room, and its reader may just be slow. One that is silent is waited for a second; one that echoes
 * what it was given reads on behind that, and has ten. Whoever writes without end and reads
 * a byte now and then holds up the others for those ten seconds, until it has read a good deal.
 */
bool mux_buffer_put(struct mux_buffer *b, uint8_t byte, uint64_t now, uint64_t silent,
		    uint64_t second);
size_t mux_buffer_take(struct mux_buffer *b, void *to, size_t size);
void mux_buffer_clear(struct mux_buffer *b);

static inline size_t mux_buffer_level(const struct mux_buffer *b)
{
	return b->head - b->tail;
}

#endif
