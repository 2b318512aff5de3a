/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules that the host adds to the core's (core/rules.h): of the file's
 * form, of images, of the emulated machine. The table is for lists and
 * documentation; a test holds it against the names used in the sources.
 */
#ifndef BULKHEAD_HOST_RULES_H
#define BULKHEAD_HOST_RULES_H

#include "core/rules.h"

extern const struct bh_rule bh_host_rules[];
extern const unsigned int bh_host_nrules;

#endif
