// SPDX-License-Identifier: GPL-2.0-only
/* The map's CPUs: a box for each package of each node, a frame for each core. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image/svg.h"

#define BOX_PAD		12.0
#define BOX_HEAD	22.0
#define BOX_GAP		14.0

struct cell {
	const struct bh_cpu *cpu;
	uint32_t owner;		/* index of partition, or BH_NONE */
};

struct box {
	uint32_t first, count;	/* cells */
	uint32_t cores;
};

/* One size of everything, for the machine at hand. */
struct grid {
	struct cell *cells;
	uint32_t ncells;
	struct box *boxes;
	uint32_t nboxes;
	uint32_t threads;	/* most that a core has */
	bool topology, nodes, packages;
	bool label_owner;	/* cells carry the partition's id, not their own */
	double w, h;		/* of a cell */
	double gap;		/* from one core to the next */
	double core_w, core_h;	/* of a core with its frame and that gap */
	uint32_t columns;	/* of boxes */
	double box_w;
};

static uint32_t core_of(const struct grid *g, const struct cell *cell)
{
	return g->topology ? cell->cpu->core : cell->cpu->hwid;
}

static int compare(const void *a, const void *b)
{
	const struct bh_cpu *x = ((const struct cell *)a)->cpu, *y = ((const struct cell *)b)->cpu;

	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	if (x->package != y->package)
		return x->package < y->package ? -1 : 1;
	if (x->core != y->core)
		return x->core < y->core ? -1 : 1;
	return x->hwid < y->hwid ? -1 : x->hwid > y->hwid;
}

static void find_owners(struct grid *g, const struct bh_plan *plan)
{
	for (uint32_t i = 0; i < g->ncells; i++) {
		struct cell *cell = &g->cells[i];

		cell->owner = BH_NONE;
		for (uint32_t p = 0; p < plan->npartitions && cell->owner == BH_NONE; p++) {
			const struct bh_partition *part = &plan->partitions[p];

			for (uint32_t c = 0; c < part->ncpus; c++)
				if (plan->cpus[part->first_cpu + c] == cell->cpu->hwid)
					cell->owner = p;
		}
	}
}

static void find_boxes(struct grid *g)
{
	uint32_t core = BH_NONE, threads = 0;

	for (uint32_t i = 0; i < g->ncells; i++) {
		const struct bh_cpu *cpu = g->cells[i].cpu;
		const struct bh_cpu *before = i ? g->cells[i - 1].cpu : NULL;
		bool new_box = !before || before->node != cpu->node ||
			       (g->topology && before->package != cpu->package);

		if (before && before->node != cpu->node)
			g->nodes = true;
		if (before && g->topology && before->package != cpu->package)
			g->packages = true;
		if (new_box)
			g->boxes[g->nboxes++] = (struct box){ .first = i };
		g->boxes[g->nboxes - 1].count++;
		if (new_box || core_of(g, &g->cells[i]) != core) {
			g->boxes[g->nboxes - 1].cores++;
			threads = 0;
		}
		core = core_of(g, &g->cells[i]);
		if (++threads > g->threads)
			g->threads = threads;
	}
}

static double box_height(const struct grid *g, const struct box *box, uint32_t columns)
{
	double width = (BH_SVG_INNER - (columns - 1) * BOX_GAP) / columns;
	uint32_t per_row = (uint32_t)((width - 2 * BOX_PAD + g->gap) / g->core_w);

	if (!per_row)
		return 1e30;
	return BOX_HEAD + BOX_PAD + (box->cores + per_row - 1) / per_row * g->core_h;
}

static double total_height(const struct grid *g, uint32_t columns)
{
	double sum = 0;

	for (uint32_t i = 0; i < g->nboxes; i += columns) {
		double row = 0;

		for (uint32_t j = i; j < g->nboxes && j < i + columns; j++)
			row = bh_max(row, box_height(g, &g->boxes[j], columns));
		sum += row + BOX_GAP;
	}
	return sum;
}

static void choose_sizes(struct grid *g, uint32_t npartitions)
{
	uint32_t most = 1, per_row;
	double best = 1e30;

	g->label_owner = g->ncells > 256 || npartitions > BH_SVG_SHADES;
	g->h = g->ncells <= 32 ? 44 : g->ncells <= 96 ? 34 : g->ncells <= 256 ? 25 :
	       g->ncells <= 1200 ? 16 : 9;
	g->w = g->ncells <= 16 && g->threads <= 2 ? 84 : g->h;
	g->gap = g->h > 20 ? 8 : 3;
	g->core_w = g->threads * (g->w + 2) + (g->threads > 1 ? 6 : 0) + g->gap;
	g->core_h = g->h + (g->threads > 1 ? 8 : 2) + g->gap;
	for (uint32_t columns = 1; columns <= 8 && columns <= g->nboxes; columns++) {
		double height = total_height(g, columns);

		if (height >= best)
			continue;
		best = height;
		g->columns = columns;
	}
	if (!g->columns)
		g->columns = 1;
	g->box_w = (BH_SVG_INNER - (g->columns - 1) * BOX_GAP) / g->columns;
	for (uint32_t i = 0; i < g->nboxes; i++)
		most = g->boxes[i].cores > most ? g->boxes[i].cores : most;
	per_row = (uint32_t)((g->box_w - 2 * BOX_PAD + g->gap + 0.01) / g->core_w);
	if (per_row > most)
		per_row = most;
	/* no wider than it must be, but wide enough for its own heading */
	g->box_w = bh_min(g->box_w, bh_max(2 * BOX_PAD + per_row * g->core_w - g->gap,
					   240));
}

static void draw_cell(struct bh_svg *svg, const struct grid *g, const struct cell *cell, double x,
		      double y)
{
	const char *name = cell->owner == BH_NONE ? "free" :
			   svg->plan->partitions[cell->owner].name;
	const char *ink = cell->owner == BH_NONE ? NULL : bh_svg_ink(cell->owner);
	double middle = x + g->w / 2;
	double font = g->h >= 40 ? 13 : g->h * 0.42;
	char text[16] = "";

	fprintf(svg->out, "<g><title>CPU %u", cell->cpu->hwid);
	if (g->topology)
		fprintf(svg->out, ", core %u", cell->cpu->core);
	fputs(": ", svg->out);
	bh_svg_text(svg, name);
	if (cell->cpu->flags & BH_CPU_BSP)
		fputs("; firmware boots on it", svg->out);
	fprintf(svg->out, "</title><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
		"rx=\"%d\"", x, y, g->w, g->h, g->h > 20 ? 4 : 2);
	if (cell->owner == BH_NONE)
		fputs(" class=\"idle\"/>\n", svg->out);
	else
		fprintf(svg->out, " class=\"own\" style=\"fill:%s\"/>\n", bh_svg_fill(cell->owner));
	if (!g->label_owner)
		snprintf(text, sizeof(text), "%u", cell->cpu->hwid);
	else if (cell->owner != BH_NONE)
		snprintf(text, sizeof(text), "%u", BH_PARTITION_ID_BASE + cell->owner);
	if (g->w > 60) {
		bh_svg_label(svg, middle, y + 19, g->w, 14, ink ? "name" : "name soft", ink,
			     "middle", text);
		bh_svg_label(svg, middle, y + 35, g->w - 6, 10, ink ? "" : "soft", ink, "middle",
			     name);
	} else if (*text && g->h > 12) {
		bh_svg_label(svg, middle, y + g->h / 2 + font * 0.36, g->w + 2, font,
			     ink ? "" : "soft", ink, "middle", text);
	}
	if (cell->cpu->flags & BH_CPU_BSP) {
		double corner = g->h > 20 ? 12 : g->h * 0.5;

		fprintf(svg->out, "<path class=\"mark\" d=\"M%.1f %.1fh%.1fl-%.1f %.1fz\"/>\n", x, y,
			corner, corner, corner);
	}
	fputs("</g>\n", svg->out);
}

static void draw_box(struct bh_svg *svg, const struct grid *g, const struct box *box, double x,
		     double y, double height)
{
	const struct cell *first = &g->cells[box->first];
	uint32_t per_row = (uint32_t)((g->box_w - 2 * BOX_PAD + g->gap + 0.01) / g->core_w);
	uint32_t n = 0;
	char text[96];
	int len = 0;

	if (!per_row)
		per_row = 1;
	if (g->nodes)
		len += snprintf(text + len, sizeof(text) - (size_t)len, "node %u, ", first->cpu->node);
	if (g->packages)
		len += snprintf(text + len, sizeof(text) - (size_t)len, "package %u, ",
				first->cpu->package);
	if (g->topology && g->threads > 1 && g->box_w > 280)
		snprintf(text + len, sizeof(text) - (size_t)len, "%u cores, %u CPUs", box->cores,
			 box->count);
	else
		snprintf(text + len, sizeof(text) - (size_t)len, "%u CPU%s", box->count,
			 box->count == 1 ? "" : "s");
	fprintf(svg->out, "<rect class=\"panel\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
		"rx=\"6\"/>\n", x, y, g->box_w, height);
	bh_svg_label(svg, x + BOX_PAD, y + 18, g->box_w - 2 * BOX_PAD, 11, "soft", NULL,
		     "start", text);

	for (uint32_t i = box->first; i < box->first + box->count; n++) {
		double cx = x + BOX_PAD + n % per_row * g->core_w;
		double cy = y + BOX_HEAD + 6 + n / per_row * g->core_h;
		uint32_t core = core_of(g, &g->cells[i]);
		double inset = g->threads > 1 ? 4 : 0;

		if (g->threads > 1)
			fprintf(svg->out, "<rect class=\"frame\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
				"height=\"%.1f\" rx=\"%d\"/>\n", cx, cy,
				g->threads * (g->w + 2) + 6, g->h + 8, g->h > 20 ? 6 : 3);
		for (uint32_t t = 0; i < box->first + box->count &&
				     core_of(g, &g->cells[i]) == core; i++, t++)
			draw_cell(svg, g, &g->cells[i], cx + inset + t * (g->w + 2), cy + inset);
	}
}

int bh_svg_cpus(struct bh_svg *svg)
{
	const struct bh_machine *machine = svg->machine;
	struct grid g = { .topology = machine->flags & BH_MACHINE_TOPOLOGY };
	char caption[256];
	bool bsp = false;

	g.cells = calloc(machine->ncpus + 1, sizeof(*g.cells));
	g.boxes = calloc(machine->ncpus + 1, sizeof(*g.boxes));
	if (!g.cells || !g.boxes) {
		free(g.cells);
		free(g.boxes);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < machine->ncpus; i++) {
		g.cells[g.ncells++].cpu = &machine->cpus[i];
		bsp |= machine->cpus[i].flags & BH_CPU_BSP;
	}
	qsort(g.cells, g.ncells, sizeof(*g.cells), compare);
	find_owners(&g, svg->plan);
	find_boxes(&g);
	choose_sizes(&g, svg->plan->npartitions);

	snprintf(caption, sizeof(caption), "%s%s Grey is free.%s", g.label_owner ? "Each square is a CPU, with the number of its "
		 "partition." : "Each square is a CPU, with its hardware id.",
		 g.threads > 1 ? " A frame is a core." : "",
		 bsp ? " The dark corner marks the CPU that firmware boots on." : "");
	bh_svg_heading(svg, "CPUs", caption);
	for (uint32_t i = 0; i < g.nboxes; i += g.columns) {
		double height = 0;

		for (uint32_t j = i; j < g.nboxes && j < i + g.columns; j++)
			height = bh_max(height, box_height(&g, &g.boxes[j], g.columns));
		for (uint32_t j = i; j < g.nboxes && j < i + g.columns; j++)
			draw_box(svg, &g, &g.boxes[j],
				 BH_SVG_MARGIN + (j - i) * (g.box_w + BOX_GAP), svg->y, height);
		svg->y += height + BOX_GAP;
	}
	svg->y -= BOX_GAP;
	free(g.cells);
	free(g.boxes);
	return 0;
}
