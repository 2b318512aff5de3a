// SPDX-License-Identifier: GPL-2.0-only
/* Images: of the right kind, of use here, and not larger than their partition. */
#include "core/check_internal.h"

#include <errno.h>

#include "core/layout.h"
#include "core/linux_image.h"
#include "core/text.h"

/* An image that is there and of the kind that it is used as; NULL and a report otherwise. */
static const struct bh_image *find_image(struct bh_check *c, uint32_t index, enum bh_field field,
					 uint32_t image, enum bh_image_kind kind)
{
	const struct bh_partition *p = &c->plan->partitions[index];
	const struct bh_image *found = bh_plan_image(c->plan, image);
	const struct bh_place place = bh_at(field, index, BH_NONE);
	static const char *const names[] = {
		[BH_IMAGE_KERNEL] = "a kernel",
		[BH_IMAGE_INITRD] = "an initrd",
	};

	if (!found) {
		bh_report(c->sink, BH_ERROR, BH_RULE_IMAGE_UNKNOWN, place, NULL,
			  "partition '%s' has %s that is not among the images", p->name,
			  names[kind]);
		return NULL;
	}
	if (found->kind != kind) {
		bh_report(c->sink, BH_ERROR, BH_RULE_IMAGE_KIND, place, NULL,
			  "partition '%s' uses '%.64s' as %s, and it is %s", p->name,
			  found->label, names[kind], names[found->kind == BH_IMAGE_INITRD]);
		return NULL;
	}
	return found;
}

/* What the kernel's header has to offer for a kernel to be started here. */
static bool usable(struct bh_check *c, uint32_t index, const struct bh_image *kernel)
{
	const struct bh_place place = bh_at(BH_AT_KERNEL, index, BH_NONE);
	enum bh_platform platform = c->rules ? c->rules->platform : kernel->platform;
	const struct bh_platform_rules *rules = bh_platform_rules(platform);

	if (kernel->platform && kernel->platform != platform) {
		bh_report(c->sink, BH_ERROR, BH_RULE_KERNEL_PLATFORM, place, NULL,
			  "kernel '%.64s' is for %s, the plan is for %s", kernel->label,
			  bh_platform_name(kernel->platform), bh_platform_name(platform));
		return false;
	}
	if (!rules || !rules->boot_protocol_min)
		return true;
	if (kernel->protocol < rules->boot_protocol_min)
		bh_report(c->sink, BH_ERROR, BH_RULE_KERNEL_OLD, place, "Linux 3.8 or later",
			  "kernel '%.64s' has boot protocol %u.%02u, 2.12 or later is needed",
			  kernel->label, (unsigned int)kernel->protocol >> 8,
			  (unsigned int)kernel->protocol & 0xff);
	else if (!(kernel->xloadflags & BH_XLF_KERNEL_64))
		bh_report(c->sink, BH_ERROR, BH_RULE_KERNEL_32BIT, place, "CONFIG_64BIT=y",
			  "kernel '%.64s' has no 64-bit entry", kernel->label);
	else if (kernel->not_relocatable)
		bh_report(c->sink, BH_ERROR, BH_RULE_KERNEL_FIXED, place, "CONFIG_RELOCATABLE=y",
			  "kernel '%.64s' runs at 0x%llx and nowhere else", kernel->label,
			  (unsigned long long)kernel->pref_address);
	else
		return true;
	return false;
}

static uint64_t largest(const struct bh_range *memory, uint32_t nmemory)
{
	uint64_t size = 0;

	for (uint32_t i = 0; i < nmemory; i++) {
		if (memory[i].size > size)
			size = memory[i].size;
	}
	return size;
}

/* Before anything is written to a disk: what placement could not lay out. */
static void check_fit(struct bh_check *c, uint32_t index, const struct bh_image *kernel,
		      const struct bh_image *initrd)
{
	const struct bh_partition *p = &c->plan->partitions[index];
	const struct bh_range *memory = bh_partition_memory(c->plan, p);
	uint32_t nmemory = p->nmem;
	struct bh_layout layout;

	if (!nmemory) {
		memory = bh_partition_requests(c->plan, p);
		nmemory = p->nrequests;
	}
	if (!nmemory || !c->rules)
		return;
	for (uint32_t i = 0; i < nmemory; i++) {
		if (memory[i].base == BH_ANYWHERE || bh_range_end(&memory[i]) <= memory[i].base)
			return;
	}

	switch (bh_layout_linux(memory, nmemory, kernel, initrd, c->rules->private_size,
				&layout)) {
	case -EFBIG:
		bh_report(c->sink, BH_ERROR, BH_RULE_KERNEL_LARGE,
			  bh_at(BH_AT_KERNEL, index, BH_NONE), "give the partition more memory",
			  "kernel '%.64s' needs %s in one piece, at or above 0x%llx; the largest range of partition '%s' has %s",
			  kernel->label, bh_size_text(kernel->init_size).s,
			  (unsigned long long)kernel->pref_address, p->name,
			  bh_size_text(largest(memory, nmemory)).s);
		break;
	case -E2BIG:
		bh_report(c->sink, BH_ERROR, BH_RULE_INITRD_LARGE,
			  bh_at(BH_AT_INITRD, index, BH_NONE), "give the partition more memory",
			  "initrd '%.64s' (%s) does not fit beside kernel '%.64s' (%s); the largest range of partition '%s' has %s",
			  initrd->label, bh_size_text(initrd->size).s, kernel->label,
			  bh_size_text(kernel->init_size).s, p->name,
			  bh_size_text(largest(memory, nmemory)).s);
		break;
	case -ENOSPC:
		bh_report(c->sink, BH_ERROR, BH_RULE_MEM_SMALL,
			  bh_at(BH_AT_MEMORY, index, BH_NONE), NULL,
			  "partition '%s' has no room for its tables (%s)", p->name,
			  bh_size_text(c->rules->private_size).s);
		break;
	default:
		break;
	}
}

void bh_check_images(struct bh_check *c)
{
	for (uint32_t i = 0; i < c->plan->npartitions; i++) {
		const struct bh_partition *p = &c->plan->partitions[i];
		const struct bh_image *kernel = NULL, *initrd = NULL;

		if (p->kernel == BH_NONE)
			bh_report(c->sink, BH_ERROR, BH_RULE_KERNEL_NONE,
				  bh_at(BH_AT_KERNEL, i, BH_NONE), NULL,
				  "partition '%s' has no kernel", p->name);
		else
			kernel = find_image(c, i, BH_AT_KERNEL, p->kernel, BH_IMAGE_KERNEL);
		if (p->initrd != BH_NONE)
			initrd = find_image(c, i, BH_AT_INITRD, p->initrd, BH_IMAGE_INITRD);

		/* Header fields are zero while nobody has read the image. */
		if (!kernel || (!kernel->protocol && !kernel->init_size))
			continue;
		if (usable(c, i, kernel) && (initrd || p->initrd == BH_NONE))
			check_fit(c, i, kernel, initrd);
	}
}
