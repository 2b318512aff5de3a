// SPDX-License-Identifier: GPL-2.0-only
#include "fake.h"

#include <assert.h>
#include <string.h>

#include "monitor/calls.h"
#include "monitor/states.h"

struct fake fake;
int64_t fake_value;

static struct part parts[FAKE_PARTS];
static uint32_t cpus[] = { 0, 1, 2, 3 };

/* --- monitor/machine.h --- */

/* Taken twice is what would hang the machine. */
void hw_lock(void)
{
	assert(!fake.locked);
	fake.locked = 1;
}

void hw_unlock(void)
{
	assert(fake.locked);
	fake.locked = 0;
}

uint64_t hw_time(void)
{
	return fake.time;
}

uint64_t hw_frequency(void)
{
	return FAKE_HZ;
}

int hw_open(uint64_t base, uint64_t size)
{
	assert(!fake.open_size);
	if (fake.shut)
		return -1;
	fake.open_base = base;
	fake.open_size = size;
	return 0;
}

void hw_close(uint64_t base, uint64_t size)
{
	assert(fake.open_base == base && fake.open_size == size);
	fake.open_size = 0;
}

void hw_copy(uint64_t to, uint64_t from, uint64_t size)
{
	assert(to >= fake.open_base && to + size <= fake.open_base + fake.open_size);
	memcpy((void *)(uintptr_t)to, (const void *)(uintptr_t)from, size);
	fake.copied += size;
}

void hw_relax(void)
{
	fake.relaxed++;
	if (fake.on_relax)
		fake.on_relax();
}

void hw_power_off(void)
{
	fake.off = true;
}

void hw_say(const char *fmt, ...)
{
	(void)fmt;
}

/* --- the machine --- */

static void add(uint32_t index, const char *name, uint32_t first, uint32_t n)
{
	struct part *p = &parts[index];

	memset(p, 0, sizeof(*p));
	p->id = BH_PARTITION_ID_BASE + index;
	strcpy(p->name, name);
	p->ncpus = n;
	p->cpus = &cpus[first];
	p->page = &fake.pages[index];
}

void fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
	add(0, "control", 0, 1);
	add(1, "rt", 1, 2);
	add(2, "app", 3, 1);
	parts[0].manages = 1U << 1;
	parts[0].peers = 1U << 1;
	parts[1].peers = 1U << 0;
	monitor = (struct monitor) { .parts = parts, .nparts = FAKE_PARTS };
	shape_reset();
}

void fake_start(void)
{
	hw_lock();
	for (uint32_t i = 0; i < monitor.nparts; i++) {
		int rc = states_start(&monitor.parts[i]);

		assert(!rc);
	}
	hw_unlock();
}

void fake_boot(struct part *p)
{
	for (uint32_t i = 0; i < p->ncpus; i++)
		assert(fake.cpus[p->cpus[i]] == CPU_STOPPED);
	fake.cpus[p->cpus[0]] = CPU_STARTING;
}

void fake_tick(void)
{
	hw_lock();
	states_tick(fake.time);
	hw_unlock();
}

static void load(struct part *p)
{
	bool good = !fake.bad_image[part_index(p)];

	hw_lock();
	states_loaded(p, good);
	hw_unlock();
	/* On the way to the entry. */
	fake.cpus[p->cpus[0]] = p->state == BH_STATE_RUNNING ? CPU_RUNNING : CPU_STOPPED;
}

void fake_cpu_stops(struct part *p, uint32_t cpu)
{
	assert(fake.cpus[cpu] == CPU_RUNNING);
	hw_lock();
	fake.cpu = cpu;
	shape_leave(p, cpu);
	fake.cpus[cpu] = CPU_STOPPED;
	hw_unlock();
}

void fake_cpu_starts(struct part *p, uint32_t cpu)
{
	assert(fake.cpus[cpu] == CPU_STOPPED && p->state == BH_STATE_RUNNING);
	fake.cpus[cpu] = CPU_RUNNING;
}

/* Returns whether anything has moved. */
static bool step(struct part *p)
{
	bool moved = false, stopped = true;

	if (fake.cpus[p->cpus[0]] == CPU_STARTING) {
		load(p);
		moved = true;
	}
	for (uint32_t i = 0; i < p->ncpus; i++) {
		uint32_t cpu = p->cpus[i];

		if (fake.told[cpu] && fake.cpus[cpu] == CPU_RUNNING && p->state != BH_STATE_RUNNING) {
			fake_cpu_stops(p, cpu);
			moved = true;
		}
		fake.told[cpu] = false;
		stopped = stopped && fake.cpus[cpu] == CPU_STOPPED;
	}
	if (stopped && (p->state == BH_STATE_RUNNING || p->state == BH_STATE_STOPPING)) {
		hw_lock();
		states_cpus_stopped(p);
		hw_unlock();
		moved = true;
	}
	return moved;
}

void fake_settle(void)
{
	bool moved = true;

	for (int rounds = 0; moved; rounds++) {
		assert(rounds < 100);
		moved = false;
		shape_look();
		for (uint32_t i = 0; i < monitor.nparts; i++)
			moved = step(&monitor.parts[i]) || moved;
	}
	/* A partition on its way has a CPU that knows. */
	for (uint32_t i = 0; i < monitor.nparts; i++)
		assert(monitor.parts[i].state == BH_STATE_STOPPED ||
		       monitor.parts[i].state == BH_STATE_RUNNING);
}

void fake_pass(uint64_t ticks)
{
	uint64_t end = fake.time + ticks;

	fake_settle();
	while (fake.time < end) {
		shape_wait(end);
		fake_settle();
	}
}

int fake_call(struct part *p, uint64_t function, uint64_t argument)
{
	fake.cpu = p->cpus[0];
	return monitor_call(p, function, argument, &fake_value);
}
