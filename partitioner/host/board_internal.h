/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by board.c and board_devices.c. */
#ifndef BULKHEAD_HOST_BOARD_INTERNAL_H
#define BULKHEAD_HOST_BOARD_INTERNAL_H

#include "host/board.h"

#define BH_WALK_DEPTH	17	/* the root and what bh_fdt_walk() lets through below */

/* One node on the way from the root to another. */
struct bh_walk_level {
	uint32_t address_cells, size_cells;	/* of its children's reg */
	uint32_t interrupt_parent;		/* inherited; 0: none */
	bool okay;				/* it, and all above it */
	const void *ranges;
	int ranges_length;
};

enum bh_candidate_kind {
	BH_CANDIDATE_APLIC,
	BH_CANDIDATE_PCI,
	BH_CANDIDATE_WIRED,
};

/* What may turn out to be a device that a partition can own. */
struct bh_candidate {
	enum bh_candidate_kind kind;
	int offset;
	uint32_t interrupt_parent;
	uint32_t first, count;		/* of bh_reader.regs */
	bool two_cells;			/* reg stands as it would in a partition's tree */
};

struct bh_reader {
	struct bh_board *board;
	struct bh_diag *diag;
	struct bh_walk_level levels[BH_WALK_DEPTH];
	bool in_cpus, in_reserved;
	bool smepmp;			/* a hart has it */
	struct bh_range *taken;		/* registers of what nobody can own */
	uint32_t ntaken;
	struct bh_range *files;		/* the S-level IMSIC's registers */
	uint32_t nfiles;
	struct bh_range *machine_level;	/* what OpenSBI drives and protects */
	uint32_t nmachine_level;
	struct bh_candidate *candidates;
	uint32_t ncandidates;
	struct bh_range *regs;
	uint32_t nregs;
};

void bh_reader_free(struct bh_reader *r);

/* "the device tree @fmt"; returns -EINVAL. */
int bh_board_refuse(struct bh_reader *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Go down to @node, whose parent is levels[@depth - 1]. */
void bh_walk_enter(struct bh_walk_level *levels, int depth, const void *fdt, int node);

/* The nth <address size> of a node's reg as the CPU sees it; false: none, or it can't. */
bool bh_walk_reg(const struct bh_walk_level *levels, int depth, const void *fdt, int node,
		 unsigned int index, struct bh_range *range);

int bh_board_candidate(struct bh_reader *r, int depth, int node, enum bh_candidate_kind kind);

/* Which candidates are devices, once all of the tree has been seen; and pmp_firmware. */
int bh_board_devices(struct bh_reader *r);

#endif
