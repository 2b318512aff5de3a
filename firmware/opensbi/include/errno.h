/* SPDX-License-Identifier: GPL-2.0-only */
/* What the partitioner's core returns: Linux's numbers. */
#ifndef BULKHEAD_FIRMWARE_ERRNO_H
#define BULKHEAD_FIRMWARE_ERRNO_H

#define ENOENT	2
#define E2BIG	7
#define ENOEXEC	8
#define EINVAL	22
#define EFBIG	27
#define ENOSPC	28

#endif
