// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs for partitions that gave a number. Whole cores before parts of cores,
 * one NUMA node before two, the node that is left with least before others,
 * the lowest hardware id before higher ones.
 */
#include "core/place_internal.h"

#include <stddef.h>

/* struct pick - one partition being served */
struct pick {
	struct bh_placement *p;
	uint32_t index;		/* of the partition */
	bool takes_bsp;
	uint32_t need;		/* CPUs still to be found */
};

static bool is_bsp(const struct bh_placement *p, uint32_t cpu)
{
	return p->machine->cpus[cpu].flags & BH_CPU_BSP;
}

static bool available(const struct pick *pick, uint32_t cpu)
{
	return pick->p->topo->owner[cpu] == BH_NOBODY &&
	       (pick->takes_bsp || !is_bsp(pick->p, cpu));
}

static bool on_node(const struct pick *pick, uint32_t cpu, uint32_t node)
{
	return node == BH_NONE || bh_topo_node(pick->p->topo, cpu) == node;
}

static void take(struct pick *pick, uint32_t cpu)
{
	pick->p->topo->owner[cpu] = (uint8_t)pick->index;
	pick->need--;
}

/* CPUs of the core that begins with @cpu, when all can be had; else 0. */
static uint32_t whole_core(const struct pick *pick, uint32_t cpu)
{
	const struct bh_topo *topo = pick->p->topo;
	uint32_t n = 0;

	if (topo->first[cpu] != cpu)
		return 0;
	for (uint32_t s = cpu; s != BH_TOPO_END; s = topo->next[s], n++) {
		if (!available(pick, s))
			return 0;
	}
	return n;
}

static void take_of_core(struct pick *pick, uint32_t first)
{
	for (uint32_t s = first; s != BH_TOPO_END && pick->need; s = pick->p->topo->next[s]) {
		if (available(pick, s))
			take(pick, s);
	}
}

static void take_whole_cores(struct pick *pick, uint32_t node)
{
	for (uint32_t i = 0; i < pick->p->machine->ncpus && pick->need; i++) {
		uint32_t n = on_node(pick, i, node) ? whole_core(pick, i) : 0;

		if (n && n <= pick->need)
			take_of_core(pick, i);
	}
}

/*
 * @n CPUs from @first on that can all be had, in whole cores, and whose interrupt
 * files stand side by side on a boundary of their number: one PMP entry.
 */
static bool is_block(const struct pick *pick, uint32_t node, uint32_t first, uint32_t n)
{
	const struct bh_machine *machine = pick->p->machine;
	const struct bh_topo *topo = pick->p->topo;
	uint64_t file = machine->cpus[first].imsic;

	if (!file || file % (n * BH_PAGE_SIZE) || n > machine->ncpus - first)
		return false;
	for (uint32_t i = first; i < first + n; i++) {
		if (machine->cpus[i].imsic != file + (i - first) * BH_PAGE_SIZE ||
		    !on_node(pick, i, node) || !available(pick, i))
			return false;
		for (uint32_t s = topo->first[i]; s != BH_TOPO_END; s = topo->next[s]) {
			if (s < first || s >= first + n)
				return false;
		}
	}
	return true;
}

/*
 * Blocks of a power of two, larger ones first, as long as there are such; a block
 * that is not half of a larger one rather than one that is. Machines without
 * interrupt files have none.
 */
static void take_blocks(struct pick *pick, uint32_t node)
{
	const struct bh_machine *machine = pick->p->machine;

	for (uint32_t n = 1U << 31; n; n /= 2) {
		while (n <= pick->need && n <= machine->ncpus) {
			uint32_t best = BH_NONE;
			bool best_is_half = true;

			for (uint32_t i = 0; i < machine->ncpus && best_is_half; i++) {
				bool half, low;

				if (!is_block(pick, node, i, n))
					continue;
				low = !(machine->cpus[i].imsic & n * BH_PAGE_SIZE);
				half = low ? is_block(pick, node, i, 2 * n) :
				       i >= n && is_block(pick, node, i - n, 2 * n);
				if (best == BH_NONE || !half) {
					best = i;
					best_is_half = half;
				}
			}
			if (best == BH_NONE)
				break;
			for (uint32_t i = best; i < best + n; i++)
				take(pick, i);
		}
	}
}

/*
 * What is left is less than any free core has. Better to leave a sibling idle
 * than to share a core: it goes to somebody only when nothing else is left.
 */
static void take_rest(struct pick *pick, uint32_t node)
{
	uint32_t best = BH_NONE, best_size = BH_NONE;

	if (!pick->need)
		return;
	for (uint32_t i = 0; i < pick->p->machine->ncpus; i++) {
		uint32_t n = on_node(pick, i, node) ? whole_core(pick, i) : 0;

		if (n && n < best_size) {
			best = i;
			best_size = n;
		}
	}
	if (best != BH_NONE)
		take_of_core(pick, best);

	for (uint32_t i = 0; i < pick->p->machine->ncpus && pick->need; i++) {
		if (on_node(pick, i, node) && available(pick, i))
			take(pick, i);
	}
}

static struct bh_node *find_node(struct bh_node *nodes, uint32_t n, uint32_t id)
{
	for (uint32_t i = 0; i < n; i++) {
		if (nodes[i].id == id)
			return &nodes[i];
	}
	return NULL;
}

/* All nodes with CPUs, and the memory that is free there before anybody asks. */
static uint32_t find_nodes(struct bh_placement *p, struct bh_node *nodes)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->machine->ncpus; i++) {
		uint32_t id = bh_topo_node(p->topo, i);
		struct bh_bounds bounds = {
			.align = p->rules->mem_align, .start = p->rules->mem_min,
			.end = UINT64_MAX, .node = id,
		};

		if ((n && nodes[n - 1].id == id) || find_node(nodes, n, id))
			continue;
		if (n == BH_NODES_MAX)
			break;
		nodes[n].id = id;
		nodes[n].memory = bh_runs_total(p->runs, &bounds);
		n++;
	}
	return n;
}

static void count_free(const struct pick *pick, struct bh_node *nodes, uint32_t nnodes)
{
	const struct bh_topo *topo = pick->p->topo;
	struct bh_node *node = NULL;

	for (uint32_t i = 0; i < nnodes; i++)
		nodes[i].free = nodes[i].whole = 0;
	for (uint32_t i = 0; i < pick->p->machine->ncpus; i++) {
		uint32_t id = bh_topo_node(topo, i);

		if (!available(pick, i))
			continue;
		if (!node || node->id != id)
			node = find_node(nodes, nnodes, id);
		if (!node)
			continue;
		node->free++;
		node->whole += whole_core(pick, i);
	}
}

/* Where memory that the plan fixes lies, since CPUs belong beside it; BH_NONE: nowhere. */
static uint32_t fixed_node(const struct bh_placement *p, uint32_t index)
{
	const struct bh_partition *partition = &p->plan->partitions[index];

	for (uint32_t i = 0; i < partition->nrequests; i++) {
		const struct bh_range *r = &bh_partition_requests(p->plan, partition)[i];

		for (uint32_t k = 0; r->base != BH_ANYWHERE && k < p->machine->nram; k++) {
			if (bh_ranges_overlap(&p->machine->ram[k].range, r))
				return bh_ram_node(p->machine, &p->machine->ram[k]);
		}
	}
	return BH_NONE;
}

/*
 * The best node for all that is needed: without sharing cores before with,
 * memory beside it before without, and of several the fullest. NULL when no
 * node has enough.
 */
static struct bh_node *best_node(const struct pick *pick, struct bh_node *nodes, uint32_t nnodes)
{
	uint64_t memory = bh_memory_wanted(pick->p, pick->index);
	uint32_t beside = fixed_node(pick->p, pick->index);
	struct bh_node *best = NULL;
	unsigned int best_score = 0;

	for (uint32_t i = 0; i < nnodes; i++) {
		struct bh_node *node = &nodes[i];
		unsigned int score = 1;

		if (node->free < pick->need)
			continue;
		if (node->id == beside)
			score += 4;
		if (node->whole >= pick->need)
			score += 2;
		if (node->memory >= memory)
			score += 1;
		if (score > best_score || (score == best_score && node->free < best->free)) {
			best = node;
			best_score = score;
		}
	}
	return best;
}

/* More than any node has: as few nodes as possible, so the emptiest first. */
static void take_across(struct pick *pick, struct bh_node *nodes, uint32_t nnodes)
{
	for (uint32_t round = 0; round < nnodes && pick->need; round++) {
		struct bh_node *most = NULL;

		count_free(pick, nodes, nnodes);
		for (uint32_t i = 0; i < nnodes; i++) {
			if (nodes[i].whole && (!most || nodes[i].whole > most->whole))
				most = &nodes[i];
		}
		if (!most)
			break;
		take_whole_cores(pick, most->id);
	}
	take_rest(pick, BH_NONE);
}

/* What the plan lists, and memory that those partitions will want on their nodes. */
static void take_listed(struct bh_placement *p, struct bh_node *nodes, uint32_t nnodes,
			uint32_t legacy)
{
	for (uint32_t i = 0; i < p->plan->npartitions; i++) {
		struct bh_partition *partition = &p->plan->partitions[i];
		uint32_t *cpus = partition->ncpus ? p->plan->cpus + partition->first_cpu : NULL;
		uint32_t bsp = BH_NONE, boot = BH_NONE;
		bool clean = true;

		for (uint32_t k = 0; k < partition->ncpus; k++) {
			uint32_t cpu = bh_topo_find(p->topo, cpus[k]);

			if (cpu == BH_NONE || p->topo->owner[cpu] != BH_NOBODY) {
				clean = false;
				continue;
			}
			p->topo->owner[cpu] = (uint8_t)i;
			if (boot == BH_NONE)
				boot = cpu;
			if (is_bsp(p, cpu))
				bsp = k;
		}
		/*
		 * The BSP to the front. Not in a list with mistakes: findings name
		 * places by their number, which should still be the user's.
		 */
		if (clean && bsp != BH_NONE && i == legacy) {
			uint32_t hwid = cpus[bsp];

			for (uint32_t k = bsp; k > 0; k--)
				cpus[k] = cpus[k - 1];
			cpus[0] = hwid;
		}
		if (boot != BH_NONE) {
			struct bh_node *node = find_node(nodes, nnodes, bh_topo_node(p->topo, boot));
			uint64_t wanted = bh_memory_wanted(p, i);

			if (node)
				node->memory -= wanted < node->memory ? wanted : node->memory;
		}
	}
}

/* What topo->owner says, as a list: the BSP first, then by hardware id. */
static void write_list(const struct pick *pick)
{
	struct bh_plan *plan = pick->p->plan;
	struct bh_partition *partition = &plan->partitions[pick->index];

	partition->first_cpu = plan->ncpus;
	for (uint32_t bsp = 2; bsp-- > 0;) {
		for (uint32_t i = 0; i < pick->p->machine->ncpus; i++) {
			if (pick->p->topo->owner[i] == pick->index && is_bsp(pick->p, i) == bsp)
				plan->cpus[plan->ncpus++] = pick->p->machine->cpus[i].hwid;
		}
	}
	partition->ncpus = plan->ncpus - partition->first_cpu;
}

static void serve(struct bh_placement *p, uint32_t index, bool takes_bsp,
		  struct bh_node *nodes, uint32_t nnodes)
{
	const struct bh_partition *partition = &p->plan->partitions[index];
	const struct bh_place place = bh_at(BH_AT_CPUS, index, BH_NONE);
	struct pick pick = {
		.p = p, .index = index, .takes_bsp = takes_bsp, .need = partition->cpus_wanted,
	};
	uint64_t memory = bh_memory_wanted(p, index);
	uint32_t free = 0, bsp = BH_NONE;
	struct bh_node *node = NULL;

	for (uint32_t i = 0; i < p->machine->ncpus; i++) {
		free += available(&pick, i);
		if (is_bsp(p, i) && p->topo->owner[i] == BH_NOBODY)
			bsp = i;
	}
	if (free < pick.need) {
		bh_report(p->sink, BH_ERROR, BH_RULE_CPU_FEW, place,
			  bsp != BH_NONE && !takes_bsp ?
			  "the CPU that booted the machine goes to the owner of the legacy devices only" :
			  NULL,
			  "partition '%s' wants %u CPU%s; %u %s left", partition->name, pick.need,
			  pick.need == 1 ? "" : "s", free, free == 1 ? "is" : "are");
		return;
	}
	if (p->plan->cpus_cap - p->plan->ncpus < pick.need) {
		bh_report(p->sink, BH_ERROR, BH_RULE_MODEL_FULL, place, NULL,
			  "no room to note %u CPUs of partition '%s'", pick.need, partition->name);
		return;
	}

	if (takes_bsp && bsp != BH_NONE) {
		take(&pick, bsp);
		take_of_core(&pick, p->topo->first[bsp]);
		count_free(&pick, nodes, nnodes);
		node = find_node(nodes, nnodes, bh_topo_node(p->topo, bsp));
		if (node && node->free < pick.need) {
			take_whole_cores(&pick, node->id);
			node = NULL;
		}
	} else {
		count_free(&pick, nodes, nnodes);
		node = best_node(&pick, nodes, nnodes);
	}
	if (node) {
		if (p->rules->napot)
			take_blocks(&pick, node->id);
		take_whole_cores(&pick, node->id);
		take_rest(&pick, node->id);
		node->memory -= memory < node->memory ? memory : node->memory;
	} else {
		take_across(&pick, nodes, nnodes);
	}
	write_list(&pick);
}

void bh_place_cpus(struct bh_placement *p)
{
	struct bh_node nodes[BH_NODES_MAX];
	uint32_t nnodes, legacy = BH_NONE;
	uint64_t served = 0;

	for (uint32_t i = p->plan->npartitions; i-- > 0;) {
		if (p->plan->partitions[i].devices & BH_DEV_LEGACY)
			legacy = i;
	}
	nnodes = find_nodes(p, nodes);
	take_listed(p, nodes, nnodes, legacy);

	for (uint32_t round = 0; round < p->plan->npartitions; round++) {
		uint32_t next = BH_NONE;

		for (uint32_t i = 0; i < p->plan->npartitions; i++) {
			const struct bh_partition *partition = &p->plan->partitions[i];

			if (partition->ncpus || !partition->cpus_wanted || (served >> i & 1))
				continue;
			if (next == BH_NONE || i == legacy ||
			    (next != legacy &&
			     partition->cpus_wanted > p->plan->partitions[next].cpus_wanted))
				next = i;
		}
		if (next == BH_NONE)
			break;
		served |= 1ULL << next;
		serve(p, next, next == legacy, nodes, nnodes);
	}
}
