/* SPDX-License-Identifier: GPL-2.0-only */
/* OpenSBI's libfdt gives the C library's names to OpenSBI's functions. */
#include <libfdt_env.h>
