/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules of a good plan. Their names are stable: --json and the tests use
 * them, so a rule may be added but not renamed.
 */
#ifndef BULKHEAD_CORE_RULES_H
#define BULKHEAD_CORE_RULES_H

#include "core/finding.h"

/* The plan as a whole. */
#define BH_RULE_PARTITION_NONE	"partition-none"
#define BH_RULE_PARTITION_MANY	"partition-many"
#define BH_RULE_PLATFORM	"platform"
#define BH_RULE_MACHINE		"machine"
#define BH_RULE_MODEL_FULL	"model-full"

/* Names. */
#define BH_RULE_NAME		"name"
#define BH_RULE_NAME_TWICE	"name-twice"

/* CPUs. */
#define BH_RULE_CPU_NONE	"cpu-none"
#define BH_RULE_CPU_TWICE	"cpu-twice"
#define BH_RULE_CPU_ABSENT	"cpu-absent"
#define BH_RULE_CPU_BSP		"cpu-bsp"
#define BH_RULE_CPU_BSP_FIRST	"cpu-bsp-first"
#define BH_RULE_CPU_FEW		"cpu-few"
#define BH_RULE_CPU_SMT		"cpu-smt"
#define BH_RULE_CPU_NODES	"cpu-nodes"

/* Memory. */
#define BH_RULE_MEM_NONE	"mem-none"
#define BH_RULE_MEM_MANY	"mem-many"
#define BH_RULE_MEM_SIZE	"mem-size"
#define BH_RULE_MEM_ALIGN	"mem-align"
#define BH_RULE_MEM_NAPOT	"mem-napot"
#define BH_RULE_MEM_LOW		"mem-low"
#define BH_RULE_MEM_ABSENT	"mem-absent"
#define BH_RULE_MEM_OVERLAP	"mem-overlap"
#define BH_RULE_MEM_FEW		"mem-few"
#define BH_RULE_MEM_NODE	"mem-node"
#define BH_RULE_KHO_LOW		"kho-low"
#define BH_RULE_LOW_SLICE	"low-slice"
#define BH_RULE_CPU_FILE	"cpu-file"
#define BH_RULE_LOW_PAGE	"low-page"
#define BH_RULE_MONITOR		"monitor"
#define BH_RULE_GOLDEN		"golden"
#define BH_RULE_RESIDENT	"resident"
#define BH_RULE_START_PLACE	"start-place"
#define BH_RULE_PMP_MANY	"pmp-many"

/* Devices and consoles. */
#define BH_RULE_LEGACY_TWICE	"legacy-twice"
#define BH_RULE_PCI_TWICE	"pci-twice"
#define BH_RULE_PCI_LEGACY	"pci-legacy"
#define BH_RULE_DEVICE_UNKNOWN	"device-unknown"
#define BH_RULE_DEVICE_ABSENT	"device-absent"
#define BH_RULE_CONSOLE_PORT	"console-port"
#define BH_RULE_CONSOLE_TWICE	"console-twice"

/* Images. */
#define BH_RULE_KERNEL_NONE	"kernel-none"
#define BH_RULE_IMAGE_UNKNOWN	"image-unknown"
#define BH_RULE_IMAGE_KIND	"image-kind"
#define BH_RULE_KERNEL_PLATFORM	"kernel-platform"
#define BH_RULE_KERNEL_OLD	"kernel-old"
#define BH_RULE_KERNEL_32BIT	"kernel-32bit"
#define BH_RULE_KERNEL_FIXED	"kernel-fixed"
#define BH_RULE_KERNEL_LARGE	"kernel-large"
#define BH_RULE_INITRD_LARGE	"initrd-large"
#define BH_RULE_MEM_SMALL	"mem-small"
#define BH_RULE_LOADER		"loader"
#define BH_RULE_CMDLINE_LONG	"cmdline-long"
#define BH_RULE_CMDLINE_CHAR	"cmdline-char"

/* Channels and rights. */
#define BH_RULE_CHANNEL_MANY	"channel-many"
#define BH_RULE_CHANNEL_UNKNOWN	"channel-unknown"
#define BH_RULE_CHANNEL_SELF	"channel-self"
#define BH_RULE_CHANNEL_TWICE	"channel-twice"
#define BH_RULE_CHANNEL_SIZE	"channel-size"
#define BH_RULE_CHANNEL_PLACE	"channel-place"
#define BH_RULE_MANAGES_SELF	"manages-self"
#define BH_RULE_MANAGES_UNKNOWN	"manages-unknown"

/* The blob (only bh_blob_read() reports these). */
#define BH_RULE_BLOB_STRUCTURE	"blob-structure"
#define BH_RULE_BLOB_VERSION	"blob-version"
#define BH_RULE_BLOB_PROPERTY	"blob-property"
#define BH_RULE_BLOB_ID		"blob-id"
#define BH_RULE_BLOB_LIMIT	"blob-limit"

/*
 * struct bh_rule - one rule, for lists and documentation
 * @severity: what breaking it usually is
 * @summary: what breaks it
 */
struct bh_rule {
	const char *name;
	enum bh_severity severity;
	const char *summary;
};

extern const struct bh_rule bh_rules[];
extern const unsigned int bh_rules_count;

#endif
