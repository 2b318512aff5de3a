// SPDX-License-Identifier: GPL-2.0-only
#include "core/blob_fields.h"

#define X86	(1U << BH_PLATFORM_X86_64)
#define RISCV	(1U << BH_PLATFORM_RISCV64)
#define ALL	(X86 | RISCV)

#define LABEL_MAX	255

/* Two numbers of a pool are read and written as one member. */
_Static_assert(offsetof(struct bh_partition, ncpus) ==
	       offsetof(struct bh_partition, first_cpu) + sizeof(uint32_t), "BH_TYPE_CPUS");
_Static_assert(offsetof(struct bh_partition, nmem) ==
	       offsetof(struct bh_partition, first_mem) + sizeof(uint32_t), "BH_TYPE_RANGES");
_Static_assert(sizeof(enum bh_image_kind) == sizeof(uint32_t), "BH_TYPE_WORD");
_Static_assert(BH_CMDLINE_MAX < 1 << 16 && sizeof(struct bh_partition) < 1 << 16,
	       "what a row has room for");

static const char *const kinds[] = {
	[BH_IMAGE_KERNEL] = "kernel", [BH_IMAGE_INITRD] = "initrd", NULL
};
/* Bit by bit: BH_DEV_LEGACY, BH_DEV_PCI. */
static const char *const devices[] = { "legacy", "pci", NULL };
static const char *const firmware[] = { "firmware", NULL };

#define MEMBER(member)	.offset = offsetof(STRUCT, member)
#define WITH(member)	.with = offsetof(STRUCT, member)

#define STRUCT	struct bh_plan
static const struct bh_blob_field monitor_fields[] = {
	{ "memory",	BH_TYPE_RANGE,	ALL,	MEMBER(monitor) },
	{ "low-page",	BH_TYPE_RANGE,	X86,	MEMBER(low_page) },
	{ "golden",	BH_TYPE_RANGE,	X86,	MEMBER(golden) },
	{ "firmware",	BH_TYPE_RANGE,	RISCV,	MEMBER(firmware) },
	{ "tree",	BH_TYPE_RANGE,	RISCV,	MEMBER(tree) },
};
#undef STRUCT

#define STRUCT	struct bh_image
static const struct bh_blob_field image_fields[] = {
	{ "label",	BH_TYPE_STRING,	ALL,	MEMBER(label), .max = LABEL_MAX },
	{ "kind",	BH_TYPE_WORD,	ALL,	MEMBER(kind), .words = kinds },
	{ "size",	BH_TYPE_SIZE,	ALL,	MEMBER(size) },
	{ "sha256",	BH_TYPE_DIGEST,	ALL,	MEMBER(sha256) },
	{ "memory",	BH_TYPE_RANGE,	ALL,	MEMBER(golden) },
};
#undef STRUCT

#define STRUCT	struct bh_partition
static const struct bh_blob_field partition_fields[] = {
	{ "label",	BH_TYPE_NAME,	ALL,	MEMBER(name) },
	{ "cpus",	BH_TYPE_CPUS,	ALL,	MEMBER(first_cpu) },
	{ "interrupt-files", BH_TYPE_FILES, RISCV, MEMBER(first_cpu) },
	{ "memory",	BH_TYPE_RANGES,	ALL,	MEMBER(first_mem) },
	{ "low-slice",	BH_TYPE_RANGE,	X86,	MEMBER(low_slice) },
	{ "kernel",	BH_TYPE_IMAGE,	ALL,	MEMBER(kernel) },
	{ "initrd",	BH_TYPE_IMAGE,	ALL,	MEMBER(initrd), .optional = true },
	{ "bootargs",	BH_TYPE_STRING,	ALL,	MEMBER(cmdline), .optional = true,
	  .max = BH_CMDLINE_MAX },
	{ "console-port", BH_TYPE_CELL,	X86,	MEMBER(console_port), .optional = true },
	{ "console",	BH_TYPE_FLAG,	RISCV,	MEMBER(console_firmware), .optional = true,
	  .words = firmware },
	{ "status-page", BH_TYPE_RANGE,	RISCV,	MEMBER(status) },
	{ "private",	BH_TYPE_RANGE,	ALL,	MEMBER(golden) },
	{ "kernel-at",	BH_TYPE_ADDRESS, ALL,	MEMBER(kernel_at) },
	{ "initrd-at",	BH_TYPE_ADDRESS, ALL,	MEMBER(initrd_at), WITH(initrd) },
	{ "private-at",	BH_TYPE_ADDRESS, ALL,	MEMBER(private_at) },
	{ "bulkhead,devices", BH_TYPE_WORDS, ALL, MEMBER(devices), .optional = true,
	  .words = devices },
	{ "manages",	BH_TYPE_PARTITIONS, ALL, MEMBER(manages), .optional = true },
};
#undef STRUCT

#define STRUCT	struct bh_channel
static const struct bh_blob_field channel_fields[] = {
	{ "between",	BH_TYPE_PAIR,	ALL,	MEMBER(side) },
	{ "memory",	BH_TYPE_RANGE,	ALL,	MEMBER(memory) },
};
#undef STRUCT

#define SECTION(name_, fields_) \
	{ .name = name_, .fields = fields_, .nfields = sizeof(fields_) / sizeof(fields_[0]) }

const struct bh_blob_section bh_blob_sections[BH_BLOB_SECTIONS] = {
	[BH_BLOB_MONITOR] = SECTION("monitor", monitor_fields),
	[BH_BLOB_IMAGE] = SECTION("image", image_fields),
	[BH_BLOB_PARTITION] = SECTION("partition", partition_fields),
	[BH_BLOB_CHANNEL] = SECTION("channel", channel_fields),
};
