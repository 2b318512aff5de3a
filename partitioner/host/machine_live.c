// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine this runs on. Best from firmware's own tables, which only root
 * may read; else from what the kernel shows to everyone. What had to be left
 * out is said.
 *
 * A RISC-V machine has a device tree that tells all, /sys/firmware/fdt. x86-64:
 *
 *	CPUs		ACPI MADT, else /proc/cpuinfo (then only those online)
 *	cores		/sys/devices/system/cpu/cpuN/topology
 *	RAM		/sys/firmware/memmap, else /proc/iomem
 *	NUMA nodes	ACPI SRAT, else /sys/devices/system/{cpu,memory,node}
 */
#include "host/machine.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "host/board.h"
#include "host/trees.h"
#include "host/yaml.h"

#define TABLE_MAX	(1024 * 1024)

/* RAM of one NUMA node, as firmware or the kernel tell it. */
struct affinity {
	struct bh_range range;
	uint32_t node;
};

/* One CPU's node by its APIC id. */
struct cpu_node {
	uint32_t hwid, node;
};

struct discovery {
	const char *root;
	struct bh_machine *machine;
	struct bh_diag *diag;
	struct affinity *affinities;
	uint32_t naffinities;
	struct cpu_node *cpu_nodes;
	uint32_t ncpu_nodes;
	uint32_t topologies;	/* CPUs whose core is known */
	bool srat;
};

static void note(struct discovery *d, const char *what, const char *consequence)
{
	bh_diag_at(d->diag, BH_NOTE, "machine-partial", (struct bh_mark){ 0, 0 },
		   geteuid() ? "root may see more" : NULL, "%s: %s", what, consequence);
}

__attribute__((format(printf, 3, 4)))
static void path_of(char *path, const struct discovery *d, const char *fmt, ...)
{
	size_t n = (size_t)snprintf(path, 4096, "%s", d->root);
	va_list ap;

	if (n >= 4096)
		n = 4095;
	va_start(ap, fmt);
	vsnprintf(path + n, 4096 - n, fmt, ap);
	va_end(ap);
}

/* The first line of a small file; false when there is none. */
static bool read_line(const char *path, char *line, size_t size)
{
	FILE *in = fopen(path, "re");
	bool ok;

	if (!in)
		return false;
	ok = fgets(line, (int)size, in);
	fclose(in);
	if (ok)
		line[strcspn(line, "\n")] = 0;
	return ok;
}

static bool read_number(const char *path, int base, uint64_t *value)
{
	char line[64], *end;

	if (!read_line(path, line, sizeof(line)))
		return false;
	errno = 0;
	*value = strtoull(line, &end, base);
	return !errno && end != line && !*end;
}

/* --- ACPI tables (ACPI 6.5, 5.2.6, 5.2.12, 5.2.16) --- */

static uint32_t le32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t le64(const uint8_t *p)
{
	return le32(p) | (uint64_t)le32(p + 4) << 32;
}

/* A table's bytes (the caller frees) and its length; NULL when it can't be read. */
static uint8_t *read_table(const struct discovery *d, const char *signature, size_t *length)
{
	char path[4096];
	uint8_t *table;
	size_t n;
	FILE *in;

	path_of(path, d, "/sys/firmware/acpi/tables/%s", signature);
	in = fopen(path, "rbe");
	if (!in)
		return NULL;
	table = malloc(TABLE_MAX);
	n = table ? fread(table, 1, TABLE_MAX, in) : 0;
	fclose(in);
	if (n < 36 || memcmp(table, signature, 4) || le32(table + 4) > n) {
		free(table);
		return NULL;
	}
	*length = le32(table + 4);
	return table;
}

/* The next subtable from *at on; NULL at the end, or where lengths stop making sense. */
static const uint8_t *next_entry(const uint8_t *table, size_t length, size_t *at)
{
	const uint8_t *entry = table + *at;

	if (*at + 2 > length || entry[1] < 2 || *at + entry[1] > length)
		return NULL;
	*at += entry[1];
	return entry;
}

static bool read_madt(struct discovery *d, int *err)
{
	size_t length, at = 44;
	uint8_t *table = read_table(d, "APIC", &length);
	const uint8_t *e;

	if (!table)
		return false;
	while ((e = next_entry(table, length, &at))) {
		struct bh_cpu cpu = { 0 };

		if (e[0] == 0 && e[1] >= 8 && le32(e + 4) & 1)
			cpu.hwid = e[3];
		else if (e[0] == 9 && e[1] >= 16 && le32(e + 8) & 1)
			cpu.hwid = le32(e + 4);
		else
			continue;
		if (d->machine->ncpus < BH_CPUS_MAX)
			*err = bh_machine_add_cpu(d->machine, &cpu);
	}
	free(table);
	return d->machine->ncpus;
}

static int add_affinity(struct discovery *d, struct bh_range range, uint32_t node)
{
	struct affinity *more = reallocarray(d->affinities, d->naffinities + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	d->affinities = more;
	more[d->naffinities++] = (struct affinity){ range, node };
	return 0;
}

static int add_cpu_node(struct discovery *d, uint32_t hwid, uint32_t node)
{
	struct cpu_node *more = reallocarray(d->cpu_nodes, d->ncpu_nodes + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	d->cpu_nodes = more;
	more[d->ncpu_nodes++] = (struct cpu_node){ hwid, node };
	return 0;
}

static int read_srat(struct discovery *d)
{
	size_t length, at = 48;
	uint8_t *table = read_table(d, "SRAT", &length);
	const uint8_t *e;
	int err = 0;

	if (!table)
		return 0;
	d->srat = true;
	while (!err && (e = next_entry(table, length, &at))) {
		if (e[0] == 0 && e[1] >= 16 && le32(e + 4) & 1)
			err = add_cpu_node(d, e[3], e[2] | (uint32_t)e[9] << 8 |
					   (uint32_t)e[10] << 16 | (uint32_t)e[11] << 24);
		else if (e[0] == 2 && e[1] >= 24 && le32(e + 12) & 1)
			err = add_cpu_node(d, le32(e + 8), le32(e + 4));
		else if (e[0] == 1 && e[1] >= 40 && le32(e + 28) & 1 &&
			 le64(e + 8) + le64(e + 16) > le64(e + 8))
			err = add_affinity(d, (struct bh_range){ le64(e + 8), le64(e + 16) },
					   le32(e + 2));
	}
	free(table);
	return err;
}

/* --- CPUs as the kernel shows them --- */

static struct bh_cpu *find_cpu(struct bh_machine *machine, uint32_t hwid)
{
	uint32_t i;

	for (i = 0; i < machine->ncpus; i++)
		if (machine->cpus[i].hwid == hwid)
			return &machine->cpus[i];
	return NULL;
}

/* Which node Linux has put CPU @number on: a link "nodeM" in its folder. */
static uint32_t sysfs_cpu_node(const struct discovery *d, unsigned int number)
{
	uint32_t node = 0;
	struct dirent *entry;
	char path[4096];
	DIR *dir;

	path_of(path, d, "/sys/devices/system/cpu/cpu%u", number);
	dir = opendir(path);
	if (!dir)
		return 0;
	while ((entry = readdir(dir)))
		if (sscanf(entry->d_name, "node%u", &node) == 1)
			break;
	closedir(dir);
	return node;
}

/*
 * Linux's CPU @number has APIC id @hwid. Its core is called by the lowest
 * number among its SMT siblings, which is unique in the machine; core_id is
 * unique in a package at best.
 */
static void take_topology(struct discovery *d, unsigned int number, struct bh_cpu *cpu)
{
	char path[4096], line[256];
	unsigned int first;
	uint64_t package;

	path_of(path, d, "/sys/devices/system/cpu/cpu%u/topology/physical_package_id", number);
	if (!read_number(path, 10, &package))
		return;
	path_of(path, d, "/sys/devices/system/cpu/cpu%u/topology/core_cpus_list", number);
	if (!read_line(path, line, sizeof(line))) {
		path_of(path, d, "/sys/devices/system/cpu/cpu%u/topology/thread_siblings_list",
			number);
		if (!read_line(path, line, sizeof(line)))
			return;
	}
	if (sscanf(line, "%u", &first) != 1)
		return;
	cpu->package = (uint32_t)package;
	cpu->core = first;
	cpu->node = sysfs_cpu_node(d, number);
	d->topologies++;
}

/* Linux numbers the CPU that it was booted on 0; that is the BSP, unless after a crash. */
static int read_cpuinfo(struct discovery *d, bool add)
{
	unsigned int number = 0, value;
	char path[4096], line[256];
	int err = 0;
	FILE *in;

	path_of(path, d, "/proc/cpuinfo");
	in = fopen(path, "re");
	if (!in)
		return 0;
	while (!err && fgets(line, sizeof(line), in)) {
		struct bh_cpu fresh = { 0 }, *cpu;

		if (sscanf(line, "processor : %u", &value) == 1)
			number = value;
		if (sscanf(line, "apicid : %u", &value) != 1)
			continue;
		fresh.hwid = value;
		cpu = find_cpu(d->machine, value);
		if (!cpu && add && d->machine->ncpus < BH_CPUS_MAX) {
			err = bh_machine_add_cpu(d->machine, &fresh);
			cpu = err ? NULL : &d->machine->cpus[d->machine->ncpus - 1];
		}
		if (!cpu)
			continue;
		if (!number)
			cpu->flags |= BH_CPU_BSP;
		take_topology(d, number, cpu);
	}
	fclose(in);
	return err;
}

static int find_cpus(struct discovery *d)
{
	bool madt;
	int err = 0;

	madt = read_madt(d, &err);
	if (err)
		return err;
	if (!madt)
		note(d, "the ACPI MADT can't be read", "only CPUs that are online are described");
	err = read_cpuinfo(d, !madt);
	if (err)
		return err;
	if (!d->machine->ncpus) {
		bh_diag_at(d->diag, BH_ERROR, "machine-cpus", (struct bh_mark){ 0, 0 },
			   "on x86-64 Linux it has APIC ids", "/proc/cpuinfo tells of no CPU");
		return -EINVAL;
	}
	if (d->topologies == d->machine->ncpus)
		d->machine->flags |= BH_MACHINE_TOPOLOGY;
	else
		note(d, "some CPUs' topology can't be read (offline?)",
		     "SMT siblings are not told apart");
	return 0;
}

/* --- NUMA nodes as the kernel shows them --- */

/* Memory blocks: /sys/devices/system/node/nodeN/memoryM are links to blocks of one size. */
static int read_memory_blocks(struct discovery *d, uint32_t node, uint64_t block)
{
	struct dirent *entry;
	char path[4096];
	int err = 0;
	DIR *dir;

	path_of(path, d, "/sys/devices/system/node/node%u", node);
	dir = opendir(path);
	if (!dir)
		return 0;
	while (!err && (entry = readdir(dir))) {
		unsigned int number;

		if (sscanf(entry->d_name, "memory%u", &number) == 1)
			err = add_affinity(d, (struct bh_range){ number * block, block }, node);
	}
	closedir(dir);
	return err;
}

static int find_nodes(struct discovery *d)
{
	uint32_t node, nodes = 0, i, k;
	char path[4096];
	uint64_t block;
	int err;

	err = read_srat(d);
	if (err)
		return err;
	if (d->srat) {
		for (i = 0; i < d->ncpu_nodes; i++) {
			struct bh_cpu *cpu = find_cpu(d->machine, d->cpu_nodes[i].hwid);

			if (cpu)
				cpu->node = d->cpu_nodes[i].node;
		}
		d->machine->flags |= BH_MACHINE_NODES;
		return 0;
	}
	for (node = 0; node < 1024; node++) {
		path_of(path, d, "/sys/devices/system/node/node%u", node);
		nodes += !access(path, F_OK);
	}
	if (nodes <= 1) {
		/* One node, or a kernel without NUMA: nothing to tell apart. */
		for (k = 0; k < d->machine->ncpus; k++)
			d->machine->cpus[k].node = 0;
		d->machine->flags |= BH_MACHINE_NODES;
		return 0;
	}
	path_of(path, d, "/sys/devices/system/memory/block_size_bytes");
	if (!read_number(path, 16, &block) || !block) {
		note(d, "neither the ACPI SRAT nor memory blocks can be read",
		     "NUMA nodes are not told apart");
		return 0;
	}
	for (node = 0; !err && node < 1024; node++)
		err = read_memory_blocks(d, node, block);
	d->machine->flags |= BH_MACHINE_NODES;
	return err;
}

/* --- RAM --- */

static int by_affinity(const void *left, const void *right)
{
	const struct affinity *a = left, *b = right;

	return (a->range.base > b->range.base) - (a->range.base < b->range.base);
}

/* Add [@start, @end), in whole pages, cut where nodes meet. */
static int add_ram(struct discovery *d, uint64_t start, uint64_t end)
{
	uint32_t i;
	int err = 0;

	start = (start + BH_PAGE_SIZE - 1) & ~(BH_PAGE_SIZE - 1);
	end &= ~(BH_PAGE_SIZE - 1);
	for (i = 0; !err && start < end && i < d->naffinities; i++) {
		const struct affinity *a = &d->affinities[i];
		uint64_t stop = bh_range_end(&a->range) < end ? bh_range_end(&a->range) : end;

		if (bh_range_end(&a->range) <= start)
			continue;
		if (a->range.base >= end)
			break;
		/* A gap between nodes belongs to nobody: take it for node 0's. */
		if (a->range.base > start) {
			err = bh_machine_add_ram(d->machine,
						 (struct bh_range){ start, a->range.base - start },
						 0);
			start = a->range.base;
		}
		if (!err)
			err = bh_machine_add_ram(d->machine,
						 (struct bh_range){ start, stop - start }, a->node);
		start = stop;
	}
	if (!err && start < end)
		err = bh_machine_add_ram(d->machine, (struct bh_range){ start, end - start }, 0);
	return err;
}

/* Firmware's map as the kernel got it, before anything was taken from it. */
static int read_memmap(struct discovery *d)
{
	char path[4096], type[64];
	uint64_t first, last;
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < 4096; i++) {
		path_of(path, d, "/sys/firmware/memmap/%u/type", i);
		if (!read_line(path, type, sizeof(type)))
			break;
		if (strcmp(type, "System RAM"))
			continue;
		path_of(path, d, "/sys/firmware/memmap/%u/start", i);
		if (!read_number(path, 16, &first))
			break;
		path_of(path, d, "/sys/firmware/memmap/%u/end", i);
		if (!read_number(path, 16, &last) || last < first || last == UINT64_MAX)
			break;
		err = add_ram(d, first, last + 1);
	}
	return err;
}

/* Lines without indentation; everyone but root reads zeros. */
static int read_iomem(struct discovery *d)
{
	unsigned long long first, last;
	char path[4096], line[256];
	int err = 0, at;
	FILE *in;

	path_of(path, d, "/proc/iomem");
	in = fopen(path, "re");
	if (!in)
		return 0;
	while (!err && fgets(line, sizeof(line), in)) {
		at = 0;
		if (line[0] == ' ' || sscanf(line, "%llx-%llx : %n", &first, &last, &at) != 2 ||
		    !at || strcmp(line + at, "System RAM\n") || last <= first ||
		    last == UINT64_MAX)
			continue;
		err = add_ram(d, first, last + 1);
	}
	fclose(in);
	return err;
}

static int find_ram(struct discovery *d)
{
	int err;

	if (d->naffinities)
		qsort(d->affinities, d->naffinities, sizeof(*d->affinities), by_affinity);
	err = read_memmap(d);
	if (!err && !d->machine->nram) {
		note(d, "/sys/firmware/memmap can't be read",
		     "RAM is what /proc/iomem says, less what this kernel reserves");
		err = read_iomem(d);
	}
	if (err)
		return err;
	if (!d->machine->nram) {
		bh_diag_at(d->diag, BH_ERROR, "machine-ram", (struct bh_mark){ 0, 0 },
			   "root may see them, or describe the machine in a file",
			   "neither /sys/firmware/memmap nor /proc/iomem tell RAM's addresses");
		return -EINVAL;
	}
	return 0;
}

/*
 * The device tree that the kernel here was started with, when it is of a RISC-V
 * machine. Returns 0, -ENOENT when there is none, or -errno (reported).
 */
static int from_tree(const char *root, struct bh_machine *machine, struct bh_diag *diag)
{
	const char *old_path = diag->path;
	char path[4096], *fdt = NULL;
	struct utsname host;
	size_t size;
	int err;

	if (snprintf(path, sizeof(path), "%s/sys/firmware/fdt", root) >= (int)sizeof(path) ||
	    access(path, F_OK))
		return -ENOENT;
	if (access(path, R_OK)) {
		/* x86-64 may have one too, that tells of nothing; only here it is all there is. */
		if (*root || uname(&host) || strncmp(host.machine, "riscv", 5))
			return -ENOENT;
		bh_diag_at(diag, BH_ERROR, "machine-cpus", (struct bh_mark){ 0, 0 },
			   "root may read it", "%s can't be read", path);
		return -EINVAL;
	}
	diag->path = path;
	err = bh_yaml_read_file(path, &fdt, &size, diag);
	if (!err)
		err = bh_fdt_has_harts(fdt, size) ? bh_machine_from_fdt(fdt, size, machine, diag) : -ENOENT;
	diag->path = old_path;
	free(fdt);
	return err;
}

int bh_machine_live(const char *root, struct bh_machine *machine, struct bh_diag *diag)
{
	struct discovery d = { .root = root, .machine = machine, .diag = diag };
	const char *old_path = diag->path;
	uint32_t where;
	int err;

	err = from_tree(root, machine, diag);
	if (err != -ENOENT)
		return err;
	*machine = (struct bh_machine){ .platform = BH_PLATFORM_X86_64 };
	diag->path = *root ? root : "this machine";
	err = find_cpus(&d);
	if (!err)
		err = find_nodes(&d);
	if (!err)
		err = find_ram(&d);
	if (!err && bh_machine_sort(machine, &where)) {
		bh_diag_at(diag, BH_ERROR, "machine-contradiction", (struct bh_mark){ 0, 0 },
			   NULL, "the kernel's or firmware's tables contradict each other");
		err = -EINVAL;
	}
	diag->path = old_path;
	free(d.affinities);
	free(d.cpu_nodes);
	if (err)
		bh_machine_free(machine);
	return err;
}
