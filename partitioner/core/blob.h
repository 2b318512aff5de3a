/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading a blob into the model: for boot/, and for the host's own tests. */
#ifndef BULKHEAD_CORE_BLOB_H
#define BULKHEAD_CORE_BLOB_H

#include "core/finding.h"
#include "core/model.h"

/*
 * bh_blob_read() - validate a blob and fill a plan from it
 * @blob: the bytes; must stay for as long as @plan is used (strings point
 *	into it), and must not be writable by anyone else
 * @size: bytes there are, not what the header claims
 * @plan: pools and capacities set by the caller, counts zero
 *
 * Trusts nothing: magic, total size against @size, structure, version,
 * every property's length and every id. Contract: include/bulkhead/blob.h.
 *
 * Returns 0, -EINVAL (reported in @sink) or -ENOSPC (a pool is full; reported).
 */
int bh_blob_read(const void *blob, uint64_t size, struct bh_plan *plan,
		 struct bh_sink *sink);

#endif
