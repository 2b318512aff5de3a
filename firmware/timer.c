// SPDX-License-Identifier: GPL-2.0-only
/*
 * The M-mode timer of a hart. Without Sstc it is S-mode's as well: the hardware's one
 * comparator goes to whichever of the two is due first.
 */
#include <sbi/riscv_asm.h>
#include <sbi/riscv_encoding.h>
#include <sbi/sbi_hart.h>
#include <sbi/sbi_hartmask.h>
#include <sbi/sbi_scratch.h>
#include <sbi/sbi_timer.h>

#include "firmware.h"
#include "hw.h"

static struct hart_timer {
	u64 s_time, m_time;
} timers[SBI_HARTMASK_MAX_BITS];

void __real_sbi_timer_process(void);
void __real_sbi_timer_event_start(u64 next_event);

void timer_init(void)
{
	for (u32 i = 0; i < SBI_HARTMASK_MAX_BITS; i++)
		timers[i].s_time = timers[i].m_time = HW_NEVER;
}

void timer_reset(void)
{
	struct hart_timer *mine = &timers[current_hartindex()];

	mine->s_time = mine->m_time = HW_NEVER;
}

static bool has_sstc(void)
{
	return sbi_hart_has_extension(sbi_scratch_thishart_ptr(), SBI_HART_EXT_SSTC);
}

static void arm(const struct hart_timer *mine)
{
	const struct sbi_timer_device *timer = sbi_timer_get_device();
	u64 next = MIN(mine->s_time, mine->m_time);

	if (!timer || !timer->timer_event_start)
		return;
	timer->timer_event_start(next);
	if (next == HW_NEVER)
		csr_clear(CSR_MIE, MIP_MTIP);
	else
		csr_set(CSR_MIE, MIP_MTIP);
}

void hw_timer_set(u64 time)
{
	struct hart_timer *mine = &timers[current_hartindex()];

	mine->m_time = time;
	arm(mine);
}

void __wrap_sbi_timer_event_start(u64 next_event)
{
	struct hart_timer *mine = &timers[current_hartindex()];

	if (has_sstc()) {
		csr_write64(CSR_STIMECMP, next_event);
		return;
	}
	mine->s_time = next_event;
	csr_clear(CSR_MIP, MIP_STIP);
	arm(mine);
}

bool timer_process(u64 now)
{
	struct hart_timer *mine = &timers[current_hartindex()];
	bool ours = now >= mine->m_time;

	if (now >= mine->s_time) {
		mine->s_time = HW_NEVER;
		__real_sbi_timer_process();
	}
	if (ours)
		mine->m_time = HW_NEVER;
	arm(mine);
	return ours;
}
