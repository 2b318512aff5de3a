/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Status pages: what a partition may read of itself and of those whom it manages or
 * shares a channel with. The contract is <bulkhead/monitor.h>. The caller of each of
 * these holds the state lock.
 */
#ifndef BULKHEAD_MONITOR_STATUS_H
#define BULKHEAD_MONITOR_STATUS_H

#include "monitor/part.h"

/* Epoch, reason and state of @p in one word, see BH_STATUS_*(). */
uint64_t status_word(const struct part *p);

/* The page of @p as it is at the begin of an epoch. */
void status_reset(struct part *p);

/* @p has changed: shows it in the pages of all who may see it. */
void status_tell(const struct part *p);

/* What a manager asks @p to do. */
void status_request(struct part *p, enum bh_request request);

#endif
