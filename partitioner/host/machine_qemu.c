// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine that QEMU emulates, told from its settings alone, so that a plan can
 * be checked before anything is emulated. `bulkhead run` passes all settings
 * explicitly, so that QEMU has nothing left to choose. What each machine has
 * stands in machine_qemu_x86.c and machine_qemu_riscv.c.
 */
#include "host/machine.h"

#include "core/platform.h"
#include "host/platform.h"
#include "host/value.h"

/* hw/core/machine-smp.c, machine_parse_smp_config() with prefer_sockets off */
static void complete_topology(struct bh_qemu *q)
{
	if (!q->threads)
		q->threads = 1;
	if (!q->cpus) {
		if (!q->sockets)
			q->sockets = 1;
		if (!q->cores)
			q->cores = 1;
		q->cpus = q->sockets * q->cores * q->threads;
		return;
	}
	if (!q->cores) {
		if (!q->sockets)
			q->sockets = 1;
		q->cores = q->cpus / (q->sockets * q->threads);
	} else if (!q->sockets) {
		q->sockets = q->cpus / (q->cores * q->threads);
	}
}

void bh_qemu_complete(enum bh_platform platform, struct bh_qemu *q, struct bh_mark mark,
		      struct bh_diag *diag)
{
	const struct bh_host_platform *host = bh_host_platform(platform);
	uint32_t errors = diag->sink.errors;
	uint64_t places;
	char size[24];

	if (!q->present || !q->memory)
		return;
	if (!q->nodes)
		q->nodes = 1;
	complete_topology(q);
	places = (uint64_t)q->sockets * q->cores * q->threads;
	/* Places may be left empty; QEMU wants to know of each on which node it would be. */
	if (places < q->cpus || (places > q->cpus && q->nodes > 1)) {
		bh_diag_at(diag, BH_ERROR, "qemu-topology", mark,
			   q->nodes > 1 ? "cpus = sockets x cores x threads" :
			   "cpus = sockets x cores x threads, or fewer",
			   "%u sockets of %u cores of %u threads are not %u CPUs", q->sockets,
			   q->cores, q->threads, q->cpus);
		q->cpus = 0;
		return;
	}
	if (host)
		host->check_qemu(q, mark, diag);
	if (q->cpus % q->nodes)
		bh_diag_at(diag, BH_ERROR, "qemu-nodes", mark, "the same number for each",
			   "%u CPUs can't be split among %u nodes", q->cpus, q->nodes);
	if (q->memory % (q->nodes * BH_X86_MEM_ALIGN))
		bh_diag_at(diag, BH_ERROR, "qemu-memory", mark, "whole 2M for each node",
			   "%s of memory can't be split among %u node%s",
			   bh_format_size(q->memory, size), q->nodes, q->nodes > 1 ? "s" : "");
	if (diag->sink.errors != errors)
		q->cpus = 0;
}

int bh_machine_from_qemu(enum bh_platform platform, const struct bh_qemu *q,
			 struct bh_machine *machine)
{
	const struct bh_host_platform *host = bh_host_platform(platform);
	uint32_t where;
	int err;

	*machine = (struct bh_machine){ .platform = platform };
	if (!host)
		return 0;
	err = host->machine_from_qemu(q, machine);
	if (err)
		bh_machine_free(machine);
	else
		bh_machine_sort(machine, &where);	/* made from distinct parts: can't fail */
	return err;
}
