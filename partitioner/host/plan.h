/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A plan as the host tool holds it: the core's model, plus where in the file
 * each part of it stands, which files the images are, and what `run` emulates.
 */
#ifndef BULKHEAD_HOST_PLAN_H
#define BULKHEAD_HOST_PLAN_H

#include <stdbool.h>
#include <stdio.h>

#include "core/finding.h"
#include "core/model.h"

/* A place in the user's file; line and column count from 1, 0 is unknown. */
struct bh_mark {
	unsigned int line;
	unsigned int column;
};

/* `machine: { qemu: ... }`: the machine that `bulkhead run` emulates. */
struct bh_qemu {
	bool present;
	uint32_t cpus;
	uint32_t sockets, cores, threads;	/* never 0 once parsed: see machine.h */
	uint32_t nodes;				/* NUMA nodes, 1 or more; each cpus / nodes and memory / nodes */
	uint64_t memory;			/* bytes */
	bool smepmp;				/* riscv64: harts have it, and the firmware uses it */
};

struct bh_initrd;

struct bh_image_file {
	const char *path;		/* resolved file to read */
	const char *config_path;	/* kernel's .config, or NULL when none was found */
	char release[64];		/* kernels: version from the bzImage header, or "" */
	bool present;			/* could be read when the plan was loaded */
	bool stock;			/* kernels: has a config, and that lacks our options */
	const struct bh_initrd *initrd;	/* initrds: what was found in it, or NULL */
	const char *looked_for;		/* ... with this as the program to start; NULL: not looked */
};

/*
 * struct bh_plan_file - one plan, read
 * @plan: the model; its pools are owned here
 * @files: one for each of plan.images
 * @qemu: see above
 * Marks are looked up with bh_plan_mark().
 */
struct bh_plan_file {
	const char *path;
	struct bh_plan plan;
	struct bh_image_file *files;
	struct bh_qemu qemu;
	struct bh_plan_more *more;	/* opaque: marks, texts */
};

/*
 * A sink that prints `file:line:column: error: text (hint)` to a stream, or
 * gathers the same as JSON. One for each run of the tool.
 *
 * Findings go out as they come, unless someone holds them: then they go out
 * sorted by line when the last hold is released. bh_plan_load() and
 * bh_plan_resolve() hold for as long as they run.
 */
struct bh_diag {
	struct bh_sink sink;			/* first: the core is handed &diag->sink */
	const struct bh_plan_file *file;	/* for marks; may be NULL */
	const char *path;			/* file of explicit marks; NULL: @file's */
	FILE *out;				/* NULL: print nothing */
	bool colour;
	bool notes;				/* show notes, not only errors and warnings */
	struct json_t *json;			/* array that findings are appended to, or NULL */
	struct bh_diag_entry *held;		/* opaque; freed when they go out */
	unsigned int nheld, held_cap, holds;
	unsigned int unshown;			/* beyond BH_DIAG_MAX, or out of memory */
};

/* Findings held at once; the rest is only counted. */
#define BH_DIAG_MAX	500

void bh_diag_init(struct bh_diag *diag, const struct bh_plan_file *file, FILE *out);
void bh_diag_hold(struct bh_diag *diag);
void bh_diag_release(struct bh_diag *diag);

/* May @out show colours: a terminal, and NO_COLOR is not set (no-color.org). */
bool bh_colour_wanted(FILE *out);

/*
 * Report at an explicit mark, for what has no place in the model (syntax,
 * unknown keys). Line 0: the file as a whole.
 */
void bh_diag_at(struct bh_diag *diag, enum bh_severity severity, const char *rule,
		struct bh_mark mark, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));

/*
 * bh_plan_load() - read, parse and schema-walk a plan file, find its images
 *
 * Reports everything wrong in one run. Returns 0, -EINVAL when anything was
 * reported as an error (@file is then still safe to free), or -errno when the
 * file can't be read. bh_plan_parse() is the same from memory (fuzzer, tests).
 */
int bh_plan_load(const char *path, struct bh_plan_file *file, struct bh_diag *diag);
int bh_plan_parse(const char *path, const char *text, size_t size,
		  struct bh_plan_file *file, struct bh_diag *diag);
void bh_plan_free(struct bh_plan_file *file);

struct bh_mark bh_plan_mark(const struct bh_plan_file *file, struct bh_place place);

/*
 * bh_plan_resolve() - load + machine + place + check: what every verb starts with
 * @machine_spec: NULL (the plan's qemu section if it has one, else live), "live", or a file
 * @machine: filled, owned by the caller, bh_machine_free()
 *
 * Returns 0, or -EINVAL when errors were reported.
 */
int bh_plan_resolve(const char *path, const char *machine_spec, struct bh_plan_file *file,
		    struct bh_machine *machine, struct bh_diag *diag);

/*
 * bh_plan_compile() - a placed and checked plan as a blob
 * @blob: malloc'ed, the caller frees; @size: its bytes
 * Images are read and hashed here. Returns 0 or -errno (reported).
 */
int bh_plan_compile(const struct bh_plan_file *file, void **blob, size_t *size,
		    struct bh_diag *diag);

#endif
