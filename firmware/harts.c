// SPDX-License-Identifier: GPL-2.0-only
/*
 * Harts on their way into a partition and out of it.
 *
 * OpenSBI knows how a hart starts and stops; what it does not know is that the
 * harts of a partition belong together. The functions below stand around its own
 * (the linker's --wrap), wherever a hart comes by:
 *
 *	sbi_domain_startup	cold boot's end: starts the partitions
 *	sbi_hsm_init		a hart is about to wait, stopped: was it the last one?
 *	  (final_init, init.c)	a hart is starting: is its partition to be loaded?
 *	sbi_hart_switch_mode	a hart is about to enter S-mode: may it?
 *	sbi_ipi_process		a hart was told to look
 *	sbi_fifo_dequeue	a hart waits for another one's TLB: may it go on waiting?
 *	sbi_fifo_init		a hart comes up, and its queue of fences may be in use
 *	sbi_timer_process	a hart's M-mode timer has run out
 *	sbi_hart_hang		a hart made a fatal trap in M-mode
 *
 * (timer.c has the timer's other half, init.c what is around all of it, holes.c those that
 * have nothing to do with harts.)
 *
 * A hart that finds its partition not RUNNING stops itself the way HSM's stop does:
 * STARTED, STOP_PENDING, sbi_exit(), STOPPED, warm boot, wait. The last one to arrive
 * there goes on with states_cpus_stopped(). An interrupt is only what makes a hart look, so
 * none is waited for and none can be lost: one that comes while its hart
 * starts is cleared there, and sbi_hart_switch_mode() looks afterwards.
 */
#include <sbi/riscv_asm.h>
#include <sbi/riscv_barrier.h>
#include <sbi/riscv_encoding.h>
#include <sbi/sbi_console.h>
#include <sbi/sbi_domain.h>
#include <sbi/sbi_ecall_interface.h>
#include <sbi/sbi_error.h>
#include <sbi/sbi_fifo.h>
#include <sbi/sbi_fwft.h>
#include <sbi/sbi_hart.h>
#include <sbi/sbi_hsm.h>
#include <sbi/sbi_init.h>
#include <sbi/sbi_ipi.h>
#include <sbi/sbi_mpxy.h>
#include <sbi/sbi_platform.h>
#include <sbi/sbi_scratch.h>
#include <sbi/sbi_string.h>
#include <sbi/sbi_timer.h>
#include <sbi/sbi_trap.h>
#include "monitor/states.h"

#include "firmware.h"
#include "keeper.h"

#define ARRIVAL_MS	2000

/*
 * What a hart keeps for itself.
 * @divert: it won the cold boot, but no partition starts on it
 * @scrub: it left a partition by force: what S-mode left behind goes before S-mode comes back
 * @hung: it made a fatal trap; the next one is final
 */
struct hart {
	bool divert, scrub, hung;
};

static struct hart harts[SBI_HARTMASK_MAX_BITS];
static bool ready;

int __real_sbi_hsm_init(struct sbi_scratch *scratch, bool cold_boot);
void __real_sbi_fifo_init(struct sbi_fifo *fifo, void *queue, u16 entries, u16 size);
void __wrap_sbi_fifo_init(struct sbi_fifo *fifo, void *queue, u16 entries, u16 size);
bool sbi_fifo_reset(struct sbi_fifo *fifo);	/* in no header */
int __real_sbi_fifo_dequeue(struct sbi_fifo *fifo, void *data);
void __real_sbi_ipi_process(void);
void __noreturn __real_sbi_hart_hang(void);
void __noreturn __real_sbi_hart_switch_mode(unsigned long arg0, unsigned long arg1,
					    unsigned long next_addr, unsigned long next_mode,
					    bool next_virt);

/* The partition of the hart that runs this, once there are partitions. */
static struct part *my_part(void)
{
	return __atomic_load_n(&ready, __ATOMIC_ACQUIRE) ? part_of_hart(current_hartindex()) : NULL;
}

static enum bh_state state_of(const struct part *p)
{
	return __atomic_load_n(&p->state, __ATOMIC_ACQUIRE);
}

/* --- stopping --- */

/* This hart is STARTED and its partition is not to run. */
static void __noreturn leave(void)
{
	harts[current_hartindex()].scrub = true;
	/* The buffer was in the old kernel's memory. All ones, in 32 bits, turn it off. */
	sbi_mpxy_set_shmem(0xffffffffUL, 0xffffffffUL, 0);
	sbi_hsm_hart_stop(sbi_scratch_thishart_ptr(), true);
	__real_sbi_hart_hang();
}

void harts_leave(void)
{
	leave();
}

static void look(void)
{
	struct part *p = my_part();
	u32 me = current_hartindex();

	if (!p)
		return;
	if (state_of(p) == BH_STATE_RUNNING) {
		if (keeper_is_wanted(p)) {
			hw_lock();
			keeper_adopt(p, me);
			hw_unlock();
		}
		return;
	}
	/* In any other state it is on its way down already, or will look at the gate. */
	if (__sbi_hsm_hart_get_state(me) == SBI_HSM_STATE_STARTED)
		leave();
}

/*
 * sbi_hsm_hart_start() wakes a hart by every device there is, and sbi_ipi_process() clears
 * only the best. The wake-up by another one that comes after the hart has cleared them all
 * on its way up would interrupt it for ever.
 */
void __wrap_sbi_ipi_process(void)
{
	if (csr_read(CSR_MIP) & MIP_MSIP)
		sbi_ipi_raw_clear(true);
	__real_sbi_ipi_process();
	look();
}

/*
 * A hart that asks others to flush their TLBs waits for them with its interrupts off,
 * and waits for ever for one that has stopped in between. It holds nothing here. Its
 * timer may be the one that keeps the heartbeat.
 */
int __wrap_sbi_fifo_dequeue(struct sbi_fifo *fifo, void *data)
{
	int rc = __real_sbi_fifo_dequeue(fifo, data);

	if (!rc)
		return 0;
	if (csr_read(CSR_MIP) & csr_read(CSR_MIE) & MIP_MTIP)
		sbi_timer_process();
	look();
	return rc;
}

/*
 * A hart that comes up empties its queue of fences, and another one of its partition may
 * be about to put something in: a lock that is made anew under its holder is never free again.
 */
void __wrap_sbi_fifo_init(struct sbi_fifo *fifo, void *queue, u16 entries, u16 size)
{
	if (fifo->queue == queue && fifo->num_entries == entries && fifo->entry_size == size)
		sbi_fifo_reset(fifo);
	else
		__real_sbi_fifo_init(fifo, queue, entries, size);
}

void harts_early_exit(void)
{
	u32 me = current_hartindex();
	struct part *p = my_part();

	timer_reset();
	if (!p)
		return;
	hw_lock();
	if (keeper_leave(p, me))
		hw_cpus_look(p);
	hw_unlock();
}

static bool all_stopped(const struct part *p)
{
	for (u32 i = 0; i < p->ncpus; i++) {
		if (__sbi_hsm_hart_get_state(p->cpus[i]) != SBI_HSM_STATE_STOPPED)
			return false;
	}
	return true;
}

/*
 * Each hart makes itself STOPPED before it takes the lock: the last one to take
 * it sees all of them stopped.
 */
int __wrap_sbi_hsm_init(struct sbi_scratch *scratch, bool cold_boot)
{
	struct part *p = cold_boot ? NULL : my_part();

	if (p) {
		harts[current_hartindex()].hung = false;
		hw_lock();
		if (all_stopped(p))
			states_cpus_stopped(p);
		hw_unlock();
	}
	return __real_sbi_hsm_init(scratch, cold_boot);
}

/*
 * The partition of a hart that fails in M-mode stops. What the hart held stays
 * held: a lock of OpenSBI's, if it had one.
 */
void __noreturn __wrap_sbi_hart_hang(void)
{
	struct part *p = my_part();
	u32 me = current_hartindex();
	int hsm;

	if (!p || harts[me].hung || hw_is_locked_by_me())
		__real_sbi_hart_hang();
	harts[me].hung = true;
	hsm = __sbi_hsm_hart_get_state(me);
	hw_lock();
	if (hsm == SBI_HSM_STATE_START_PENDING)
		states_loaded(p, false);
	states_force_stop(p, BH_REASON_TRAP);
	hw_unlock();
	if (hsm == SBI_HSM_STATE_STARTED)
		leave();
	if (hsm == SBI_HSM_STATE_START_PENDING)
		sbi_hsm_hart_start_finish(sbi_scratch_thishart_ptr(), current_hartid());
	__real_sbi_hart_hang();
}

void hw_cpus_look(struct part *p)
{
	for (u32 i = 0; i < p->ncpus; i++) {
		if (__sbi_hsm_hart_get_state(p->cpus[i]) != SBI_HSM_STATE_STOPPED)
			sbi_ipi_raw_send(p->cpus[i], false);
	}
}

/* --- starting --- */

int hw_boot_cpu_start(struct part *p)
{
	struct sbi_scratch *scratch = sbi_scratch_thishart_ptr();
	u32 index = p->cpus[0];

	/* The end of the cold boot: this very hart is on its way to S-mode. */
	if (!ready && index == current_hartindex()) {
		scratch->next_addr = p->start.entry;
		scratch->next_arg1 = p->start.argument;
		scratch->next_mode = PRV_S;
		return 0;
	}
	return sbi_hsm_hart_start(scratch, NULL, sbi_hartindex_to_hartid(index), p->start.entry,
				  PRV_S, p->start.argument);
}

void harts_load_if_due(void)
{
	struct part *p = my_part();
	bool good;

	if (!p || p->cpus[0] != current_hartindex() || state_of(p) != BH_STATE_STARTING)
		return;
	good = start_run(&p->start, monitor.images, p->name);
	hw_lock();
	states_loaded(p, good);
	hw_unlock();
}

/*
 * U-Boot's SPL lies where the status pages are to be, and every hart runs through it. One
 * that has counted its entry has left it.
 */
static void wait_for_harts(void)
{
	u64 end = hw_time() + ARRIVAL_MS * hw_frequency() / 1000;

	for (u32 i = 0; i < monitor.nparts; i++) {
		for (u32 k = 0; k < monitor.parts[i].ncpus; k++) {
			u32 index = monitor.parts[i].cpus[k];

			while (!sbi_entry_count(index) && hw_time() < end)
				cpu_relax();
			if (!sbi_entry_count(index))
				hw_say("%s: hart %u has not arrived", monitor.parts[i].name,
				       sbi_hartindex_to_hartid(index));
		}
	}
}

int __wrap_sbi_domain_startup(struct sbi_scratch *scratch, u32 cold_hartid)
{
	u32 me = current_hartindex();
	struct part *mine = part_of_hart(me);

	if (mine && mine->cpus[0] != me)
		mine = NULL;
	wait_for_harts();
	for (u32 i = 0; i < monitor.nparts; i++)
		sbi_memset(monitor.parts[i].page, 0, BH_STATUS_PAGE_SIZE);

	/* Before any other hart may come by, and without `ready`, which is for those. */
	hw_lock();
	if (mine)
		states_start(mine);
	__atomic_store_n(&ready, true, __ATOMIC_RELEASE);
	for (u32 i = 0; i < monitor.nparts; i++) {
		if (&monitor.parts[i] != mine)
			states_start(&monitor.parts[i]);
	}
	hw_unlock();

	/* Cold boot ends in S-mode; a hart that boots no partition turns round at the gate. */
	harts[me].divert = !mine;
	harts_load_if_due();
	return 0;
}

/*
 * What the last kernel has left in this hart's S-level state: interrupt files
 * keep what they were sent, and a new kernel enables identities one by one.
 */
static void scrub(void)
{
	/* What OpenSBI's warm boot leaves as it was set: a new kernel may have no landing pads. */
	static const enum sbi_fwft_feature_t features[] = {
		SBI_FWFT_LANDING_PAD, SBI_FWFT_SHADOW_STACK, SBI_FWFT_POINTER_MASKING_PMLEN,
	};
	struct sbi_scratch *scratch = sbi_scratch_thishart_ptr();

	for (u32 i = 0; i < array_size(features); i++)
		sbi_fwft_set(features[i], 0, 0);
	csr_write(CSR_SIE, 0);
	csr_clear(CSR_MIP, MIP_SSIP);
	if (sbi_hart_has_extension(scratch, SBI_HART_EXT_SSTC))
		csr_write64(CSR_STIMECMP, HW_NEVER);
	if (!fw.imsic_ids || !sbi_hart_has_extension(scratch, SBI_HART_EXT_SMAIA))
		return;
	/* Advanced Interrupt Architecture v1.0, 3.8: eidelivery, eip0, eie0; the even ones on RV64. */
	csr_write(CSR_SISELECT, 0x70);
	csr_write(CSR_SIREG, 0);
	for (u32 i = 0; i <= fw.imsic_ids / 64; i++) {
		csr_write(CSR_SISELECT, 0xc0 + 2 * i);
		csr_write(CSR_SIREG, 0);
		csr_write(CSR_SISELECT, 0x80 + 2 * i);
		csr_write(CSR_SIREG, 0);
	}
	csr_write(CSR_SISELECT, 0);
}

/* The gate. The hart is STARTED as far as HSM is concerned. */
void __noreturn __wrap_sbi_hart_switch_mode(unsigned long arg0, unsigned long arg1,
					    unsigned long next_addr, unsigned long next_mode,
					    bool next_virt)
{
	u32 me = current_hartindex();
	struct part *p = my_part();

	/* A hart that stopped inside of a trap never unwound it. */
	sbi_trap_set_context(sbi_scratch_thishart_ptr(), NULL);

	if (harts[me].divert) {
		harts[me].divert = false;
		leave();
	}
	if (p && state_of(p) != BH_STATE_RUNNING)
		leave();
	if (harts[me].scrub) {
		harts[me].scrub = false;
		scrub();
	}
	look();
	/*
	 * Another hart may have stored the partition's kernel, and the fence.i of the warm boot
	 * was before this hart began to wait.
	 */
	RISCV_FENCE_I;
	__real_sbi_hart_switch_mode(arg0, arg1, next_addr, next_mode, next_virt);
}

/* --- timers --- */

void __wrap_sbi_timer_process(void)
{
	struct part *p = my_part();
	u64 now = hw_time();

	if (!timer_process(now) || !p)
		return;
	hw_lock();
	states_tick(now);
	keeper_rearm(p, current_hartindex());
	hw_unlock();
}
