// SPDX-License-Identifier: GPL-2.0-only
#include "riscv.h"

#include <assert.h>
#include <string.h>

#include "keeper.h"

const char *const shape_name = "riscv";

struct riscv riscv;
struct firmware fw;

static struct part_platform platforms[FAKE_PARTS];
static uint64_t files[FAKE_CPUS];

/* --- firmware/hw.h --- */

void hw_spin_lock(struct hw_spinlock *lock)
{
	assert(!lock->ticket);
	lock->ticket = 1;
}

void hw_spin_unlock(struct hw_spinlock *lock)
{
	assert(lock->ticket);
	lock->ticket = 0;
}

uint32_t hw_hart(void)
{
	return fake.cpu;
}

void hw_timer_set(uint64_t time)
{
	riscv.timer[fake.cpu] = time;
}

void hw_msi_write(uint64_t address, uint32_t data)
{
	riscv.msis++;
	riscv.msi_address = address;
	riscv.msi_data = data;
}

bool hw_translate(uint64_t address, uint64_t *physical)
{
	*physical = address;
	return !riscv.unmapped;
}

bool hw_load_as_caller(uint64_t address, uint64_t *value)
{
	if (address < riscv.readable || address + 8 > riscv.readable + riscv.readable_size)
		return false;
	memcpy(value, (const void *)(uintptr_t)address, sizeof(*value));
	return true;
}

void hw_console_put(struct part *p, uint8_t byte)
{
	char *line = riscv.output[part_index(p)];
	size_t used = strlen(line);

	if (used + 1 < sizeof(riscv.output[0]))
		line[used] = (char)byte;
}

void hw_console_forget(struct part *p)
{
	riscv.input[part_index(p)] = NULL;
}

bool hw_console_get(struct part *p, uint8_t *byte)
{
	const char **line = &riscv.input[part_index(p)];

	if (!*line || !**line)
		return false;
	*byte = (uint8_t)*(*line)++;
	return true;
}

uint64_t hw_nonce(void)
{
	static uint64_t n;

	return n += 0x9e3779b97f4a7c15ULL;
}

/* --- the shape --- */

void shape_reset(void)
{
	memset(&riscv, 0, sizeof(riscv));
	memset(platforms, 0, sizeof(platforms));
	fw = (struct firmware) { .imsic_ids = RISCV_IDS };
	for (uint32_t i = 0; i < FAKE_CPUS; i++) {
		riscv.timer[i] = HW_NEVER;
		files[i] = RISCV_IMSIC + 0x1000UL * i;
	}
	for (uint32_t i = 0; i < FAKE_PARTS; i++) {
		struct part *p = &monitor.parts[i];

		p->platform = &platforms[i];
		p->platform->files = &files[p->cpus[0]];
		p->platform->keeper = HART_NONE;
	}
}

void shape_leave(struct part *p, uint32_t cpu)
{
	riscv.timer[cpu] = HW_NEVER;
	if (keeper_leave(p, cpu))
		hw_cpus_look(p);
}

/* A hart that was told and goes on looks for work. */
void shape_look(void)
{
	for (uint32_t i = 0; i < FAKE_PARTS; i++) {
		struct part *p = &monitor.parts[i];

		for (uint32_t k = 0; k < p->ncpus; k++) {
			fake.cpu = p->cpus[k];
			if (!fake.told[fake.cpu] || fake.cpus[fake.cpu] != CPU_RUNNING)
				continue;
			hw_lock();
			keeper_adopt(p, fake.cpu);
			hw_unlock();
		}
	}
}

void shape_wait(uint64_t end)
{
	for (uint32_t cpu = 0; cpu < FAKE_CPUS; cpu++) {
		if (riscv.timer[cpu] < end)
			end = riscv.timer[cpu];
	}
	if (end > fake.time)
		fake.time = end;
	for (uint32_t i = 0; i < FAKE_PARTS; i++) {
		struct part *p = &monitor.parts[i];

		for (uint32_t k = 0; k < p->ncpus; k++) {
			fake.cpu = p->cpus[k];
			if (riscv.timer[fake.cpu] > fake.time)
				continue;
			riscv.timer[fake.cpu] = HW_NEVER;
			fake_tick();
			hw_lock();
			keeper_rearm(p, fake.cpu);
			hw_unlock();
		}
	}
}
