// SPDX-License-Identifier: GPL-2.0-only
#include "host/machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void bh_machine_free(struct bh_machine *machine)
{
	free(machine->cpus);
	free(machine->ram);
	free(machine->mmio);
	*machine = (struct bh_machine){ 0 };
}

int bh_machine_add_cpu(struct bh_machine *machine, const struct bh_cpu *cpu)
{
	if (machine->ncpus == machine->cpus_cap) {
		uint32_t cap = machine->cpus_cap ? machine->cpus_cap * 2 : 64;
		struct bh_cpu *cpus = reallocarray(machine->cpus, cap, sizeof(*cpus));

		if (!cpus)
			return -ENOMEM;
		machine->cpus = cpus;
		machine->cpus_cap = cap;
	}
	machine->cpus[machine->ncpus++] = *cpu;
	return 0;
}

int bh_machine_add_ram(struct bh_machine *machine, struct bh_range range, uint32_t node)
{
	if (!range.size)
		return 0;
	if (machine->nram == machine->ram_cap) {
		uint32_t cap = machine->ram_cap ? machine->ram_cap * 2 : 16;
		struct bh_ram *ram = reallocarray(machine->ram, cap, sizeof(*ram));

		if (!ram)
			return -ENOMEM;
		machine->ram = ram;
		machine->ram_cap = cap;
	}
	machine->ram[machine->nram++] = (struct bh_ram){ .range = range, .node = node };
	return 0;
}

int bh_machine_add_mmio(struct bh_machine *machine, struct bh_range range, uint32_t devices)
{
	if (machine->nmmio == machine->mmio_cap) {
		uint32_t cap = machine->mmio_cap ? machine->mmio_cap * 2 : 16;
		struct bh_mmio *mmio = reallocarray(machine->mmio, cap, sizeof(*mmio));

		if (!mmio)
			return -ENOMEM;
		machine->mmio = mmio;
		machine->mmio_cap = cap;
	}
	machine->mmio[machine->nmmio++] = (struct bh_mmio){ .range = range, .devices = devices };
	return 0;
}

static int by_hwid(const void *left, const void *right)
{
	const struct bh_cpu *a = left, *b = right;

	return (a->hwid > b->hwid) - (a->hwid < b->hwid);
}

static int by_base(const void *left, const void *right)
{
	const struct bh_ram *a = left, *b = right;

	return (a->range.base > b->range.base) - (a->range.base < b->range.base);
}

int bh_machine_sort(struct bh_machine *machine, uint32_t *where)
{
	uint32_t i, n = 0;

	if (machine->ncpus)
		qsort(machine->cpus, machine->ncpus, sizeof(*machine->cpus), by_hwid);
	if (machine->nram)
		qsort(machine->ram, machine->nram, sizeof(*machine->ram), by_base);
	for (i = 1; i < machine->ncpus; i++) {
		if (machine->cpus[i].hwid == machine->cpus[i - 1].hwid) {
			*where = i;
			return -EEXIST;
		}
	}
	for (i = 0; i < machine->nram; i++) {
		struct bh_ram *ram = &machine->ram[i];
		struct bh_ram *last = n ? &machine->ram[n - 1] : NULL;

		if (last && ram->range.base < bh_range_end(&last->range)) {
			*where = i;
			return -EFAULT;
		}
		if (last && ram->range.base == bh_range_end(&last->range) &&
		    ram->node == last->node)
			last->range.size += ram->range.size;
		else
			machine->ram[n++] = *ram;
	}
	machine->nram = n;
	return 0;
}
