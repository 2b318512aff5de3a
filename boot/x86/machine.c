// SPDX-License-Identifier: GPL-2.0-only
/* monitor/machine.h while the boot stage lasts: what a start list asks for. */
#include <string.h>

#include "arch/cpu.h"
#include "core/finding.h"
#include "monitor/machine.h"
#include "x86/console.h"

/* Nothing keeps the boot stage out of a partition's memory. */
int hw_open(uint64_t base, uint64_t size)
{
	(void)base;
	(void)size;
	return 0;
}

void hw_close(uint64_t base, uint64_t size)
{
	(void)base;
	(void)size;
}

void hw_copy(uint64_t to, uint64_t from, uint64_t size)
{
	memcpy((void *)to, (const void *)from, size);
}

void hw_relax(void)
{
	pause();
}

void hw_say(const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	bh_vformat(text, sizeof(text), fmt, ap);
	va_end(ap);
	say("%s", text);
}
