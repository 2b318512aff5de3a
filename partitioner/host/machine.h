/* SPDX-License-Identifier: GPL-2.0-only */
/* Hardware descriptions: from this machine, from a file, from a qemu section. */
#ifndef BULKHEAD_HOST_MACHINE_H
#define BULKHEAD_HOST_MACHINE_H

#include "host/plan.h"

/* /sys, and ACPI's MADT and SRAT where they can be read (root). */
int bh_machine_live(struct bh_machine *machine, struct bh_diag *diag);

/* A file as `bulkhead machine` writes it (YAML; JSON is a subset). */
int bh_machine_load(const char *path, struct bh_machine *machine, struct bh_diag *diag);

/* What QEMU's q35 machine gives for these settings, with BIOS and with OVMF. */
int bh_machine_from_qemu(const struct bh_qemu *qemu, struct bh_machine *machine,
			 struct bh_diag *diag);

void bh_machine_free(struct bh_machine *machine);

#endif
