// SPDX-License-Identifier: GPL-2.0-only
/*
 * The debug console extension (SBI v3.0, chapter 12), one for each partition, all
 * on the one console that OpenSBI has found. OpenSBI's own messages go the
 * same way, as those of id 0.
 *
 * A call sends at most CHUNK bytes and says how many: a partition that never stops
 * writing holds the line for one chunk at a time, and the lock is fair.
 */
#include <sbi/riscv_asm.h>
#include <sbi/riscv_encoding.h>
#include <sbi/riscv_locks.h>
#include <sbi/sbi_console.h>
#include <sbi/sbi_domain.h>
#include <sbi/sbi_ecall.h>
#include <sbi/sbi_ecall_interface.h>
#include <sbi/sbi_error.h>
#include <sbi/sbi_hart_protection.h>
#include <sbi/sbi_scratch.h>
#include <sbi/sbi_string.h>
#include <sbi/sbi_trap.h>

#include "firmware.h"
#include "mux.h"

#define CHUNK	64UL

/* The console that OpenSBI's drivers found; ours stands in its place. */
static const struct sbi_console_device *line;

static spinlock_t out_lock = SPIN_LOCK_INITIALIZER;
static bool firmware_after_cr;
static bool after_cr[BH_PARTITIONS_MAX];

static spinlock_t in_lock = SPIN_LOCK_INITIALIZER;
static struct mux_in in;
static struct mux_buffer *buffers;

static void line_put(uint8_t byte)
{
	char ch = (char)byte;

	if (line->console_putc)
		line->console_putc(ch);
	else
		while (!line->console_puts(&ch, 1))
			;
}

static struct mux_out out = { .put = line_put };

static void send(struct part *p, const char *data, unsigned long size)
{
	spin_lock(&out_lock);
	mux_write(&out, p ? p->id : 0, p ? &after_cr[part_index(p)] : &firmware_after_cr, data, size);
	spin_unlock(&out_lock);
}

static unsigned long firmware_puts(const char *text, unsigned long size)
{
	send(NULL, text, size);
	return size;
}

/* Nobody reads input of id 0; DBCN of the partitions comes by dbcn_read(). */
static int firmware_getc(void)
{
	return -1;
}

static struct sbi_console_device console = {
	.console_puts = firmware_puts,
	.console_getc = firmware_getc,
};

void console_init(void)
{
	line = sbi_console_get_device();
	if (!line)
		return;
	sbi_strncpy(console.name, line->name, sizeof(console.name) - 1);
	sbi_console_set_device(&console);
}

/*
 * A reader empties the UART for all; what is for others waits in their buffers.
 * A line on which bytes never end is emptied by many calls, not by a hart that never returns.
 */
static unsigned long receive(struct part *p, char *data, unsigned long size)
{
	unsigned long n;
	int ch;

	spin_lock(&in_lock);
	for (n = 0; n < MUX_BUFFER && line->console_getc; n++) {
		struct part *to;

		ch = line->console_getc();
		if (ch < 0)
			break;
		if (!mux_read(&in, (uint8_t)ch))
			continue;
		to = part_by_id(in.target);
		if (to && to->platform->console)
			mux_buffer_put(&buffers[part_index(to)], (uint8_t)ch);
	}
	n = mux_buffer_take(&buffers[part_index(p)], data, size);
	spin_unlock(&in_lock);
	return n;
}

/*
 * With Smepmp one PMP entry opens what is copied. It covers a power of two: across a boundary
 * of a large one it would reach far beyond the caller's memory, and over the firmware's
 * own code, which M-mode could then no longer execute.
 */
static unsigned long chunk_size(unsigned long address, unsigned long size)
{
	return MIN(size, CHUNK - address % CHUNK);
}

void hw_console_put(struct part *p, u8 byte)
{
	char ch = (char)byte;

	if (line)
		send(p, &ch, 1);
}

bool hw_console_get(struct part *p, u8 *byte)
{
	return line && receive(p, (char *)byte, 1);
}

/* sbiret.value is how much of it was sent, which may be less than asked for. */
static int write(struct part *p, unsigned long size, unsigned long address, unsigned long *value)
{
	char chunk[CHUNK];

	/* All of it, even though less will be looked at: a wrong size is wrong. */
	if (!sbi_domain_check_addr_range(sbi_domain_thishart_ptr(), address, size, PRV_S,
					 SBI_DOMAIN_READ))
		return SBI_ERR_INVALID_PARAM;
	size = chunk_size(address, size);
	sbi_hart_protection_map_range(address, size);
	sbi_memcpy(chunk, (const void *)address, size);
	sbi_hart_protection_unmap_range(address, size);
	send(p, chunk, size);
	*value = size;
	return 0;
}

static int read(struct part *p, unsigned long size, unsigned long address, unsigned long *value)
{
	char chunk[CHUNK];

	if (!sbi_domain_check_addr_range(sbi_domain_thishart_ptr(), address, size, PRV_S,
					 SBI_DOMAIN_READ | SBI_DOMAIN_WRITE))
		return SBI_ERR_INVALID_PARAM;
	size = chunk_size(address, size);
	size = receive(p, chunk, size);
	if (size) {
		sbi_hart_protection_map_range(address, size);
		sbi_memcpy((void *)address, chunk, size);
		sbi_hart_protection_unmap_range(address, size);
	}
	*value = size;
	return 0;
}

static int dbcn(unsigned long extid, unsigned long funcid, struct sbi_trap_regs *regs,
		struct sbi_ecall_return *ret)
{
	struct part *p = part_of_hart(current_hartindex());
	char byte;

	if (!p || !p->platform->console || !line)
		return SBI_ERR_NOT_SUPPORTED;
	switch (funcid) {
	case SBI_EXT_DBCN_CONSOLE_WRITE:
	case SBI_EXT_DBCN_CONSOLE_READ:
		/* a2 is the upper half of an address of 128 bits. */
		if (regs->a2)
			return SBI_ERR_INVALID_PARAM;
		if (!regs->a0)
			return 0;
		return (funcid == SBI_EXT_DBCN_CONSOLE_WRITE ? write : read)(p, regs->a0, regs->a1,
									     &ret->value);
	case SBI_EXT_DBCN_CONSOLE_WRITE_BYTE:
		byte = (char)regs->a0;
		send(p, &byte, 1);
		return 0;
	default:
		return SBI_ERR_NOT_SUPPORTED;
	}
}

static int dbcn_probe(unsigned long extid, unsigned long *value)
{
	struct part *p = part_of_hart(current_hartindex());

	*value = p && p->platform->console && line;
	return 0;
}

static struct sbi_ecall_extension dbcn_extension = {
	.name = "dbcn",
	.extid_start = SBI_EXT_DBCN,
	.extid_end = SBI_EXT_DBCN,
	.probe = dbcn_probe,
	.handle = dbcn,
};

int console_register(void)
{
	buffers = room_alloc(monitor.nparts, sizeof(*buffers));
	return sbi_ecall_register_extension(&dbcn_extension);
}
