/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Doorbells: System MSIs of RPMI v1.0 (section 4.5), one set for each partition.
 * The receiver says where each goes and whether it may come; what rings
 * meanwhile waits. They are rung by hw_ring().
 */
#ifndef BULKHEAD_FIRMWARE_BELL_H
#define BULKHEAD_FIRMWARE_BELL_H

#include <stdbool.h>
#include <stdint.h>

struct part;

struct bell {
	uint64_t address;	/* an IMSIC file of the receiver's; 0: not told yet */
	uint32_t data;
	bool enabled;
	bool pending;
};

/* bell_reset() - forget targets, masks and what is pending */
void bell_reset(struct part *p);

#define BELL_REQUEST_MAX	16U	/* bytes: index, address, data */
#define BELL_RESPONSE_MAX	28U	/* bytes: status, flags, name */

/*
 * bell_message() - one request of the System MSI service group
 * @p: who asks
 * @service: RPMI service id
 * @request, @size: a copy: the caller's buffer is the response's, too
 * @response: room for BELL_RESPONSE_MAX bytes
 *
 * Every request has an answer; what is wrong with it is in the answer's status.
 * Returns the answer's size in bytes.
 */
uint32_t bell_message(struct part *p, uint8_t service, const uint8_t *request, uint32_t size,
		      uint8_t *response);

#endif
