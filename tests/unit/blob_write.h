/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A blob writer for tests, after the contract in include/bulkhead/blob.h and
 * not after the compiler in partitioner/host: a misunderstanding there must
 * not be repeated here.
 */
#ifndef BULKHEAD_TEST_BLOB_WRITE_H
#define BULKHEAD_TEST_BLOB_WRITE_H

#include "core/model.h"

/* A placed plan as a blob with some room to change it; malloc'ed, BLOB_ROOM bytes. */
#define BLOB_ROOM	65536

void *blob_write(const struct bh_plan *plan);

#endif
