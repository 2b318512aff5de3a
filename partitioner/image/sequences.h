/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a console says, one whole character or control sequence at a time, as
 * a terminal would part it (ECMA-48; the states are DEC's). Each is bounded and
 * well-formed when it leaves here, and cut ones have waited for their rest.
 *
 * No library: this is part of the small command that initrds have.
 */
#ifndef BULKHEAD_IMAGE_SEQUENCES_H
#define BULKHEAD_IMAGE_SEQUENCES_H

#include <stdbool.h>
#include <stddef.h>

#define BH_SEQUENCE_MAX		64	/* a longer one is dropped */
#define BH_SEQUENCE_PARAMS	16	/* and one with more parameters */
#define BH_SEQUENCE_DIGITS	4	/* the rest of a longer number is dropped */

enum bh_sequence {
	BH_SEQUENCE_NONE,	/* more is to come, or this was dropped */
	BH_SEQUENCE_TEXT,	/* one printable character, in UTF-8 */
	BH_SEQUENCE_CONTROL,	/* one of C0 */
	BH_SEQUENCE_ESCAPE,	/* ESC, intermediates, final */
	BH_SEQUENCE_CSI,	/* ESC [, parameters, intermediates, final */
};

/*
 * struct bh_sequences - where in a console's output we are; zeroed: at its start
 * @bytes, @len: what bh_sequences_take() has returned, terminated
 */
struct bh_sequences {
	char bytes[BH_SEQUENCE_MAX + 1];
	size_t len;

	/* private */
	enum {
		BH_WITHIN_TEXT,
		BH_WITHIN_ESCAPE,
		BH_WITHIN_CSI,
		BH_WITHIN_STRING,	/* a title and the like, which are dropped */
		BH_WITHIN_STRING_END,	/* after an ESC of that */
	} within;
	char held[BH_SEQUENCE_MAX + 1];
	size_t nheld;
	size_t digits, params;
	bool spoilt;		/* what is held is dropped when it ends */
	unsigned char wide[4];	/* bytes so far of a character of several */
	size_t nwide, need;
};

/*
 * bh_sequences_take() - the next byte
 *
 * What is no UTF-8 becomes U+FFFD; of the controls of one character (C1) those
 * that begin a sequence do, and the others are dropped, as are all strings.
 */
enum bh_sequence bh_sequences_take(struct bh_sequences *sequences, char byte);

/* Is something held back, whose end has not come? */
bool bh_sequences_within(const struct bh_sequences *sequences);

/*
 * bh_sequences_shown_late() - may this go to a terminal long after it was said?
 *
 * Text, cursor movements, attributes and common modes may. Anything else, known
 * as a query or not, may be answered by the terminal, and the answer be typed
 * into whatever reads by then.
 */
bool bh_sequences_shown_late(enum bh_sequence kind, const struct bh_sequences *sequences);

#endif
