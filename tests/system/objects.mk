# SPDX-License-Identifier: GPL-2.0-only
# Tests that boot emulated machines. TEST="-k tour -s" or TEST=test_tour narrows them down;
# SYSTEM_JOBS machines run side by side.

check-system: all initrd-tools initrd-debian $(if $(CONFIG_PLATFORM_RISCV64),payload)
	$(Q)BULKHEAD_BUILD=$(O) $(PYTHON) tests/system/run $(TEST)

CHECK		+= check-system
PHONY		+= check-system
