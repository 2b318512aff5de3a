# SPDX-License-Identifier: GPL-2.0-only
# Long campaigns: SOAK_SECONDS for each fuzzer, SOAK_BOOTS boots, SOAK_STORMS rounds
# of kexec and CPU hotplug. What they showed goes to docs/results.md.

SOAK_SECONDS	?= 3600
SOAK_BOOTS	?= 200
SOAK_STORMS	?= 100

run-soak: all
	$(Q)$(MAKE) --no-print-directory FUZZ_SECONDS=$(SOAK_SECONDS) check-fuzz-blob \
		check-fuzz-plan check-fuzz-tree check-fuzz-ring
	$(Q)$(MAKE) --no-print-directory soak-ring-model soak-ring-stress soak-ring-spin soak-ring-cbmc
	$(Q)tests/soak/boots $(O) $(SOAK_BOOTS)
	$(Q)BULKHEAD_BUILD=$(O) tests/soak/storms $(SOAK_STORMS)

PHONY		+= run-soak
