// SPDX-License-Identifier: GPL-2.0-only
/* libFuzzer target: any sequence of what three kernels, their CPUs and time may do to monitor/. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	uint32_t epochs[FAKE_PARTS];

	fake_reset();
	fake_start();
	while (in.left) {
		uint64_t op = take(&in, 1);

		for (uint32_t i = 0; i < FAKE_PARTS; i++)
			epochs[i] = monitor.parts[i].epoch;
		fuzz_step(&monitor.parts[op / FUZZ_OPS % FAKE_PARTS], op % FUZZ_OPS, &in);
		fuzz_check(epochs);
	}
	fake_settle();
	return 0;
}
