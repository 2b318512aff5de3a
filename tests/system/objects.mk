# SPDX-License-Identifier: GPL-2.0-only
# Tests that boot emulated machines. TEST="-k tour -s" narrows them down.

check-system: all initrd-tools $(if $(CONFIG_PLATFORM_RISCV64),payload)
	$(Q)BULKHEAD_BUILD=$(O) $(PYTHON) -m pytest -v --no-header -p no:cacheprovider --durations=5 \
		tests/system $(TEST)

CHECK		+= check-system
PHONY		+= check-system
