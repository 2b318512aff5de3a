/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The partition device tree: what one partition may know.
 *
 * THIS IS A CONTRACT between the monitor (boot/ on x86-64, where it travels
 * as SETUP_DTB; firmware/ on RISC-V, where it is the kernel's own tree) and
 * the kernel in the partition. schemas/bulkhead,partition.yaml says the same
 * to dt-validate. A change that an old driver can't ignore changes the
 * compatible string.
 *
 *	/ {
 *		compatible = BH_PARTITION_MACHINE;
 *		model = "Bulkhead partition";
 *		#address-cells = <2>; #size-cells = <2>;
 *		chosen { bootargs = "..."; };
 *		cpus { cpu@2 { device_type = "cpu"; reg = <2>; }; };
 *		memory@BASE { device_type = "memory"; reg = <BASE SIZE ...>; };
 *		bulkhead {
 *			compatible = BH_PARTITION_COMPATIBLE;
 *			label = "rt";
 *			bulkhead,id = <4>;
 *			bulkhead,boot-log = <BASE SIZE>;
 *			bulkhead,status = <BASE SIZE>;	// struct bh_status_page, <bulkhead/monitor.h>
 *			bulkhead,manages = <5>;
 *			peers {
 *				peer@3 {
 *					reg = <3>; label = "control";
 *					bulkhead,manager;	// it manages this partition
 *					bulkhead,cpus = <0 1>;	// x86-64: the APIC ids that a
 *								// channel's doorbell may name
 *				};
 *			};
 *			channels {
 *				channel@0 {
 *					reg = <0>;
 *					bulkhead,peer = <3>;
 *					bulkhead,side = <1>;	// 0: first of "between"
 *					bulkhead,memory = <BASE SIZE>;
 *				};
 *			};
 *		};
 *	};
 *
 * On RISC-V it is all that the kernel gets, so it also has what a CPU node needs,
 * in /soc the IMSIC with the files of its harts and the owner's devices, and
 *
 *		mailbox: mailbox { compatible = "riscv,sbi-mpxy-mbox"; #mbox-cells = <2>; };
 *		doorbells: interrupt-controller {
 *			compatible = "riscv,rpmi-system-msi";
 *			mboxes = <&mailbox BH_MPXY_DOORBELLS 0>;
 *			msi-parent = <&imsic>; interrupt-controller; #interrupt-cells = <1>;
 *		};
 *		status@ADDRESS {
 *			compatible = BH_UIO_STATUS, BH_UIO;
 *			reg = <ADDRESS BH_STATUS_PAGE_SIZE>;
 *			interrupts-extended = <&doorbells BH_SYSMSI_CONTROL>;
 *		};
 *		doorbell-3 {				// from the partition with id 3
 *			compatible = BH_UIO_DOORBELL, BH_UIO;
 *			label = "control";
 *			bulkhead,peer = <3>;
 *			interrupts-extended = <&doorbells BH_SYSMSI_OF(3)>;
 *		};
 *
 * Linux's uio_pdrv_genirq takes the last two when it is told
 * uio_pdrv_genirq.of_id=BH_UIO; where there are drivers of channels they have the doorbells.
 */
#ifndef BULKHEAD_PARTITION_H
#define BULKHEAD_PARTITION_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

#define BH_PARTITION_MACHINE	"bulkhead,machine-v1"
#define BH_PARTITION_COMPATIBLE	"bulkhead,partition-v1"
#define BH_UIO			"bulkhead,uio"
#define BH_UIO_STATUS		"bulkhead,status-v1"
#define BH_UIO_DOORBELL		"bulkhead,doorbell-v1"

/*
 * The boot log: what the boot stage said, readable by every partition.
 * `head` counts the bytes ever written; the text is a ring of `size` bytes
 * behind the header (here: bytes behind the last line are NUL, and the log
 * stops growing when it is full, so head <= size).
 */
#define BH_BOOT_LOG_MAGIC	0x474f4c4248420a1aULL	/* "\x1a\nBHBLOG" */
#define BH_BOOT_LOG_VERSION	1

struct bh_boot_log {
	uint64_t magic;
	uint32_t version;
	uint32_t size;		/* bytes of text that fit behind this header */
	uint32_t head;		/* bytes of text written */
	uint32_t tsc_khz;	/* as measured once at boot */
	uint8_t reserved[40];
	/* text follows */
};

_Static_assert(sizeof(struct bh_boot_log) == 64, "boot log header is 64 bytes");

#endif
