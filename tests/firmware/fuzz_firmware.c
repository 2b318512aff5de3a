// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer target: any sequence of what three kernels may do to the firmware: besides what
 * tests/monitor/fuzz.h has, messages, stores and bytes on the line.
 */
#include "fuzz.h"

#include "mux.h"
#include "riscv.h"
#include "store.h"

#define OPS	(FUZZ_OPS + 4)

static struct bh_status_page pages[FAKE_PARTS] __attribute__((aligned(BH_STATUS_PAGE_SIZE)));

static void a_message(struct part *p, struct fuzz_input *in)
{
	uint8_t request[BELL_REQUEST_MAX], response[BELL_RESPONSE_MAX];
	uint8_t service = (uint8_t)take(in, 1);
	uint32_t size = (uint32_t)take(in, 1);

	for (size_t i = 0; i < sizeof(request); i += 8) {
		uint64_t word = take(in, 8);

		memcpy(request + i, &word, 8);
	}
	must(bell_message(p, service, request, size, response) <= sizeof(response));
}

static void a_store(struct part *p, struct fuzz_input *in)
{
	uint64_t offset = take(in, 2) % BH_STATUS_PAGE_SIZE;
	uint64_t page = take(in, 1) % FAKE_PARTS;
	uint64_t count = p->page->result.count;

	riscv.readable = (uintptr_t)&pages[page];
	riscv.readable_size = BH_STATUS_PAGE_SIZE;
	if (p->state != BH_STATE_RUNNING)
		return;
	if (store_command(p, (uintptr_t)&pages[page] + offset, (unsigned int)take(in, 1), take(in, 8)))
		must(&pages[page] == p->page && p->page->result.count == count + 1);
	else
		must(p->page->result.count == count);
}

static void a_line(uint64_t op, struct fuzz_input *in)
{
	static struct mux_in mux;
	static uint8_t bytes[16];
	static struct mux_buffer buffer = { .bytes = bytes, .size = sizeof(bytes) };
	static uint64_t now;
	uint8_t out[16];

	if (mux_read(&mux, (uint8_t)take(in, 1)))
		mux_buffer_put(&buffer, (uint8_t)op, now += op & 31, op & 15, 8);
	must(mux_buffer_level(&buffer) <= sizeof(bytes));
	mux_buffer_take(&buffer, out, op % sizeof(out));
}

static void a_uart(struct part *p, struct fuzz_input *in)
{
	uint64_t at = fw.uart + take(in, 1) % 16;
	uint8_t byte;

	if (p->state != BH_STATE_RUNNING)
		return;
	must(uart_store(p, at, 1, (uint8_t)take(in, 1)) == (at < fw.uart + 8));
	must(uart_load(p, at, 1, &byte) == (at < fw.uart + 8));
}

static void one(struct fuzz_input *in)
{
	uint64_t op = take(in, 1);
	struct part *p = &monitor.parts[op / OPS % FAKE_PARTS];

	fake.cpu = p->cpus[0];
	switch (op % OPS) {
	case 0:
		a_message(p, in);
		break;
	case 1:
		a_store(p, in);
		break;
	case 2:
		a_line(op, in);
		break;
	case 3:
		a_uart(p, in);
		break;
	default:
		fuzz_step(p, op % OPS - 4, in);
	}
}

static void check(uint32_t msis)
{
	for (uint32_t i = 0; i < FAKE_PARTS; i++) {
		const struct part_platform *own = monitor.parts[i].platform;

		must(!own->store_lock.ticket && !own->bell_lock.ticket && !own->uart.lock.ticket);
	}
	/* An MSI goes to a file of a hart, with an identity that there is. */
	if (riscv.msis != msis)
		must(riscv.msi_address >= RISCV_IMSIC && riscv.msi_address < RISCV_IMSIC + 0x4000 &&
		     !(riscv.msi_address & 0xfff) && riscv.msi_data && riscv.msi_data <= RISCV_IDS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	uint32_t epochs[FAKE_PARTS], msis;

	fake_reset();
	memset(pages, 0, sizeof(pages));
	fw.uart = 0x80040000;
	for (uint32_t i = 0; i < FAKE_PARTS; i++) {
		monitor.parts[i].page = &pages[i];
		monitor.parts[i].platform->console = true;
	}
	fake_start();
	while (in.left) {
		for (uint32_t i = 0; i < FAKE_PARTS; i++)
			epochs[i] = monitor.parts[i].epoch;
		msis = riscv.msis;
		one(&in);
		fuzz_check(epochs);
		check(msis);
	}
	fake_settle();
	return 0;
}
