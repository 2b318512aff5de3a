// SPDX-License-Identifier: GPL-2.0-only
#include "host/plan.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/plan_more.h"

struct bh_diag_entry {
	enum bh_severity severity;
	struct bh_mark mark;
	unsigned int order;
	uint64_t hash;		/* of place, rule and text: to find repetitions */
	char *rule, *path, *text, *hint;
};

static const char * const severity_names[] = {
	[BH_ERROR] = "error",
	[BH_WARNING] = "warning",
	[BH_NOTE] = "note",
};

static const char * const severity_colours[] = {
	[BH_ERROR] = "\033[1;31m",
	[BH_WARNING] = "\033[1;35m",
	[BH_NOTE] = "\033[1;36m",
};

bool bh_colour_wanted(FILE *out)
{
	const char *no = getenv("NO_COLOR");

	return out && !(no && *no) && isatty(fileno(out));
}

/* Text from a plan goes to a terminal: no control character, C0 or C1, may come along. */
static void print_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)text[0], next = (unsigned char)text[1];

		if (c == 0xc2 && next >= 0x80 && next < 0xa0) {
			fprintf(out, "\\x%02x", next);
			text++;
		} else if (c < 0x20 || c == 0x7f) {
			fprintf(out, "\\x%02x", c);
		} else {
			putc(c, out);
		}
	}
}

static void print_entry(const struct bh_diag *diag, const struct bh_diag_entry *e, FILE *out)
{
	if (diag->colour)
		fputs("\033[1m", out);
	if (e->path) {
		print_text(out, e->path);
		if (e->mark.line)
			fprintf(out, ":%u:%u", e->mark.line, e->mark.column);
		fputs(": ", out);
	}
	if (diag->colour)
		fprintf(out, "\033[0m%s", severity_colours[e->severity]);
	fprintf(out, "%s: ", severity_names[e->severity]);
	if (diag->colour)
		fputs("\033[0m", out);
	print_text(out, e->text);
	if (e->hint) {
		fputs(" (", out);
		print_text(out, e->hint);
		putc(')', out);
	}
	putc('\n', out);
}

/* In one piece: stderr has no buffer, and each character would be a system call. */
static void show_text(const struct bh_diag *diag, const struct bh_diag_entry *e)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out) {
		print_entry(diag, e, out);
		if (!fclose(out))
			fwrite(text, 1, size, diag->out);
	} else {
		print_entry(diag, e, diag->out);
	}
	free(text);
}

/* JSON is UTF-8; a path need not be, and a text may have been cut within a character. */
static json_t *json_text(const char *text)
{
	json_t *string = json_string(text);
	char *ascii, *c;

	if (string)
		return string;
	ascii = strdup(text);
	if (!ascii)
		return NULL;
	for (c = ascii; *c; c++)
		if (*c & 0x80)
			*c = '?';
	string = json_string(ascii);
	free(ascii);
	return string;
}

static void show_json(const struct bh_diag *diag, const struct bh_diag_entry *e)
{
	json_t *item = json_object();

	json_object_set_new(item, "severity", json_string(severity_names[e->severity]));
	json_object_set_new(item, "rule", json_string(e->rule));
	if (e->path)
		json_object_set_new(item, "file", json_text(e->path));
	if (e->mark.line) {
		json_object_set_new(item, "line", json_integer(e->mark.line));
		json_object_set_new(item, "column", json_integer(e->mark.column));
	}
	json_object_set_new(item, "text", json_text(e->text));
	if (e->hint)
		json_object_set_new(item, "hint", json_text(e->hint));
	json_array_append_new(diag->json, item);
}

static void show(const struct bh_diag *diag, const struct bh_diag_entry *e)
{
	if (diag->out)
		show_text(diag, e);
	if (diag->json)
		show_json(diag, e);
}

static void entry_drop(struct bh_diag_entry *e)
{
	free(e->rule);
	free(e->path);
	free(e->text);
	free(e->hint);
}

static char *copy(const char *text, bool *failed)
{
	char *s = text ? strdup(text) : NULL;

	if (text && !s)
		*failed = true;
	return s;
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* FNV-1a */
static uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; text && *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3ULL;
	return hash;
}

static uint64_t hash_entry(const struct bh_diag_entry *e)
{
	uint64_t hash = 0xcbf29ce484222325ULL;

	hash = (hash ^ e->mark.line) * 0x100000001b3ULL;
	hash = (hash ^ e->mark.column) * 0x100000001b3ULL;
	return hash_text(hash_text(hash, e->rule), e->text);
}

/* Returns false when it was said before and must not count again. */
static bool hold(struct bh_diag *diag, const struct bh_diag_entry *e)
{
	uint64_t hash = hash_entry(e);
	struct bh_diag_entry *mine;
	bool failed = false;
	unsigned int i;

	for (i = 0; i < diag->nheld; i++) {
		const struct bh_diag_entry *old = &diag->held[i];

		if (old->hash == hash && same(old->rule, e->rule) && same(old->path, e->path) &&
		    same(old->text, e->text))
			return false;
	}
	if (diag->nheld == BH_DIAG_MAX) {
		diag->unshown++;
		return true;
	}
	if (diag->nheld == diag->held_cap) {
		unsigned int cap = diag->held_cap ? diag->held_cap * 2 : 16;
		struct bh_diag_entry *more = reallocarray(diag->held, cap, sizeof(*more));

		if (!more) {
			diag->unshown++;
			return true;
		}
		diag->held = more;
		diag->held_cap = cap;
	}
	mine = &diag->held[diag->nheld];
	*mine = (struct bh_diag_entry){
		.severity = e->severity,
		.mark = e->mark,
		.order = diag->nheld,
		.hash = hash,
		.rule = copy(e->rule, &failed),
		.path = copy(e->path, &failed),
		.text = copy(e->text, &failed),
		.hint = copy(e->hint, &failed),
	};
	if (failed) {
		entry_drop(mine);
		diag->unshown++;
		return true;
	}
	diag->nheld++;
	return true;
}

/* Returns false when the finding was a repetition. */
static bool add(struct bh_diag *diag, const struct bh_diag_entry *e)
{
	if (e->severity == BH_NOTE && !diag->notes)
		return true;
	if (diag->holds)
		return hold(diag, e);
	show(diag, e);
	return true;
}

static int by_place(const void *left, const void *right)
{
	const struct bh_diag_entry *a = left, *b = right;

	if (a->mark.line != b->mark.line)
		return a->mark.line < b->mark.line ? -1 : 1;
	if (a->mark.column != b->mark.column)
		return a->mark.column < b->mark.column ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

void bh_diag_hold(struct bh_diag *diag)
{
	diag->holds++;
}

void bh_diag_release(struct bh_diag *diag)
{
	unsigned int i;

	if (--diag->holds)
		return;
	if (diag->nheld)
		qsort(diag->held, diag->nheld, sizeof(*diag->held), by_place);
	for (i = 0; i < diag->nheld; i++) {
		show(diag, &diag->held[i]);
		entry_drop(&diag->held[i]);
	}
	free(diag->held);
	diag->held = NULL;
	diag->nheld = diag->held_cap = 0;
	if (diag->unshown && diag->out)
		fprintf(diag->out, "(%u more not shown)\n", diag->unshown);
	diag->unshown = 0;
}

static const char *path_of(const struct bh_diag *diag)
{
	if (diag->path)
		return diag->path;
	return diag->file ? diag->file->path : NULL;
}

static void uncount(struct bh_sink *sink, enum bh_severity severity)
{
	if (severity == BH_ERROR)
		sink->errors--;
	else if (severity == BH_WARNING)
		sink->warnings--;
}

/* What the core says: its places become lines and columns of the plan. */
static void emit(struct bh_sink *sink, const struct bh_finding *finding)
{
	struct bh_diag *diag = (struct bh_diag *)sink;
	struct bh_diag_entry e = {
		.severity = finding->severity,
		.rule = (char *)finding->rule,
		.path = diag->file ? (char *)diag->file->path : NULL,
		.text = (char *)finding->text,
		.hint = (char *)finding->hint,
	};

	if (diag->file) {
		/* A value that could not be read has been reported; what follows from it is noise. */
		if (bh_plan_is_broken(diag->file, finding->place)) {
			uncount(sink, finding->severity);
			return;
		}
		e.mark = bh_plan_mark(diag->file, finding->place);
	}
	if (!add(diag, &e))
		uncount(sink, finding->severity);
}

void bh_diag_init(struct bh_diag *diag, const struct bh_plan_file *file, FILE *out)
{
	*diag = (struct bh_diag){
		.sink.emit = emit,
		.file = file,
		.out = out,
		.colour = bh_colour_wanted(out),
	};
}

void bh_diag_at(struct bh_diag *diag, enum bh_severity severity, const char *rule,
		struct bh_mark mark, const char *hint, const char *fmt, ...)
{
	char text[512];
	struct bh_diag_entry e = {
		.severity = severity,
		.mark = mark,
		.rule = (char *)rule,
		.path = (char *)path_of(diag),
		.text = text,
		.hint = (char *)hint,
	};
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!add(diag, &e))
		return;
	if (severity == BH_ERROR)
		diag->sink.errors++;
	else if (severity == BH_WARNING)
		diag->sink.warnings++;
}
