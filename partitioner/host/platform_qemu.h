/* SPDX-License-Identifier: GPL-2.0-only */
/* QEMU's machines, told from their settings alone; for the table in platform.h. */
#ifndef BULKHEAD_HOST_PLATFORM_QEMU_H
#define BULKHEAD_HOST_PLATFORM_QEMU_H

#include "host/plan.h"

/* q35: x86-64. RAM counts where both SeaBIOS and OVMF leave it alone. */
void bh_qemu_q35_check(const struct bh_qemu *qemu, struct bh_mark mark, struct bh_diag *diag);
int bh_qemu_q35_machine(const struct bh_qemu *qemu, struct bh_machine *machine);

/* virt,aia=aplic-imsic: riscv64. */
void bh_qemu_virt_check(const struct bh_qemu *qemu, struct bh_mark mark, struct bh_diag *diag);
int bh_qemu_virt_machine(const struct bh_qemu *qemu, struct bh_machine *machine);

#endif
