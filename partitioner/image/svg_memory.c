// SPDX-License-Identifier: GPL-2.0-only
/*
 * The map's memory: bands of the address space, each to a scale of its own, so
 * that 64 KiB below one megabyte are as visible as gigabytes above four.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/platform.h"
#include "host/value.h"
#include "image/svg.h"

#define BAR		46.0	/* height */
#define ROW_GAP		44.0
#define PER_ROW		20U	/* pieces in one row */

enum kind {
	KIND_OWNED,
	KIND_SLICE,
	KIND_CHANNEL,
	KIND_RESIDENT,
	KIND_GOLDEN,
	KIND_FREE,
	KIND_HOLE,
};

struct piece {
	uint64_t base, size;
	enum kind kind;
	uint32_t owner, other;	/* partitions; other: a channel's second */
	uint32_t node;
	double width;
};

struct pieces {
	struct piece *list;
	uint32_t count, room;
};

/* An address or size as short as a glance needs it; the exact one is in the title. */
static const char *rough(uint64_t bytes, char buf[24])
{
	if (bytes < BH_MIB || !(bytes % BH_MIB))
		return bh_format_size(bytes, buf);
	snprintf(buf, 24, "%.1fM", (double)bytes / (double)BH_MIB);
	return buf;
}

static int add(struct pieces *p, struct piece piece)
{
	if (!piece.size)
		return 0;
	if (p->count == p->room) {
		uint32_t room = p->room ? 2 * p->room : 64;
		struct piece *grown = reallocarray(p->list, room, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		p->list = grown;
		p->room = room;
	}
	p->list[p->count++] = piece;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return x->base < y->base ? -1 : x->base > y->base;
}

/* Everything that the plan gives a purpose. */
static int add_plan(struct pieces *p, const struct bh_plan *plan)
{
	int err = 0;

	for (uint32_t i = 0; i < plan->npartitions && !err; i++) {
		const struct bh_partition *part = &plan->partitions[i];

		for (uint32_t j = 0; j < part->nmem && !err; j++) {
			const struct bh_range *r = &plan->memory[part->first_mem + j];

			err = add(p, (struct piece){ r->base, r->size, KIND_OWNED, i, BH_NONE, 0, 0 });
		}
		if (!err)
			err = add(p, (struct piece){ part->low_slice.base, part->low_slice.size,
						     KIND_SLICE, i, BH_NONE, 0, 0 });
	}
	for (uint32_t i = 0; i < plan->nchannels && !err; i++) {
		const struct bh_channel *c = &plan->channels[i];

		if (c->memory.base != BH_ANYWHERE)
			err = add(p, (struct piece){ c->memory.base, c->memory.size, KIND_CHANNEL,
						     c->side[0], c->side[1], 0, 0 });
	}
	if (!err)
		err = add(p, (struct piece){ plan->monitor.base, plan->monitor.size, KIND_RESIDENT,
					     BH_NONE, BH_NONE, 0, 0 });
	if (!err)
		err = add(p, (struct piece){ plan->golden.base, plan->golden.size, KIND_GOLDEN,
					     BH_NONE, BH_NONE, 0, 0 });
	if (!err)
		err = add(p, (struct piece){ plan->low_page.base, plan->low_page.size, KIND_RESIDENT,
					     BH_NONE, BH_NONE, 0, 0 });
	return err;
}

/* What lies between two addresses and has no purpose: RAM, or none. */
static int add_rest(struct pieces *p, const struct bh_machine *machine, uint64_t from, uint64_t to)
{
	int err = 0;

	for (uint32_t i = 0; i < machine->nram && from < to && !err; i++) {
		const struct bh_range *r = &machine->ram[i].range;
		uint64_t end = bh_range_end(r) < to ? bh_range_end(r) : to;

		if (end <= from || r->base >= to)
			continue;
		if (r->base > from) {
			err = add(p, (struct piece){ from, r->base - from, KIND_HOLE, BH_NONE, BH_NONE,
						     0, 0 });
			from = r->base;
		}
		if (!err)
			err = add(p, (struct piece){ from, end - from, KIND_FREE, BH_NONE, BH_NONE, 0, 0 });
		from = end;
	}
	if (from < to && !err)
		err = add(p, (struct piece){ from, to - from, KIND_HOLE, BH_NONE, BH_NONE, 0, 0 });
	return err;
}

static uint32_t node_at(const struct bh_machine *machine, uint64_t address)
{
	uint32_t node = 0;

	for (uint32_t i = 0; i < machine->nram && machine->ram[i].range.base <= address; i++)
		node = machine->ram[i].node;
	return node;
}

/* The whole address space in pieces, cut at 1 MiB, 4 GiB and where a node begins. */
static int cut_up(const struct bh_svg *svg, struct pieces *all)
{
	const struct bh_machine *machine = svg->machine;
	struct pieces used = { 0 };
	uint64_t at = 0, top = 0;
	int err;

	err = add_plan(&used, svg->plan);
	if (err)
		goto out;
	qsort(used.list, used.count, sizeof(*used.list), compare);
	if (machine->nram)
		top = bh_range_end(&machine->ram[machine->nram - 1].range);
	/* RAM that begins far up: what is below is not worth a bar. */
	if (machine->nram && machine->ram[0].range.base >= BH_GIB &&
	    (!used.count || used.list[0].base >= machine->ram[0].range.base))
		at = machine->ram[0].range.base;
	for (uint32_t i = 0; i < used.count && !err; i++) {
		const struct piece *u = &used.list[i];

		if (u->base > at)
			err = add_rest(all, machine, at, u->base);
		if (!err)
			err = add(all, *u);
		if (u->base + u->size > at)
			at = u->base + u->size;
	}
	if (!err && top > at)
		err = add_rest(all, machine, at, top);
	for (uint32_t i = 0; i < all->count && !err; i++) {
		static const uint64_t cuts[] = { BH_MIB, 4 * BH_GIB };

		for (unsigned int c = 0; c < 2 && !err; c++) {
			struct piece rest = all->list[i];
			uint64_t end = rest.base + rest.size;

			if (rest.base >= cuts[c] || end <= cuts[c])
				continue;
			all->list[i].size = cuts[c] - rest.base;
			rest.base = cuts[c];
			rest.size = end - cuts[c];
			err = add(all, rest);
		}
	}
	if (!err) {
		qsort(all->list, all->count, sizeof(*all->list), compare);
		for (uint32_t i = 0; i < all->count; i++)
			all->list[i].node = node_at(machine, all->list[i].base);
	}
out:
	free(used.list);
	return err;
}

/* Newton's square root: near enough for a drawing. */
static double root(double value)
{
	double guess = value > 1 ? value / 2 : 1;

	for (int i = 0; i < 60; i++)
		guess = (guess + value / guess) / 2;
	return guess;
}

/*
 * Widths of one row: a least one for each piece, and the rest by the root of
 * the size, so that small ones are still seen to be small. Holes say only
 * that they are there.
 */
static void choose_widths(struct piece *p, uint32_t count)
{
	static const double least[] = {
		[KIND_OWNED] = 26, [KIND_SLICE] = 20, [KIND_CHANNEL] = 12, [KIND_RESIDENT] = 12,
		[KIND_GOLDEN] = 16,		[KIND_FREE] = 9, [KIND_HOLE] = 20,
	};
	double fixed = 0, weight = 0;

	for (uint32_t i = 0; i < count; i++) {
		fixed += least[p[i].kind];
		if (p[i].kind != KIND_HOLE)
			weight += root((double)p[i].size);
	}
	for (uint32_t i = 0; i < count; i++) {
		p[i].width = least[p[i].kind];
		if (p[i].kind != KIND_HOLE && weight > 0)
			p[i].width += (BH_SVG_INNER - fixed) * root((double)p[i].size) / weight;
	}
}

/* The plan's monitor: what nobody's kernel gets. */
static const char *resident_name(const struct bh_svg *svg)
{
	return svg->plan->golden.size ? "monitor" : "firmware and golden images";
}

static void describe(struct bh_svg *svg, const struct piece *p)
{
	const struct bh_plan *plan = svg->plan;
	char size[24], base[24];

	fputs("<title>", svg->out);
	switch (p->kind) {
	case KIND_OWNED:
		bh_svg_text(svg, plan->partitions[p->owner].name);
		break;
	case KIND_SLICE:
		fputs("real-mode slice of ", svg->out);
		bh_svg_text(svg, plan->partitions[p->owner].name);
		break;
	case KIND_CHANNEL:
		fputs("channel of ", svg->out);
		bh_svg_text(svg, bh_plan_partition_name(plan, p->owner));
		fputs(" and ", svg->out);
		bh_svg_text(svg, bh_plan_partition_name(plan, p->other));
		break;
	case KIND_RESIDENT:
		fputs(resident_name(svg), svg->out);
		break;
	case KIND_GOLDEN:
		fputs("golden images", svg->out);
		break;
	case KIND_FREE:
		fputs("free RAM", svg->out);
		break;
	case KIND_HOLE:
		fputs("no RAM: firmware, devices, or nothing", svg->out);
		break;
	}
	fprintf(svg->out, ": %s at %s (0x%llx)</title>", bh_format_size(p->size, size),
		bh_format_size(p->base, base), (unsigned long long)p->base);
}

static void draw_rect(struct bh_svg *svg, const char *class, const char *fill, double x, double y,
		      double w, double h)
{
	fprintf(svg->out, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"",
		class, x, y, w, h);
	if (fill)
		fprintf(svg->out, " style=\"fill:%s\"", fill);
	fputs("/>", svg->out);
}

static void draw_hole(struct bh_svg *svg, double x, double y, double w)
{
	draw_rect(svg, "under", NULL, x, y, w, BAR);
	/* strokes rather than a pattern: not every viewer has those */
	for (double at = 4; at < w + BAR; at += 8) {
		double x0 = bh_max(0, at - BAR), x1 = bh_min(at, w);

		if (x0 < x1)
			fprintf(svg->out, "<path class=\"lines\" d=\"M%.1f %.1fL%.1f %.1f\"/>",
				x + x1, y + at - x1, x + x0, y + at - x0);
	}
}

static void draw_owned(struct bh_svg *svg, const struct piece *p, double x, double y)
{
	const char *name = svg->plan->partitions[p->owner].name;
	const char *ink = bh_svg_ink(p->owner);
	double middle = x + p->width / 2;
	char id[16], size[24];

	draw_rect(svg, "own", bh_svg_fill(p->owner), x, y, p->width, BAR);
	snprintf(id, sizeof(id), "%u", BH_PARTITION_ID_BASE + p->owner);
	rough(p->size, size);
	if (bh_svg_text_width(strlen(name), 12) > p->width - 4)
		name = id;
	if (bh_svg_text_width(strlen(size), 10) > p->width - 4 || p->kind == KIND_SLICE) {
		bh_svg_label(svg, middle, y + BAR / 2 + 4, p->width, 11, "", ink, "middle", name);
		return;
	}
	bh_svg_label(svg, middle, y + 20, p->width, 12, "name", ink, "middle", name);
	bh_svg_label(svg, middle, y + 36, p->width, 10, "", ink, "middle", size);
}

static void draw_piece(struct bh_svg *svg, const struct piece *p, double x, double y)
{
	char size[24];

	fputs("<g>", svg->out);
	describe(svg, p);
	switch (p->kind) {
	case KIND_OWNED:
	case KIND_SLICE:
		draw_owned(svg, p, x, y);
		break;
	case KIND_CHANNEL:
		/* between two: a half of each */
		draw_rect(svg, "own", bh_svg_fill(p->owner), x, y, p->width, BAR / 2);
		draw_rect(svg, "own", bh_svg_fill(p->other), x, y + BAR / 2, p->width, BAR / 2);
		break;
	case KIND_RESIDENT:
	case KIND_GOLDEN:
		draw_rect(svg, "resident", NULL, x, y, p->width, BAR);
		break;
	case KIND_FREE:
		draw_rect(svg, "idle", NULL, x, y, p->width, BAR);
		if (p->width > 60) {
			bh_svg_label(svg, x + p->width / 2, y + 20, p->width, 11, "soft", NULL, "middle",
				     "free");
			rough(p->size, size);
			bh_svg_label(svg, x + p->width / 2, y + 36, p->width, 10, "soft", NULL,
				     "middle", size);
		}
		break;
	case KIND_HOLE:
		draw_hole(svg, x, y, p->width);
		break;
	}
	fputs("</g>\n", svg->out);
}

/* Addresses under the borders, as many as there is room for. */
static void draw_ticks(struct bh_svg *svg, const struct piece *p, uint32_t count, double y)
{
	double x = BH_SVG_MARGIN, last = -1000;
	char text[24];

	for (uint32_t i = 0; i <= count; i++) {
		uint64_t address = i < count ? p[i].base : p[count - 1].base + p[count - 1].size;
		double w, left;

		rough(address, text);
		w = bh_svg_text_width(strlen(text), 9.5);
		left = bh_max(BH_SVG_MARGIN, x - w / 2);
		left = bh_min(left, BH_SVG_MARGIN + BH_SVG_INNER - w);
		if (left > last + 8) {
			fprintf(svg->out, "<path class=\"frame\" d=\"M%.1f %.1fv4\"/>", x, y + BAR + 1);
			bh_svg_label(svg, left + w / 2, y + BAR + 15, w + 1, 9.5, "soft", NULL, "middle",
				     text);
			last = left + w;
		}
		if (i < count)
			x += p[i].width;
	}
}

static void draw_row(struct bh_svg *svg, struct piece *p, uint32_t count, const char *what)
{
	double x = BH_SVG_MARGIN;

	svg->y += 16;
	bh_svg_label(svg, x, svg->y, BH_SVG_INNER, 11, "soft", NULL, "start", what);
	svg->y += 7;
	choose_widths(p, count);
	for (uint32_t i = 0; i < count; i++) {
		draw_piece(svg, &p[i], x, svg->y);
		x += p[i].width;
	}
	draw_ticks(svg, p, count, svg->y);
	svg->y += BAR + ROW_GAP - 20;
}

static unsigned int band_of(const struct piece *p)
{
	return p->base < BH_MIB ? 0 : p->base < 4 * BH_GIB ? 1 : 2;
}

static void draw_key(struct bh_svg *svg)
{
	const struct {
		const char *class, *text;
	} key[] = {
		{ "idle", "free RAM" }, { "resident", svg->plan->golden.size ? "monitor, golden images" : resident_name(svg) }, { "under", "no RAM" },
		{ "", "channel (half of each side)" },
	};
	double x = BH_SVG_MARGIN;

	svg->y += 6;
	for (unsigned int i = 0; i < 4; i++) {
		if (i == 3 && !svg->plan->nchannels)
			break;
		if (i == 3) {
			draw_rect(svg, "own", bh_svg_fill(0), x, svg->y, 16, 7);
			draw_rect(svg, "own", bh_svg_fill(1), x, svg->y + 7, 16, 7);
		} else {
			draw_rect(svg, key[i].class, NULL, x, svg->y, 16, 14);
		}
		if (i == 2)
			fprintf(svg->out, "<path class=\"lines\" d=\"M%.1f %.1fl-8 8m16 -8l-14 14m14 "
				"-6l-6 6\"/>", x + 8, svg->y);
		bh_svg_label(svg, x + 22, svg->y + 11, 400, 11, "soft", NULL, "start", key[i].text);
		x += 22 + bh_svg_text_width(strlen(key[i].text), 11) + 22;
	}
	svg->y += 22;
}

int bh_svg_memory(struct bh_svg *svg)
{
	const char *bands[] = {
		"below 1 MiB", "1 MiB to 4 GiB", "above 4 GiB",
	};
	struct pieces all = { 0 };
	bool nodes = false;
	uint32_t first, n;
	int err;

	err = cut_up(svg, &all);
	if (err)
		goto out;
	if (all.count && all.list[0].base >= BH_MIB)
		bands[1] = "below 4 GiB";
	for (uint32_t i = 1; i < svg->machine->nram; i++)
		nodes |= svg->machine->ram[i].node != svg->machine->ram[0].node;
	bh_svg_heading(svg, "Memory", "Each bar has a scale of its own, and small pieces are drawn "
		       "larger than they are; addresses stand below.");
	draw_key(svg);
	for (first = 0; first < all.count; first += n) {
		struct piece *p = &all.list[first];
		uint32_t same = 1, rows;
		char what[64];

		/* as far as band and node go, in rows of about the same length */
		while (first + same < all.count && band_of(&p[same]) == band_of(p) &&
		       (band_of(p) < 2 || p[same].node == p->node))
			same++;
		rows = (same + PER_ROW - 1) / PER_ROW;
		n = (same + rows - 1) / rows;
		if (nodes && band_of(p) == 2)
			snprintf(what, sizeof(what), "%s, node %u", bands[2], p->node);
		else
			snprintf(what, sizeof(what), "%s", bands[band_of(p)]);
		draw_row(svg, p, n, what);
	}
	svg->y -= 14;
out:
	free(all.list);
	return err;
}
