/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boot stage's own vocabulary: what is known of this boot, and the steps
 * in the order in which main.c takes them.
 */
#ifndef BULKHEAD_X86_BOOT_H
#define BULKHEAD_X86_BOOT_H

#include "core/finding.h"
#include "core/layout.h"
#include "core/model.h"
#include "monitor/start.h"
#include "x86/console.h"
#include "x86/memory.h"
#include "x86/multiboot.h"

struct acpi_tables {
	const uint8_t *rsdp;		/* as the loader gave it */
	const uint8_t *madt;
	uint64_t tables[128];		/* every table of the XSDT or RSDT but the MADT */
	uint32_t ntables;
};

/* One partition on its way to its first instruction. */
struct start {
	struct start_list list;
	uint64_t rsdp;
	uint64_t mailbox;
	struct bh_range ioapic;		/* a page of RAM that plays one with no pins */
};

struct boot {
	struct mb_info mb;
	struct acpi_tables acpi;
	struct bh_machine machine;
	struct bh_plan plan;
	struct boot_memory memory;
	struct start *starts;		/* [plan.npartitions] */
	struct start_image *golden;	/* [plan.nimages] */
	uint32_t bsp;			/* APIC id */
	uint32_t tsc_khz;
	uint32_t lapic_timer_khz;	/* counts at divide by 16 */
	uint32_t *workers;		/* APIC ids; workers[0] is the BSP */
	uint32_t nworkers;
};

/*
 * Where the partition's private area keeps what (offsets; layout.h has its size). It is
 * written once, in the golden copy's place, with the addresses that it has in the
 * partition's memory.
 */
#define PRIVATE_PARAMS		0x00000
#define PRIVATE_CMDLINE		0x01000
#define PRIVATE_PAGES		0x02000
#define PRIVATE_PAGES_COUNT	13
#define PRIVATE_ACPI		0x0f000
#define PRIVATE_ACPI_SIZE	0x08000
#define PRIVATE_SETUP_DATA	0x17000
#define PRIVATE_SETUP_DATA_SIZE	0x09000

_Static_assert(PRIVATE_SETUP_DATA + PRIVATE_SETUP_DATA_SIZE == BH_X86_PRIVATE_SIZE,
	       "the private area is used up exactly");

/* acpi.c: find and validate the firmware's tables; fill machine->cpus from the MADT. */
void acpi_find(struct boot *boot);
/* acpi_private.c: this partition's own tables; returns the RSDP's address. */
uint64_t acpi_private(const struct boot *boot, uint32_t partition);

/*
 * clock.c: TSC and LAPIC timer against the PIT. The 10 ms between the two calls are
 * also what INIT may take (MultiProcessor specification 1.4, B.4).
 */
void clock_start(void);
void clock_finish(struct boot *boot);
uint64_t clock_us(const struct boot *boot, uint64_t ticks);

/* smp.c. First of all: exceptions get a gate, libfdt its canary. */
void smp_init(void);
/*
 * INIT to every other CPU, long before the 10 ms are over that it may take: UEFI
 * leaves them in loops of its own, which cost power or an emulator's time.
 */
void smp_reset(const struct boot *boot);
void smp_start(struct boot *boot);
/* Runs step(boot, worker) on every worker, this one included, and waits for all. */
void smp_run(struct boot *boot, void (*step)(struct boot *boot, uint32_t worker));

/* How far the private area moves from its golden place to where a start puts it. */
static inline uint64_t private_delta(const struct bh_partition *p)
{
	return p->private_at - p->golden.base;
}

/*
 * images.c. images_find(): every module is there, and none is in the way of golden
 * places or of the page that starts CPUs. The next two are steps for all workers: to
 * the golden places; digests. images_inspect() refuses what is not as planned and
 * reads the kernels' headers; images_list() makes a partition's start list.
 */
void images_find(struct boot *boot);
void images_keep(struct boot *boot, uint32_t worker);
void images_verify(struct boot *boot, uint32_t worker);
void images_inspect(struct boot *boot);
void images_list(struct boot *boot, uint32_t partition);

/* move.c: out of the way of what the plan puts in this image's place. Starts anew there. */
void move_self(struct boot *boot, uint32_t magic, uint32_t info);

/* linux.c: the golden private area: boot_params, command line, e820, the tables to enter with. */
void linux_prepare(const struct boot *boot, uint32_t partition);
/*
 * UEFI leaves anything in the BIOS data area, and every Linux believes two words
 * there: it reserves all from the extended BIOS data area to 1 MiB, and with it
 * low slices (reserve_bios_regions(), arch/x86/kernel/ebda.c). Sets them right
 * where they would.
 */
void linux_bios_data(const struct boot *boot);
/* partition_tree.c: the partition device tree into buf; returns its size. */
uint32_t partition_tree(const struct boot *boot, uint32_t partition,
			void *buf, uint32_t size);

/* resident.c: the monitor to its place, with the log as it is by then. */
uint64_t resident_size(const struct boot *boot);
void resident_install(struct boot *boot);
void resident_enter(struct boot *boot, uint32_t worker) __attribute__((noreturn));
uint64_t resident_mailbox(const struct boot *boot, uint32_t partition);
uint64_t resident_reset_vector(const struct boot *boot);
struct bh_range resident_boot_log(const struct boot *boot);
struct bh_range resident_status_page(const struct boot *boot, uint32_t partition);

/* status.c: what the status pages show when the kernels start. */
void status_pages(const struct boot *boot);

#endif
