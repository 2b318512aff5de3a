# SPDX-License-Identifier: GPL-2.0-only
# Long campaigns: SOAK_SECONDS for each fuzzer, SOAK_BOOTS boots, SOAK_STORMS rounds
# of kexec and CPU hotplug, SOAK_SECONDS each with a hostile peer, with all services under load and with harts
# that do what they like, SOAK_KILLS deaths in mid-publish,
# initrds of 700 MiB, and the mutants (tests/mutants).
# What they showed goes to docs/results.md.

SOAK_SECONDS	?= 3600
SOAK_BOOTS	?= 200
SOAK_STORMS	?= 100
SOAK_KILLS	?= 1000

run-soak: all
	$(Q)$(MAKE) --no-print-directory FUZZ_SECONDS=$(SOAK_SECONDS) $(SOAK_FUZZ)
	$(Q)$(MAKE) --no-print-directory soak-ring-model soak-ring-stress soak-ring-spin soak-ring-cbmc
	$(Q)tests/soak/boots $(O) $(SOAK_BOOTS)
	$(Q)BULKHEAD_BUILD=$(O) tests/soak/storms $(SOAK_STORMS)
	$(Q)HOSTILE_SECONDS=$(SOAK_SECONDS) HOSTILE_SEED=$$$$ $(MAKE) --no-print-directory \
		TEST="-k test_hostile -s" check-system
	$(Q)MESH_SECONDS=$(SOAK_SECONDS) $(MAKE) --no-print-directory TEST="-k test_mesh -s" check-system
	$(Q)CHAOS_SECONDS=$(SOAK_SECONDS) CHAOS_SEED=$$$$ $(MAKE) --no-print-directory TEST="-k test_chaos -s" check-system
	$(Q)KILLS=$(SOAK_KILLS) $(MAKE) --no-print-directory TEST="-k test_kills -s" check-system
	$(Q)LARGE_MIB=700 $(MAKE) --no-print-directory TEST="-k test_large -s" check-system
	$(Q)$(MAKE) --no-print-directory soak-kernels soak-defconfig mutants

# What works with channels, on kernels that look at their own locks, memory and races. The
# reports are in the kernel's log, which the tests read.
soak-kernels: kernel-debug kernel-kcsan
	$(Q)for kernel in linux-debug linux-kcsan; do \
		BULKHEAD_KERNEL=$$kernel HOSTILE_SECONDS=120 KILLS=10 $(MAKE) --no-print-directory \
			TEST="-k '(test_channels or test_hostile or test_kills) and x86'" check-system || exit; done

# Linux's own configuration for RISC-V: test_stock_riscv boots it where it is there.
soak-defconfig: $(if $(CONFIG_PLATFORM_RISCV64),defconfig-kernel)
	$(Q)$(MAKE) --no-print-directory TEST="-k 'test_stock_riscv' -s" check-system

PHONY		+= run-soak soak-kernels soak-defconfig
