// SPDX-License-Identifier: GPL-2.0-only
/*
 * The boot stage's story: one machine and one blob in, N kernels out.
 *
 * Nothing is started before everything has been checked: a plan for another
 * machine, a blob or an image that is not what it should be ends in refuse(),
 * with the reason on the console, and the machine stops.
 */
#include <string.h>

#include <bulkhead/x86/stage.h>

#include "arch/cpu.h"
#include "core/blob.h"
#include "core/check.h"
#include "x86/boot.h"
#include "x86/head.h"

#define RAM_MAX		MB_MAP_MAX
#define RELATIVE	8	/* R_X86_64_RELATIVE, x86-64 psABI 4.4 */

void relocate_self(uint64_t delta);
void boot_main(uint32_t magic, uint32_t info) __attribute__((noreturn));

static struct boot boot;
static uint8_t blob[BH_BLOB_SIZE_MAX] __attribute__((aligned(8)));
static struct {
	struct bh_cpu cpus[BH_CPUS_MAX];
	struct bh_ram ram[RAM_MAX];
	struct bh_partition partitions[BH_PARTITIONS_MAX];
	struct bh_image images[BH_IMAGES_MAX];
	struct bh_channel channels[BH_CHANNELS_MAX];
	uint32_t plan_cpus[BH_CPUS_MAX];
	struct bh_range requests[BH_PARTITIONS_MAX * 8];
	struct bh_range memory[BH_PARTITIONS_MAX * 8];
} pools;

struct rela {
	uint64_t offset, info, addend;
};

extern const struct rela rela_start[], rela_end[];

/* @delta: from where the image was linked to where it is. */
void relocate_self(uint64_t delta)
{
	const struct rela *r;

	for (r = rela_start; r < rela_end; r++)
		if ((uint32_t)r->info == RELATIVE)
			*(uint64_t *)(delta + r->offset) = delta + r->addend;
}

static void emit(struct bh_sink *sink, const struct bh_finding *finding)
{
	const struct bh_plan *plan = &boot.plan;
	bool named = finding->place.field >= BH_AT_PARTITION &&
		     finding->place.field <= BH_AT_MANAGES &&
		     finding->place.index < plan->npartitions;

	(void)sink;
	if (finding->severity != BH_ERROR)
		return;		/* bulkhead check has said it */
	say("error: %s%s%s", named ? plan->partitions[finding->place.index].name : "",
	    named ? ": " : "", finding->text);
}

static void read_blob(void)
{
	struct bh_sink sink = { .emit = emit };
	const struct mb_module *module = NULL;
	uint32_t i;

	for (i = 0; i < boot.mb.nmodules; i++)
		if (!strcmp(boot.mb.modules[i].string, BH_MODULE_BLOB))
			module = &boot.mb.modules[i];
	if (!module)
		refuse("no plan was loaded: there is no module \"" BH_MODULE_BLOB "\"");
	if (module->range.size > sizeof(blob))
		refuse("the plan's blob has %llu bytes, more than %u",
		       (unsigned long long)module->range.size, (uint32_t)sizeof(blob));
	memcpy(blob, (const void *)module->range.base, module->range.size);
	if (bh_blob_read(blob, module->range.size, &boot.plan, &sink))
		refuse("the plan's blob can't be used");
}

/* The same rules as on the host, against what this machine really has. */
static void check(void)
{
	struct bh_sink sink = { .emit = emit };

	if (bh_check(&boot.plan, &boot.machine, &sink))
		refuse("this plan is not for this machine (%u CPUs, BSP %u): %u errors",
		       boot.machine.ncpus, boot.bsp, sink.errors);
}

/* Again, now that it is known how much memory each kernel needs. */
static void check_starts(void)
{
	struct bh_sink sink = { .emit = emit };

	if (bh_check_starts(&boot.plan, &sink))
		refuse("this plan does not fit its kernels");
}

static void reserve_places(void)
{
	struct boot_memory *memory = &boot.memory;
	const struct bh_plan *plan = &boot.plan;
	struct bh_range image = { (uint64_t)image_start,
				  (uint64_t)(image_end - image_start) };
	uint32_t i;

	memory->machine = &boot.machine;
	memory->plan = plan;
	memory_reserve(memory, image.base, image.size);
	for (i = 0; i < boot.mb.nmodules; i++)
		memory_reserve(memory, boot.mb.modules[i].range.base,
			       boot.mb.modules[i].range.size);
	memory_reserve(memory, plan->monitor.base, plan->monitor.size);
	memory_reserve(memory, plan->golden.base, plan->golden.size);
	for (i = 0; i < plan->npartitions; i++) {
		const struct bh_partition *p = &plan->partitions[i];

		memory_reserve(memory, p->low_slice.base, p->low_slice.size);
		/* No start writes more than a kernel's file. */
		memory_target(memory, p->kernel_at, plan->images[p->kernel].size);
		memory_target(memory, p->private_at, BH_X86_PRIVATE_SIZE);
		if (p->initrd != BH_NONE)
			memory_target(memory, p->initrd_at, plan->images[p->initrd].size);
	}
	for (i = 0; i < plan->nchannels; i++)
		memory_reserve(memory, plan->channels[i].memory.base,
			       plan->channels[i].memory.size);
}

/* Both ends find their channel empty, not what firmware or loader left there. */
static void clear_channels(const struct bh_plan *plan, uint32_t index)
{
	uint32_t i;

	for (i = 0; i < plan->nchannels; i++)
		if (plan->channels[i].side[0] == index)
			memset((void *)plan->channels[i].memory.base, 0,
			       plan->channels[i].memory.size);
}

static void prepare(struct boot *b, uint32_t worker)
{
	const struct bh_plan *plan = &b->plan;
	uint32_t i;

	for (i = 0; i < plan->npartitions; i++) {
		const struct bh_partition *p = &plan->partitions[i];

		/* Each boot CPU its own partition: they go in parallel from here on. */
		if (plan->cpus[p->first_cpu] != b->workers[worker])
			continue;
		images_list(b, i);
		linux_prepare(b, i);
		clear_channels(plan, i);
		if (!start_run(&b->starts[i].list, b->golden, p->name))
			refuse("%s can't be started", p->name);
	}
}

static void report(void)
{
	const struct bh_plan *plan = &boot.plan;
	uint32_t i, j;

	for (i = 0; i < plan->npartitions; i++) {
		const struct bh_partition *p = &plan->partitions[i];
		char memory[120] = "";
		size_t n = 0;

		for (j = 0; j < p->nmem && n < sizeof(memory); j++)
			n += bh_format(memory + n, sizeof(memory) - n, " 0x%llx+%lluM",
				       (unsigned long long)plan->memory[p->first_mem + j].base,
				       (unsigned long long)plan->memory[p->first_mem + j].size / BH_MIB);
		say("%s: CPU %u%s, %u in all; memory%s; kernel %s at 0x%llx", p->name,
		    plan->cpus[p->first_cpu], p->ncpus > 1 ? " boots" : "", p->ncpus,
		    memory, plan->images[p->kernel].label,
		    (unsigned long long)p->kernel_at);
	}
}

void boot_main(uint32_t magic, uint32_t info)
{
	uint64_t begin = rdtsc(), hashed, copied, now;
	const char *wrong;

	smp_init();
	console_init(false);
	if (magic != MB_MAGIC)
		refuse("not started by a multiboot2 loader (magic 0x%x)", magic);
	wrong = mb_read(info, &boot.mb);
	if (wrong)
		refuse("the loader's boot information is damaged: %s", wrong);
	if (boot.mb.text_screen)
		console_init(true);
	say("%s boot stage at 0x%llx", BULKHEAD_VERSION, (unsigned long long)image_start);

	boot.machine = (struct bh_machine){
		.platform = BH_PLATFORM_X86_64,
		.cpus = pools.cpus, .cpus_cap = BH_CPUS_MAX,
		.ram = pools.ram, .ram_cap = RAM_MAX,
	};
	boot.plan = (struct bh_plan){
		.partitions = pools.partitions, .partitions_cap = BH_PARTITIONS_MAX,
		.images = pools.images, .images_cap = BH_IMAGES_MAX,
		.channels = pools.channels, .channels_cap = BH_CHANNELS_MAX,
		.cpus = pools.plan_cpus, .cpus_cap = BH_CPUS_MAX,
		.requests = pools.requests, .requests_cap = BH_PARTITIONS_MAX * 8,
		.memory = pools.memory, .memory_cap = BH_PARTITIONS_MAX * 8,
	};
	memory_ram(&boot.mb, &boot.machine);
	acpi_find(&boot);
	smp_reset(&boot);
	read_blob();
	check();
	say("plan fits: %u partitions on %u CPUs", boot.plan.npartitions,
	    boot.machine.ncpus);

	reserve_places();
	move_self(&boot, magic, info);
	boot.starts = memory_scratch(&boot.memory,
				     boot.plan.npartitions * sizeof(boot.starts[0]));
	boot.golden = memory_scratch(&boot.memory,
				     boot.plan.nimages * sizeof(boot.golden[0]));
	memory_map(&boot.memory);
	now = rdtsc();
	images_find(&boot);
	copied = rdtsc() - now;
	smp_start(&boot);
	say("%u CPUs started; TSC %u kHz", boot.nworkers, boot.tsc_khz);

	now = rdtsc();
	smp_run(&boot, images_keep);
	copied += rdtsc() - now;
	now = rdtsc();
	smp_run(&boot, images_verify);
	hashed = rdtsc() - now;
	images_inspect(&boot);
	check_starts();
	say("%u images verified", boot.plan.nimages);

	linux_bios_data(&boot);
	now = rdtsc();
	smp_run(&boot, prepare);
	copied += rdtsc() - now;
	report();
	now = rdtsc() - begin;
	say("stage %llu us + hash %llu us + copy %llu us; resident %llu bytes",
	    (unsigned long long)clock_us(&boot, now - hashed - copied),
	    (unsigned long long)clock_us(&boot, hashed),
	    (unsigned long long)clock_us(&boot, copied),
	    (unsigned long long)resident_size(&boot));
	resident_install(&boot);
	/* Nothing refuses from here on, and the port is its owner's as soon as a kernel runs. */
	say("%s", BH_BOOT_END);
	smp_run(&boot, resident_enter);
	__builtin_unreachable();
}
