/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The blob: a plan after placement, as a flattened device tree.
 *
 * THIS IS A CONTRACT between the compiler in partitioner/ and whatever starts
 * the partitions: boot/ on x86-64, firmware/ on RISC-V. Both sides check the
 * compatible string and the version; an unknown one is refused with a
 * message, never guessed at. Adding a property that an old reader may ignore
 * keeps the version; anything else changes BH_BLOB_VERSION. Every property below
 * is a row of partitioner/core/blob_fields.c, and a test holds both against each
 * other.
 *
 * Layout (every address and size is two cells, every id one cell; devicetree
 * specification v0.4, chapter 2.3):
 *
 *	/ {
 *		compatible = BH_BLOB_COMPATIBLE;
 *		model = "Bulkhead plan";
 *		bulkhead,version = <BH_BLOB_VERSION>;
 *		bulkhead,platform = "x86-64";
 *		#address-cells = <2>; #size-cells = <2>;
 *
 *		monitor {
 *			memory = <BASE SIZE>;		// resident part
 *			low-page = <BASE SIZE>;		// x86-64: SIPI page
 *			golden = <BASE SIZE>;		// x86-64: range of all golden copies, which
 *							// on riscv64 are in `memory`
 *			firmware = <BASE SIZE>;		// riscv64: OpenSBI; base is where it starts
 *			tree = <BASE SIZE>;		// riscv64: OpenSBI's device tree
 *		};
 *		images {
 *			image@0 {
 *				reg = <0>;		// id: module "image:0"
 *				label = "linux";
 *				kind = "kernel";	// or "initrd"
 *				size = <BYTES>;		// two cells
 *				sha256 = [32 bytes];
 *				memory = <BASE SIZE>;	// the golden image, from which every start
 *							// is made; on riscv64 put there by the loader
 *			};
 *		};
 *		partitions {
 *			partition@3 {
 *				reg = <3>;		// id, from BH_PARTITION_ID_BASE
 *				label = "control";
 *				cpus = <0 1>;		// hardware ids, boot CPU first
 *				interrupt-files = <ADDRESS ADDRESS>;	// riscv64: the page of each
 *							// CPU's S-level IMSIC file, in the order
 *							// of cpus (two cells each); 0: it has none
 *				memory = <BASE SIZE BASE SIZE>;
 *				low-slice = <BASE SIZE>;	// x86-64
 *				kernel = <0>; initrd = <1>;	// image ids
 *				bootargs = "...";
 *				console-port = <0x3f8>;	// x86-64: UART I/O base, absent = none
 *				console = "firmware";	// riscv64: SBI debug console, absent = none
 *				status-page = <BASE SIZE>;	// riscv64
 *				private = <BASE SIZE>;	// its golden private area: boot_params, tables
 *							// and tree; on riscv64 its device tree
 *				kernel-at = <ADDRESS>;	// where a start copies its golden image to (two
 *							// cells); entered at its first byte there, on
 *							// x86-64 without its setup code and at 0x200
 *				initrd-at = <ADDRESS>;	// as kernel-at; where there is one
 *				private-at = <ADDRESS>;	// as kernel-at
 *				bulkhead,devices = "legacy", "pci";
 *				manages = <4 5>;	// partition ids
 *			};
 *		};
 *		channels {
 *			channel@0 {
 *				reg = <0>;
 *				between = <3 4>;	// partition ids
 *				memory = <BASE SIZE>;	// outside of every partition; the lower
 *							// half is the first's output section, the
 *							// upper half the second's
 *			};
 *		};
 *	};
 */
#ifndef BULKHEAD_BLOB_H
#define BULKHEAD_BLOB_H

#define BH_BLOB_COMPATIBLE	"bulkhead,blob"
#define BH_BLOB_VERSION		4

/* A blob larger than this is refused by every reader. */
#define BH_BLOB_SIZE_MAX	(256 * 1024)

/*
 * The first partition's id. The id is also the partition's AF_VSOCK context
 * id, of which 0 to 2 are taken (VMADDR_CID_HYPERVISOR, _LOCAL, _HOST).
 */
#define BH_PARTITION_ID_BASE	3

/*
 * How the loader's modules are called: the multiboot2 module string is
 * BH_MODULE_BLOB, or BH_MODULE_IMAGE followed by the image id in decimal. A FIT's
 * loadables have the same names, and BH_MODULE_TREE followed by a partition's
 * id for its device tree, but with '-' for ':', which a node's name can't have.
 */
#define BH_MODULE_BLOB		"blob"
#define BH_MODULE_IMAGE		"image:"
#define BH_MODULE_TREE		"tree:"

/*
 * RISC-V: OpenSBI's device tree carries the blob, as the property
 * BH_BLOB_PROPERTY of /chosen.
 */
#define BH_BLOB_PROPERTY	"bulkhead,blob"

#endif
