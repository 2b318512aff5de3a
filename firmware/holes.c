// SPDX-License-Identifier: GPL-2.0-only
/*
 * What OpenSBI 1.8 lets S-mode do that reaches beyond the caller's partition. Each of these
 * stands before the function of its name (the linker's --wrap), and hands on to it
 * what it is sound for. tests/system/test_hostile_calls.py tries them all.
 */
#include <sbi/riscv_asm.h>
#include <sbi/sbi_bitops.h>
#include <sbi/sbi_domain.h>
#include <sbi/sbi_ecall_interface.h>
#include <sbi/sbi_error.h>
#include <sbi/sbi_pmu.h>
#include <sbi/sbi_scratch.h>
#include <sbi/sbi_trap.h>
#include <sbi/sbi_trap_ldst.h>

#include "firmware.h"

/* Entries of one PMU call: each costs a walk through all events, with interrupts off. */
#define PMU_EVENTS_MAX	4096UL

bool __real_sbi_domain_check_addr_range(const struct sbi_domain *dom, unsigned long addr,
					unsigned long size, unsigned long mode, unsigned long access);
bool __wrap_sbi_domain_check_addr_range(const struct sbi_domain *dom, unsigned long addr,
					unsigned long size, unsigned long mode, unsigned long access);
int __real_sbi_pmu_event_get_info(unsigned long lo, unsigned long hi, unsigned long count,
				  unsigned long flags);
int __wrap_sbi_pmu_event_get_info(unsigned long lo, unsigned long hi, unsigned long count,
				  unsigned long flags);
int __real_sbi_pmu_ctr_cfg_match(unsigned long base, unsigned long mask, unsigned long flags,
				 unsigned long event, uint64_t data);
int __wrap_sbi_pmu_ctr_cfg_match(unsigned long base, unsigned long mask, unsigned long flags,
				 unsigned long event, uint64_t data);
int __wrap_sbi_misaligned_v_ld_emulator(int length, union sbi_ldst_data *value,
					struct sbi_trap_context *context);
int __wrap_sbi_misaligned_v_st_emulator(int length, union sbi_ldst_data value,
					struct sbi_trap_context *context);

/* A range that wraps around is taken for an empty one, and an empty one passes. */
bool __wrap_sbi_domain_check_addr_range(const struct sbi_domain *dom, unsigned long addr,
					unsigned long size, unsigned long mode, unsigned long access)
{
	return size && addr + size > addr &&
	       __real_sbi_domain_check_addr_range(dom, addr, size, mode, access);
}

/*
 * The list's size is computed in 64 bits, and wraps: what is checked is then one entry,
 * what is written all memory behind it. With Smepmp the list is opened by one PMP
 * entry, which must not grow beyond the caller's memory (console.c): page by page.
 */
int __wrap_sbi_pmu_event_get_info(unsigned long lo, unsigned long hi, unsigned long count,
				  unsigned long flags)
{
	const unsigned long entry = sizeof(struct sbi_pmu_event_info);
	int rc;

	if (flags || hi || !count || count > PMU_EVENTS_MAX || lo % entry)
		return __real_sbi_pmu_event_get_info(lo, hi, 0, flags);
	/* All or nothing. */
	if (!sbi_domain_check_addr_range(sbi_domain_thishart_ptr(), lo, count * entry, PRV_S,
					 SBI_DOMAIN_READ | SBI_DOMAIN_WRITE))
		return SBI_ERR_INVALID_ADDRESS;
	while (count) {
		unsigned long n = MIN(count, (PAGE_SIZE - lo % PAGE_SIZE) / entry);

		rc = __real_sbi_pmu_event_get_info(lo, 0, n, 0);
		if (rc)
			return rc;
		lo += n * entry;
		count -= n;
	}
	return 0;
}

/*
 * With SKIP_MATCH the caller names the counter, which may be below the first one (base
 * and mask wrap around), or of the other kind than the event: an index that
 * lands, as 32 bits, in memory 32 GiB further on.
 */
int __wrap_sbi_pmu_ctr_cfg_match(unsigned long base, unsigned long mask, unsigned long flags,
				 unsigned long event, uint64_t data)
{
	unsigned long total = sbi_pmu_num_ctr(), hardware = total - SBI_PMU_FW_CTR_MAX, first;
	bool of_firmware = (event & SBI_PMU_EVENT_IDX_TYPE_MASK) >> SBI_PMU_EVENT_IDX_TYPE_OFFSET ==
			   SBI_PMU_EVENT_TYPE_FW;

	if (!mask || base >= total)
		return SBI_EINVAL;
	first = base + sbi_ffs(mask);
	/* Counter 1 is the time, which can't be written. */
	if ((flags & SBI_PMU_CFG_FLAG_SKIP_MATCH) &&
	    (first >= total || first == 1 || (first >= hardware) != of_firmware))
		return SBI_EINVAL;
	return __real_sbi_pmu_ctr_cfg_match(base, mask, flags, event, data);
}

/*
 * Vector loads and stores that fault: emulation has 8 KiB of mask on a stack of 4, and what
 * lies below is the next hart's, of whatever partition. The fault goes to the kernel,
 * as on a hart whose misaligned accesses are delegated.
 */
int __wrap_sbi_misaligned_v_ld_emulator(int length, union sbi_ldst_data *value,
					struct sbi_trap_context *context)
{
	return sbi_trap_redirect(&context->regs, &context->trap);
}

int __wrap_sbi_misaligned_v_st_emulator(int length, union sbi_ldst_data value,
					struct sbi_trap_context *context)
{
	return sbi_trap_redirect(&context->regs, &context->trap);
}
