/* SPDX-License-Identifier: GPL-2.0-only */
/* Monitor calls by stores to the status page; see <bulkhead/monitor.h>. */
#ifndef BULKHEAD_FIRMWARE_STORE_H
#define BULKHEAD_FIRMWARE_STORE_H

#include <stdbool.h>
#include <stdint.h>

struct part;

/*
 * store_command() - a store by @caller faulted
 * @address, @length, @value: virtual address as the caller used it, bytes, data
 *
 * Returns false when this was no command: the fault is then the caller's.
 */
bool store_command(struct part *caller, uint64_t address, unsigned int length, uint64_t value);

#endif
