/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The boot stage's lines on COM1, which is then the port of the partition that
 * owns it.
 *
 * THIS IS A CONTRACT between boot/x86 and whatever reads the port, such as
 * `bulkhead run`. docs/boot.md is its document. Each line begins with
 * BH_BOOT_PREFIX and ends with a carriage return and a line feed. When the
 * kernels are about to start, the last line is BH_BOOT_PREFIX BH_BOOT_END and
 * nothing else: every byte behind it is the kernel's. One that starts nothing
 * ends with BH_BOOT_PREFIX BH_BOOT_STOPPED instead, and is silent from then on.
 * None of the texts changes with a version.
 */
#ifndef BULKHEAD_X86_STAGE_H
#define BULKHEAD_X86_STAGE_H

#define BH_BOOT_PREFIX	"bulkhead: "
#define BH_BOOT_END	"end of the boot stage"
#define BH_BOOT_STOPPED	"stopped; no partition was started"

#endif
