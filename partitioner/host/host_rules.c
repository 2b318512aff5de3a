// SPDX-License-Identifier: GPL-2.0-only
#include "host/host_rules.h"

const struct bh_rule bh_host_rules[] = {
	/* the file */
	{ "file-read", BH_ERROR, "a file that can't be read" },
	{ "file-size", BH_ERROR, "a file of more than 1 MiB" },
	{ "memory", BH_ERROR, "the tool ran out of memory" },
	{ "yaml-syntax", BH_ERROR, "malformed YAML" },
	{ "yaml-empty", BH_ERROR, "a file with nothing in it" },
	{ "yaml-documents", BH_ERROR, "more than one YAML document" },
	{ "yaml-alias", BH_ERROR, "an anchor or an alias" },
	{ "yaml-tag", BH_ERROR, "a tag" },
	{ "yaml-key", BH_ERROR, "a key that is a list or a mapping" },
	{ "yaml-many-keys", BH_ERROR, "more than 256 keys in one mapping" },
	{ "yaml-depth", BH_ERROR, "nesting of more than 16 levels" },
	{ "yaml-nul", BH_ERROR, "a NUL character in a text" },
	/* keys and values */
	{ "version", BH_ERROR, "a plan or description of a form that is not known" },
	{ "key-unknown", BH_ERROR, "a key that there is not; the nearest one is named" },
	{ "key-twice", BH_ERROR, "a key given twice in one mapping" },
	{ "key-missing", BH_ERROR, "a key that is required" },
	{ "type", BH_ERROR, "a list, a mapping or a single value where another of them belongs" },
	{ "number", BH_ERROR, "a value that is no number" },
	{ "size", BH_ERROR, "a value that is no size" },
	{ "range", BH_ERROR, "a number out of range" },
	{ "bool", BH_ERROR, "a value that is neither `true` nor `false`" },
	{ "cpu-list", BH_ERROR, "a value that is no list of CPUs" },
	{ "cpu-many", BH_ERROR, "more than 4096 CPUs listed in one plan" },
	{ "device-twice", BH_ERROR, "a device listed twice" },
	{ "manages-twice", BH_ERROR, "a partition listed twice in `manages`" },
	{ "channel-between", BH_ERROR, "a channel that has not two ends" },
	{ "console-unknown", BH_ERROR, "a console that there is not" },
	{ "console-none", BH_NOTE, "no serial port was left for a partition" },
	/* the emulated machine */
	{ "qemu-topology", BH_ERROR, "more cpus than sockets x cores x threads, or fewer on several nodes" },
	{ "qemu-apic-id", BH_ERROR, "an APIC id above 254, which QEMU can't do" },
	{ "qemu-nodes", BH_ERROR, "CPUs that can't be split evenly among the nodes; riscv64: more than one node" },
	{ "qemu-memory", BH_ERROR, "memory that is not whole 2M for each node" },
	{ "qemu-platform", BH_ERROR, "a key that the emulated machine of this platform does not have" },
	/* images */
	{ "image-missing", BH_ERROR, "an image that does not exist" },
	{ "image-read", BH_ERROR, "an image that can't be read" },
	{ "image-format", BH_ERROR, "an initrd that is empty or no regular file" },
	{ "image-changed", BH_ERROR, "an image that changed while it was read" },
	{ "kernel-format", BH_ERROR, "a kernel that is neither a bzImage nor a RISC-V Image, or a damaged one" },
	{ "config-read", BH_ERROR, "a kernel's .config that can't be read" },
	{ "kernel-option", BH_ERROR, "a kernel that was built without an option it needs here" },
	{ "kernel-config", BH_NOTE, "no .config was found, so options are not checked" },
	{ "kernel-stock", BH_NOTE, "a kernel without the project's drivers, and what it lacks" },
	{ "kernel-mpparse", BH_NOTE, "a kernel that looks for the firmware's MP table" },
	/* descriptions of machines */
	{ "machine-partial", BH_NOTE, "a part of this machine that could not be read" },
	{ "machine-cpus", BH_ERROR, "a machine that tells of no CPU" },
	{ "machine-cpu-twice", BH_ERROR, "a CPU described twice" },
	{ "machine-bsp", BH_ERROR, "not exactly one boot processor; riscv64: any" },
	{ "machine-imsic", BH_ERROR, "an interrupt file that is not a page" },
	{ "machine-ram", BH_ERROR, "a machine without RAM" },
	{ "machine-ram-overlap", BH_ERROR, "RAM described twice" },
	{ "machine-many", BH_ERROR, "more CPUs, RAM ranges or devices than can be taken" },
	{ "machine-contradiction", BH_ERROR, "this machine's tables contradict each other" },
	/* device trees (riscv64) */
	{ "tree-content", BH_ERROR, "a machine's device tree that is damaged, contradicts itself, or lacks what is needed" },
	{ "tree-device", BH_NOTE, "a device that no partition can own" },
	{ "tree-hart", BH_ERROR, "a hart of the plan that the machine's device tree has no use for" },
	{ "tree-pmp", BH_ERROR, "a partition that needs more memory regions than OpenSBI takes" },
	{ "tree-size", BH_ERROR, "a device tree that does not fit its room" },
	/* the blob */
	{ "blob-size", BH_ERROR, "a compiled plan of more than 256 KiB" },
	{ "blob-write", BH_ERROR, "libfdt refused to write the plan" },
	{ "blob-differs", BH_ERROR, "a blob that does not read back as what was written" },
};

const unsigned int bh_host_nrules = sizeof(bh_host_rules) / sizeof(bh_host_rules[0]);
