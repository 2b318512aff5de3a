# SPDX-License-Identifier: GPL-2.0-only
# Mutants: what the tests under load are for, broken on purpose. `make mutants` runs them all
# (MUTANT=NAME: one); that they still apply is looked at with the fast tests.

mutants: deps
	$(Q)tests/mutants/run $(O) $(MAKE) $(MUTANT)

mutants-change	:= $(sort $(shell sed -n 's,^+++ b/,,p' tests/mutants/*.patch))

$(eval $(call test-rule,mutants,$(wildcard tests/mutants/*) $(mutants-change)))
$(call passed,mutants):
	$(test-begin)
	@printf '  TEST    %s\n' tests/mutants
	$(Q)tests/mutants/run --apply
	$(test-end)

CHECK_FAST	+= check-mutants
PHONY		+= mutants
