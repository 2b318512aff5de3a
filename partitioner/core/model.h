/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model: one machine, and the plan that splits it.
 *
 * This is the freestanding core's vocabulary. The host tool fills it from
 * YAML and /sys, the boot stage from the blob and the firmware's tables, and
 * both run the same checks over it. Nothing here allocates: whoever fills a
 * model brings the arrays ("pools") and their capacity, and a filler that
 * finds a pool full returns -ENOSPC.
 */
#ifndef BULKHEAD_CORE_MODEL_H
#define BULKHEAD_CORE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bulkhead/blob.h>

#define BH_PARTITIONS_MAX	64
#ifndef BH_CPUS_MAX
#define BH_CPUS_MAX		4096	/* a build for a machine that never has as many says less */
#endif
#define BH_IMAGES_MAX		128
#define BH_CHANNELS_MAX		256
#define BH_NAME_MAX		31	/* characters, without the NUL */
/* COMMAND_LINE_SIZE on x86, less the NUL and what the boot stage adds (tsc_early_khz=, lapic_timer_khz=). */
#define BH_CMDLINE_MAX		1983
#define BH_CMDLINE_ADDED	64
#define BH_RISCV_CMDLINE_MAX	1023	/* COMMAND_LINE_SIZE there, less the NUL; newer kernels take more */
#define BH_RANGES_MAX		16	/* ranges of memory in one partition */
/* Two sections of what ipi/include/bulkhead/channel.h asks for at least. */
#define BH_CHANNEL_SIZE_MIN	(2 * BH_PAGE_SIZE)
#define BH_CHANNEL_SIZE_MAX	BH_GIB
#define BH_NONE			0xffffffffU

#define BH_PAGE_SIZE		0x1000ULL
#define BH_MIB			0x100000ULL
#define BH_GIB			0x40000000ULL

/*
 * x86-64. Partition memory starts and ends on 2 MiB, so that neighbours never
 * share a large page; below that first 16 MiB lies what firmware and loader
 * use, and every Linux wants its kernel above it anyway (Linux/x86 boot
 * protocol, pref_address).
 */
#define BH_X86_MEM_ALIGN	0x200000ULL
#define BH_X86_MEM_MIN		0x1000000ULL
#define BH_X86_LOW_SLICE	0x10000ULL	/* a partition's real-mode trampoline */
#define BH_X86_MONITOR_SIZE	0x20000ULL	/* the resident part, unless these come to more: */
#define BH_X86_MONITOR_FIXED	0x12000ULL	/* code, tables and log; then for each */
#define BH_X86_MONITOR_PARTITION 0x1100ULL	/* partition a mailbox with its status, a start list, */
#define BH_X86_MONITOR_CPU	0x200ULL	/* CPU its state and stack, */
#define BH_X86_MONITOR_IMAGE	0x60ULL		/* image its digest */
#define BH_X86_LOW_PAGE		0x8000ULL	/* the monitor's SIPI page is at or above */
#define BH_X86_LOADER_ROOM	0x400000ULL	/* boot stage and blob, beside the images */

/*
 * RISC-V. A PMP entry of OpenSBI's covers a naturally aligned power of two
 * (NAPOT), so that is what memory of partitions and channels is made of. The
 * resident part is [SPL and status pages][OpenSBI][its tree][golden images].
 */
#define BH_RISCV_MEM_ALIGN	0x200000ULL	/* a kernel starts on 2 MiB (Linux, Documentation/arch/riscv/boot.rst) */
#define BH_RISCV_SPL_SIZE	0x200000ULL	/* from the start of RAM; status pages afterwards */
#define BH_RISCV_FIRMWARE_SIZE	0x200000ULL
#define BH_RISCV_TREE_SIZE	0x80000ULL	/* OpenSBI's tree with the blob in it */
#define BH_RISCV_PARTITION_TREE	0x10000ULL	/* room of one partition's tree */
#define BH_RISCV_PMP_ENTRIES	16U		/* unless the machine's description says otherwise */
#define BH_RISCV_PMP_RESERVED	5U		/* OpenSBI's own with APLIC and IMSIC: text, data, ACLINT, APLIC(M), IMSIC(M) */

enum bh_platform {
	BH_PLATFORM_NONE,
	BH_PLATFORM_X86_64,
	BH_PLATFORM_RISCV64,
};

struct bh_range {
	uint64_t base;
	uint64_t size;		/* bytes; base + size never wraps in a valid model */
};

/* --- the machine --- */

#define BH_CPU_BSP		(1U << 0)	/* the CPU that firmware booted on */

struct bh_cpu {
	uint32_t hwid;		/* APIC id or hart id */
	uint32_t package;
	uint32_t core;		/* unique in the machine, not in the package */
	uint32_t node;		/* NUMA node, 0 where there is but one */
	uint32_t flags;
	uint64_t imsic;		/* riscv64: its S-level interrupt file (one page); 0: none */
};

/* What a partition gets with a class of devices: a range of MMIO. riscv64 only. */
struct bh_mmio {
	struct bh_range range;
	uint32_t devices;	/* the one BH_DEV_* it goes with */
};

struct bh_ram {
	struct bh_range range;
	uint32_t node;
};

#define BH_MACHINE_TOPOLOGY	(1U << 0)	/* package and core are known */
#define BH_MACHINE_NODES	(1U << 1)	/* NUMA nodes are known */

struct bh_machine {
	enum bh_platform platform;
	uint32_t flags;
	struct bh_cpu *cpus;	/* sorted by hwid */
	uint32_t ncpus, cpus_cap;
	struct bh_ram *ram;	/* usable RAM, sorted, not overlapping */
	uint32_t nram, ram_cap;
	struct bh_mmio *mmio;
	uint32_t nmmio, mmio_cap;
	uint32_t pmp_entries;	/* riscv64: of each hart */
	uint32_t pmp_reserved;	/* riscv64: what the firmware keeps of them */
};

/* --- the plan --- */

#define BH_DEV_LEGACY		(1U << 0)	/* PIC, PIT, RTC, IO-APIC, firmware's tables */
#define BH_DEV_PCI		(1U << 1)

enum bh_image_kind {
	BH_IMAGE_KERNEL,
	BH_IMAGE_INITRD,
};

/*
 * What is known of an image. The host reads kernels' headers before it
 * checks; in the boot stage the header fields are filled from the module.
 */
struct bh_image {
	const char *label;	/* what the plan called it */
	enum bh_image_kind kind;
	uint64_t size;		/* bytes of the file */
	uint8_t sha256[32];
	/* kernels: what they run on, and the memory they need from where they are loaded; 0 when unknown */
	enum bh_platform platform;
	uint64_t init_size;
	/* kernels, x86-64: Linux/x86 boot protocol fields; 0 when unknown */
	uint64_t pref_address;
	uint32_t kernel_alignment;
	uint16_t protocol;	/* 0x020c and up can be used */
	uint16_t xloadflags;
	bool not_relocatable;	/* runs at pref_address and nowhere else */
	struct bh_range golden;	/* the verified copy's place; size 0: not placed yet */
};

/* What a plan asks of memory: `base` is BH_ANYWHERE where the tool places it. */
#define BH_ANYWHERE		UINT64_MAX

struct bh_partition {
	char name[BH_NAME_MAX + 1];
	/*
	 * CPUs: cpus[first_cpu .. first_cpu + ncpus) of the plan, boot CPU
	 * first. A partition that asked for a count has cpus_wanted != 0 and
	 * ncpus == 0 until it is placed.
	 */
	uint32_t cpus_wanted;
	uint32_t first_cpu, ncpus;
	/* memory asked for: requests[first_request ..); and placed: memory[first_mem ..) */
	uint32_t first_request, nrequests;
	uint32_t first_mem, nmem;
	struct bh_range low_slice;	/* size 0: not placed yet, or none needed */
	uint32_t kernel, initrd;	/* index of image, or BH_NONE */
	const char *cmdline;		/* complete, as the kernel will get it; or NULL */
	uint32_t console_port;		/* x86-64: UART I/O base; 0: none */
	bool console_firmware;		/* riscv64: the firmware's debug console */
	struct bh_range status;		/* its page, riscv64; size 0: not placed yet */
	/* the golden private area (riscv64: its device tree); size 0: not placed yet */
	struct bh_range golden;
	/* where a start puts things, all in the partition's memory; 0: not placed */
	uint64_t kernel_at, initrd_at, private_at;
	uint32_t devices;		/* BH_DEV_* */
	uint64_t manages;		/* bit i: partitions[i] */
};

struct bh_channel {
	uint32_t side[2];		/* indices of partitions */
	struct bh_range memory;		/* base BH_ANYWHERE until placed */
};

struct bh_plan {
	enum bh_platform platform;
	struct bh_range monitor;	/* size 0: not placed yet */
	struct bh_range low_page;	/* x86-64; size 0: not placed yet */
	struct bh_range golden;		/* x86-64: all golden copies; riscv64: they are in `monitor` */
	struct bh_range firmware, tree;	/* riscv64: OpenSBI and its tree, both in `monitor` */

	struct bh_partition *partitions;
	uint32_t npartitions, partitions_cap;
	struct bh_image *images;
	uint32_t nimages, images_cap;
	struct bh_channel *channels;
	uint32_t nchannels, channels_cap;
	/* pools that partitions index */
	uint32_t *cpus;
	uint32_t ncpus, cpus_cap;
	/*
	 * riscv64: the S-level interrupt file of each of these CPUs, likewise
	 * cpus_cap of them; 0: none, or not placed. NULL where nobody reads them.
	 */
	uint64_t *files;
	struct bh_range *requests;
	uint32_t nrequests, requests_cap;
	struct bh_range *memory;
	uint32_t nmemory, memory_cap;
};

/*
 * One partition's part of a pool; NULL when it has none there, since then the
 * pool may not be there either.
 */
static inline const uint32_t *bh_partition_cpus(const struct bh_plan *plan,
						const struct bh_partition *p)
{
	return p->ncpus ? plan->cpus + p->first_cpu : NULL;
}

static inline const struct bh_range *bh_partition_requests(const struct bh_plan *plan,
							   const struct bh_partition *p)
{
	return p->nrequests ? plan->requests + p->first_request : NULL;
}

static inline const struct bh_range *bh_partition_memory(const struct bh_plan *plan,
							 const struct bh_partition *p)
{
	return p->nmem ? plan->memory + p->first_mem : NULL;
}

/*
 * What an index of the model refers to; NULL for BH_NONE and any other index of
 * nothing. Plans with mistakes are placed, checked and shown as well, so these are
 * the way to follow a channel's side[] and a partition's kernel and initrd.
 */
static inline const struct bh_partition *bh_plan_partition(const struct bh_plan *plan,
							   uint32_t index)
{
	return index < plan->npartitions ? &plan->partitions[index] : NULL;
}

static inline const struct bh_image *bh_plan_image(const struct bh_plan *plan, uint32_t index)
{
	return index < plan->nimages ? &plan->images[index] : NULL;
}

/* For messages: "?" stands for a partition that does not exist. */
static inline const char *bh_plan_partition_name(const struct bh_plan *plan, uint32_t index)
{
	const struct bh_partition *p = bh_plan_partition(plan, index);

	return p ? p->name : "?";
}

static inline uint64_t bh_range_end(const struct bh_range *r)
{
	return r->base + r->size;
}

static inline bool bh_ranges_overlap(const struct bh_range *a,
				     const struct bh_range *b)
{
	return a->size && b->size && a->base < bh_range_end(b) &&
	       b->base < bh_range_end(a);
}

#endif
