/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The UIO devices of a partition's tree, <bulkhead/partition.h>: the status page and
 * the doorbells.
 */
#ifndef BH_GUEST_UIO_H
#define BH_GUEST_UIO_H

#include <bulkhead/monitor.h>

#include "guest.h"

/*
 * Find and open a device
 * @compatible: what its node has to be
 * @peer: the partition that a doorbell is rung by; 0 for the status page
 *
 * Returns the file, or -1 with errno: ENODEV when there is none.
 */
int uio_open(const char *compatible, uint32_t peer);

/*
 * Wait for an interrupt. The kernel masks it as it arrives: this unmasks it first.
 * @timeout: nanoseconds, or less than 0 for ever
 *
 * Returns 1, 0 when the time is over, or -1 with errno.
 */
int uio_wait(int fd, int64_t timeout);

/* Monitor calls: the status page mapped, its version checked. */
struct monitor {
	int fd;
	volatile struct bh_status_page *page;
};

/* 0, or -1; what is wrong was printed. */
int monitor_open(struct monitor *monitor);

/*
 * A monitor call. One result for all programs of a partition: they take turns.
 * @value: the answer, if the call gives one; may be NULL
 *
 * Returns 0 or enum bh_error.
 */
int64_t monitor_call(struct monitor *monitor, enum bh_call function, uint64_t argument,
		     int64_t *value);

/* A partition's id: a decimal or hexadecimal number; 0 if it is none. */
uint32_t parse_id(const char *text);

#endif
