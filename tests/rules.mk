# SPDX-License-Identifier: GPL-2.0-only
# How tests become targets: each leaves a file in $(O)/passed when it has passed, and runs again
# when something that can break it is newer than that file, or is another than it was then.
# FORCE=1 runs all.

passed-dir	:= $(O)/passed
passed		= $(passed-dir)/$(1)

# $(call test-rule,NAME,INPUTS[,COMMANDS[,VARIABLES]]) makes the target check-NAME, whose recipe the
# folder gives to $(call passed,NAME), between $(test-begin) and $(test-end).
#
# INPUTS: files that can break it: programs that make builds, the test's own files, what it reads
# COMMANDS: of the host, like qemu-system-x86_64, whose update can break it
# VARIABLES: names of make's, and of the environment's, that change what it does
#
# A file that is no longer among INPUTS, another version of a command, another value: each of them
# changes NAME.inputs.
define test-rule
check-$(1): $(call passed,$(1))
$(call passed,$(1)): $(2) $(passed-dir)/$(1).inputs $(if $(FORCE),force-tests)
$(if $(filter check% run-check%,$(MAKECMDGOALS)),$(call note-inputs,$(passed-dir)/$(1).inputs,$(strip \
	$(sort $(2)) $(foreach command,$(3),$(call command-state,$(command))) \
	$(foreach variable,$(4),$(variable)=$($(variable))))))
PHONY		+= check-$(1)
endef

test-begin	= @mkdir -p $(@D) && rm -f $@
# A run of some of its tests says nothing of the others.
test-end	= $(if $(TEST),,@touch $@)

same		= $(if $(subst <$(1)>,,<$(2)>),,same)
note-inputs	= $(if $(call same,$(strip $(file <$(1))),$(2)),,$(shell mkdir -p $(dir $(1)))$(file >$(1),$(2)))

# PATH:SIZE:TIME of a command, asked for once.
command-state	= $(or $(state-of-$(1)),$(eval state-of-$(1) := $(or $(shell \
		   stat -Lc %n:%s:%Y "$$(command -v $(1))" 2>/dev/null),$(1):missing))$(state-of-$(1)))

force-tests:
PHONY		+= force-tests

# --- fuzzers ---

# $(call fuzz-rule,NAME,FUZZER,SEEDS,OPTIONS,RUNS) makes check-fuzz-NAME, which is the same each time
# (RUNS inputs from a fixed seed and from the tree's corpus), and soak-fuzz-NAME, which is not:
# FUZZ_SECONDS of it, and what it learns stays in $(O)/tests/fuzz/NAME.
#
# SEEDS: files, and folders of them; tests/fuzz/corpus/NAME is always one
define fuzz-rule
$(call test-rule,fuzz-$(1),$(2) tests/fuzz/run $(foreach seed,tests/fuzz/corpus/$(1) $(3),$(call files-in,$(seed))))
$(call passed,fuzz-$(1)):
	$$(test-begin)
	$$(Q)tests/fuzz/run --runs $(5) $(1) $(2) $(O)/tests/fuzz/$(1) "$(4)" tests/fuzz/corpus/$(1) $(3)
	$$(test-end)

soak-fuzz-$(1): $(2) $(filter $(O)/%,$(3))
	$$(Q)tests/fuzz/run --seconds $$(FUZZ_SECONDS) $(1) $(2) $(O)/tests/fuzz/$(1) "$(4)" tests/fuzz/corpus/$(1) $(3)

CHECK_FAST	+= check-fuzz-$(1)
SOAK_FUZZ	+= soak-fuzz-$(1)
PHONY		+= soak-fuzz-$(1)
endef
# What make builds may not be there yet, and is named itself.
files-in	= $(if $(filter $(O)/%,$(1)),$(1),$(wildcard $(1)/*))
SOAK_FUZZ	:=
FUZZ_SECONDS	?= 60
