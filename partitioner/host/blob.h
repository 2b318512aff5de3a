/* SPDX-License-Identifier: GPL-2.0-only */
/* Writing a plan as a blob, by the rows of core/blob_fields.h. */
#ifndef BULKHEAD_HOST_BLOB_H
#define BULKHEAD_HOST_BLOB_H

#include <stdbool.h>

#include "core/model.h"

/*
 * bh_blob_write() - a placed plan as a blob (include/bulkhead/blob.h)
 * @blob: where it is written to
 * @room: bytes there are
 *
 * A member whose value means "absent" has no property, a required one neither: the
 * reader reports it.
 *
 * Returns 0 or one of libfdt's errors, -FDT_ERR_NOSPACE when @room is too small.
 */
int bh_blob_write(const struct bh_plan *plan, void *blob, int room);

/* Do both plans say the same in everything that a blob has a property for? */
bool bh_blob_same(const struct bh_plan *a, const struct bh_plan *b);

#endif
