// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the golden images to a partition's memory, at every start of it: the
 * first one, a reboot, a manager's restart. One way for all of them, since a kernel
 * image that has run does not start a second time.
 */
#include <sbi/riscv_asm.h>
#include <sbi/riscv_barrier.h>
#include <sbi/sbi_error.h>
#include <sbi/sbi_string.h>

#include <libfdt.h>

#include "core/sha256.h"
#include "firmware.h"

/* sbi_memcpy() goes byte by byte, which for a kernel is the better part of a second. */
static void copy(u64 to, u64 from, u64 size)
{
	u64 *d = (u64 *)to;
	const u64 *s = (const u64 *)from;
	u64 words = (to | from) % 8 ? 0 : size / 8;
	u64 done = words * 8;

	for (; words >= 8; words -= 8, d += 8, s += 8) {
		u64 a = s[0], b = s[1], c = s[2], e = s[3];
		u64 f = s[4], g = s[5], h = s[6], i = s[7];

		d[0] = a;
		d[1] = b;
		d[2] = c;
		d[3] = e;
		d[4] = f;
		d[5] = g;
		d[6] = h;
		d[7] = i;
	}
	while (words--)
		*d++ = *s++;
	sbi_memcpy((u8 *)to + done, (const u8 *)from + done, size - done);
}

static int put(u64 to, u64 from, u64 size)
{
	int rc = hw_open(to, size);

	if (rc)
		return rc;
	copy(to, from, size);
	hw_close(to, size);
	return 0;
}

/*
 * Once for each image: from then on nobody but M-mode reaches it. Partitions that
 * share one and start together wait for the first of them.
 */
static bool verify(struct image *image)
{
	u32 verdict = IMAGE_UNKNOWN;
	u8 digest[BH_SHA256_SIZE];

	if (__atomic_compare_exchange_n(&image->verdict, &verdict, IMAGE_BEING_VERIFIED, false,
					__ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
		bh_sha256((const void *)image->golden.base, image->size, digest);
		verdict = sbi_memcmp(digest, image->sha256, sizeof(digest)) ? IMAGE_BAD : IMAGE_GOOD;
		__atomic_store_n(&image->verdict, verdict, __ATOMIC_RELEASE);
	}
	while (verdict == IMAGE_BEING_VERIFIED) {
		cpu_relax();
		verdict = __atomic_load_n(&image->verdict, __ATOMIC_ACQUIRE);
	}
	return verdict == IMAGE_GOOD;
}

static bool load_image(struct part *p, u32 index, u64 to)
{
	struct image *image = &fw.images[index];

	if (!verify(image)) {
		hw_say("%s: image '%s' at 0x%lx has another SHA-256 than the plan says", p->name,
		       image->label, (unsigned long)image->golden.base);
		return false;
	}
	if (!put(to, image->golden.base, image->size))
		return true;
	hw_say("%s: can't write to its memory at 0x%lx", p->name, (unsigned long)to);
	return false;
}

static bool load_tree(struct part *p)
{
	const void *tree = (const void *)p->golden_tree.base;
	u64 size = fdt_check_header(tree) ? 0 : fdt_totalsize(tree);

	if (!size || size > p->golden_tree.size) {
		hw_say("%s: there is no device tree at 0x%lx", p->name,
		       (unsigned long)p->golden_tree.base);
		return false;
	}
	return !put(p->tree_at, p->golden_tree.base, size);
}

bool load(struct part *p)
{
	return load_image(p, p->kernel, p->kernel_at) &&
	       (p->initrd == PART_NONE || load_image(p, p->initrd, p->initrd_at)) && load_tree(p);
}
