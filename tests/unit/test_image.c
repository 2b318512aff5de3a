// SPDX-License-Identifier: GPL-2.0-only
/* Headers of kernels, made by hand after the kernel's own documents. */
#include "fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/linux_image.h"

#define SECTS	3
#define SIZE	((SECTS + 1) * 512 + 0x4000)

static void put(uint8_t *image, unsigned int at, unsigned int bytes, uint64_t value)
{
	for (unsigned int i = 0; i < bytes; i++)
		image[at + i] = (uint8_t)(value >> 8 * i);
}

static void make_image(uint8_t *image)
{
	memset(image, 0, SIZE);
	image[0x1f1] = SECTS;
	put(image, 0x1f4, 4, 0x4000 / 16);
	put(image, 0x1fe, 2, 0xaa55);
	put(image, 0x200, 2, 0x6aeb);		/* jmp +0x6a: the header ends at 0x26c */
	memcpy(image + 0x202, "HdrS", 4);
	put(image, 0x206, 2, 0x020f);
	put(image, 0x20e, 2, 0x300);		/* kernel_version at 0x500 */
	strcpy((char *)image + 0x500, "7.3.4-bulkhead (builder@host) #1 SMP");
	image[0x211] = 1;
	put(image, 0x230, 4, 0x200000);
	image[0x234] = 1;
	put(image, 0x236, 2, 0x7f);
	put(image, 0x238, 4, 2047);
	put(image, 0x258, 8, 0x1000000);
	put(image, 0x260, 4, 0x2800000);
}

static int inspect(const uint8_t *image, struct bh_image *out, struct bh_linux_image *parts)
{
	const char *reason = NULL;
	int err = bh_linux_image_inspect(image, SIZE, out, parts, &reason);

	assert_true(!err == !reason);
	return err;
}

static void header_is_read(void **state)
{
	uint8_t *image = malloc(SIZE);
	struct bh_linux_image parts;
	struct bh_image out = { .label = "kept", .kind = BH_IMAGE_KERNEL };

	(void)state;
	make_image(image);
	assert_int_equal(inspect(image, &out, &parts), 0);
	assert_string_equal(out.label, "kept");
	assert_int_equal(out.size, SIZE);
	assert_int_equal(out.protocol, 0x020f);
	assert_int_equal(out.xloadflags, 0x7f);
	assert_int_equal(out.init_size, 0x2800000);
	assert_int_equal(out.pref_address, 0x1000000);
	assert_int_equal(out.kernel_alignment, 0x200000);
	assert_false(out.not_relocatable);
	assert_int_equal(parts.setup_header_end, 0x26c);
	assert_int_equal(parts.payload_offset, (SECTS + 1) * 512);
	assert_int_equal(parts.payload_size, 0x4000);
	assert_int_equal(parts.cmdline_size, 2047);
	assert_int_equal(parts.version_size, strlen("7.3.4-bulkhead (builder@host) #1 SMP"));
	assert_memory_equal(parts.version, "7.3.4-bulkhead", 14);

	assert_int_equal(bh_linux_image_inspect(image, SIZE, &out, NULL, NULL), 0);
	free(image);
}

/* setup_sects 0 means 4: the payload begins one sector later than with 3. */
static void no_setup_sects_means_four(void **state)
{
	uint8_t *image = malloc(SIZE);
	struct bh_linux_image parts;
	struct bh_image out;

	(void)state;
	make_image(image);
	image[0x1f1] = 0;
	put(image, 0x1f4, 4, (SIZE - 5 * 512) / 16);
	assert_int_equal(inspect(image, &out, &parts), 0);
	assert_int_equal(parts.payload_offset, 5 * 512);
	free(image);
}

static void old_kernels_are_described(void **state)
{
	uint8_t *image = malloc(SIZE);
	struct bh_linux_image parts;
	struct bh_image out;

	(void)state;
	make_image(image);
	put(image, 0x206, 2, 0x020b);
	assert_int_equal(inspect(image, &out, &parts), 0);
	assert_int_equal(out.protocol, 0x020b);
	assert_int_equal(out.xloadflags, 0);
	assert_int_equal(out.init_size, 0x2800000);

	put(image, 0x206, 2, 0x0204);
	assert_int_equal(inspect(image, &out, &parts), 0);
	assert_int_equal(out.init_size, 0);
	assert_true(out.not_relocatable);
	assert_int_equal(parts.cmdline_size, 255);

	/* Each field from the protocol that brought it, not from the one before. */
	put(image, 0x206, 2, 0x0205);
	assert_int_equal(inspect(image, &out, &parts), 0);
	assert_int_equal(out.kernel_alignment, 0x200000);
	assert_false(out.not_relocatable);
	assert_int_equal(parts.cmdline_size, 255);
	put(image, 0x206, 2, 0x0206);
	assert_int_equal(inspect(image, &out, &parts), 0);
	assert_int_equal(parts.cmdline_size, 2047);
	put(image, 0x206, 2, 0x0209);
	assert_int_equal(inspect(image, &out, &parts), 0);
	assert_int_equal(out.init_size, 0);
	put(image, 0x206, 2, 0x020a);
	assert_int_equal(inspect(image, &out, &parts), 0);
	assert_int_equal(out.init_size, 0x2800000);
	assert_int_equal(out.pref_address, 0x1000000);
	put(image, 0x206, 2, 0x020c);
	assert_int_equal(inspect(image, &out, &parts), 0);
	assert_int_equal(out.xloadflags, 0x7f);
	image[0x201] = 0x61;
	assert_int_equal(inspect(image, &out, &parts), -EINVAL);

	make_image(image);
	put(image, 0x260, 4, 0x4000);		/* just enough */
	assert_int_equal(inspect(image, &out, &parts), 0);
	image[0x234] = 0;
	assert_int_equal(inspect(image, &out, &parts), 0);
	assert_true(out.not_relocatable);
	free(image);
}

static void wild_versions_are_left_out(void **state)
{
	uint8_t *image = malloc(SIZE);
	struct bh_linux_image parts;
	struct bh_image out;

	(void)state;
	make_image(image);
	put(image, 0x20e, 2, 0xffff);
	assert_int_equal(inspect(image, &out, &parts), 0);
	assert_int_equal(parts.version_size, 0);
	put(image, 0x20e, 2, 0);
	assert_int_equal(inspect(image, &out, &parts), 0);
	assert_int_equal(parts.version_size, 0);

	make_image(image);
	image[0x505] = '\n';
	assert_int_equal(inspect(image, &out, &parts), 0);
	assert_int_equal(parts.version_size, 0);

	/* Unterminated: runs into the end of the setup part. */
	make_image(image);
	memset(image + 0x7f0, 'x', 16);
	put(image, 0x20e, 2, 0x5f0);
	assert_int_equal(inspect(image, &out, &parts), 0);
	assert_int_equal(parts.version_size, 0);
	free(image);
}

static void broken_images_are_refused(void **state)
{
	uint8_t *image = malloc(SIZE);
	struct bh_linux_image parts;
	struct bh_image out;

	(void)state;
#define BROKEN(error, ...) do {						\
	make_image(image);						\
	__VA_ARGS__;							\
	assert_int_equal(inspect(image, &out, &parts), error);		\
} while (0)
	BROKEN(-ENOEXEC, image[0x202] = 'X');
	BROKEN(-ENOEXEC, image[0x1fe] = 0);
	BROKEN(-ENOEXEC, image[0x211] = 0);
	BROKEN(-EINVAL, image[0x1f1] = 0xff);
	BROKEN(-EINVAL, image[0x201] = 0x10);
	BROKEN(-EINVAL, put(image, 0x230, 4, 0x300000));
	BROKEN(-EINVAL, put(image, 0x230, 4, 0));
	BROKEN(-EINVAL, put(image, 0x260, 4, 0x3fff));
	BROKEN(-EINVAL, put(image, 0x1f4, 4, 0x4000 / 16 + 1));
	BROKEN(-EINVAL, put(image, 0x1f4, 4, 0x80000400));
	/* signed: longer than that */
	BROKEN(0, put(image, 0x1f4, 4, 0x4000 / 16 - 8));
	free(image);
}

/* Every prefix of an image, in a buffer of exactly that size: ASan watches. */
static void truncated_at_every_length(void **state)
{
	uint8_t *image = malloc(SIZE);

	(void)state;
	make_image(image);
	for (size_t size = 0; size < SIZE; size++) {
		uint8_t *part = malloc(size ? size : 1);
		struct bh_linux_image parts;
		struct bh_image out;

		memcpy(part, image, size);
		assert_int_not_equal(bh_linux_image_inspect(part, size, &out, &parts, NULL), 0);
		free(part);
	}
	free(image);
}

/* --- RISC-V (Documentation/arch/riscv/boot-image-header.rst) --- */

static void make_riscv(uint8_t *image)
{
	memset(image, 0, SIZE);
	memcpy(image, "MZ", 2);
	put(image, 8, 8, 0x200000);
	put(image, 16, 8, 0x1800000);
	put(image, 32, 4, 2);
	memcpy(image + 48, "RISCV", 5);
	memcpy(image + 56, "RSC\5", 4);
	strcpy((char *)image + 0x300, "Linux version %s (format)");
	strcpy((char *)image + 0x400, "Linux version 7.3.4-bulkhead (builder@host) #1");
}

static void riscv_header_is_read(void **state)
{
	uint8_t *image = malloc(SIZE);
	struct bh_linux_image parts;
	struct bh_image out = { .label = "kept", .kind = BH_IMAGE_KERNEL };

	(void)state;
	make_riscv(image);
	assert_int_equal(inspect(image, &out, &parts), 0);
	assert_string_equal(out.label, "kept");
	assert_int_equal(out.platform, BH_PLATFORM_RISCV64);
	assert_int_equal(out.size, SIZE);
	assert_int_equal(out.init_size, 0x1800000);
	assert_int_equal(out.kernel_alignment, 0x200000);
	assert_true(out.xloadflags & BH_XLF_CAN_BE_LOADED_ABOVE_4G);
	assert_false(out.not_relocatable);
	assert_int_equal(parts.payload_size, SIZE);
	assert_int_equal(parts.version_size, strlen("7.3.4-bulkhead"));
	assert_memory_equal(parts.version, "7.3.4-bulkhead", parts.version_size);
	free(image);
}

static void riscv_lies_are_found(void **state)
{
	static const struct {
		unsigned int at, bytes;
		uint64_t value;
		int error;
	} lies[] = {
		{ 16, 8, SIZE - 1, -EINVAL },		/* smaller than the file */
		{ 16, 8, 0, -EINVAL },			/* as before Linux 5.3 */
		{ 16, 8, UINT64_MAX, -EINVAL },
		{ 24, 8, 1, -EINVAL },			/* big-endian */
		{ 32, 4, 0x10000, -EINVAL },		/* version 1.0 */
		{ 56, 4, 0, -ENOEXEC },
	};
	uint8_t *image = malloc(SIZE);

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct bh_image out = { 0 };

		make_riscv(image);
		put(image, lies[i].at, lies[i].bytes, lies[i].value);
		assert_int_equal(inspect(image, &out, NULL), lies[i].error);
		assert_int_equal(out.platform, BH_PLATFORM_NONE);
	}
	free(image);
}

/* No byte behind the end is looked at (ASan), wherever that is; no banner is no fault. */
static void riscv_truncated_at_every_length(void **state)
{
	uint8_t *image = malloc(SIZE);

	(void)state;
	make_riscv(image);
	for (unsigned int size = 0; size < 0x480; size++) {
		uint8_t *part = malloc(size ? size : 1);
		struct bh_linux_image parts;
		struct bh_image out;

		memcpy(part, image, size);
		assert_int_equal(bh_linux_image_inspect(part, size, &out, &parts, NULL),
				 size < 64 ? -ENOEXEC : 0);
		free(part);
	}
	free(image);
}

int test_image(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_is_read),
		cmocka_unit_test(no_setup_sects_means_four),
		cmocka_unit_test(old_kernels_are_described),
		cmocka_unit_test(wild_versions_are_left_out),
		cmocka_unit_test(broken_images_are_refused),
		cmocka_unit_test(truncated_at_every_length),
		cmocka_unit_test(riscv_header_is_read),
		cmocka_unit_test(riscv_lies_are_found),
		cmocka_unit_test(riscv_truncated_at_every_length),
	};

	return cmocka_run_group_tests_name("image", tests, NULL, NULL);
}
