// SPDX-License-Identifier: GPL-2.0-only
/* What the firmware keeps for one epoch of a partition. */
#include "monitor/machine.h"

#include "platform.h"

void hw_part_reset(struct part *p)
{
	bell_reset(p);
	uart_reset(p);
}
