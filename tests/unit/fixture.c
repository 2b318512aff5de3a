// SPDX-License-Identifier: GPL-2.0-only
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/linux_image.h"
#include "core/rules.h"
#include "host/blob.h"

static bool seen[256];

static void remember(struct bh_sink *sink, const struct bh_finding *finding)
{
	struct fixture *f = (struct fixture *)sink;
	struct said *said = &f->said[f->nsaid];
	bool known = false;

	for (unsigned int i = 0; i < bh_rules_count; i++) {
		if (!strcmp(bh_rules[i].name, finding->rule))
			known = seen[i] = true;
	}
	if (!known)
		fail_msg("rule '%s' is not in the list of rules", finding->rule);
	assert_true(strlen(finding->text) < 768);
	assert_null(strchr(finding->text, '\n'));
	if (f->nsaid == MAX_FINDINGS)
		return;

	said->severity = finding->severity;
	said->place = finding->place;
	snprintf(said->rule, sizeof(said->rule), "%s", finding->rule);
	snprintf(said->text, sizeof(said->text), "%s", finding->text);
	snprintf(said->hint, sizeof(said->hint), "%s", finding->hint ? finding->hint : "");
	f->nsaid++;
}

bool rule_was_seen(const char *rule)
{
	for (unsigned int i = 0; i < bh_rules_count; i++) {
		if (!strcmp(bh_rules[i].name, rule))
			return seen[i];
	}
	return false;
}

struct fixture *fixture_new(void)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->sink.emit = remember;

	f->machine.platform = BH_PLATFORM_X86_64;
	f->machine.cpus = f->machine_cpus;
	f->machine.cpus_cap = BH_CPUS_MAX + 1;
	f->machine.ram = f->machine_ram;
	f->machine.ram_cap = 64;
	f->machine.mmio = f->machine_mmio;
	f->machine.mmio_cap = 8;

	f->plan.platform = BH_PLATFORM_X86_64;
	f->plan.partitions = f->partitions;
	f->plan.partitions_cap = BH_PARTITIONS_MAX + 1;
	f->plan.images = f->images;
	f->plan.images_cap = BH_IMAGES_MAX;
	f->plan.channels = f->channels;
	f->plan.channels_cap = BH_CHANNELS_MAX + 1;
	f->plan.cpus = f->cpus;
	f->plan.cpus_cap = 2 * BH_CPUS_MAX;
	f->plan.files = f->files;
	f->plan.requests = f->requests;
	f->plan.requests_cap = 1024;
	f->plan.memory = f->memory;
	f->plan.memory_cap = 1024;

	f->images[0] = (struct bh_image) {
		.label = "linux", .kind = BH_IMAGE_KERNEL, .size = 8 * BH_MIB,
		.init_size = 40 * BH_MIB, .pref_address = 0x1000000,
		.kernel_alignment = 0x200000, .protocol = 0x020f,
		.xloadflags = BH_XLF_KERNEL_64 | BH_XLF_CAN_BE_LOADED_ABOVE_4G,
	};
	f->images[1] = (struct bh_image) {
		.label = "demo", .kind = BH_IMAGE_INITRD, .size = 3 * BH_MIB + 5,
	};
	f->plan.nimages = 2;
	return f;
}

void fixture_free(struct fixture *f)
{
	free(f);
}

struct bh_cpu *machine_cpu(struct fixture *f, uint32_t hwid, uint32_t core, uint32_t node)
{
	struct bh_cpu *cpu = &f->machine_cpus[f->machine.ncpus];

	assert_true(f->machine.ncpus < f->machine.cpus_cap);
	*cpu = (struct bh_cpu) { .hwid = hwid, .package = node, .core = core, .node = node };
	if (!f->machine.ncpus++)
		cpu->flags = BH_CPU_BSP;
	return cpu;
}

void machine_ram(struct fixture *f, uint64_t base, uint64_t size, uint32_t node)
{
	assert_true(f->machine.nram < f->machine.ram_cap);
	f->machine_ram[f->machine.nram++] = (struct bh_ram) { { base, size }, node };
}

struct bh_partition *plan_partition(struct fixture *f, const char *name)
{
	struct bh_partition *p = &f->partitions[f->plan.npartitions++];

	assert_true(f->plan.npartitions <= f->plan.partitions_cap);
	memset(p, 0, sizeof(*p));
	snprintf(p->name, sizeof(p->name), "%s", name);
	p->first_cpu = f->plan.ncpus;
	p->first_request = f->plan.nrequests;
	p->kernel = 0;
	p->initrd = 1;
	p->cmdline = "console=ttyS0";
	return p;
}

static struct bh_partition *last_partition(struct fixture *f)
{
	assert_true(f->plan.npartitions > 0);
	return &f->partitions[f->plan.npartitions - 1];
}

void plan_cpu(struct fixture *f, uint32_t hwid)
{
	assert_true(f->plan.ncpus < f->plan.cpus_cap);
	f->cpus[f->plan.ncpus++] = hwid;
	last_partition(f)->ncpus++;
}

void plan_memory(struct fixture *f, uint64_t base, uint64_t size)
{
	assert_true(f->plan.nrequests < f->plan.requests_cap);
	f->requests[f->plan.nrequests++] = (struct bh_range) { base, size };
	last_partition(f)->nrequests++;
}

struct bh_channel *plan_channel(struct fixture *f, uint32_t a, uint32_t b, uint64_t size)
{
	struct bh_channel *channel = &f->channels[f->plan.nchannels++];

	assert_true(f->plan.nchannels <= f->plan.channels_cap);
	*channel = (struct bh_channel) { { a, b }, { BH_ANYWHERE, size } };
	return channel;
}

struct fixture *fixture_good(void)
{
	struct fixture *f = fixture_new();
	struct bh_partition *p;

	f->machine.flags = BH_MACHINE_TOPOLOGY | BH_MACHINE_NODES;
	for (uint32_t i = 0; i < 8; i++)
		machine_cpu(f, i, i / 2, i / 4);
	machine_ram(f, 0, 0x9f000, 0);
	machine_ram(f, BH_MIB, 2 * BH_GIB - BH_MIB, 0);
	machine_ram(f, 4 * BH_GIB, 2 * BH_GIB, 1);

	p = plan_partition(f, "control");
	p->cpus_wanted = 2;
	p->devices = BH_DEV_LEGACY | BH_DEV_PCI;
	p->console_port = 0x3f8;
	p->manages = 1 << 1 | 1 << 2;
	plan_memory(f, BH_ANYWHERE, 512 * BH_MIB);

	p = plan_partition(f, "rt");
	plan_cpu(f, 2);
	plan_cpu(f, 3);
	p->manages = 1 << 0;
	p->console_port = 0x2f8;
	plan_memory(f, BH_ANYWHERE, 256 * BH_MIB);

	p = plan_partition(f, "app");
	plan_cpu(f, 4);
	plan_cpu(f, 5);
	p->initrd = BH_NONE;
	p->cmdline = NULL;
	plan_memory(f, 0x40000000, 64 * BH_MIB);
	plan_memory(f, BH_ANYWHERE, 512 * BH_MIB);

	plan_channel(f, 0, 1, 0x40000);
	plan_channel(f, 2, 1, 0x10000);
	return f;
}

static void machine_mmio(struct fixture *f, uint64_t base, uint64_t size, uint32_t devices)
{
	assert_true(f->machine.nmmio < f->machine.mmio_cap);
	f->machine_mmio[f->machine.nmmio++] = (struct bh_mmio) { { base, size }, devices };
}

struct fixture *fixture_virt(uint32_t harts, uint64_t ram)
{
	struct fixture *f = fixture_new();

	f->machine.platform = f->plan.platform = BH_PLATFORM_RISCV64;
	f->machine.flags = BH_MACHINE_TOPOLOGY;
	for (uint32_t i = 0; i < harts; i++) {
		struct bh_cpu *cpu = machine_cpu(f, i, i, 0);

		cpu->flags = 0;
		cpu->imsic = 0x28000000 + i * BH_PAGE_SIZE;
	}
	machine_ram(f, 0x80000000, ram, 0);
	machine_mmio(f, 0xd000000, 0x8000, BH_DEV_LEGACY);
	machine_mmio(f, 0x101000, 0x1000, BH_DEV_LEGACY);
	machine_mmio(f, 0x30000000, 0x10000000, BH_DEV_PCI);
	machine_mmio(f, 0x40000000, 0x40000000, BH_DEV_PCI);
	machine_mmio(f, 0x400000000, 0x400000000, BH_DEV_PCI);
	f->machine.pmp_entries = 16;
	f->machine.pmp_reserved = 5;
	f->images[0] = (struct bh_image) {
		.label = "linux", .kind = BH_IMAGE_KERNEL, .size = 20 * BH_MIB + 17,
		.platform = BH_PLATFORM_RISCV64, .init_size = 23 * BH_MIB,
		.kernel_alignment = 0x200000, .protocol = 2,
		.xloadflags = BH_XLF_CAN_BE_LOADED_ABOVE_4G,
	};
	return f;
}

struct fixture *fixture_riscv(void)
{
	struct fixture *f = fixture_virt(5, 3 * BH_GIB);
	struct bh_partition *p;

	p = plan_partition(f, "control");
	p->cpus_wanted = 1;
	p->devices = BH_DEV_LEGACY | BH_DEV_PCI;
	p->manages = 1 << 1 | 1 << 2;
	p->console_firmware = true;
	plan_memory(f, BH_ANYWHERE, 512 * BH_MIB);
	p = plan_partition(f, "rt");
	plan_cpu(f, 3);
	p->console_firmware = true;
	plan_memory(f, BH_ANYWHERE, 256 * BH_MIB);
	p = plan_partition(f, "app");
	p->cpus_wanted = 2;
	p->initrd = BH_NONE;
	plan_memory(f, BH_ANYWHERE, 768 * BH_MIB);
	plan_channel(f, 0, 1, 0x40000);
	return f;
}

void forget(struct fixture *f)
{
	f->nsaid = 0;
	f->sink.errors = f->sink.warnings = 0;
}

uint32_t place_and_check(struct fixture *f)
{
	forget(f);
	bh_place(&f->plan, &f->machine, &f->sink);
	bh_check(&f->plan, &f->machine, &f->sink);
	return f->sink.errors;
}

void *blob_write(const struct bh_plan *plan)
{
	void *blob = malloc(BLOB_ROOM);
	int err = bh_blob_write(plan, blob, BLOB_ROOM);

	if (err)
		fail_msg("no blob is written: error %d of libfdt", err);
	return blob;
}

const struct said *find_said(const struct fixture *f, const char *rule)
{
	for (uint32_t i = 0; i < f->nsaid; i++) {
		if (!strcmp(f->said[i].rule, rule))
			return &f->said[i];
	}
	return NULL;
}

uint32_t count_said(const struct fixture *f, const char *rule)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < f->nsaid; i++)
		n += !strcmp(f->said[i].rule, rule);
	return n;
}

void print_said(const struct fixture *f)
{
	for (uint32_t i = 0; i < f->nsaid; i++)
		print_message("    %s %s at %d,%d,%d: %s (%s)\n",
			      f->said[i].severity == BH_ERROR ? "error" : "warning",
			      f->said[i].rule, (int)f->said[i].place.field,
			      (int)f->said[i].place.index, (int)f->said[i].place.item,
			      f->said[i].text, f->said[i].hint);
}

uint64_t random_next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

uint64_t random_below(uint64_t *state, uint64_t n)
{
	return (random_next(state) >> 16) % n;
}

void is_clean(struct fixture *f)
{
	place_and_check(f);
	if (f->nsaid)
		print_said(f);
	assert_int_equal(f->nsaid, 0);
}

void memory_is(const struct fixture *f, uint32_t partition, const char *expected)
{
	const struct bh_partition *p = &f->partitions[partition];
	char text[400] = "";
	size_t len = 0;

	for (uint32_t i = 0; i < p->nmem; i++) {
		const struct bh_range *r = &f->memory[p->first_mem + i];

		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%lx+%lluM", i ? " " : "",
					r->base, r->size / BH_MIB);
	}
	assert_string_equal(text, expected);
}
