/* SPDX-License-Identifier: GPL-2.0-only */
#include <sbi/sbi_types.h>
