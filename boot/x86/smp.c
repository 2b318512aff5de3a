// SPDX-License-Identifier: GPL-2.0-only
/*
 * The other CPUs, while the boot stage lasts: every CPU that a partition owns
 * is started once, helps with hashing and copying, and goes to the monitor.
 * CPUs that nobody owns stay in the state that INIT leaves: they wait for a
 * SIPI and run nothing.
 */
#include <string.h>

#include "arch/cpu.h"
#include "arch/lapic.h"
#include "arch/trampoline.h"
#include "x86/boot.h"
#include "x86/head.h"

#define WAKE_VECTOR	0xf1
#define START_TIMEOUT	1000000	/* us: an emulated CPU may be kept waiting */

void smp_interrupt(void);
void __stack_chk_fail(void) __attribute__((noreturn));
void fault(uint64_t vector, uint64_t error, uint64_t rip, uint64_t address);

static struct {
	struct boot *boot;
	void (*step)(struct boot *boot, uint32_t worker);
	uint32_t generation;	/* of step: a worker runs each once */
	uint32_t ready;		/* workers that wait for a step */
	struct idt_gate idt[256];
} smp;

void smp_interrupt(void)
{
	lapic_write(LAPIC_EOI, 0);
}

void fault(uint64_t vector, uint64_t error, uint64_t rip, uint64_t address)
{
	refuse("exception %llu (error 0x%llx) at image + 0x%llx, address 0x%llx",
	       (unsigned long long)vector, (unsigned long long)error,
	       (unsigned long long)(rip - (uint64_t)image_start),
	       (unsigned long long)address);
}

/*
 * libfdt was compiled for Linux's ABI: its stack protector reads the canary
 * at FS:0x28. One for all CPUs will do, nobody writes it.
 */
static const uint64_t thread_block[6] = { [5] = 0x00ff0a0d5ac39617 };

void __stack_chk_fail(void)
{
	refuse("a function's stack frame was overwritten");
}

static void load_tables(void)
{
	struct __attribute__((packed)) {
		uint16_t limit;
		uint64_t base;
	} gdtr = {
		(uint16_t)(boot_gdt_end - boot_gdt - 1), (uint64_t)boot_gdt
	}, idtr = {
		sizeof(smp.idt) - 1, (uint64_t)smp.idt
	};

	asm volatile("lgdt %0; lidt %1" : : "m"(gdtr), "m"(idtr));
	wrmsr(MSR_FS_BASE, (uint64_t)thread_block);
}

static void idle(uint32_t seen)
{
	/*
	 * HLT instead of spinning: under emulation the waiting would take the
	 * time from those that work. STI holds off for one instruction.
	 */
	asm volatile("cli");
	while (__atomic_load_n(&smp.generation, __ATOMIC_ACQUIRE) == seen)
		asm volatile("sti; hlt; cli" ::: "memory");
}

static void ap_main(uint32_t index) __attribute__((noreturn));
static void ap_main(uint32_t index)
{
	uint32_t id = cpu_apic_id(), worker, generation = 0;

	(void)index;
	load_tables();
	lapic_enable();
	for (worker = 1; worker < smp.boot->nworkers; worker++)
		if (smp.boot->workers[worker] == id)
			break;
	if (worker == smp.boot->nworkers)
		refuse("CPU %u started, which was not asked to", id);

	for (;;) {
		/* Pairs with the acquire in wait_for_all(): the step's results are out. */
		__atomic_fetch_add(&smp.ready, 1, __ATOMIC_ACQ_REL);
		idle(generation);
		generation++;
		smp.step(smp.boot, worker);
	}
}

static bool wait_for_all(uint64_t timeout_us)
{
	const struct boot *boot = smp.boot;
	uint64_t until = rdtsc() + timeout_us * boot->tsc_khz / 1000;

	while (__atomic_load_n(&smp.ready, __ATOMIC_ACQUIRE) < boot->nworkers - 1) {
		if (timeout_us && rdtsc() > until)
			return false;
		pause();
	}
	return true;
}

void smp_init(void)
{
	uint32_t i;

	for (i = 0; i < 256; i++)
		idt_gate_set(&smp.idt[i], BOOT_CS, i < 32 ?
			     (uint64_t)boot_gate_faults + 16 * i :
			     (uint64_t)boot_gate_wake);
	load_tables();
}

/* xAPIC mode has eight bits: INIT for CPU 256 would reset CPU 0, and 255 is everybody. */
static bool reachable(uint32_t apic_id)
{
	return apic_id <= 0xfe || lapic_is_x2();
}

static void list_workers(struct boot *boot)
{
	const struct bh_plan *plan = &boot->plan;
	uint32_t i, j;

	boot->workers = memory_scratch(&boot->memory,
				       (plan->ncpus + 1ULL) * sizeof(uint32_t));
	boot->workers[boot->nworkers++] = boot->bsp;
	for (i = 0; i < plan->npartitions; i++) {
		const struct bh_partition *p = &plan->partitions[i];

		for (j = 0; j < p->ncpus; j++)
			if (plan->cpus[p->first_cpu + j] != boot->bsp)
				boot->workers[boot->nworkers++] =
					plan->cpus[p->first_cpu + j];
	}
	for (i = 1; i < boot->nworkers; i++)
		if (!reachable(boot->workers[i]))
			refuse("CPU %u can't be reached: firmware left the local APICs in xAPIC mode",
			       boot->workers[i]);
}

static void sipi(const struct boot *boot)
{
	uint32_t i, vector = (uint32_t)(boot->plan.low_page.base >> 12);

	for (i = 1; i < boot->nworkers; i++)
		lapic_send(boot->workers[i], LAPIC_ICR_STARTUP | LAPIC_ICR_ASSERT | vector);
}

void smp_reset(const struct boot *boot)
{
	const struct bh_machine *machine = &boot->machine;
	uint32_t i;

	lapic_enable();
	for (i = 0; i < machine->ncpus; i++)
		if (machine->cpus[i].hwid != boot->bsp && reachable(machine->cpus[i].hwid))
			lapic_send(machine->cpus[i].hwid,
				   LAPIC_ICR_INIT | LAPIC_ICR_ASSERT);
}

void smp_start(struct boot *boot)
{
	uint8_t *page = (uint8_t *)boot->plan.low_page.base;
	struct trampoline_args *args = (void *)(page + TRAMPOLINE_ARGS);

	smp.boot = boot;
	list_workers(boot);

	memcpy(page, trampoline_start, (uint64_t)(trampoline_end - trampoline_start));
	*args = (struct trampoline_args){
		.cr3 = read_cr3(),
		.entry = (uint64_t)ap_main,
		.stacks = (uint64_t)memory_scratch(&boot->memory,
			boot->nworkers * (uint64_t)TRAMPOLINE_STACK),
	};

	clock_start();
	clock_finish(boot);
	/* Twice, as Intel asks for; a CPU that runs already ignores the second. */
	sipi(boot);
	if (!wait_for_all(200)) {
		sipi(boot);
		if (!wait_for_all(START_TIMEOUT))
			refuse("only %u of %u CPUs came up", smp.ready + 1,
			       boot->nworkers);
	}
}

void smp_run(struct boot *boot, void (*step)(struct boot *boot, uint32_t worker))
{
	uint32_t i;

	smp.step = step;
	__atomic_store_n(&smp.ready, 0, __ATOMIC_RELAXED);
	/* Pairs with the acquire in idle(): who sees it sees the step. */
	__atomic_fetch_add(&smp.generation, 1, __ATOMIC_RELEASE);
	for (i = 1; i < boot->nworkers; i++)
		lapic_send(boot->workers[i], LAPIC_ICR_ASSERT | WAKE_VECTOR);
	step(boot, 0);
	wait_for_all(0);
}
