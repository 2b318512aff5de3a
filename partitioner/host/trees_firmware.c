// SPDX-License-Identifier: GPL-2.0-only
/*
 * OpenSBI's device tree: the machine's, with the plan as domains (OpenSBI,
 * docs/domain_support.md and docs/opensbi_config.md) and the blob. A partition's
 * domain is called as the partition is.
 *
 * What a domain may touch is all there is in its list; OpenSBI adds its own
 * M-level regions. No two of ours overlap, so their order means nothing.
 */
#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/pmp.h"
#include "host/trees_internal.h"

/* OpenSBI, lib/utils/fdt/fdt_domain.c: FDT_DOMAIN_REGION_MAX_COUNT, its own included. */
#define REGIONS_MAX	16

/* OpenSBI edits its tree in place while it boots: reservations, states of devices. */
#define ROOM_TO_GROW	0x4000

/*
 * Permissions (docs/domain_support.md, "regions"), such as mean the same on a
 * plain PMP, where M-mode may do anything, and with Smepmp, where what S-mode
 * may execute M-mode may not touch, and few combinations of both exist.
 */
#define SU_RWX		0x38	/* memory */
#define SU_RW		0x18	/* own half of a channel; devices */
#define SU_R		0x08	/* the other's half */
#define M_RW_SU_R	0x0b	/* the status page: the firmware writes it */
#define M_RW_SU_RW	0x1b	/* interrupt files: the firmware rings them */

struct region {
	struct bh_range range;
	uint32_t phandle;
};

struct maker {
	const struct bh_plan *plan;
	const struct bh_board *board;
	const struct bh_machine *machine;
	struct bh_diag *diag;
	void *fdt;
	uint32_t next_phandle;
	int error;		/* libfdt's: the first failure stays, the rest does nothing */
	struct region *regions;	/* that have a node already: halves of channels have two users */
	uint32_t nregions;
	uint32_t regions_cap;
};

#define edit_fdt(m, call) do {			\
	if (!(m)->error)			\
		(m)->error = (call);		\
} while (0)

static int add_node(struct maker *m, int parent, const char *name)
{
	int node = m->error ? m->error : fdt_add_subnode(m->fdt, parent, name);

	if (node < 0 && !m->error)
		m->error = node;
	return node;
}

static int path(struct maker *m, const char *name)
{
	int node = m->error ? m->error : fdt_path_offset(m->fdt, name);

	if (node < 0 && !m->error)
		m->error = node;
	return node;
}

static const struct {
	const char *name;	/* of the node, before a dot and the address */
	uint32_t access;
	bool mmio;
} kinds[BH_PMP_KINDS] = {
	[BH_PMP_MEMORY] = { "memory", SU_RWX, false },
	[BH_PMP_STATUS] = { "status", M_RW_SU_R, false },
	[BH_PMP_IMSIC] = { "imsic", M_RW_SU_RW, true },
	[BH_PMP_CHANNEL_OWN] = { "channel", SU_RW, false },
	[BH_PMP_CHANNEL_PEER] = { "channel", SU_R, false },
	[BH_PMP_DEVICE] = { "device", SU_RW, true },
};

/* The phandle of a region's node, which is made when there is none. */
static uint32_t region_phandle(struct maker *m, const struct bh_pmp_entry *entry)
{
	const struct bh_range *range = &entry->range;
	char name[48];
	uint32_t i;
	int node;

	for (i = 0; i < m->nregions; i++)
		if (m->regions[i].range.base == range->base)
			return m->regions[i].phandle;
	/* A dot: no partition's name has one. */
	snprintf(name, sizeof(name), "%s.%llx", kinds[entry->kind].name,
		 (unsigned long long)range->base);
	node = add_node(m, path(m, "/chosen/opensbi-domains"), name);
	edit_fdt(m, fdt_setprop_string(m->fdt, node, "compatible", "opensbi,domain,memregion"));
	edit_fdt(m, fdt_setprop_u64(m->fdt, node, "base", range->base));
	edit_fdt(m, fdt_setprop_u32(m->fdt, node, "order", (uint32_t)__builtin_ctzll(range->size)));
	if (kinds[entry->kind].mmio)
		edit_fdt(m, fdt_setprop_empty(m->fdt, node, "mmio"));
	edit_fdt(m, fdt_setprop_u32(m->fdt, node, "phandle", m->next_phandle));
	if (m->nregions == m->regions_cap) {
		uint32_t cap = m->regions_cap ? 2 * m->regions_cap : 64;
		struct region *regions = reallocarray(m->regions, cap, sizeof(*regions));

		if (!regions) {
			edit_fdt(m, -FDT_ERR_NOSPACE);
			return 0;
		}
		m->regions = regions;
		m->regions_cap = cap;
	}
	m->regions[m->nregions++] = (struct region){ *range, m->next_phandle };
	return m->next_phandle++;
}

static int put_domain(struct maker *m, uint32_t index)
{
	const struct bh_plan *plan = m->plan;
	const struct bh_partition *p = &plan->partitions[index];
	struct bh_pmp_entry entries[REGIONS_MAX];
	fdt32_t regions[2 * REGIONS_MAX], *harts;
	uint32_t count = bh_pmp_entries(plan, m->machine, index, entries, REGIONS_MAX);
	uint32_t domain, i;
	int node;

	if (count + m->machine->pmp_reserved > REGIONS_MAX) {
		bh_diag_at(m->diag, BH_ERROR, "tree-pmp", (struct bh_mark){ 0, 0 },
			   "fewer pieces of memory, channels or devices",
			   "partition '%s' needs %u memory regions beside the firmware's own %u, and OpenSBI takes %d",
			   p->name, count, m->machine->pmp_reserved, REGIONS_MAX);
		return -E2BIG;
	}
	for (i = 0; i < count; i++) {
		regions[2 * i] = cpu_to_fdt32(region_phandle(m, &entries[i]));
		regions[2 * i + 1] = cpu_to_fdt32(kinds[entries[i].kind].access);
	}
	harts = calloc(p->ncpus, sizeof(*harts));
	if (!harts)
		return -ENOMEM;
	for (i = 0; i < p->ncpus; i++)
		harts[i] = cpu_to_fdt32(bh_board_hart(m->board, plan->cpus[p->first_cpu + i])->phandle);
	domain = m->next_phandle++;
	node = add_node(m, path(m, "/chosen/opensbi-domains"), p->name);
	edit_fdt(m, fdt_setprop_string(m->fdt, node, "compatible", "opensbi,domain,instance"));
	edit_fdt(m, fdt_setprop_u32(m->fdt, node, "phandle", domain));
	edit_fdt(m, fdt_setprop(m->fdt, node, "possible-harts", harts, (int)(4 * p->ncpus)));
	edit_fdt(m, fdt_setprop(m->fdt, node, "regions", regions, (int)(8 * count)));
	edit_fdt(m, fdt_setprop(m->fdt, node, "boot-hart", harts, 4));
	edit_fdt(m, fdt_setprop_u64(m->fdt, node, "next-addr", p->kernel_at));
	edit_fdt(m, fdt_setprop_u64(m->fdt, node, "next-arg1", p->private_at));
	edit_fdt(m, fdt_setprop_u32(m->fdt, node, "next-mode", 1));
	for (i = 0; i < p->ncpus; i++) {
		node = m->error ? m->error : fdt_node_offset_by_phandle(m->fdt, fdt32_ld(&harts[i]));
		edit_fdt(m, node < 0 ? node : 0);
		edit_fdt(m, fdt_setprop_u32(m->fdt, node, "opensbi-domain", domain));
	}
	free(harts);
	return 0;
}

/* Which harts OpenSBI may come up on: those that start a partition afterwards. */
static void put_config(struct maker *m)
{
	const struct bh_plan *plan = m->plan;
	fdt32_t boot[BH_PARTITIONS_MAX];
	uint32_t i;
	int node;

	for (i = 0; i < plan->npartitions; i++)
		boot[i] = cpu_to_fdt32(bh_board_hart(m->board,
				       plan->cpus[plan->partitions[i].first_cpu])->phandle);
	node = add_node(m, path(m, "/chosen"), "opensbi-config");
	edit_fdt(m, fdt_setprop_string(m->fdt, node, "compatible", "opensbi,config"));
	edit_fdt(m, fdt_setprop(m->fdt, node, "cold-boot-harts", boot, (int)(4 * plan->npartitions)));
}

/*
 * A hart of nobody must not be left in OpenSBI's root domain, which may touch
 * everything: to OpenSBI it is one that isn't there.
 */
static void disable_others(struct maker *m)
{
	bool *used = calloc(m->board->nharts, sizeof(*used));
	uint32_t i;
	int node;

	if (!used) {
		edit_fdt(m, -FDT_ERR_NOSPACE);
		return;
	}
	for (i = 0; i < m->plan->npartitions; i++) {
		const struct bh_partition *p = &m->plan->partitions[i];

		for (uint32_t k = 0; k < p->ncpus; k++)
			used[bh_board_hart(m->board, m->plan->cpus[p->first_cpu + k]) -
			     m->board->harts] = true;
	}
	for (i = 0; i < m->board->nharts; i++) {
		if (used[i])
			continue;
		/* By id: a hart of nobody may have no phandle, and offsets have moved. */
		fdt_for_each_subnode(node, m->fdt, path(m, "/cpus")) {
			int length;
			const fdt32_t *reg = fdt_getprop(m->fdt, node, "reg", &length);

			if (!fdt_getprop(m->fdt, node, "device_type", NULL) || !reg || length < 4 ||
			    fdt32_ld(reg + length / 4 - 1) != m->board->harts[i].hwid)
				continue;
			edit_fdt(m, fdt_setprop_string(m->fdt, node, "status", "disabled"));
			break;
		}
	}
	free(used);
}

/* Nothing of a kernel that somebody else meant to start: that is not this tree's business. */
static void clean_chosen(struct maker *m)
{
	static const char * const names[] = {
		"bootargs", "linux,initrd-start", "linux,initrd-end", "rng-seed", "kaslr-seed",
		BH_BLOB_PROPERTY,
	};
	static const char * const nodes[] = { "opensbi-config", "opensbi-domains" };
	int chosen = fdt_path_offset(m->fdt, "/chosen"), node, err;
	size_t i;

	if (chosen == -FDT_ERR_NOTFOUND)
		chosen = add_node(m, 0, "chosen");
	for (i = 0; !m->error && i < sizeof(names) / sizeof(names[0]); i++) {
		err = fdt_delprop(m->fdt, chosen, names[i]);
		edit_fdt(m, err == -FDT_ERR_NOTFOUND ? 0 : err);
	}
	for (i = 0; !m->error && i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		node = fdt_subnode_offset(m->fdt, chosen, nodes[i]);
		if (node >= 0)
			edit_fdt(m, fdt_del_node(m->fdt, node));
	}
	/* A domain that the machine's tree would give a hart to is none of ours. */
	fdt_for_each_subnode(node, m->fdt, path(m, "/cpus")) {
		err = fdt_delprop(m->fdt, node, "opensbi-domain");
		edit_fdt(m, err == -FDT_ERR_NOTFOUND ? 0 : err);
	}
}

static int make(struct maker *m, const void *blob, size_t size)
{
	uint32_t i;
	int node, err;

	clean_chosen(m);
	put_config(m);
	node = add_node(m, path(m, "/chosen"), "opensbi-domains");
	edit_fdt(m, fdt_setprop_string(m->fdt, node, "compatible", "opensbi,domain,config"));
	/* libfdt puts each new node first, and OpenSBI numbers domains as they come. */
	for (i = m->plan->npartitions; i-- > 0;) {
		err = put_domain(m, i);
		if (err)
			return err;
	}
	disable_others(m);
	edit_fdt(m, fdt_setprop(m->fdt, path(m, "/chosen"), BH_BLOB_PROPERTY, blob, (int)size));
	edit_fdt(m, fdt_pack(m->fdt));
	return 0;
}

int bh_tree_make_firmware(const struct bh_plan *plan, const void *blob, size_t size,
			  const struct bh_board *board, const struct bh_machine *machine,
			  struct bh_tree *tree, struct bh_diag *diag)
{
	struct maker m = { .plan = plan, .board = board, .machine = machine, .diag = diag };
	const struct bh_mark nowhere = { 0, 0 };
	/* Room for the machine's tree as it came; what counts is what is left when packed. */
	int room = (int)(board->size + BH_RISCV_TREE_SIZE), err;

	m.fdt = malloc((size_t)room);
	if (!m.fdt)
		return -ENOMEM;
	edit_fdt(&m, fdt_open_into(board->fdt, m.fdt, room));
	edit_fdt(&m, fdt_find_max_phandle(m.fdt, &m.next_phandle));
	m.next_phandle++;
	if (m.next_phandle > 0x7fffffff) {
		bh_diag_at(diag, BH_ERROR, "tree-content", nowhere, NULL,
			   "the device tree has a phandle that leaves no larger ones: 0x%x",
			   m.next_phandle - 1);
		err = -EINVAL;
		goto err_free;
	}
	err = make(&m, blob, size);
	if (err)
		goto err_free;
	if (m.error == -FDT_ERR_NOSPACE ||
	    (!m.error && fdt_totalsize(m.fdt) > BH_RISCV_TREE_SIZE - ROOM_TO_GROW)) {
		bh_diag_at(diag, BH_ERROR, "tree-size", nowhere, NULL,
			   "OpenSBI's device tree is larger than %llu KiB",
			   (BH_RISCV_TREE_SIZE - ROOM_TO_GROW) / 1024);
		err = -ENOSPC;
		goto err_free;
	}
	if (m.error) {
		bh_diag_at(diag, BH_ERROR, "tree-content", nowhere, NULL,
			   "the device tree cannot be extended: %s", fdt_strerror(m.error));
		err = -EINVAL;
		goto err_free;
	}
	tree->fdt = m.fdt;
	tree->size = fdt_totalsize(m.fdt);
	free(m.regions);
	return 0;

err_free:
	free(m.regions);
	free(m.fdt);
	return err;
}
