/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One UART for many consoles: taking what it says apart, putting together what
 * is typed. <bulkhead/monitor.h> says how sources are marked.
 *
 * The bytes come from an emulated machine, that is from anywhere: before the
 * firmware speaks, a loader does; a mark may be cut by the end of a read.
 */
#ifndef BULKHEAD_IMAGE_MUX_H
#define BULKHEAD_IMAGE_MUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * struct bh_mux - one UART
 * @sources: id of each console: 0 is the firmware, else a partition
 */
struct bh_mux {
	const uint32_t *sources;
	size_t nsources;

	/* private */
	uint32_t current;	/* the id that was named last */
	bool escape;		/* the last byte was BH_MUX_ESCAPE */
};

/* The start of a line: what follows is of id 0. @sources is not copied. */
void bh_mux_init(struct bh_mux *mux, const uint32_t *sources, size_t nsources);

/* Bytes of one console, by its index in the sources. */
typedef void (*bh_mux_take)(void *context, size_t console, const char *bytes, size_t len);

/*
 * bh_mux_feed() - what the UART said
 *
 * Calls @take for each run of bytes of one console, in order and as long as
 * this piece makes them. What an id says that is no console's is dropped, as
 * is a mark that means nothing.
 */
void bh_mux_feed(struct bh_mux *mux, const char *bytes, size_t len, bh_mux_take take,
		 void *context);

/* Room that bh_mux_encode() needs at most for @len bytes. */
#define BH_MUX_ROOM(len)	(2 + 2 * (len))

/*
 * bh_mux_encode() - what to send so that @id reads these bytes
 * @out: BH_MUX_ROOM(len) bytes
 *
 * Names @id each time: what was sent before may have been lost. Returns how
 * many bytes stand in @out.
 */
size_t bh_mux_encode(uint32_t id, const char *bytes, size_t len, char *out);

#endif
