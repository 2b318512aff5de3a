# SPDX-License-Identifier: GPL-2.0-only
# What turns a plan into images, maps and menus: the command from outside, and
# its inner parts where a fault would only show now and then. No QEMU.
#
# All of it with the sanitizers, by the rule and the objects of tests/plans.

tool-dir	:= $(O)/tests/tool
tool-objs	:= $(patsubst %.c,$(plans-dir)/%.o,$(wildcard partitioner/image/*.c))
tool-cmd	:= $(patsubst %.c,$(plans-dir)/%.o,$(wildcard partitioner/cmd/*.c))
tool-names	:= attach consoles initrds maps mux references screens
tool-units	:= $(patsubst %,$(plans-dir)/tests/tool/%.o,$(tool-names))

$(tool-dir)/bulkhead: $(tool-cmd) $(tool-objs) $(plans-lib)
$(addprefix $(tool-dir)/,$(tool-names)): $(tool-dir)/%: $(plans-dir)/tests/tool/%.o $(tool-objs) $(plans-lib)
$(addprefix $(tool-dir)/,bulkhead $(tool-names)):
	@mkdir -p $(@D)
	@printf '  LD      %s\n' $@
	$(Q)$(CLANG) $(plans-flags) $(tool-link) -o $@ $^ $(HOST_LIBS) -lsmartcols -lvterm -lcmocka -lm
# A socket does not say that the partition behind it is away.
$(tool-dir)/attach: tool-link := -Wl,--wrap=poll

$(eval $(call test-rule,tool,$(addprefix $(tool-dir)/,bulkhead $(tool-names)) $(wildcard tests/tool/*.py \
	tests/plans/machines/*) tests/plans/run.py tests/system/fdt.py tests/system/tmux.py \
	include/bulkhead/x86/stage.h $(if $(TEST),force-tests),\
	busybox bsdtar grub-mkimage mdir mkimage openssl qemu-system-riscv64 qemu-system-x86_64 tmux xorriso))
$(call passed,tool):
	$(test-begin)
	@printf '  TEST    %s\n' tests/tool
	$(Q)for unit in $(filter-out maps,$(tool-names)); do $(tool-dir)/$$unit >$(tool-dir)/$$unit.log 2>&1 || \
		{ cat $(tool-dir)/$$unit.log; exit 1; }; done
	$(Q)BULKHEAD_TOOL=$(abspath $(tool-dir)) $(PYTHON) -B -m pytest -q -p no:cacheprovider \
		tests/tool $(TEST)
	$(test-end)

# First of all: no other one takes as long.
CHECK_FAST	:= check-tool $(CHECK_FAST)
-include $(tool-objs:.o=.d) $(tool-cmd:.o=.d) $(tool-units:.o=.d)
