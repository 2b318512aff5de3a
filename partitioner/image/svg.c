// SPDX-License-Identifier: GPL-2.0-only
#include "image/svg.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/platform.h"
#include "image/show.h"

/*
 * Okabe and Ito's palette, which stays apart for the colour-blind, as it is,
 * lighter and darker. Dark text is readable on all but the few told apart
 * below.
 */
static const char *const fills[BH_SVG_SHADES] = {
	"#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7",
	"#f5d48a", "#b3dcf5", "#80cfb9", "#faf4b0", "#80b9d9", "#eaaf80", "#e8c3d8",
	"#a87400", "#2b83b5", "#006b4e", "#b0a620", "#004d78", "#9a4400", "#9b4a78",
};

#define DARK	"#1a1a1a"
#define LIGHT	"#ffffff"

static const char style[] =
	"text{font-family:'DejaVu Sans',Verdana,Helvetica,Arial,sans-serif;font-size:12px}\n"
	".paper{fill:#ffffff}.ink{fill:#1a1a1a}.soft{fill:#5c6570}\n"
	".title{font-size:26px;font-weight:bold}.head{font-size:16px;font-weight:bold}\n"
	".name{font-weight:bold}.small{font-size:11px}.tiny{font-size:9.5px}\n"
	".frame{fill:none;stroke:#9aa3ad;stroke-width:1}\n"
	".panel{fill:#f4f6f8;stroke:#d5dae0;stroke-width:1}\n"
	".idle{fill:#d9dde2;stroke:#b8bfc7;stroke-width:1}\n"
	".own{stroke:#1a1a1a;stroke-opacity:.35;stroke-width:1}\n"
	".resident{fill:#1a1a1a;stroke:#1a1a1a}.mark{fill:#1a1a1a;stroke:#ffffff;stroke-width:1}\n"
	".wire{fill:none;stroke:#5c6570;stroke-width:2}\n"
	".right{fill:none;stroke:#5c6570;stroke-width:1.5;stroke-dasharray:5 4}\n"
	".tip{fill:#5c6570}.lines{stroke:#9aa3ad;stroke-width:1.2}.under{fill:#eceff2}\n"
	/* viewers that follow the reader's wish; all others show the light one on white */
	"@media (prefers-color-scheme: dark){\n"
	".paper{fill:#14181d}.ink{fill:#f0f2f4}.soft{fill:#a9b3bd}\n"
	".panel{fill:#1d232a;stroke:#39424c}.idle{fill:#3a424b;stroke:#4d5762}\n"
	".frame,.lines{stroke:#6b7681}.wire,.right{stroke:#a9b3bd}.tip{fill:#a9b3bd}\n"
	".resident{fill:#000000;stroke:#f0f2f4}.under{fill:#232a32}}\n";

const char *bh_svg_fill(uint32_t partition)
{
	return fills[partition % BH_SVG_SHADES];
}

const char *bh_svg_ink(uint32_t partition)
{
	uint32_t shade = partition % BH_SVG_SHADES;

	/* the blues, greens and reds that are dark themselves */
	return shade == 4 || (shade > 14 && shade != 17) ? LIGHT : DARK;
}

void bh_svg_text(struct bh_svg *svg, const char *text)
{
	json_t *valid = json_string(text);	/* is it UTF-8 at all? */

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '<')
			fputs("&lt;", svg->out);
		else if (c == '>')
			fputs("&gt;", svg->out);
		else if (c == '&')
			fputs("&amp;", svg->out);
		else if (c < 0x20 || (c >= 0x7f && !valid))
			fputc('?', svg->out);
		else
			fputc(c, svg->out);
	}
	json_decref(valid);
}

double bh_svg_text_width(size_t characters, double font)
{
	return (double)characters * font * 0.64;
}

void bh_svg_label(struct bh_svg *svg, double x, double y, double room, double font,
		  const char *class, const char *fill, const char *anchor, const char *text)
{
	size_t len = strlen(text);
	size_t fits = room > 0 ? (size_t)(room / (font * 0.64)) : 0;
	char cut[BH_CMDLINE_MAX];

	if (len > fits) {
		if (fits < 4 || fits >= sizeof(cut) - 4)
			return;
		snprintf(cut, sizeof(cut), "%.*s\u2026", (int)fits - 1, text);
		text = cut;
	}
	fprintf(svg->out, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\" text-anchor=\"%s\" "
		"style=\"font-size:%.1fpx", x, y, class, anchor, font);
	if (fill)
		fprintf(svg->out, ";fill:%s", fill);
	fputs("\">", svg->out);
	bh_svg_text(svg, text);
	fputs("</text>\n", svg->out);
}

void bh_svg_heading(struct bh_svg *svg, const char *heading, const char *caption)
{
	svg->y += 40;
	fprintf(svg->out, "<text x=\"%.0f\" y=\"%.1f\" class=\"head ink\">", BH_SVG_MARGIN, svg->y);
	bh_svg_text(svg, heading);
	fputs("</text>\n", svg->out);
	if (caption) {
		svg->y += 18;
		fprintf(svg->out, "<text x=\"%.0f\" y=\"%.1f\" class=\"small soft\">",
			BH_SVG_MARGIN, svg->y);
		bh_svg_text(svg, caption);
		fputs("</text>\n", svg->out);
	}
	svg->y += 12;
}

/* "1.5 GiB": for a glance, not exact. */
static void human(uint64_t bytes, char *buf, size_t size)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
	double value = (double)bytes;
	unsigned int unit = 0;

	while (value >= 1024 && unit < 5) {
		value /= 1024;
		unit++;
	}
	snprintf(buf, size, value < 9.95 && value - (double)(unsigned int)value >= 0.05 ? "%.1f %s" : "%.0f %s",
		 value, units[unit]);
}

static uint64_t memory_of(const struct bh_plan *plan, uint32_t partition)
{
	const struct bh_partition *part = &plan->partitions[partition];
	uint64_t sum = 0;

	for (uint32_t i = 0; i < part->nmem; i++)
		sum += plan->memory[part->first_mem + i].size;
	return sum;
}

static void draw_title(struct bh_svg *svg, const char *title)
{
	const struct bh_machine *machine = svg->machine;
	uint64_t ram = 0;
	char size[32];

	for (uint32_t i = 0; i < machine->nram; i++)
		ram += machine->ram[i].range.size;
	human(ram, size, sizeof(size));
	svg->y = 58;
	fprintf(svg->out, "<text x=\"%.0f\" y=\"%.0f\" class=\"title ink\">", BH_SVG_MARGIN, svg->y);
	bh_svg_text(svg, title);
	fputs("</text>\n", svg->out);
	svg->y += 24;
	fprintf(svg->out, "<text x=\"%.0f\" y=\"%.0f\" class=\"soft\">%s: %u partition%s on %u CPU%s "
		"and %s of memory, %u channel%s</text>\n", BH_SVG_MARGIN, svg->y,
		bh_platform_name(svg->plan->platform), svg->plan->npartitions,
		svg->plan->npartitions == 1 ? "" : "s", machine->ncpus,
		machine->ncpus == 1 ? "" : "s", size, svg->plan->nchannels,
		svg->plan->nchannels == 1 ? "" : "s");
	svg->y += 18;
}

/* The legend: a card a partition. */
struct cards {
	uint32_t columns;
	double width, height, gap;
	bool compact;
};

static struct cards lay_out_cards(uint32_t count)
{
	struct cards cards = { .gap = 12, .height = 74, .columns = 4 };

	if (count < 4)
		cards.columns = count ? count : 1;
	if (count > 12) {
		cards = (struct cards){ .gap = 8, .height = 44, .columns = 8, .compact = true };
		if (count <= 36)
			cards.columns = 6;
	}
	cards.width = (BH_SVG_INNER - (cards.columns - 1) * cards.gap) / cards.columns;
	if (cards.width > 364)
		cards.width = 364;
	return cards;
}

static void draw_card(struct bh_svg *svg, const struct cards *cards, uint32_t index, double x,
		      double y)
{
	const struct bh_plan *plan = svg->plan;
	const struct bh_partition *part = &plan->partitions[index];
	char *cpus = bh_text_cpus(plan->cpus + part->first_cpu, part->ncpus);
	char *console = bh_text_console(part);
	double swatch = cards->compact ? 26 : 34;
	double text = x + swatch + 10;
	double room = cards->width - swatch - 18;
	const struct bh_image *kernel = bh_plan_image(plan, part->kernel);
	char line[160], size[32];

	human(memory_of(plan, index), size, sizeof(size));
	fprintf(svg->out, "<g><title>");
	bh_svg_text(svg, part->name);
	fprintf(svg->out, ": CPUs %s, %s</title>\n", cpus ? cpus : "?", size);
	fprintf(svg->out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"5\" "
		"class=\"panel\"/>\n", x, y, cards->width, cards->height);
	fprintf(svg->out, "<path d=\"M%.1f %.1fh%.1fv%.1fh-%.1fa5 5 0 0 1 -5 -5v-%.1fa5 5 0 0 1 5 -5z\" "
		"class=\"own\" style=\"fill:%s\"/>\n", x + 5, y, swatch - 5, cards->height, swatch - 5,
		cards->height - 10, bh_svg_fill(index));
	snprintf(line, sizeof(line), "%u", BH_PARTITION_ID_BASE + index);
	bh_svg_label(svg, x + swatch / 2, y + cards->height / 2 + 4, swatch, 11, "name",
		     bh_svg_ink(index), "middle", line);
	bh_svg_label(svg, text, y + (cards->compact ? 18 : 21), room, cards->compact ? 11 : 14,
		     "name ink", NULL, "start", part->name);
	if (cards->compact) {
		snprintf(line, sizeof(line), "%u CPU%s, %s", part->ncpus,
			 part->ncpus == 1 ? "" : "s", size);
		bh_svg_label(svg, text, y + 34, room, 9, "soft", NULL, "start", line);
	} else {
		snprintf(line, sizeof(line), "CPU%s %s, %s", part->ncpus == 1 ? "" : "s",
			 cpus ? cpus : "?", size);
		bh_svg_label(svg, text, y + 41, room, 11, "ink", NULL, "start", line);
		snprintf(line, sizeof(line), "%s, %s%s%s%s",
			 kernel ? kernel->label : "no kernel",
			 part->console_port || part->console_firmware ? "" : "console ", console ? console : "?",
			 part->devices & BH_DEV_LEGACY ? ", legacy" : "",
			 part->devices & BH_DEV_PCI ? ", PCI" : "");
		bh_svg_label(svg, text, y + 60, room, 11, "soft", NULL, "start", line);
	}
	fputs("</g>\n", svg->out);
	free(cpus);
	free(console);
}

static void draw_cards(struct bh_svg *svg)
{
	uint32_t count = svg->plan->npartitions;
	struct cards cards = lay_out_cards(count);

	bh_svg_heading(svg, "Partitions", NULL);
	for (uint32_t i = 0; i < count; i++)
		draw_card(svg, &cards, i,
			  BH_SVG_MARGIN + (i % cards.columns) * (cards.width + cards.gap),
			  svg->y + (i / cards.columns) * (cards.height + cards.gap));
	svg->y += (count + cards.columns - 1) / cards.columns * (cards.height + cards.gap) -
		  cards.gap;
}

/* How far an arc reaches from the row of partitions: longer ones go over shorter ones. */
static double reach(uint32_t a, uint32_t b, uint32_t count)
{
	double span = a < b ? b - a : a - b;
	double most = count > 12 ? 120 : 26.0 * (count > 1 ? count - 1 : 1);

	return 10 + most * span / (count > 1 ? count - 1 : 1);
}

static double node_x(uint32_t index, uint32_t count)
{
	double step = BH_SVG_INNER / count;

	if (step > 240)
		step = 240;
	return BH_SVG_MARGIN + step * (index + 0.5);
}

/* One with an end that no partition has is in the map of memory, and not between two of them. */
static bool has_both_ends(const struct bh_plan *plan, const struct bh_channel *channel)
{
	return bh_plan_partition(plan, channel->side[0]) && bh_plan_partition(plan, channel->side[1]);
}

static void draw_channels(struct bh_svg *svg, double top)
{
	const struct bh_plan *plan = svg->plan;
	uint32_t n = plan->npartitions;

	for (uint32_t i = 0; i < plan->nchannels; i++) {
		const struct bh_channel *channel = &plan->channels[i];
		uint32_t a = channel->side[0], b = channel->side[1];
		double h = reach(a, b, n), x0 = node_x(a, n), x1 = node_x(b, n);
		char size[32];

		if (!has_both_ends(plan, channel))
			continue;
		human(channel->memory.size, size, sizeof(size));
		fputs("<g><title>channel ", svg->out);
		bh_svg_text(svg, plan->partitions[a].name);
		fputs(" and ", svg->out);
		bh_svg_text(svg, plan->partitions[b].name);
		/* a cubic's top is three quarters of its handles' height */
		fprintf(svg->out, ", %s</title><path class=\"wire\" d=\"M%.1f %.1fC%.1f %.1f %.1f "
			"%.1f %.1f %.1f\"/>", size, x0, top, x0, top - h / 0.75, x1,
			top - h / 0.75, x1, top);
		if (n <= 12) {
			double w = bh_svg_text_width(strlen(size), 10) + 8;

			fprintf(svg->out, "<rect class=\"paper\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
				"height=\"14\"/>", (x0 + x1 - w) / 2, top - h - 7, w);
			bh_svg_label(svg, (x0 + x1) / 2, top - h + 3.5, w, 10, "ink", NULL,
				     "middle", size);
		}
		fputs("</g>\n", svg->out);
	}
}

static void draw_rights(struct bh_svg *svg, double bottom)
{
	const struct bh_plan *plan = svg->plan;
	uint32_t n = plan->npartitions;

	for (uint32_t a = 0; a < n; a++) {
		for (uint32_t b = 0; b < n; b++) {
			/* two that manage each other: side by side */
			double x0 = node_x(a, n) + (a < b ? 3 : -3);
			double x1 = node_x(b, n) + (a < b ? -3 : 3);
			double h;

			if (!(plan->partitions[a].manages >> b & 1))
				continue;
			h = reach(a, b, n) / 0.75 + (a < b ? 0 : 6);
			fputs("<g><title>", svg->out);
			bh_svg_text(svg, plan->partitions[a].name);
			fputs(" manages ", svg->out);
			bh_svg_text(svg, plan->partitions[b].name);
			fprintf(svg->out, "</title><path class=\"right\" d=\"M%.1f %.1fC%.1f %.1f %.1f "
				"%.1f %.1f %.1f\"/><path class=\"tip\" d=\"M%.1f %.1fl-4.5 9h9z\"/></g>\n",
				x0, bottom, x0, bottom + h, x1, bottom + h, x1, bottom + 6, x1, bottom);
		}
	}
}

/* Who shares a channel with whom, and who manages whom. */
static void draw_links(struct bh_svg *svg)
{
	const struct bh_plan *plan = svg->plan;
	uint32_t n = plan->npartitions;
	double above = 0, below = 0, half, font;
	double step = bh_min(BH_SVG_INNER / (n ? n : 1), 240);

	for (uint32_t i = 0; i < plan->nchannels; i++)
		if (has_both_ends(plan, &plan->channels[i]))
			above = bh_max(above, reach(plan->channels[i].side[0],
						    plan->channels[i].side[1], n));
	for (uint32_t a = 0; a < n; a++)
		for (uint32_t b = 0; b < n; b++)
			if (plan->partitions[a].manages >> b & 1)
				below = bh_max(below, reach(a, b, n) + 6);
	if (above <= 0 && below <= 0)
		return;
	bh_svg_heading(svg, "Links", "Lines above: channels, with their memory. "
		       "Dashed below: who manages whom (the arrow points at who is managed).");
	svg->y += above + 6;
	if (plan->nchannels)
		draw_channels(svg, svg->y);
	if (below > 0)
		draw_rights(svg, svg->y + 26);
	half = bh_min(step * 0.46, 80);
	font = n <= 12 ? 12 : bh_min(step * 0.55, 10);
	for (uint32_t i = 0; i < n; i++) {
		const char *name = plan->partitions[i].name;
		char id[16];
		bool fits = bh_svg_text_width(strlen(name), font) <= 2 * half - 8;

		snprintf(id, sizeof(id), "%u", BH_PARTITION_ID_BASE + i);
		fputs("<g><title>", svg->out);
		bh_svg_text(svg, name);
		fprintf(svg->out, "</title><rect class=\"own\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
			"height=\"26\" rx=\"4\" style=\"fill:%s\"/>", node_x(i, n) - half, svg->y,
			2 * half, bh_svg_fill(i));
		bh_svg_label(svg, node_x(i, n), svg->y + 17, 2 * half, font, "name", bh_svg_ink(i),
			     "middle", fits ? name : id);
		fputs("</g>\n", svg->out);
	}
	svg->y += 26 + below;
}

int bh_show_svg(const struct bh_plan_file *file, const struct bh_machine *machine,
		const char *title, FILE *out)
{
	struct bh_svg svg = { .plan = &file->plan, .machine = machine };
	char *body = NULL;
	size_t size;
	int err;

	svg.out = open_memstream(&body, &size);
	if (!svg.out)
		return -ENOMEM;
	draw_title(&svg, title);
	draw_cards(&svg);
	err = bh_svg_cpus(&svg);
	if (!err)
		err = bh_svg_memory(&svg);
	if (!err)
		draw_links(&svg);
	svg.y += 40;
	if (fclose(svg.out) && !err)
		err = -ENOMEM;
	if (err)
		goto out;
	fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" "
		"height=\"%.0f\" role=\"img\">\n<title>", BH_SVG_WIDTH, svg.y, BH_SVG_WIDTH, svg.y);
	svg.out = out;
	bh_svg_text(&svg, title);
	fprintf(out, "</title>\n<style>\n%s</style>\n<rect class=\"paper\" width=\"100%%\" "
		"height=\"100%%\"/>\n", style);
	fwrite(body, 1, size, out);
	fputs("</svg>\n", out);
	if (ferror(out))
		err = -EIO;
out:
	free(body);
	return err;
}
