// SPDX-License-Identifier: GPL-2.0-only
/*
 * The images that the loader brought: which is which, are they what the plan
 * was compiled with, where do they go, and copy them there.
 */
#include <errno.h>
#include <string.h>

#include "core/linux_image.h"
#include "core/sha256.h"
#include "x86/boot.h"

static struct {
	struct bh_range source[BH_IMAGES_MAX];	/* where each image is now */
	struct bh_linux_image parts[BH_IMAGES_MAX];
	uint32_t next;				/* to be hashed */
	uint32_t bad;				/* index + 1 of one whose digest is off */
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

/* Where no partition's layout has a say: the monitor, channels, and what lies below 1 MiB. */
static bool in_the_way(const struct boot *boot, const struct bh_range *range)
{
	const struct bh_plan *plan = &boot->plan;
	uint32_t i;

	if (bh_ranges_overlap(range, &plan->monitor) ||
	    bh_ranges_overlap(range, &plan->low_page))
		return true;
	for (i = 0; i < plan->npartitions; i++)
		if (bh_ranges_overlap(range, &plan->partitions[i].low_slice))
			return true;
	for (i = 0; i < plan->nchannels; i++)
		if (bh_ranges_overlap(range, &plan->channels[i].memory))
			return true;
	return false;
}

void images_find(struct boot *boot)
{
	struct bh_plan *plan = &boot->plan;
	uint32_t i;

	for (i = 0; i < plan->nimages; i++) {
		const struct mb_module *module = module_of(boot, i);

		if (!module)
			refuse("image %u (%s) was not loaded: there is no module \"" BH_MODULE_IMAGE "%u\"",
			       i, plan->images[i].label, i);
		if (module->range.size != plan->images[i].size)
			refuse("image %u (%s) has %llu bytes, the plan was compiled with %llu",
			       i, plan->images[i].label,
			       (unsigned long long)module->range.size,
			       (unsigned long long)plan->images[i].size);
		images.source[i] = module->range;
		if (in_the_way(boot, &module->range)) {
			void *to = memory_space(&boot->memory, module->range.size);

			memcpy(to, (void *)module->range.base, module->range.size);
			images.source[i].base = (uint64_t)to;
		}
	}
}

void images_verify(struct boot *boot, uint32_t worker)
{
	const struct bh_plan *plan = &boot->plan;
	uint8_t digest[BH_SHA256_SIZE];
	uint32_t i;

	(void)worker;
	while ((i = __atomic_fetch_add(&images.next, 1, __ATOMIC_RELAXED)) < plan->nimages) {
		bh_sha256((const void *)images.source[i].base, images.source[i].size,
			  digest);
		if (memcmp(digest, plan->images[i].sha256, sizeof(digest)))
			__atomic_store_n(&images.bad, i + 1, __ATOMIC_RELAXED);
	}
}

static void inspect(struct bh_plan *plan)
{
	uint32_t i;

	for (i = 0; i < plan->nimages; i++) {
		struct bh_image *image = &plan->images[i];
		const char *reason = "";

		if (image->kind != BH_IMAGE_KERNEL)
			continue;
		if (bh_linux_image_inspect((const void *)images.source[i].base,
					   images.source[i].size, image,
					   &images.parts[i], &reason))
			refuse("image %u (%s) %s", i, image->label, reason);
		/* bh_check() has asked before the header was read. */
		if (image->protocol < BH_LINUX_PROTOCOL_MIN ||
		    !(image->xloadflags & BH_XLF_KERNEL_64) || image->not_relocatable)
			refuse("image %u (%s) is no relocatable 64-bit kernel of boot protocol 2.12 or later",
			       i, image->label);
	}
}

void images_place(struct boot *boot)
{
	struct bh_plan *plan = &boot->plan;
	uint32_t i;

	if (images.bad)
		refuse("image %u (%s) is not the one that the plan was compiled with: its SHA-256 differs",
		       images.bad - 1, plan->images[images.bad - 1].label);
	inspect(plan);

	for (i = 0; i < plan->npartitions; i++) {
		const struct bh_partition *p = &plan->partitions[i];
		const struct bh_image *initrd = p->initrd == BH_NONE ? NULL :
						&plan->images[p->initrd];
		int err = bh_layout_linux(plan->memory + p->first_mem, p->nmem,
					  &plan->images[p->kernel], initrd,
					  BH_X86_PRIVATE_SIZE, boot->memory.taken,
					  boot->memory.ntaken, &boot->starts[i].layout);

		if (err)
			refuse("%s: its %s does not fit into its memory beside what the loader put there",
			       p->name, err == -ENOSPC ? "private area" :
					err == -EFBIG ? "kernel" : "initrd");
	}
}

void images_copy(struct boot *boot, uint32_t index)
{
	const struct bh_partition *p = &boot->plan.partitions[index];
	struct start *start = &boot->starts[index];
	const struct bh_linux_image *parts = &images.parts[p->kernel];
	const uint8_t *kernel = (const uint8_t *)images.source[p->kernel].base;
	uint8_t *params = (uint8_t *)start->layout.private_area.base + PRIVATE_PARAMS;

	memcpy((void *)start->layout.kernel.base, kernel + parts->payload_offset,
	       parts->payload_size);
	if (p->initrd != BH_NONE)
		memcpy((void *)start->layout.initrd.base,
		       (const void *)images.source[p->initrd].base,
		       images.source[p->initrd].size);
	start->entry = start->layout.kernel.base + BH_LINUX_ENTRY_64;

	/* boot_params begin as the image's setup header (boot.rst, "64-bit boot protocol"). */
	memset(params, 0, BH_PAGE_SIZE);
	memcpy(params + BH_LINUX_SETUP_HEADER, kernel + BH_LINUX_SETUP_HEADER,
	       parts->setup_header_end - BH_LINUX_SETUP_HEADER);
}
