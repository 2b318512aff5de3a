/* SPDX-License-Identifier: GPL-2.0-only */
/* The 16550 in front of a partition's console. */
#ifndef BULKHEAD_FIRMWARE_UART_H
#define BULKHEAD_FIRMWARE_UART_H

#include <stdbool.h>
#include <stdint.h>

#include "hw.h"

struct part;

struct uart {
	struct hw_spinlock lock;
	uint8_t registers[8];
	uint16_t divisor;
	uint8_t held;		/* a byte that was received and not read yet */
	bool full;		/* there is one */
	bool fifos;
};

void uart_reset(struct part *p);
/*
 * uart_load(), uart_store() - a load or store by @caller faulted
 * @address, @length: virtual address as the caller used it, bytes
 *
 * Return false when no register of its UART is there: the fault is then the caller's.
 */
bool uart_load(struct part *caller, uint64_t address, unsigned int length, uint8_t *value);
bool uart_store(struct part *caller, uint64_t address, unsigned int length, uint8_t value);

#endif
