/* SPDX-License-Identifier: GPL-2.0-only */
/* ACPI tables, as far as the boot stage reads and writes them (ACPI specification 6.5). */
#ifndef BULKHEAD_X86_ACPI_H
#define BULKHEAD_X86_ACPI_H

#include <stdint.h>

struct acpi_rsdp {			/* 5.2.5.3 */
	char signature[8];
	uint8_t checksum;
	char oem_id[6];
	uint8_t revision;
	uint32_t rsdt;
	uint32_t length;
	uint64_t xsdt;
	uint8_t extended_checksum;
	uint8_t reserved[3];
} __attribute__((packed));

_Static_assert(sizeof(struct acpi_rsdp) == 36, "ACPI 6.5, 5.2.5.3");

struct acpi_header {			/* 5.2.6 */
	char signature[4];
	uint32_t length;
	uint8_t revision;
	uint8_t checksum;
	char oem_id[6];
	char oem_table_id[8];
	uint32_t oem_revision;
	char creator_id[4];
	uint32_t creator_revision;
} __attribute__((packed));

_Static_assert(sizeof(struct acpi_header) == 36, "ACPI 6.5, 5.2.6");

#define ACPI_MADT_ENTRIES	44	/* offset of the first entry, 5.2.12 */
#define ACPI_MADT_LAPIC_ADDRESS	36
#define ACPI_MADT_FLAGS		40

enum acpi_madt_type {			/* table 5.21 */
	ACPI_MADT_LAPIC = 0,
	ACPI_MADT_IOAPIC = 1,
	ACPI_MADT_X2APIC = 9,
	ACPI_MADT_WAKEUP = 0x10,
};

struct acpi_madt_lapic {		/* 5.2.12.2 */
	uint8_t type, length;
	uint8_t uid;
	uint8_t id;
	uint32_t flags;
} __attribute__((packed));

struct acpi_madt_ioapic {		/* 5.2.12.3 */
	uint8_t type, length;
	uint8_t id;
	uint8_t reserved;
	uint32_t address;
	uint32_t gsi_base;
} __attribute__((packed));

struct acpi_madt_x2apic {		/* 5.2.12.12 */
	uint8_t type, length;
	uint16_t reserved;
	uint32_t id;
	uint32_t flags;
	uint32_t uid;
} __attribute__((packed));

struct acpi_madt_wakeup {		/* 5.2.12.19; the reset vector came with version 1 */
	uint8_t type, length;
	uint16_t version;
	uint32_t reserved;
	uint64_t mailbox;
	uint64_t reset_vector;
} __attribute__((packed));

_Static_assert(sizeof(struct acpi_madt_lapic) == 8, "ACPI 6.5, 5.2.12.2");
_Static_assert(sizeof(struct acpi_madt_ioapic) == 12, "ACPI 6.5, 5.2.12.3");
_Static_assert(sizeof(struct acpi_madt_x2apic) == 16, "ACPI 6.5, 5.2.12.12");
_Static_assert(sizeof(struct acpi_madt_wakeup) == 24, "ACPI 6.5, 5.2.12.19");

#define ACPI_LAPIC_ENABLED		(1U << 0)
#define ACPI_LAPIC_ONLINE_CAPABLE	(1U << 1)

static inline uint8_t acpi_sum(const void *table, uint32_t length)
{
	const uint8_t *p = table;
	uint8_t sum = 0;

	while (length--)
		sum = (uint8_t)(sum + *p++);
	return sum;
}

#endif
