// SPDX-License-Identifier: GPL-2.0-only
#include <sbi/sbi_scratch.h>
#include <sbi/sbi_string.h>

#include "firmware.h"

static u8 *next, *end;

/* No PMP entry of a partition's reaches here, so M-mode has it to itself, with Smepmp, too. */
static void find(void)
{
	struct sbi_scratch *scratch = sbi_scratch_thishart_ptr();

	if (next)
		return;
	next = (u8 *)(scratch->fw_start + scratch->fw_size);
	end = (u8 *)(scratch->fw_start + BH_RISCV_FIRMWARE_SIZE);
}

static size_t round_up(size_t count, size_t size)
{
	size = (count * size + 15) & ~15UL;
	if (next > end || size > (size_t)(end - next))
		refuse("2 MiB of firmware are too few for this plan and machine");
	return size;
}

void *room_alloc(size_t count, size_t size)
{
	void *p;

	find();
	size = round_up(count, size);
	p = next;
	next += size;
	sbi_memset(p, 0, size);
	return p;
}

size_t room_left(void)
{
	find();
	return (size_t)(end - next);
}

void *room_borrow(size_t count, size_t size)
{
	find();
	size = round_up(count, size);
	end -= size;
	return end;
}

void room_give_back(void)
{
	struct sbi_scratch *scratch = sbi_scratch_thishart_ptr();

	end = (u8 *)(scratch->fw_start + BH_RISCV_FIRMWARE_SIZE);
}
