// SPDX-License-Identifier: GPL-2.0-only
#include "start.h"

#include <errno.h>
#include <string.h>

#include "machine.h"

int start_add(struct start_list *list, uint64_t from, uint64_t to, uint64_t size, uint32_t image)
{
	if (list->nitems == START_ITEMS_MAX)
		return -ENOSPC;
	list->items[list->nitems++] = (struct start_item) { from, to, size, image };
	return 0;
}

bool start_verify(struct start_image *image)
{
	uint32_t verdict = START_UNKNOWN;
	uint8_t digest[BH_SHA256_SIZE];

	if (__atomic_compare_exchange_n(&image->verdict, &verdict, START_BEING_VERIFIED, false,
					__ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
		bh_sha256((const void *)(uintptr_t)image->golden.base, image->size, digest);
		verdict = memcmp(digest, image->sha256, sizeof(digest)) ? START_BAD : START_GOOD;
		/* Pairs with the acquiring loads: who sees the verdict may use the image. */
		__atomic_store_n(&image->verdict, verdict, __ATOMIC_RELEASE);
	}
	while (verdict == START_BEING_VERIFIED) {
		hw_relax();
		verdict = __atomic_load_n(&image->verdict, __ATOMIC_ACQUIRE);
	}
	return verdict == START_GOOD;
}

static bool may_copy(const struct start_item *item, struct start_image *images, const char *name)
{
	struct start_image *image;

	if (!item->size) {
		hw_say("%s: there is nothing to start from at 0x%llx", name,
		       (unsigned long long)item->from);
		return false;
	}
	if (item->image == START_NO_IMAGE)
		return true;
	image = &images[item->image];
	if (start_verify(image))
		return true;
	hw_say("%s: image '%s' at 0x%llx has another SHA-256 than the plan says", name,
	       image->label, (unsigned long long)image->golden.base);
	return false;
}

static bool copy(const struct start_item *item, const char *name)
{
	if (hw_open(item->to, item->size)) {
		hw_say("%s: can't write to its memory at 0x%llx", name,
		       (unsigned long long)item->to);
		return false;
	}
	hw_copy(item->to, item->from, item->size);
	hw_close(item->to, item->size);
	return true;
}

bool start_run(const struct start_list *list, struct start_image *images, const char *name)
{
	for (uint32_t i = 0; i < list->nitems; i++) {
		if (!may_copy(&list->items[i], images, name))
			return false;
	}
	for (uint32_t i = 0; i < list->nitems; i++) {
		if (!copy(&list->items[i], name))
			return false;
	}
	return true;
}
