// SPDX-License-Identifier: GPL-2.0-only
/*
 * The plan, from /chosen's blob to `monitor`, and held against what OpenSBI makes of its
 * own tree: compiler, loader and firmware have to mean the same machine.
 */
#include <sbi/riscv_asm.h>
#include <sbi/sbi_console.h>
#include <sbi/sbi_domain.h>
#include <sbi/sbi_error.h>
#include <sbi/sbi_hartmask.h>
#include <sbi/sbi_scratch.h>
#include <sbi/sbi_string.h>
#include <sbi_utils/fdt/fdt_helper.h>
#include <sbi_utils/irqchip/imsic.h>

#include <libfdt.h>

#include "core/blob.h"
#include "core/check.h"
#include "firmware.h"

#define MEMORY_CAP	(BH_PARTITIONS_MAX * BH_RANGES_MAX)

static void emit(struct bh_sink *sink, const struct bh_finding *finding)
{
	if (finding->severity == BH_ERROR)
		hw_say("plan: %s%s%s", finding->text, finding->hint ? "; " : "",
		       finding->hint ? finding->hint : "");
}

/* A property of /chosen stands on a boundary of 4 bytes, a tree has to stand on one of 8. */
static const void *find_blob(const void *fdt, int *size)
{
	int chosen = fdt_path_offset(fdt, "/chosen");
	const void *property = chosen < 0 ? NULL : fdt_getprop(fdt, chosen, BH_BLOB_PROPERTY, size);
	void *blob;

	if (!property || *size <= 0 || *size > BH_BLOB_SIZE_MAX) {
		hw_say("/chosen of the device tree has no plan in " BH_BLOB_PROPERTY
		       ", or one larger than %u KiB", BH_BLOB_SIZE_MAX / 1024);
		return NULL;
	}
	blob = room_borrow(1, (size_t)*size);
	sbi_memcpy(blob, property, (size_t)*size);
	return blob;
}

/* --- domains --- */

static bool is_inside(const struct bh_range *inner, const struct bh_range *outer)
{
	return inner->base >= outer->base && bh_range_end(inner) <= bh_range_end(outer);
}

/* Memory of a partition's that a start writes to. */
static bool holds(const struct bh_plan *plan, const struct bh_partition *p, u64 base, u64 size)
{
	struct bh_range wanted = { base, size };
	const struct bh_range *memory = bh_partition_memory(plan, p);

	for (u32 i = 0; size && base + size > base && i < p->nmem; i++) {
		if (is_inside(&wanted, &memory[i]))
			return true;
	}
	return false;
}

/*
 * What the PMP will let @p's harts reach, against the plan: nothing of the resident
 * part but the own status page, to read, and no memory of another partition. Compiler and plan
 * say so; that a tree of another plan was loaded is what this is for.
 */
static int check_region(const struct bh_plan *plan, const struct bh_partition *p,
			const struct sbi_domain_memregion *region)
{
	struct bh_range granted = { region->base, region->order < 64 ? 1UL << region->order : 0 };

	if (!(region->flags & SBI_DOMAIN_MEMREGION_SU_ACCESS_MASK))
		return 0;
	if (!granted.size || bh_range_end(&granted) <= granted.base) {
		hw_say("%s: its domain may reach everything", p->name);
		return SBI_EINVAL;
	}
	if (granted.base == p->status.base && granted.size == p->status.size &&
	    !(region->flags & (SBI_DOMAIN_MEMREGION_SU_WRITABLE | SBI_DOMAIN_MEMREGION_SU_EXECUTABLE)))
		return 0;
	if (bh_ranges_overlap(&granted, &plan->monitor)) {
		hw_say("%s: its domain may reach the resident part at 0x%lx", p->name, region->base);
		return SBI_EINVAL;
	}
	for (u32 i = 0; i < plan->npartitions; i++) {
		const struct bh_partition *other = &plan->partitions[i];
		const struct bh_range *memory = bh_partition_memory(plan, other);

		for (u32 k = 0; other != p && k < other->nmem; k++) {
			if (!bh_ranges_overlap(&granted, &memory[k]))
				continue;
			hw_say("%s: its domain may reach memory of %s at 0x%lx", p->name, other->name,
			       region->base);
			return SBI_EINVAL;
		}
	}
	return 0;
}

static int check_domain(const struct bh_plan *plan, const struct bh_partition *p,
			struct sbi_domain *dom)
{
	struct sbi_domain_memregion *region;
	struct sbi_hartmask harts;
	int rc;

	sbi_domain_get_assigned_hartmask(dom, &harts);
	if (dom == &root || (u32)sbi_hartmask_weight(&harts) != p->ncpus ||
	    dom->next_addr != p->kernel_at || dom->next_arg1 != p->private_at) {
		hw_say("%s: its domain '%s' has other harts or another start than the plan says",
		       p->name, dom->name);
		return SBI_EINVAL;
	}
	sbi_domain_for_each_memregion(dom, region) {
		rc = check_region(plan, p, region);
		if (rc)
			return rc;
	}
	return 0;
}

/* --- harts --- */

/* The S-level IMSIC of the tree, the first that is enabled; no pieces when there is none. */
static void find_imsic(const void *fdt, struct imsic_data *imsic)
{
	int node = -1;

	while ((node = fdt_node_offset_by_compatible(fdt, node, "riscv,imsics")) >= 0) {
		sbi_memset(imsic, 0, sizeof(*imsic));
		if (fdt_node_is_enabled(fdt, node) && !fdt_parse_imsic_node(fdt, node, imsic) &&
		    !imsic->targets_mmode)
			return;
	}
	sbi_memset(imsic, 0, sizeof(*imsic));
}

/*
 * The firmware writes to this page for whoever may ring the partition. That it is a
 * page, nothing of the plan's and no other CPU's, bh_check() has seen.
 */
static bool is_file(const struct imsic_data *imsic, u64 file)
{
	const struct bh_range page = { file, BH_PAGE_SIZE };

	for (u32 i = 0; i < IMSIC_MAX_REGS && imsic->regs[i].size; i++) {
		const struct bh_range piece = { imsic->regs[i].addr, imsic->regs[i].size };

		if (is_inside(&page, &piece))
			return true;
	}
	return false;
}

static int take_harts(const struct bh_plan *plan, const struct bh_partition *from, struct part *p,
		      const struct imsic_data *imsic)
{
	const u32 *cpus = bh_partition_cpus(plan, from);
	struct sbi_domain *dom = NULL;

	p->ncpus = from->ncpus;
	p->cpus = room_alloc(p->ncpus, sizeof(*p->cpus));
	p->platform->files = room_alloc(p->ncpus, sizeof(*p->platform->files));
	for (u32 i = 0; i < p->ncpus; i++) {
		u32 index = sbi_hartid_to_hartindex(cpus[i]);
		u64 file = plan->files[from->first_cpu + i];

		if (!sbi_hartindex_valid(index)) {
			hw_say("%s: the machine has no hart %u", p->name, cpus[i]);
			return SBI_ENODEV;
		}
		if (part_of_hart(index) || (dom && sbi_hartindex_to_domain(index) != dom)) {
			hw_say("%s: hart %u is in another domain", p->name, cpus[i]);
			return SBI_EINVAL;
		}
		if (file && !is_file(imsic, file)) {
			hw_say("%s: hart %u: no S-level interrupt file at 0x%lx", p->name, cpus[i],
			       (unsigned long)file);
			return SBI_EINVAL;
		}
		dom = sbi_hartindex_to_domain(index);
		p->cpus[i] = index;
		p->platform->files[i] = file;
		owner_set(index, p);
	}
	return check_domain(plan, from, dom);
}

/* --- partitions --- */

static int take_images(const struct bh_plan *plan)
{
	monitor.nimages = plan->nimages;
	monitor.images = room_alloc(plan->nimages, sizeof(*monitor.images));
	for (u32 i = 0; i < plan->nimages; i++) {
		const struct bh_image *from = &plan->images[i];
		struct start_image *to = &monitor.images[i];

		to->golden = from->golden;
		to->size = from->size;
		sbi_memcpy(to->sha256, from->sha256, sizeof(to->sha256));
		sbi_strncpy(to->label, from->label, sizeof(to->label) - 1);
		if (!is_inside(&to->golden, &plan->monitor) || to->size > to->golden.size) {
			hw_say("image '%s' is not in the resident part", to->label);
			return SBI_EINVAL;
		}
	}
	return 0;
}

/* 0 when the loader has put none there: this partition does not start, the others do. */
static u64 tree_size(const struct part *p, const struct bh_range *golden)
{
	const void *tree = (const void *)golden->base;
	u64 size = fdt_check_header(tree) ? 0 : fdt_totalsize(tree);

	if (size && size <= golden->size)
		return size;
	hw_say("%s: there is no device tree at 0x%lx", p->name, (unsigned long)golden->base);
	return 0;
}

static int take_image(struct part *p, u32 index, u64 to)
{
	const struct start_image *image = &monitor.images[index];

	return start_add(&p->start, image->golden.base, to, image->size, index);
}

static int take_start(const struct bh_plan *plan, const struct bh_partition *from, struct part *p)
{
	int rc;

	if (!is_inside(&from->golden, &plan->monitor)) {
		hw_say("%s: its tree is not in the resident part", p->name);
		return SBI_EINVAL;
	}
	p->start.entry = from->kernel_at;
	p->start.argument = from->private_at;
	rc = take_image(p, from->kernel, from->kernel_at);
	if (!rc && from->initrd != BH_NONE)
		rc = take_image(p, from->initrd, from->initrd_at);
	if (!rc)
		rc = start_add(&p->start, from->golden.base, from->private_at,
			       tree_size(p, &from->golden), START_NO_IMAGE);
	for (u32 i = 0; !rc && i < p->start.nitems; i++) {
		const struct start_item *item = &p->start.items[i];

		if (item->size && !holds(plan, from, item->to, item->size))
			rc = SBI_EINVAL;
	}
	if (rc)
		hw_say("%s: its images do not lie in its memory", p->name);
	return rc;
}

static int take_part(const struct bh_plan *plan, u32 index, const struct imsic_data *imsic)
{
	const struct bh_partition *from = &plan->partitions[index];
	struct part *p = &monitor.parts[index];
	int rc;

	part_take(p, plan, index);
	p->platform = room_alloc(1, sizeof(*p->platform));
	p->platform->console = from->console_firmware;
	p->platform->keeper = HART_NONE;
	if (!is_inside(&from->status, &plan->monitor) || from->status.size != BH_STATUS_PAGE_SIZE ||
	    from->status.base % BH_STATUS_PAGE_SIZE) {
		hw_say("%s: its status page is not in the resident part", p->name);
		return SBI_EINVAL;
	}
	rc = take_start(plan, from, p);
	if (rc)
		return rc;
	p->page = (struct bh_status_page *)from->status.base;
	return take_harts(plan, from, p, imsic);
}

static int take(const struct bh_plan *plan, const void *fdt)
{
	struct imsic_data imsic;
	int rc;

	find_imsic(fdt, &imsic);
	fw.imsic_ids = (u32)imsic.num_ids;
	fw.uart = plan->monitor.base + BH_UART_OFFSET;
	monitor.nparts = plan->npartitions;
	monitor.parts = room_alloc(monitor.nparts, sizeof(*monitor.parts));
	rc = take_images(plan);
	for (u32 i = 0; !rc && i < plan->npartitions; i++)
		rc = take_part(plan, i, &imsic);
	return rc;
}

static int read(const void *blob, int size, struct bh_plan *plan)
{
	struct sbi_scratch *scratch = sbi_scratch_thishart_ptr();
	struct bh_sink sink = { .emit = emit };
	struct bh_range here = { scratch->fw_start, scratch->fw_size };

	plan->partitions_cap = BH_PARTITIONS_MAX;
	plan->images_cap = BH_IMAGES_MAX;
	plan->channels_cap = BH_CHANNELS_MAX;
	plan->cpus_cap = BH_CPUS_MAX;
	plan->memory_cap = MEMORY_CAP;
	plan->partitions = room_borrow(plan->partitions_cap, sizeof(*plan->partitions));
	plan->images = room_borrow(plan->images_cap, sizeof(*plan->images));
	plan->channels = room_borrow(plan->channels_cap, sizeof(*plan->channels));
	plan->cpus = room_borrow(plan->cpus_cap, sizeof(*plan->cpus));
	plan->files = room_borrow(plan->cpus_cap, sizeof(*plan->files));
	plan->memory = room_borrow(plan->memory_cap, sizeof(*plan->memory));

	if (bh_blob_read(blob, (u64)size, plan, &sink) || bh_check(plan, NULL, &sink))
		return SBI_EINVAL;
	if (plan->platform != BH_PLATFORM_RISCV64) {
		hw_say("the plan is not for riscv64");
		return SBI_EINVAL;
	}
	if (!is_inside(&here, &plan->firmware) || !is_inside(&plan->firmware, &plan->monitor)) {
		hw_say("the plan has the firmware at 0x%lx, but it runs at 0x%lx",
		       (unsigned long)plan->firmware.base, scratch->fw_start);
		return SBI_EINVAL;
	}
	return 0;
}

int plan_init(const void *fdt)
{
	struct bh_plan plan = { 0 };
	int size = 0, rc;
	const void *blob = find_blob(fdt, &size);

	if (!blob)
		return SBI_ENOENT;
	rc = read(blob, size, &plan);
	if (!rc)
		rc = take(&plan, fdt);
	if (rc)
		hw_say("the plan is refused: no partition starts");
	room_give_back();
	return rc;
}
