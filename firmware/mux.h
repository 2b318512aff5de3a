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
 * What a partition has not read yet: as much as a terminal of Linux takes before its
 * line ends.
 *
 * @deaf: the line has waited for it once; until it has read everything, what does not
 *	  fit is dropped
 */
#define MUX_BUFFER	4096U

struct mux_buffer {
	uint8_t bytes[MUX_BUFFER];
	uint32_t head, tail;	/* ever put in, ever taken out */
	bool deaf;
};

/*
 * mux_buffer_put() - put @byte in, or drop it
 * @patient: to be dropped it has not waited long enough
 *
 * Returns false if the byte has to wait, with all that is behind it on the line:
 * there is no room, and its reader may just be slow.
 */
bool mux_buffer_put(struct mux_buffer *b, uint8_t byte, bool patient);
size_t mux_buffer_take(struct mux_buffer *b, void *to, size_t size);

static inline size_t mux_buffer_level(const struct mux_buffer *b)
{
	return b->head - b->tail;
}

#endif
