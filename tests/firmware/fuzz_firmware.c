// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer target: any sequence of what three kernels may do to the firmware: calls,
 * messages, stores, bytes on the line, harts that come by and time that passes. Locks and
 * the harts' order are checked by the fakes; what must hold besides is at the end
 * of each step.
 */
#include <stdlib.h>
#include <string.h>

#include "fake.h"
#include "mux.h"

static struct bh_window pages[3] __attribute__((aligned(BH_WINDOW_SIZE)));

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* Takes @size bytes, or what there is and zeroes. */
static uint64_t take(const uint8_t **data, size_t *left, size_t size)
{
	uint64_t value = 0;
	size_t n = size < *left ? size : *left;

	memcpy(&value, *data, n);
	*data += n;
	*left -= n;
	return value;
}

static void check(const uint32_t epochs[3], const uint32_t msis)
{
	for (uint32_t i = 0; i < fw.nparts; i++) {
		const struct part *p = &fw.parts[i];

		must(p->state <= BH_STATE_STOPPING && p->reason <= BH_REASON_TRAP);
		must(p->epoch >= epochs[i] && p->epoch <= epochs[i] + 2);
		must(p->window->epoch == p->epoch && p->window->id == p->id);
		must(!p->window_lock.ticket && !p->bell_lock.ticket);
	}
	must(!fake.locked);
	/* An MSI goes to a file of a hart, with an identity that there is. */
	if (fake.msis != msis)
		must(fake.msi_address >= FAKE_IMSIC && fake.msi_address < FAKE_IMSIC + 0x4000 &&
		     !(fake.msi_address & 0xfff) && fake.msi_data && fake.msi_data <= FAKE_IDS);
}

static void one(const uint8_t **data, size_t *left)
{
	uint64_t op = take(data, left, 1);
	struct part *p = &fw.parts[op / 18 % 3];
	uint8_t request[BELL_REQUEST_MAX], response[BELL_RESPONSE_MAX];
	static struct mux_in in;
	static struct mux_buffer buffer;
	int64_t value;

	fake.hart = p->harts[0];
	switch (op % 9) {
	case 0:
		/* Only a kernel that runs can call. */
		if (p->state == BH_STATE_RUNNING)
			service_call(p, take(data, left, 1), take(data, left, 8), &value);
		break;
	case 1: {
		uint8_t service = (uint8_t)take(data, left, 1);
		uint32_t size = (uint32_t)take(data, left, 1);

		for (size_t i = 0; i < sizeof(request); i += 8) {
			uint64_t word = take(data, left, 8);

			memcpy(request + i, &word, 8);
		}
		must(bell_message(p, service, request, size, response) <= sizeof(response));
		break;
	}
	case 2: {
		uint64_t offset = take(data, left, 2) % BH_WINDOW_SIZE;
		unsigned int page = (unsigned int)take(data, left, 1) % 3;
		uint64_t count = p->window->result.count;

		fake.readable = (uintptr_t)&pages[page];
		fake.readable_size = BH_WINDOW_SIZE;
		if (window_store(p, (uintptr_t)&pages[page] + offset,
				 (unsigned int)take(data, left, 1), take(data, left, 8)))
			must(&pages[page] == p->window && p->window->result.count == count + 1);
		else
			must(p->window->result.count == count);
		break;
	}
	case 3:
		fake_settle();
		break;
	case 4:
		fake.time += take(data, left, 4);
		hw_lock();
		watchdog_check(p, p->harts[take(data, left, 1) % p->nharts]);
		hw_unlock();
		break;
	case 5:
		if (mux_read(&in, (uint8_t)take(data, left, 1)))
			mux_buffer_put(&buffer, (uint8_t)op);
		mux_buffer_take(&buffer, request, op % sizeof(request));
		break;
	case 6: {
		uint64_t at = fw.uart + take(data, left, 1) % 16;
		uint8_t byte;

		if (p->state == BH_STATE_RUNNING) {
			must(uart_store(p, at, 1, (uint8_t)take(data, left, 1)) == (at < fw.uart + 8));
			must(uart_load(p, at, 1, &byte) == (at < fw.uart + 8));
		}
		must(!p->uart.lock.ticket);
		break;
	}
	case 7:
		fake.bad_image[part_index(p)] = op & 128;
		break;
	default: {
		uint32_t hart = p->harts[p->nharts - 1];

		/* Its kernel plugs a hart in, or takes it out. */
		if (p->state == BH_STATE_RUNNING) {
			if (fake.harts[hart] == HART_RUNNING) {
				hw_lock();
				watchdog_leave(p, hart);
				hw_unlock();
			}
			fake.harts[hart] = fake.harts[hart] == HART_RUNNING ? HART_STOPPED : HART_RUNNING;
		}
	}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t epochs[3], msis;

	fake_reset();
	memset(pages, 0, sizeof(pages));
	fw.uart = 0x80040000;
	hw_lock();
	for (uint32_t i = 0; i < fw.nparts; i++) {
		fw.parts[i].window = &pages[i];
		fw.parts[i].console = true;
		control_start(&fw.parts[i]);
	}
	hw_unlock();
	while (size) {
		for (uint32_t i = 0; i < 3; i++)
			epochs[i] = fw.parts[i].epoch;
		msis = fake.msis;
		one(&data, &size);
		check(epochs, msis);
	}
	fake_settle();
	return 0;
}
