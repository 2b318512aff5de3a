// SPDX-License-Identifier: GPL-2.0-only
/* What the firmware says of this machine: its tables, and its CPUs. */
#include "x86/acpi.h"

#include <string.h>

#include "arch/cpu.h"
#include "arch/lapic.h"
#include "x86/boot.h"

#define TABLE_MAX	(1024 * 1024)	/* no table that we read is larger */

static const struct acpi_header *table_at(uint64_t address)
{
	const struct acpi_header *table = (const void *)address;

	/* The boot stage's first map ends there. */
	if (!address || address >= 4 * BH_GIB - TABLE_MAX)
		return NULL;
	if (table->length < sizeof(*table) || table->length > TABLE_MAX)
		return NULL;
	return table;
}

static void add_table(struct boot *boot, uint64_t address)
{
	const struct acpi_header *table = table_at(address);
	struct acpi_tables *acpi = &boot->acpi;

	/* A table that is out of reach goes on to its owner, unread. */
	if (table && !memcmp(table->signature, "APIC", 4)) {
		if (acpi->madt)
			return;		/* a second one; the owner of the rest gets ours */
		if (acpi_sum(table, table->length))
			refuse("the firmware's MADT has a wrong checksum");
		acpi->madt = (const uint8_t *)table;
		return;
	}
	if (acpi->ntables == sizeof(acpi->tables) / sizeof(acpi->tables[0]))
		refuse("the firmware has more than %u ACPI tables", acpi->ntables);
	acpi->tables[acpi->ntables++] = address;
}

static void add_cpu(struct boot *boot, uint32_t id, uint32_t flags)
{
	struct bh_machine *machine = &boot->machine;
	uint32_t at = machine->ncpus;

	if (!(flags & ACPI_LAPIC_ENABLED))
		return;
	if (machine->ncpus == machine->cpus_cap)
		refuse("this machine has more than %u CPUs", machine->cpus_cap);
	while (at && machine->cpus[at - 1].hwid >= id) {
		if (machine->cpus[at - 1].hwid == id)
			return;		/* some firmware lists both of its forms */
		at--;
	}
	memmove(machine->cpus + at + 1, machine->cpus + at,
		(machine->ncpus - at) * sizeof(machine->cpus[0]));
	machine->cpus[at] = (struct bh_cpu){
		.hwid = id,
		.flags = id == boot->bsp ? BH_CPU_BSP : 0,
	};
	machine->ncpus++;
}

static void read_madt(struct boot *boot)
{
	const uint8_t *madt = boot->acpi.madt;
	uint32_t length = ((const struct acpi_header *)madt)->length;
	uint32_t at = ACPI_MADT_ENTRIES;

	while (at + 2 <= length) {
		const uint8_t *entry = madt + at;

		if (entry[1] < 2 || entry[1] > length - at)
			refuse("the firmware's MADT is damaged at offset %u", at);
		if (entry[0] == ACPI_MADT_LAPIC &&
		    entry[1] >= sizeof(struct acpi_madt_lapic)) {
			struct acpi_madt_lapic e;

			memcpy(&e, entry, sizeof(e));
			if (e.id != 0xff)
				add_cpu(boot, e.id, e.flags);
		} else if (entry[0] == ACPI_MADT_X2APIC &&
			   entry[1] >= sizeof(struct acpi_madt_x2apic)) {
			struct acpi_madt_x2apic e;

			memcpy(&e, entry, sizeof(e));
			if (e.id != 0xffffffff)
				add_cpu(boot, e.id, e.flags);
		}
		at += entry[1];
	}
}

void acpi_find(struct boot *boot)
{
	struct acpi_rsdp rsdp;
	const struct acpi_header *list;
	uint32_t step, at;

	if (!boot->mb.has_rsdp)
		refuse("the loader found no ACPI tables");
	memcpy(&rsdp, boot->mb.rsdp, sizeof(rsdp));
	if (memcmp(rsdp.signature, "RSD PTR ", 8) || acpi_sum(&rsdp, 20))
		refuse("the ACPI root pointer is damaged");
	boot->acpi.rsdp = boot->mb.rsdp;

	if (rsdp.revision >= 2 && rsdp.xsdt) {
		list = table_at(rsdp.xsdt);
		step = 8;
	} else {
		list = table_at(rsdp.rsdt);
		step = 4;
	}
	if (!list || acpi_sum(list, list->length))
		refuse("the ACPI root table is damaged");
	for (at = sizeof(*list); at + step <= list->length; at += step) {
		uint64_t address = 0;

		memcpy(&address, (const uint8_t *)list + at, step);
		add_table(boot, address);
	}
	if (!boot->acpi.madt)
		refuse("the firmware has no MADT, which lists the CPUs");

	boot->bsp = cpu_apic_id();
	read_madt(boot);
}
