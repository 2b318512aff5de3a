# SPDX-License-Identifier: GPL-2.0-only
# The figures: build/bench/report.json and a table.

ifeq ($(CONFIG_PLATFORM_RISCV64),y)
bench-riscv	:= payload firmware $(riscv-images)/linux $(riscv-images)/demo $(riscv-images)/tools
endif

bench-all: $(O)/bulkhead $(x86-images)/boot.elf $(x86-images)/linux $(x86-images)/demo $(x86-images)/tools ring-bench $(bench-riscv)
	$(Q)$(PYTHON) tests/bench/bench.py $(O)

# The report's shape and arithmetic, without a measurement.
$(eval $(call test-rule,bench,tests/took $(wildcard tests/bench/*.py)))
$(call passed,bench):
	$(test-begin)
	@printf '  TEST    bench\n'
	$(Q)$(PYTHON) tests/bench/test_bench.py
	$(Q)$(PYTHON) tests/bench/test_ring.py
	$(test-end)

BENCH		+= bench-all
CHECK_FAST	+= check-bench
PHONY		+= bench-all
