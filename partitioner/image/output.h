/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stream for what is shown while a machine runs. stdio's own drops what a non-blocking
 * descriptor has no room for, and when a buffer is found full on the way, nobody learns why it
 * could not be written.
 */
#ifndef BULKHEAD_IMAGE_OUTPUT_H
#define BULKHEAD_IMAGE_OUTPUT_H

#include <stdio.h>

/*
 * struct bh_output - zeroed: closed
 * @stream: buffered; waits for room
 */
struct bh_output {
	FILE *stream;

	/* private */
	int fd;
	int err;	/* the first */
};

/* @fd stays the caller's. Returns 0 or -ENOMEM (reported). */
int bh_output_open(struct bh_output *output, int fd);
void bh_output_close(struct bh_output *output);

/*
 * bh_output_flush() - bring to the descriptor what the stream still has
 *
 * Returns 0, or -errno of the first failure ever; there is no output after it.
 */
int bh_output_flush(struct bh_output *output);

#endif
