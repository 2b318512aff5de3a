# SPDX-License-Identifier: GPL-2.0-only
# What decides which tests run: rules.mk by what is older than what, `changed` by a table of paths.

$(eval $(call test-rule,rules,tests/rules.mk tests/test_rules.py ipi/proofs/once Makefile $(wildcard */objects.mk */*/objects.mk)))
$(call passed,rules):
	$(test-begin)
	@printf '  TEST    %s\n' tests/rules.mk
	$(Q)$(PYTHON) tests/test_rules.py >$(passed-dir)/rules.log 2>&1 || { cat $(passed-dir)/rules.log; exit 1; }
	$(test-end)

# Which files there are is what the table is held against.
tree-files	:= $(if $(filter check% run-check%,$(MAKECMDGOALS)), \
		   $(shell git ls-files --cached --others --exclude-standard | sha256sum))

$(eval $(call test-rule,table,tests/changed Makefile $(wildcard */objects.mk */*/objects.mk),,tree-files))
$(call passed,table):
	$(test-begin)
	@printf '  TEST    %s\n' tests/changed
	$(Q)tests/changed --check "$(MAKE)"
	$(test-end)

CHECK_FAST	+= check-rules check-table
