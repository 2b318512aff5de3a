// SPDX-License-Identifier: GPL-2.0-only
/*
 * The debug console extension (SBI v3.0, chapter 12), one for each partition, all
 * on the one console that OpenSBI has found. OpenSBI's own messages go the
 * same way, as those of id 0.
 *
 * A call sends at most CHUNK bytes and says how many: a partition that never stops
 * writing holds the line for one chunk at a time, and the lock is fair.
 *
 * The UART is polled, by the hart that reads. Its FIFO holds 16 bytes, and Linux's hvc sleeps for 16 ms
 * as soon as it gets none, and for seconds where nobody types: a reader that finds many bytes coming waits
 * for the next ones instead, also when they are for others, whose readers may have given up for now.
 */
#include <libfdt.h>
#include <sbi/riscv_asm.h>
#include <sbi/riscv_encoding.h>
#include <sbi/riscv_io.h>
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
#include <sbi_utils/fdt/fdt_helper.h>

#include "firmware.h"
#include "mux.h"

#define CHUNK		64UL
#define UART_FIFO	16U	/* bytes, of a 16550 */
#define UART_FCR	2U	/* PC16550D, 8.5 */
#define UART_FCR_ENABLE_14 0xc1U
#define BURST		8U	/* bytes in a row that nobody types by hand */
#define LINGER_HZ	100U	/* a reader in a burst waits for the next byte so long (QEMU is not quicker), */
#define OTHERS_HZ	50U	/* none that finds nothing of its own stays longer, */
#define LOOK_HZ		20000U	/* and looks that often: each look locks all of QEMU */

/* The console that OpenSBI's drivers found; ours stands in its place. */
static const struct sbi_console_device *line;

static spinlock_t out_lock = SPIN_LOCK_INITIALIZER;
static bool firmware_after_cr;
static bool after_cr[BH_PARTITIONS_MAX];

static spinlock_t in_lock = SPIN_LOCK_INITIALIZER;
static struct mux_in in;

/* @last: when the last byte came; @burst: how many since a reader found none */
struct traffic {
	u64 last;
	u32 burst;
};

static struct traffic all;

/*
 * The input of each partition that has a console. @active: when it read or wrote (without a lock:
 * an old value makes the line wait less)
 */
static struct inbox {
	struct mux_buffer buffer;
	struct traffic traffic;
	u64 active;
} *inboxes;

/* A byte that found no room, and everything behind it, waits for its partition. */
static struct inbox *held_for;
static u8 held;

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
	if (p && inboxes)
		inboxes[part_index(p)].active = hw_time();
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

/* The UART behind it as the tree tells of it; false for what is no 16550. */
static bool find_uart(struct platform_uart_data *uart)
{
	const void *fdt = fdt_get_address();
	int chosen = fdt_path_offset(fdt, "/chosen"), len, node;
	const char *path = fdt_getprop(fdt, chosen, "stdout-path", &len);
	const char *options = path ? sbi_strchr(path, ':') : NULL;

	if (!path || sbi_strcmp(line->name, "uart8250"))
		return false;
	node = fdt_path_offset_namelen(fdt, path, options ? (int)(options - path) : len - 1);
	return node >= 0 && !fdt_parse_uart_node(fdt, node, uart);
}

/*
 * OpenSBI leaves the receiver's trigger at one byte. Nothing is interrupted by it here, but QEMU
 * fills the FIFO up to the trigger and no further: with 14, a poll finds that much instead of one.
 */
static void raise_trigger(void)
{
	struct platform_uart_data uart = { 0 };
	volatile void *fcr;

	if (!find_uart(&uart))
		return;
	fcr = (volatile void *)(uart.addr + uart.reg_offset + (UART_FCR << uart.reg_shift));
	if (uart.reg_io_width == 4)
		writel(UART_FCR_ENABLE_14, fcr);
	else
		writeb(UART_FCR_ENABLE_14, fcr);
}

void console_init(void)
{
	line = sbi_console_get_device();
	if (!line)
		return;
	raise_trigger();
	sbi_strncpy(console.name, line->name, sizeof(console.name) - 1);
	sbi_console_set_device(&console);
}

static void note(struct traffic *traffic, u64 now)
{
	traffic->last = now;
	traffic->burst++;
}

/* A byte of the line goes to whom it is for. Returns false when there is none to go on with. */
static bool take_byte(void)
{
	u64 now = hw_time(), active, silent;
	struct part *to;
	int ch;

	if (!held_for) {
		ch = line->console_getc ? line->console_getc() : -1;
		if (ch < 0)
			return false;
		note(&all, now);
		to = mux_read(&in, (uint8_t)ch) ? part_by_id(in.target) : NULL;
		if (!to || !to->platform->console)
			return true;
		held_for = &inboxes[part_index(to)];
		held = (u8)ch;
	}
	active = held_for->active;
	silent = now > active ? now - active : 0;	/* another hart's clock was read later */
	if (!mux_buffer_put(&held_for->buffer, held, now, silent, hw_frequency()))
		return false;
	note(&held_for->traffic, now);
	held_for = NULL;
	return true;
}

/*
 * A reader empties the UART for all, until there is enough for the reader; what is
 * for others waits in their buffers. A line on which bytes never end is emptied by many
 * calls, not by a hart that never returns, and the lock is free while a reader lingers.
 *
 * @for_others: linger for them too; not where a mere look at the UART's status is a read
 */
static unsigned long receive(struct part *p, char *data, unsigned long size, bool for_others)
{
	struct inbox *own = &inboxes[part_index(p)];
	struct traffic *traffic = for_others ? &all : &own->traffic;
	u64 frequency = hw_frequency(), began = hw_time();

	for (;;) {
		unsigned long n;
		u64 now, looked;
		bool more, waiting;

		spin_lock(&in_lock);
		for (n = 0; n < UART_FIFO && mux_buffer_level(&own->buffer) < size && take_byte(); n++)
			;
		n = mux_buffer_take(&own->buffer, data, size);
		own->active = looked = now = hw_time();
		waiting = now - traffic->last < frequency / LINGER_HZ;
		more = !n && waiting && traffic->burst >= BURST && now - began < frequency / OTHERS_HZ;
		if (!n && !waiting)
			traffic->burst = 0;
		spin_unlock(&in_lock);
		if (!more)
			return n;
		/* Another hart that wants this one to stop is not kept waiting. */
		while (now - looked < frequency / LOOK_HZ) {
			if (csr_read(CSR_MIP) & csr_read(CSR_MIE) & (MIP_MSIP | MIP_MEIP | MIP_MTIP))
				return 0;
			now = hw_time();
		}
	}
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
	return line && receive(p, (char *)byte, 1, false);
}

void hw_console_forget(struct part *p)
{
	struct inbox *inbox = &inboxes[part_index(p)];

	spin_lock(&in_lock);
	mux_buffer_clear(&inbox->buffer);
	if (held_for == inbox)
		held_for = NULL;
	spin_unlock(&in_lock);
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
	size = receive(p, chunk, size, true);
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

/* As large as they can be while half of the room is left to others. */
static void make_inboxes(void)
{
	u32 size = MUX_BUFFER_MOST, count = 0;

	inboxes = room_alloc(monitor.nparts, sizeof(*inboxes));
	for (u32 i = 0; i < monitor.nparts; i++)
		count += monitor.parts[i].platform->console;
	while (size > MUX_BUFFER_LEAST && (size_t)count * size > room_left() / 2)
		size /= 2;
	for (u32 i = 0; i < monitor.nparts; i++) {
		if (!monitor.parts[i].platform->console)
			continue;
		inboxes[i].buffer.bytes = room_alloc(1, size);
		inboxes[i].buffer.size = size;
	}
}

int console_register(void)
{
	make_inboxes();
	return sbi_ecall_register_extension(&dbcn_extension);
}
