// SPDX-License-Identifier: GPL-2.0-only
/* What the firmware keeps for one epoch of a partition. */
#include "monitor/machine.h"

#include "hw.h"
#include "platform.h"

void hw_part_reset(struct part *p)
{
	bell_reset(p);
	/* While harts of it run, one may have the UART's lock and wait for the line. */
	if (p->state == BH_STATE_STARTING) {
		uart_reset(p);
		hw_console_forget(p);
	}
}
