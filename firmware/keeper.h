/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who keeps a partition's heartbeat: the M-mode timer of one of its harts. A timer interrupt
 * of M-mode comes through whatever S-mode does, so a kernel that spins with its
 * interrupts off is noticed like any other. Another hart of it takes over when that one
 * stops. The caller of each of these holds the state lock.
 */
#ifndef BULKHEAD_FIRMWARE_KEEPER_H
#define BULKHEAD_FIRMWARE_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

struct part;

/* Is there a heartbeat of @p that no hart keeps? */
bool keeper_is_wanted(const struct part *p);

/* This hart, @hart, is of @p, runs, and takes over what nobody keeps. */
void keeper_adopt(struct part *p, uint32_t hart);

/*
 * keeper_leave() - @hart stops: its timer no longer counts
 *
 * Returns whether the other harts of @p have to look: one of them has to take over.
 */
bool keeper_leave(struct part *p, uint32_t hart);

/* This hart's timer had run out: sets it again if it still keeps @p's heartbeat. */
void keeper_rearm(struct part *p, uint32_t hart);

#endif
