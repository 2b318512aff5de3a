# SPDX-License-Identifier: GPL-2.0-only
# The firmware for riscv64: $(riscv-images)/firmware.bin.

firmware-bin	:= $(riscv-images)/firmware.bin

# Only what may change it: with all of it older than the result, make does not
# even ask the cache.
firmware-inputs	:= firmware/build firmware/opensbi.source firmware/opensbi.callers \
		   $(wildcard scripts/lib/*.sh firmware/*.[ch] monitor/*.[ch] firmware/opensbi/* firmware/opensbi/include/* \
			      include/bulkhead/*.h partitioner/core/*.[ch])

firmware: $(firmware-bin)

$(firmware-bin): $(firmware-inputs) $(if-locked)
	$(Q)firmware/build -o $(@D)
	$(Q)$(looked-at)

PHONY		+= firmware
ALL-$(CONFIG_PLATFORM_RISCV64) += firmware
