/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the map share. Lengths are SVG user units, y grows downwards. */
#ifndef BULKHEAD_IMAGE_SVG_H
#define BULKHEAD_IMAGE_SVG_H

#include <stdio.h>

#include "host/plan.h"

#define BH_SVG_WIDTH	1200.0
#define BH_SVG_MARGIN	40.0
#define BH_SVG_INNER	(BH_SVG_WIDTH - 2 * BH_SVG_MARGIN)
#define BH_SVG_SHADES	21U	/* partitions that a colour of its own can be had for */

/* libm's fmax() and fmin() are calls; nothing else here would need libm. */
static inline double bh_max(double a, double b)
{
	return a > b ? a : b;
}

static inline double bh_min(double a, double b)
{
	return a < b ? a : b;
}

struct bh_svg {
	FILE *out;
	const struct bh_plan *plan;
	const struct bh_machine *machine;
	double y;		/* everything above is drawn */
};

/* A partition's colour, and that of text on it: "#rrggbb". */
const char *bh_svg_fill(uint32_t partition);
const char *bh_svg_ink(uint32_t partition);

/* Text, with what XML would read escaped. */
void bh_svg_text(struct bh_svg *svg, const char *text);

/* Width that a text of this many characters may need at a font size. */
double bh_svg_text_width(size_t characters, double font);

/*
 * bh_svg_label() - the longest form of a label that fits, if any
 * @class: of the text element; @anchor: "start", "middle" or "end"
 * Cuts @text short with an ellipsis; draws nothing when not even three
 * characters fit.
 */
void bh_svg_label(struct bh_svg *svg, double x, double y, double room, double font,
		  const char *class, const char *fill, const char *anchor, const char *text);

/* A heading and the small text under it; moves svg->y below. */
void bh_svg_heading(struct bh_svg *svg, const char *heading, const char *caption);

/* The parts, each from svg->y downwards. They return 0 or -ENOMEM. */
int bh_svg_cpus(struct bh_svg *svg);
int bh_svg_memory(struct bh_svg *svg);

#endif
