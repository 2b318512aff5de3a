// SPDX-License-Identifier: GPL-2.0-only
#include "fake.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct fake fake;
int64_t fake_value;

static struct part parts[3];
static uint32_t harts[] = { 0, 1, 2, 3 };
static uint64_t files[4];

/* --- monitor/machine.h --- */

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

uint32_t hw_hart(void)
{
	return fake.hart;
}

uint64_t hw_time(void)
{
	return fake.time;
}

uint64_t hw_frequency(void)
{
	return FAKE_HZ;
}

void hw_timer_set(uint64_t time)
{
	fake.timer[fake.hart] = time;
}

int hw_boot_hart_start(struct part *p)
{
	assert(fake.locked);
	for (uint32_t i = 0; i < p->nharts; i++)
		assert(fake.harts[p->harts[i]] == HART_STOPPED);
	if (fake.boot_error)
		return fake.boot_error;
	fake.harts[p->harts[0]] = HART_STARTING;
	return 0;
}

void hw_harts_look(struct part *p)
{
	for (uint32_t i = 0; i < p->nharts; i++)
		fake.told[p->harts[i]] = true;
}

void hw_msi_write(uint64_t address, uint32_t data)
{
	fake.msis++;
	fake.msi_address = address;
	fake.msi_data = data;
}

bool hw_load_as_caller(uint64_t address, uint64_t *value)
{
	if (address < fake.readable || address + 8 > fake.readable + fake.readable_size)
		return false;
	memcpy(value, (const void *)(uintptr_t)address, sizeof(*value));
	return true;
}

bool hw_translate(uint64_t address, uint64_t *physical)
{
	*physical = address;
	return !fake.unmapped;
}

void hw_console_put(struct part *p, uint8_t byte)
{
	char *line = fake.output[part_index(p)];
	size_t used = strlen(line);

	if (used + 1 < sizeof(fake.output[0]))
		line[used] = (char)byte;
}

bool hw_console_get(struct part *p, uint8_t *byte)
{
	const char **line = &fake.input[part_index(p)];

	if (!*line || !**line)
		return false;
	*byte = (uint8_t)*(*line)++;
	return true;
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

uint64_t hw_nonce(void)
{
	static uint64_t n;

	return n += 0x9e3779b97f4a7c15ULL;
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
	p->nharts = n;
	p->harts = &harts[first];
	p->files = &files[first];
	p->watchdog_hart = PART_NONE;
	p->window = &fake.windows[index];
}

void fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
	for (uint32_t i = 0; i < 4; i++)
		files[i] = FAKE_IMSIC + 0x1000UL * i;
	add(0, "control", 0, 1);
	add(1, "rt", 1, 2);
	add(2, "app", 3, 1);
	parts[0].manages = 1U << 1;
	parts[0].peers = 1U << 1;
	parts[1].peers = 1U << 0;
	fw = (struct parts) { .parts = parts, .nparts = 3, .imsic_ids = FAKE_IDS };
}

static void load(struct part *p)
{
	bool good = !fake.bad_image[part_index(p)];

	hw_lock();
	control_loaded(p, good);
	hw_unlock();
	/* The gate. */
	fake.harts[p->harts[0]] = p->state == BH_STATE_RUNNING ? HART_RUNNING : HART_STOPPED;
}

/* Returns whether anything has moved. */
static bool step(struct part *p)
{
	bool moved = false, stopped = true;

	if (fake.harts[p->harts[0]] == HART_STARTING) {
		load(p);
		moved = true;
	}
	for (uint32_t i = 0; i < p->nharts; i++) {
		uint32_t hart = p->harts[i];

		if (fake.told[hart] && fake.harts[hart] == HART_RUNNING &&
		    p->state != BH_STATE_RUNNING) {
			hw_lock();
			watchdog_leave(p, hart);
			hw_unlock();
			fake.harts[hart] = HART_STOPPED;
			moved = true;
		}
		fake.told[hart] = false;
		stopped = stopped && fake.harts[hart] == HART_STOPPED;
	}
	if (stopped && p->state != BH_STATE_STOPPED) {
		hw_lock();
		control_harts_stopped(p);
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
		for (uint32_t i = 0; i < fw.nparts; i++)
			moved = step(&fw.parts[i]) || moved;
	}
}

int fake_call(struct part *p, uint64_t function, uint64_t argument)
{
	fake.hart = p->harts[0];
	return service_call(p, function, argument, &fake_value);
}
