// SPDX-License-Identifier: GPL-2.0-only
/* monitor/machine.h on top of OpenSBI; what concerns harts is in harts.c. */
#include <sbi/riscv_asm.h>
#include <sbi/riscv_barrier.h>
#include <sbi/riscv_encoding.h>
#include <sbi/riscv_io.h>
#include <sbi/riscv_locks.h>
#include <sbi/sbi_console.h>
#include <sbi/sbi_domain.h>
#include <sbi/sbi_ecall_interface.h>
#include <sbi/sbi_hart.h>
#include <sbi/sbi_hart_protection.h>
#include <sbi/sbi_scratch.h>
#include <sbi/sbi_string.h>
#include <sbi/sbi_system.h>
#include <sbi/sbi_timer.h>
#include <sbi/sbi_trap.h>
#include <sbi/sbi_unpriv.h>

#include "core/finding.h"
#include "firmware.h"
#include "walk.h"

struct firmware fw;

_Static_assert(sizeof(struct hw_spinlock) == sizeof(spinlock_t), "a spinlock is one word");

static DEFINE_SPIN_LOCK(state_lock);
static u32 state_lock_owner = HART_NONE;

void hw_spin_lock(struct hw_spinlock *lock)
{
	spin_lock((spinlock_t *)lock);
}

void hw_spin_unlock(struct hw_spinlock *lock)
{
	spin_unlock((spinlock_t *)lock);
}

void hw_lock(void)
{
	spin_lock(&state_lock);
	state_lock_owner = current_hartindex();
}

void hw_unlock(void)
{
	state_lock_owner = HART_NONE;
	spin_unlock(&state_lock);
}

bool hw_is_locked_by_me(void)
{
	return __atomic_load_n(&state_lock_owner, __ATOMIC_RELAXED) == current_hartindex();
}

u32 hw_hart(void)
{
	return current_hartindex();
}

u64 hw_time(void)
{
	return sbi_timer_value();
}

u64 hw_frequency(void)
{
	const struct sbi_timer_device *timer = sbi_timer_get_device();

	return timer && timer->timer_event_start ? timer->timer_freq : 0;
}

void hw_msi_write(u64 address, u32 data)
{
	/* The barrier of writel() is before the store: what the sender wrote comes first. */
	writel(data, (volatile void *)address);
}

bool hw_load_as_caller(u64 address, u64 *value)
{
	struct sbi_trap_info trap;

	*value = sbi_load_u64((const u64 *)address, &trap);
	return !trap.cause;
}

/* Only what the partition could read itself: its tables are where it says. */
static bool load_entry(u64 at, u64 *entry)
{
	if (!sbi_domain_check_addr_range(sbi_domain_thishart_ptr(), at, sizeof(*entry), PRV_S,
					 SBI_DOMAIN_READ) ||
	    hw_open(at, sizeof(*entry)))
		return false;
	*entry = __atomic_load_n((const u64 *)at, __ATOMIC_RELAXED);
	hw_close(at, sizeof(*entry));
	return true;
}

bool hw_translate(u64 address, u64 *physical)
{
	/* A guest of the partition: its addresses take two stages, and its kernel emulates. */
	if (misa_extension('H') && csr_read(CSR_MSTATUS) & MSTATUS_MPV)
		return false;
	return walk(csr_read(CSR_SATP), address, physical, load_entry);
}

/*
 * Not secret from someone who reads the clock at the same instant, but he would
 * have to have it in another page between our store and our load, twice.
 */
u64 hw_nonce(void)
{
	static u64 count;
	u64 x = csr_read(CSR_MCYCLE) ^ (sbi_timer_value() << 32) ^
		__atomic_add_fetch(&count, 0x9e3779b97f4a7c15UL, __ATOMIC_RELAXED);

	/* splitmix64's finisher */
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9UL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebUL;
	return x ^ x >> 31;
}

void hw_power_off(void)
{
	const struct sbi_system_reset_device *device =
		sbi_system_reset_get_device(SBI_SRST_RESET_TYPE_SHUTDOWN, SBI_SRST_RESET_REASON_NONE);

	if (device)
		device->system_reset(SBI_SRST_RESET_TYPE_SHUTDOWN, SBI_SRST_RESET_REASON_NONE);
}

void hw_say(const char *fmt, ...)
{
	char text[240];
	va_list ap;

	va_start(ap, fmt);
	bh_vformat(text, sizeof(text), fmt, ap);
	va_end(ap);
	sbi_printf("bulkhead: %s\n", text);
}

/*
 * With Smepmp a hart that has run S-mode before keeps M-mode out of S-mode's memory
 * until its next reset. OpenSBI reserves a PMP entry to open a range.
 */
static bool is_shut(void)
{
	return sbi_hart_has_extension(sbi_scratch_thishart_ptr(), SBI_HART_EXT_SMEPMP) &&
	       (csr_read(CSR_MSECCFG) & MSECCFG_MML);
}

int hw_open(u64 base, u64 size)
{
	return is_shut() ? sbi_hart_protection_map_range(base, size) : 0;
}

void hw_close(u64 base, u64 size)
{
	if (is_shut())
		sbi_hart_protection_unmap_range(base, size);
}

/* sbi_memcpy() goes byte by byte, which for a kernel is the better part of a second. */
void hw_copy(u64 to, u64 from, u64 size)
{
	u64 *d = (u64 *)to;
	const u64 *s = (const u64 *)from;
	u64 words = (to | from) % 8 ? 0 : size / 8;
	u64 done = words * 8;

	for (; words >= 8; words -= 8, d += 8, s += 8) {
		u64 a = s[0], b = s[1], c = s[2], e = s[3];
		u64 f = s[4], g = s[5], h = s[6], i = s[7];

		d[0] = a;
		d[1] = b;
		d[2] = c;
		d[3] = e;
		d[4] = f;
		d[5] = g;
		d[6] = h;
		d[7] = i;
	}
	while (words--)
		*d++ = *s++;
	sbi_memcpy((u8 *)to + done, (const u8 *)from + done, size - done);
}

void hw_relax(void)
{
	cpu_relax();
}
