// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each partition's own ACPI tables.
 *
 * The owner of the legacy devices keeps the firmware's tables behind a new
 * XSDT; only its MADT is ours. Everybody else gets five tables that describe
 * a hardware-reduced machine with some CPUs, perhaps one UART, and nothing
 * else to find.
 */
#include <string.h>

#include "x86/acpi.h"
#include "x86/boot.h"

#define FADT_LENGTH		276	/* revision 6, ACPI 6.5 table 5.9 */
#define FADT_DSDT		40
#define FADT_IAPC_BOOT_ARCH	109
#define FADT_FLAGS		112
#define FADT_MINOR		131
#define FADT_X_DSDT		140

#define FADT_WBINVD		(1U << 0)
#define FADT_PWR_BUTTON		(1U << 4)	/* set: not a fixed feature */
#define FADT_SLP_BUTTON		(1U << 5)
#define FADT_TMR_VAL_EXT	(1U << 8)
#define FADT_HW_REDUCED		(1U << 20)

#define BOOT_ARCH_NO_VGA	(1U << 2)
#define BOOT_ARCH_NO_MSI	(1U << 3)
#define BOOT_ARCH_NO_CMOS_RTC	(1U << 5)

/*
 * Tables are written one behind the other into the golden private area; a table's
 * address is @delta from there.
 */
struct writer {
	uint8_t *at, *end;
	uint64_t delta;
};

static uint64_t address_of(const struct writer *w, const void *table)
{
	return (uint64_t)table + w->delta;
}

static void *take(struct writer *w, uint32_t size)
{
	uint8_t *p = w->at;

	size = (size + 15) & ~15U;
	if (size > (uint64_t)(w->end - p))
		refuse("a partition's ACPI tables are larger than %u KiB",
		       PRIVATE_ACPI_SIZE / 1024);
	w->at += size;
	return memset(p, 0, size);
}

static void seal(struct acpi_header *h, const char *signature, uint8_t revision,
		 uint32_t length)
{
	memcpy(h->signature, signature, 4);
	h->length = length;
	h->revision = revision;
	memcpy(h->oem_id, "BULKHD", 6);
	memcpy(h->oem_table_id, "PARTITN", 8);
	h->oem_revision = 1;
	memcpy(h->creator_id, "BLKH", 4);
	h->creator_revision = 1;
	h->checksum = 0;
	h->checksum = (uint8_t)-acpi_sum(h, length);
}

static uint8_t *put(uint8_t *p, const void *data, uint32_t size)
{
	memcpy(p, data, size);
	return p + size;
}

/*
 * The firmware's own entry for a CPU: what its DSDT and its NMI entries call
 * the CPU is the processor UID, which need not be the APIC id.
 */
static const uint8_t *firmware_cpu(const uint8_t *madt, uint32_t apic_id)
{
	uint32_t length = ((const struct acpi_header *)madt)->length;
	uint32_t at;

	for (at = ACPI_MADT_ENTRIES; at + 2 <= length; at += madt[at + 1]) {
		struct acpi_madt_lapic lapic;
		struct acpi_madt_x2apic x2apic;

		if (madt[at] == ACPI_MADT_LAPIC && madt[at + 1] >= sizeof(lapic)) {
			memcpy(&lapic, madt + at, sizeof(lapic));
			if (lapic.id == apic_id && lapic.flags & ACPI_LAPIC_ENABLED)
				return madt + at;
		} else if (madt[at] == ACPI_MADT_X2APIC && madt[at + 1] >= sizeof(x2apic)) {
			memcpy(&x2apic, madt + at, sizeof(x2apic));
			if (x2apic.id == apic_id && x2apic.flags & ACPI_LAPIC_ENABLED)
				return madt + at;
		}
	}
	return NULL;
}

static uint8_t *put_cpu(uint8_t *p, const struct boot *boot, uint32_t apic_id, bool legacy)
{
	const uint8_t *entry = legacy ? firmware_cpu(boot->acpi.madt, apic_id) : NULL;
	struct acpi_madt_lapic lapic = {
		.type = ACPI_MADT_LAPIC, .length = sizeof(lapic),
		.uid = (uint8_t)apic_id, .id = (uint8_t)apic_id,
		.flags = ACPI_LAPIC_ENABLED,
	};
	struct acpi_madt_x2apic x2apic = {
		.type = ACPI_MADT_X2APIC, .length = sizeof(x2apic),
		.id = apic_id, .flags = ACPI_LAPIC_ENABLED, .uid = apic_id,
	};

	if (entry)
		return put(p, entry, entry[1]);
	if (apic_id < 0xff)
		return put(p, &lapic, sizeof(lapic));
	return put(p, &x2apic, sizeof(x2apic));
}

/* Everything in the firmware's MADT that is not a CPU. */
static uint8_t *put_wiring(uint8_t *p, const uint8_t *madt)
{
	uint32_t length = ((const struct acpi_header *)madt)->length;
	uint32_t at;

	for (at = ACPI_MADT_ENTRIES; at + 2 <= length; at += madt[at + 1])
		if (madt[at] != ACPI_MADT_LAPIC && madt[at] != ACPI_MADT_X2APIC &&
		    madt[at] != ACPI_MADT_WAKEUP)
			p = put(p, madt + at, madt[at + 1]);
	return p;
}

static struct acpi_header *make_madt(struct writer *w, const struct boot *boot,
				     const struct bh_partition *partition,
				     const struct start *start)
{
	const uint32_t *cpus = boot->plan.cpus + partition->first_cpu;
	bool legacy = partition->devices & BH_DEV_LEGACY;
	const struct acpi_header *firmware = (const void *)boot->acpi.madt;
	struct acpi_header *madt =
		take(w, firmware->length + 16 * (partition->ncpus + 1) + 64);
	uint8_t *start_of = (uint8_t *)madt, *p = start_of + ACPI_MADT_ENTRIES;
	struct acpi_madt_wakeup wakeup = {
		.type = ACPI_MADT_WAKEUP, .length = sizeof(wakeup),
		.version = 1,
		.mailbox = start->mailbox,
		.reset_vector = resident_reset_vector(boot),
	};
	uint32_t i;

	/* PCAT_COMPAT says that there are PICs to mask: true for their owner only. */
	memcpy(start_of + ACPI_MADT_LAPIC_ADDRESS,
	       boot->acpi.madt + ACPI_MADT_LAPIC_ADDRESS, 4);
	if (legacy)
		memcpy(start_of + ACPI_MADT_FLAGS,
		       boot->acpi.madt + ACPI_MADT_FLAGS, 4);

	/*
	 * The machine's BSP comes first, whoever owns it. Linux takes the
	 * first CPU listed for the BSP; where that is not the CPU it runs on,
	 * it thinks of a crash kernel and leaves just that one CPU alone. With
	 * its own boot CPU first, but not marked BSP in its MSR, it would run
	 * with one CPU (check_for_real_bsp(), arch/x86/kernel/cpu/topology.c).
	 */
	p = put_cpu(p, boot, boot->bsp, legacy);
	for (i = 0; i < partition->ncpus; i++)
		if (cpus[i] != boot->bsp)
			p = put_cpu(p, boot, cpus[i], legacy);
	if (legacy) {
		p = put_wiring(p, boot->acpi.madt);
	} else if (start->ioapic.size) {
		/*
		 * Without an IO-APIC here, a kernel with X86_MPPARSE looks for
		 * the firmware's MP table and takes the real one. This one is
		 * a page of RAM.
		 */
		struct acpi_madt_ioapic ioapic = {
			.type = ACPI_MADT_IOAPIC, .length = sizeof(ioapic),
			.address = (uint32_t)start->ioapic.base,
		};

		p = put(p, &ioapic, sizeof(ioapic));
	}
	p = put(p, &wakeup, sizeof(wakeup));
	seal(madt, "APIC", 5, (uint32_t)(p - start_of));
	return madt;
}

/*
 * AML for one UART that is polled, since it has no interrupt:
 *
 *	Scope (\_SB) { Device (COM0) {
 *		Name (_HID, EisaId ("PNP0501"))
 *		Name (_UID, Zero)
 *		Name (_CRS, ResourceTemplate () { IO (Decode16, port, port, 1, 8) })
 *	} }
 */
static const uint8_t uart_aml[] = {
	0x10, 0x30, '\\', '_', 'S', 'B', '_',
	0x5b, 0x82, 0x28, 'C', 'O', 'M', '0',
	0x08, '_', 'H', 'I', 'D', 0x0c, 0x41, 0xd0, 0x05, 0x01,
	0x08, '_', 'U', 'I', 'D', 0x00,
	0x08, '_', 'C', 'R', 'S', 0x11, 0x0d, 0x0a, 0x0a,
	0x47, 0x01, 0, 0, 0, 0, 0x01, 0x08, 0x79, 0x00,
};

#define UART_AML_PORT	(sizeof(uart_aml) - 8)

_Static_assert(sizeof(uart_aml) == 1 + 0x30, "the scope's package length");

static struct acpi_header *make_dsdt(struct writer *w, uint32_t console_port)
{
	struct acpi_header *dsdt = take(w, sizeof(*dsdt) + sizeof(uart_aml));
	uint8_t *aml = (uint8_t *)(dsdt + 1);
	uint16_t port = (uint16_t)console_port;

	if (port) {
		memcpy(aml, uart_aml, sizeof(uart_aml));
		memcpy(aml + UART_AML_PORT, &port, 2);
		memcpy(aml + UART_AML_PORT + 2, &port, 2);
	}
	seal(dsdt, "DSDT", 2, (uint32_t)(sizeof(*dsdt) + (port ? sizeof(uart_aml) : 0)));
	return dsdt;
}

static struct acpi_header *make_fadt(struct writer *w, const struct acpi_header *dsdt)
{
	struct acpi_header *fadt = take(w, FADT_LENGTH);
	uint8_t *p = (uint8_t *)fadt;
	uint64_t dsdt_address = address_of(w, dsdt);
	uint32_t flags = FADT_WBINVD | FADT_PWR_BUTTON | FADT_SLP_BUTTON |
			 FADT_TMR_VAL_EXT | FADT_HW_REDUCED;
	uint16_t arch = BOOT_ARCH_NO_VGA | BOOT_ARCH_NO_MSI | BOOT_ARCH_NO_CMOS_RTC;

	if (dsdt_address < 4 * BH_GIB)
		memcpy(p + FADT_DSDT, &dsdt_address, 4);
	memcpy(p + FADT_IAPC_BOOT_ARCH, &arch, 2);
	memcpy(p + FADT_FLAGS, &flags, 4);
	p[FADT_MINOR] = 5;
	memcpy(p + FADT_X_DSDT, &dsdt_address, 8);
	seal(fadt, "FACP", 6, FADT_LENGTH);
	return fadt;
}

uint64_t acpi_private(const struct boot *boot, uint32_t index)
{
	const struct bh_partition *partition = &boot->plan.partitions[index];
	const struct start *start = &boot->starts[index];
	uint8_t *area = (uint8_t *)partition->golden.base + PRIVATE_ACPI;
	struct writer w = { area, area + PRIVATE_ACPI_SIZE, private_delta(partition) };
	struct acpi_rsdp *rsdp = take(&w, sizeof(*rsdp));
	uint64_t tables[sizeof(boot->acpi.tables) / sizeof(boot->acpi.tables[0]) + 2];
	struct acpi_header *xsdt;
	uint32_t ntables = 0, length;

	if (partition->devices & BH_DEV_LEGACY) {
		memcpy(tables, boot->acpi.tables,
		       boot->acpi.ntables * sizeof(tables[0]));
		ntables = boot->acpi.ntables;
	} else {
		tables[ntables++] = address_of(&w, make_fadt(&w,
			make_dsdt(&w, partition->console_port)));
	}
	tables[ntables++] = address_of(&w, make_madt(&w, boot, partition, start));

	length = (uint32_t)(sizeof(*xsdt) + ntables * sizeof(tables[0]));
	xsdt = take(&w, length);
	memcpy(xsdt + 1, tables, ntables * sizeof(tables[0]));
	seal(xsdt, "XSDT", 1, length);

	memcpy(rsdp->signature, "RSD PTR ", 8);
	memcpy(rsdp->oem_id, "BULKHD", 6);
	rsdp->revision = 2;
	rsdp->length = sizeof(*rsdp);
	rsdp->xsdt = address_of(&w, xsdt);
	rsdp->checksum = (uint8_t)-acpi_sum(rsdp, 20);
	rsdp->extended_checksum = (uint8_t)-acpi_sum(rsdp, sizeof(*rsdp));
	return address_of(&w, rsdp);
}
