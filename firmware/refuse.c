// SPDX-License-Identifier: GPL-2.0-only
#include <sbi/sbi_hart.h>

#include "firmware.h"

void __noreturn __real_sbi_hart_hang(void);

void refuse(const char *why)
{
	hw_say("%s", why);
	__real_sbi_hart_hang();
}
