// SPDX-License-Identifier: GPL-2.0-only
/* The resident monitor: put in its place, filled in, entered. */
#include <bulkhead/monitor.h>
#include <bulkhead/partition.h>
#include <string.h>

#include "arch/cpu.h"
#include "arch/lapic.h"
#include "generated/autoconf.h"
#include "monitor/x86/monitor.h"
#include "x86/boot.h"
#include "x86/head.h"

#define PAGE_TABLES	7	/* PML5, PML4, PDPT, four for the low 4 GiB */

_Static_assert(CONFIG_BOOT_LOG_SIZE % 4096 == 0, "mailboxes are pages");

/* What partitioner/core/platform.c keeps room for; the code fits in a page, give or take. */
_Static_assert((2 + PAGE_TABLES + 1) * BH_PAGE_SIZE + CONFIG_BOOT_LOG_SIZE <=
	       BH_X86_MONITOR_FIXED, "code, tables, IDT and log");
_Static_assert(sizeof(struct mon_mailbox) + sizeof(struct start_list) <=
	       BH_X86_MONITOR_PARTITION && sizeof(struct mon_cpu) == BH_X86_MONITOR_CPU &&
	       sizeof(struct start_image) <= BH_X86_MONITOR_IMAGE, "what the plan keeps");

/* Offsets in the region, by what goes before. */
struct map {
	uint64_t idt, pages, log, mailboxes, cpus, starts, images, end;
};

static uint64_t up(uint64_t n, uint64_t to)
{
	return (n + to - 1) & ~(to - 1);
}

/* One struct mon_cpu for each worker: the BSP parks here too when nobody owns it. */
static struct map map_of(const struct bh_plan *plan, uint32_t ncpus)
{
	struct map m;

	m.pages = up((uint64_t)(monitor_image_end - monitor_image), BH_PAGE_SIZE);
	m.idt = m.pages + PAGE_TABLES * BH_PAGE_SIZE;
	m.log = m.idt + 256 * sizeof(struct idt_gate);
	m.mailboxes = m.log + CONFIG_BOOT_LOG_SIZE;
	m.cpus = m.mailboxes + plan->npartitions * sizeof(struct mon_mailbox);
	m.starts = m.cpus + (uint64_t)ncpus * sizeof(struct mon_cpu);
	m.images = m.starts + plan->npartitions * sizeof(struct start_list);
	m.end = m.images + plan->nimages * sizeof(struct start_image);
	return m;
}

static struct mon_header *header_of(const struct boot *boot)
{
	return (struct mon_header *)(boot->plan.monitor.base + MON_HEADER_OFFSET);
}

uint64_t resident_mailbox(const struct boot *boot, uint32_t partition)
{
	return boot->plan.monitor.base +
	       map_of(&boot->plan, boot->nworkers).mailboxes +
	       partition * sizeof(struct mon_mailbox);
}

uint64_t resident_reset_vector(const struct boot *boot)
{
	const struct mon_header *image =
		(const void *)(monitor_image + MON_HEADER_OFFSET);

	return boot->plan.monitor.base + image->reset;
}

struct bh_range resident_boot_log(const struct boot *boot)
{
	return (struct bh_range){
		boot->plan.monitor.base + map_of(&boot->plan, boot->nworkers).log,
		CONFIG_BOOT_LOG_SIZE
	};
}

struct bh_range resident_status_page(const struct boot *boot, uint32_t partition)
{
	return (struct bh_range){
		resident_mailbox(boot, partition) + offsetof(struct mon_mailbox, status),
		sizeof(struct bh_status_page)
	};
}

static void make_pages(uint64_t *pages, struct mon_header *header)
{
	struct page_pool pool = { .pages = pages + 512, .count = PAGE_TABLES - 1 };

	/* The first page is the root of five levels, the second that of four. */
	pages[0] = (uint64_t)(pages + 512) | PTE_PRESENT | PTE_WRITE;
	if (pages_map(&pool, 0, 4 * BH_GIB))
		refuse("the monitor's page tables do not fit");
	header->cr3_5level = (uint64_t)pages;
	header->cr3_4level = (uint64_t)(pages + 512);
}

static void make_idt(struct idt_gate *idt, uint64_t base, struct mon_header *header)
{
	uint32_t i;

	for (i = 0; i < 256; i++)
		idt_gate_set(&idt[i], MON_CS, base + (i < 32 ?
			     header->gates[MON_GATE_FAULTS] + i * MON_GATE_STEP :
			     header->gates[MON_GATE_OTHER]));
	idt_gate_set(&idt[2], MON_CS, base + header->gates[MON_GATE_NMI]);
	idt_gate_set(&idt[18], MON_CS, base + header->gates[MON_GATE_MCE]);
	header->idt_limit = 256 * sizeof(*idt) - 1;
	header->idt_base = (uint64_t)idt;
}

static void make_log(const struct boot *boot, uint64_t at)
{
	struct bh_boot_log *log = (void *)at;
	uint32_t size;
	const char *text = console_log(&size);

	log->magic = BH_BOOT_LOG_MAGIC;
	log->version = BH_BOOT_LOG_VERSION;
	log->size = CONFIG_BOOT_LOG_SIZE - sizeof(*log);
	log->head = size < log->size ? size : log->size;
	log->tsc_khz = boot->tsc_khz;
	memcpy(log + 1, text, log->head);
}

static void make_cpu(const struct boot *boot, struct mon_cpu *cpu, uint32_t id)
{
	const struct bh_plan *plan = &boot->plan;
	uint32_t i, j;

	cpu->apic_id = id;
	for (i = 0; i < plan->npartitions; i++) {
		const struct bh_partition *p = &plan->partitions[i];

		for (j = 0; j < p->ncpus; j++) {
			if (plan->cpus[p->first_cpu + j] != id)
				continue;
			cpu->mailbox = resident_mailbox(boot, i);
			if (j)
				return;
			cpu->start = boot->starts[i].list.entry;
			cpu->start_params = boot->starts[i].list.argument;
			cpu->start_cr3 = boot->starts[i].list.tables;
			return;
		}
	}
}

uint64_t resident_size(const struct boot *boot)
{
	return map_of(&boot->plan, boot->nworkers).end;
}

void resident_install(struct boot *boot)
{
	uint64_t base = boot->plan.monitor.base;
	struct map m = map_of(&boot->plan, boot->nworkers);
	struct mon_header *header = header_of(boot);
	uint32_t i;

	if (m.end > boot->plan.monitor.size)
		refuse("the monitor needs %llu KiB for these CPUs and partitions, the plan keeps %llu",
		       (unsigned long long)m.end / 1024,
		       (unsigned long long)boot->plan.monitor.size / 1024);
	memset((void *)base, 0, boot->plan.monitor.size);
	memcpy((void *)base, monitor_image, (uint64_t)(monitor_image_end - monitor_image));

	header->cpus = base + m.cpus;
	header->ncpus = boot->nworkers;
	header->expected = boot->nworkers;
	header->timer_count = boot->lapic_timer_khz * 1000U / CONFIG_MONITOR_POLL_HZ;
	make_pages((uint64_t *)(base + m.pages), header);
	make_idt((struct idt_gate *)(base + m.idt), base, header);
	make_log(boot, base + m.log);
	header->starts = base + m.starts;
	header->nstarts = boot->plan.npartitions;
	for (i = 0; i < boot->plan.npartitions; i++)
		((struct start_list *)header->starts)[i] = boot->starts[i].list;
	header->images = base + m.images;
	header->nimages = boot->plan.nimages;
	memcpy((void *)header->images, boot->golden,
	       boot->plan.nimages * sizeof(struct start_image));
	status_pages(boot);
	for (i = 0; i < boot->nworkers; i++)
		make_cpu(boot, (struct mon_cpu *)(base + m.cpus) + i, boot->workers[i]);
}

void resident_enter(struct boot *boot, uint32_t worker)
{
	struct mon_header *header = header_of(boot);
	uint64_t cpu = header->cpus + worker * sizeof(struct mon_cpu);
	uint64_t enter = boot->plan.monitor.base + header->enter;

	/*
	 * A CPU that INIT has reset is as Linux expects it. The BSP's LAPIC was
	 * the boot stage's: back to virtual wire mode, which is how firmware
	 * leaves it (MultiProcessor specification 1.4, 3.6.2.2).
	 */
	if (worker)
		lapic_write(LAPIC_SVR, 0xff);
	asm volatile("movq %0, %%rdi; jmp *%1" : : "r"(cpu), "r"(enter) : "rdi", "memory");
	__builtin_unreachable();
}
