// SPDX-License-Identifier: GPL-2.0-only
/*
 * The images that the loader brought: which is which, to the places of their
 * golden copies, and are they what the plan was compiled with. The loader knows
 * nothing of the plan, so a module may lie where anything else belongs; once all
 * of them are copied, nothing of what it loaded is needed any more.
 */
#include <string.h>

#include "core/check.h"
#include "core/linux_image.h"
#include "x86/boot.h"

static struct {
	struct bh_range source[BH_IMAGES_MAX];	/* where each image is; size 0: golden already */
	struct bh_linux_image parts[BH_IMAGES_MAX];
	uint32_t copied, hashed;		/* as many have been taken on */
} images;

static const struct mb_module *module_of(const struct boot *boot, uint32_t image)
{
	char name[MB_STRING_MAX];
	uint32_t i;

	bh_format(name, sizeof(name), BH_MODULE_IMAGE "%u", image);
	for (i = 0; i < boot->mb.nmodules; i++)
		if (!strcmp(boot->mb.modules[i].string, name))
			return &boot->mb.modules[i];
	return NULL;
}

/* Does a copy to some golden image's place, or the start of the CPUs, overwrite it? */
static bool in_the_way(const struct boot *boot, const struct bh_range *range)
{
	uint32_t i;

	if (bh_ranges_overlap(range, &boot->plan.low_page))
		return true;
	for (i = 0; i < boot->plan.nimages; i++)
		if (bh_ranges_overlap(range, &boot->plan.images[i].golden))
			return true;
	return false;
}

/* Would a copy to @image's golden place overwrite another that is still needed? */
static bool is_blocked(const struct boot *boot, uint32_t image)
{
	uint32_t i;

	for (i = 0; i < boot->plan.nimages; i++)
		if (i != image && bh_ranges_overlap(&images.source[i],
						    &boot->plan.images[image].golden))
			return true;
	return false;
}

static void make_golden(const struct boot *boot, uint32_t image)
{
	struct bh_range *from = &images.source[image];

	memmove((void *)boot->plan.images[image].golden.base, (const void *)from->base,
		from->size);
	from->size = 0;
}

/*
 * One that is in the way goes to its golden place as soon as that is free; where
 * they are in each other's way, one of them makes room.
 */
static void untangle(struct boot *boot)
{
	uint32_t i, stuck;
	bool moved;

	do {
		moved = false;
		stuck = BH_NONE;
		for (i = 0; i < boot->plan.nimages; i++) {
			if (!in_the_way(boot, &images.source[i]))
				continue;
			if (is_blocked(boot, i)) {
				stuck = i;
				continue;
			}
			make_golden(boot, i);
			moved = true;
		}
		if (!moved && stuck != BH_NONE) {
			struct bh_range *from = &images.source[stuck];
			void *to = memory_transit(&boot->memory, from->size);

			memcpy(to, (const void *)from->base, from->size);
			from->base = (uint64_t)to;
			moved = true;
		}
	} while (moved);
}

void images_find(struct boot *boot)
{
	struct bh_plan *plan = &boot->plan;
	uint32_t i;

	images.copied = images.hashed = 0;
	for (i = 0; i < plan->nimages; i++) {
		const struct mb_module *module = module_of(boot, i);
		const struct bh_image *image = &plan->images[i];
		struct start_image *golden = &boot->golden[i];

		if (!module)
			refuse("image %u (%s) was not loaded: there is no module \"" BH_MODULE_IMAGE "%u\"",
			       i, image->label, i);
		if (module->range.size != image->size)
			refuse("image %u (%s) has %llu bytes, the plan was compiled with %llu",
			       i, image->label, (unsigned long long)module->range.size,
			       (unsigned long long)image->size);
		images.source[i] = module->range;
		golden->golden = image->golden;
		golden->size = image->size;
		memcpy(golden->sha256, image->sha256, sizeof(golden->sha256));
		bh_format(golden->label, sizeof(golden->label), "%s", image->label);
	}
	untangle(boot);
}

void images_keep(struct boot *boot, uint32_t worker)
{
	uint32_t i;

	(void)worker;
	while ((i = __atomic_fetch_add(&images.copied, 1, __ATOMIC_RELAXED)) < boot->plan.nimages)
		if (images.source[i].size)
			make_golden(boot, i);
}

void images_verify(struct boot *boot, uint32_t worker)
{
	uint32_t i;

	(void)worker;
	while ((i = __atomic_fetch_add(&images.hashed, 1, __ATOMIC_RELAXED)) < boot->plan.nimages)
		start_verify(&boot->golden[i]);
}

void images_inspect(struct boot *boot)
{
	struct bh_plan *plan = &boot->plan;
	uint32_t i;

	for (i = 0; i < plan->nimages; i++)
		if (!start_verify(&boot->golden[i]))
			refuse("image %u (%s) is not the one that the plan was compiled with: its SHA-256 differs",
			       i, plan->images[i].label);
	for (i = 0; i < plan->nimages; i++) {
		struct bh_image *image = &plan->images[i];
		const char *reason = "";

		if (image->kind != BH_IMAGE_KERNEL)
			continue;
		if (bh_linux_image_inspect((const void *)image->golden.base, image->size, image,
					   &images.parts[i], &reason))
			refuse("image %u (%s) %s", i, image->label, reason);
		/* bh_check() has asked before the header was read. */
		if (image->protocol < BH_LINUX_PROTOCOL_MIN ||
		    !(image->xloadflags & BH_XLF_KERNEL_64) || image->not_relocatable)
			refuse("image %u (%s) is no relocatable 64-bit kernel of boot protocol 2.12 or later",
			       i, image->label);
	}
}

static void add(const struct boot *boot, struct start *start, uint64_t from, uint64_t to,
		uint64_t size, uint32_t image)
{
	if (start_add(&start->list, from, to, size, image))
		refuse("%s: its start list is full",
		       boot->plan.partitions[start - boot->starts].name);
}

void images_list(struct boot *boot, uint32_t index)
{
	const struct bh_plan *plan = &boot->plan;
	const struct bh_partition *p = &plan->partitions[index];
	const struct bh_linux_image *parts = &images.parts[p->kernel];
	uint64_t kernel = plan->images[p->kernel].golden.base;
	struct start *start = &boot->starts[index];
	uint8_t *params = (uint8_t *)p->golden.base + PRIVATE_PARAMS;

	/* boot_params begin as the image's setup header (boot.rst, "64-bit boot protocol"). */
	memset((void *)p->golden.base, 0, p->golden.size);
	memcpy(params + BH_LINUX_SETUP_HEADER, (const uint8_t *)kernel + BH_LINUX_SETUP_HEADER,
	       parts->setup_header_end - BH_LINUX_SETUP_HEADER);

	add(boot, start, kernel + parts->payload_offset, p->kernel_at, parts->payload_size,
	    p->kernel);
	if (p->initrd != BH_NONE)
		add(boot, start, plan->images[p->initrd].golden.base, p->initrd_at,
		    plan->images[p->initrd].size, p->initrd);
	add(boot, start, p->golden.base, p->private_at, p->golden.size, START_NO_IMAGE);
	start->list.entry = p->kernel_at + BH_LINUX_ENTRY_64;
	start->list.argument = p->private_at + PRIVATE_PARAMS;
	start->list.tables = p->private_at + PRIVATE_PAGES;
}
