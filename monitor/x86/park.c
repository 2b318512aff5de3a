// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parked CPUs: wait at the partition's mailbox until its kernel wants them.
 *
 * A kernel writes the mailbox and sends no interrupt (ACPI 6.5, 5.2.12.19),
 * so a parked CPU has to look. It sleeps in HLT between looks and lets its own
 * LAPIC timer wake it: spinning would take cycles from an SMT sibling, or
 * from every other CPU where the machine is emulated.
 */
#include "arch/cpu.h"
#include "arch/lapic.h"
#include "monitor.h"

void mon_park(struct mon_cpu *cpu, struct mon_header *header)
	__attribute__((noreturn));
void mon_faulted(struct mon_cpu *cpu, uint64_t vector, uint64_t rip)
	__attribute__((noreturn));
void mon_jump(uint64_t target, uint64_t params, uint64_t cr3)
	__attribute__((noreturn));

static void control_registers(void)
{
	uint64_t cr4 = read_cr4();

	/* LA57 can't change in long mode; everything else starts plain. */
	write_cr4(CR4_PAE | CR4_MCE | (cr4 & CR4_LA57));
	write_cr0(CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG);
	/*
	 * NXE too: Linux's trampoline_start64 loads page tables that use NX
	 * before it sets EFER itself.
	 */
	wrmsr(MSR_EFER, (rdmsr(MSR_EFER) & (EFER_LME | EFER_LMA)) | EFER_NXE);
	write_dr7(0x400);
}

static void timer_on(const struct mon_header *header)
{
	uint32_t i;

	lapic_enable();
	lapic_write(LAPIC_TPR, 0);
	for (i = LAPIC_LVT_CMCI; i <= LAPIC_LVT_ERROR; i += 0x10)
		if (lapic_has_lvt(i))
			lapic_write(i, LAPIC_LVT_MASKED);
	/*
	 * The kernel may have left from inside a handler: an in-service bit
	 * above ours would keep the timer away for good.
	 */
	for (i = 0; i < 256 && lapic_in_service(); i++)
		lapic_write(LAPIC_EOI, 0);

	lapic_write(LAPIC_TIMER_DIVIDE, LAPIC_DIVIDE_16);
	lapic_write(LAPIC_LVT_TIMER, LAPIC_TIMER_PERIODIC | MON_TIMER_VECTOR);
	lapic_write(LAPIC_TIMER_INITIAL, header->timer_count);
}

/* As after INIT: software-disabled, everything masked. */
static void lapic_quiet(void)
{
	lapic_write(LAPIC_LVT_TIMER, LAPIC_LVT_MASKED);
	lapic_write(LAPIC_TIMER_INITIAL, 0);
	lapic_write(LAPIC_SVR, 0xff);
}

static void start_kernel(struct mon_cpu *cpu, struct mon_header *header)
{
	uint64_t target = cpu->start;

	/*
	 * Once the first kernel runs, the boot stage's memory is its to use:
	 * wait until the last CPU has left it. Pairs with the release add in
	 * mon_park().
	 */
	while (__atomic_load_n(&header->arrived, __ATOMIC_ACQUIRE) <
	       header->expected)
		pause();
	cpu->start = 0;
	cpu->wakes++;
	cpu->state = MON_CPU_RUNNING;
	mon_jump(target, cpu->start_params, cpu->start_cr3);
}

void mon_park(struct mon_cpu *cpu, struct mon_header *header)
{
	struct mon_mailbox *mailbox = (struct mon_mailbox *)cpu->mailbox;
	uint32_t first = cpu->state == MON_CPU_ABSENT;

	control_registers();
	cpu->state = MON_CPU_PARKED;
	if (first)
		__atomic_fetch_add(&header->arrived, 1, __ATOMIC_ACQ_REL);
	if (cpu->start)
		start_kernel(cpu, header);

	timer_on(header);
	for (;;) {
		/* Pairs with the kernel's release store of the command. */
		uint16_t command = mailbox ?
			__atomic_load_n(&mailbox->command, __ATOMIC_ACQUIRE) :
			MON_COMMAND_NOOP;

		if (command != MON_COMMAND_NOOP &&
		    mailbox->apic_id == cpu->apic_id) {
			uint64_t vector = mailbox->wakeup_vector;

			if (command == MON_COMMAND_WAKEUP) {
				lapic_quiet();
				cpu->wakes++;
				cpu->state = MON_CPU_RUNNING;
			}
			/* The acknowledgement: the kernel may write the next one. */
			__atomic_store_n(&mailbox->command, MON_COMMAND_NOOP,
					 __ATOMIC_RELEASE);
			if (command == MON_COMMAND_WAKEUP)
				mon_jump(vector, 0, 0);
			continue;
		}
		/* STI holds interrupts off for one instruction: no lost wake-up. */
		asm volatile("sti; hlt; cli" ::: "memory");
	}
}

void mon_faulted(struct mon_cpu *cpu, uint64_t vector, uint64_t rip)
{
	cpu->vector = (uint32_t)vector;
	cpu->fault_rip = rip;
	cpu->state = MON_CPU_FAULTED;
	for (;;)
		asm volatile("cli; hlt");
}
