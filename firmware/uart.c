// SPDX-License-Identifier: GPL-2.0-only
/*
 * A 16550 for each partition, in front of its debug console, for kernels without a
 * driver for that one. It is at the same address everywhere, where no partition may
 * reach: loads and stores trap, and what answers is the caller's own.
 *
 * The line behind it is quick and takes everything: the transmitter is always empty,
 * nothing is ever lost or garbled, and a divisor is kept to be read back.
 * It has no interrupt. Drivers poll one that has none.
 *
 * Registers are named as in the PC16550D's data sheet (section 8).
 */
#include "platform.h"

#include <string.h>

enum {
	RBR_THR,	/* receiver's buffer, transmitter's holding; DLL with LCR_DLAB */
	IER,		/* DLM with LCR_DLAB */
	IIR_FCR,
	LCR,
	MCR,
	LSR,
	MSR,
	SCR,
	REGISTERS,
};

#define IER_RECEIVED	0x01U
#define IER_EMPTY	0x02U
#define IER_BITS	0x0fU

#define IIR_NONE	0x01U
#define IIR_EMPTY	0x02U
#define IIR_RECEIVED	0x04U
#define IIR_FIFOS	0xc0U

#define FCR_ENABLE	0x01U
#define FCR_CLEAR_IN	0x02U

#define LCR_DLAB	0x80U

#define MCR_DTR		0x01U
#define MCR_RTS		0x02U
#define MCR_OUT1	0x04U
#define MCR_OUT2	0x08U
#define MCR_LOOP	0x10U
#define MCR_BITS	0x1fU

#define LSR_READY	0x01U
#define LSR_EMPTY	0x60U	/* holding register and shifter */

#define MSR_CTS		0x10U
#define MSR_DSR		0x20U
#define MSR_RI		0x40U
#define MSR_DCD		0x80U

void uart_reset(struct part *p)
{
	struct uart *u = &p->platform->uart;

	hw_spin_lock(&u->lock);
	memset(u->registers, 0, sizeof(u->registers));
	u->divisor = 0;
	u->fifos = false;
	u->full = false;
	hw_spin_unlock(&u->lock);
}

/* One byte is taken off the line when somebody asks for it; the others wait there. */
static bool is_ready(struct part *p)
{
	struct uart *u = &p->platform->uart;

	if (!u->full && !(u->registers[MCR] & MCR_LOOP))
		u->full = hw_console_get(p, &u->held);
	return u->full;
}

/*
 * As levels, where the chip has events: a program that was late, or lost one, sees
 * it the next time it looks.
 */
static unsigned int iir(struct part *p)
{
	const struct uart *u = &p->platform->uart;
	unsigned int fifos = u->fifos ? IIR_FIFOS : 0;

	if (u->registers[IER] & IER_RECEIVED && is_ready(p))
		return fifos | IIR_RECEIVED;
	return fifos | (u->registers[IER] & IER_EMPTY ? IIR_EMPTY : IIR_NONE);
}

/* Somebody is there and listens; in a loop, our own outputs. */
static unsigned int msr(const struct uart *u)
{
	unsigned int mcr = u->registers[MCR];

	if (!(mcr & MCR_LOOP))
		return MSR_CTS | MSR_DSR | MSR_DCD;
	return (mcr & MCR_RTS ? MSR_CTS : 0) | (mcr & MCR_DTR ? MSR_DSR : 0) |
	       (mcr & MCR_OUT1 ? MSR_RI : 0) | (mcr & MCR_OUT2 ? MSR_DCD : 0);
}

static unsigned int load(struct part *p, uint64_t offset)
{
	struct uart *u = &p->platform->uart;
	bool divisor = u->registers[LCR] & LCR_DLAB;

	switch (offset) {
	case RBR_THR:
		if (divisor)
			return u->divisor & 0xffU;
		if (!is_ready(p))
			return 0;
		u->full = false;
		return u->held;
	case IER:
		return divisor ? u->divisor >> 8 : u->registers[IER];
	case IIR_FCR:
		return iir(p);
	case LSR:
		return LSR_EMPTY | (is_ready(p) ? LSR_READY : 0);
	case MSR:
		return msr(u);
	default:
		return u->registers[offset];
	}
}

static void store(struct part *p, uint64_t offset, uint8_t value)
{
	struct uart *u = &p->platform->uart;
	bool divisor = u->registers[LCR] & LCR_DLAB;

	switch (offset) {
	case RBR_THR:
		if (divisor) {
			u->divisor = (uint16_t)((u->divisor & 0xff00U) | value);
		} else if (u->registers[MCR] & MCR_LOOP) {
			u->held = value;
			u->full = true;
		} else {
			hw_console_put(p, value);
		}
		break;
	case IER:
		if (divisor)
			u->divisor = (uint16_t)((u->divisor & 0xffU) | value << 8);
		else
			u->registers[IER] = value & IER_BITS;
		break;
	case IIR_FCR:
		/* What has not been fetched from the line yet is not in the chip's FIFO. */
		if (value & FCR_CLEAR_IN || u->fifos != (value & FCR_ENABLE))
			u->full = false;
		u->fifos = value & FCR_ENABLE;
		break;
	case MCR:
		u->registers[MCR] = value & MCR_BITS;
		break;
	case LSR:
	case MSR:
		break;
	default:
		u->registers[offset] = value;
	}
}

static bool is_register(const struct part *p, uint64_t address, unsigned int length, uint64_t *offset)
{
	/* Its registers are bytes, and nothing else there is anything. */
	if (!p->platform->console || length != 1 || !hw_translate(address, &address))
		return false;
	*offset = address - fw.uart;
	return address >= fw.uart && *offset < REGISTERS;
}

bool uart_load(struct part *caller, uint64_t address, unsigned int length, uint8_t *value)
{
	uint64_t offset;

	if (!is_register(caller, address, length, &offset))
		return false;
	hw_spin_lock(&caller->platform->uart.lock);
	*value = (uint8_t)load(caller, offset);
	hw_spin_unlock(&caller->platform->uart.lock);
	return true;
}

bool uart_store(struct part *caller, uint64_t address, unsigned int length, uint8_t value)
{
	uint64_t offset;

	if (!is_register(caller, address, length, &offset))
		return false;
	hw_spin_lock(&caller->platform->uart.lock);
	store(caller, offset, value);
	hw_spin_unlock(&caller->platform->uart.lock);
	return true;
}
