# SPDX-License-Identifier: GPL-2.0-only
# What turns a plan into images, maps and menus: the command from outside, and
# its inner parts where a fault would only show now and then. No QEMU.
#
# All of it with the sanitizers, by the rule and the objects of tests/plans.

tool-dir	:= $(O)/tests/tool
tool-objs	:= $(patsubst %.c,$(plans-dir)/%.o,$(wildcard partitioner/image/*.c))
tool-cmd	:= $(patsubst %.c,$(plans-dir)/%.o,$(wildcard partitioner/cmd/*.c))
tool-units	:= $(patsubst %.c,$(plans-dir)/%.o,tests/tool/consoles.c tests/tool/maps.c tests/tool/mux.c)

$(tool-dir)/bulkhead: $(tool-cmd) $(tool-objs) $(plans-lib)
$(tool-dir)/consoles: $(plans-dir)/tests/tool/consoles.o $(tool-objs) $(plans-lib)
$(tool-dir)/maps: $(plans-dir)/tests/tool/maps.o $(tool-objs) $(plans-lib)
$(tool-dir)/mux: $(plans-dir)/tests/tool/mux.o $(tool-objs) $(plans-lib)
$(tool-dir)/bulkhead $(tool-dir)/consoles $(tool-dir)/maps $(tool-dir)/mux:
	@mkdir -p $(@D)
	@printf '  LD      %s\n' $@
	$(Q)$(CLANG) $(plans-flags) -o $@ $^ -lyaml -lfdt -ljansson -lsmartcols -lcmocka -lm

check-tool: $(tool-dir)/bulkhead $(tool-dir)/consoles $(tool-dir)/maps $(tool-dir)/mux
	@printf '  TEST    %s\n' tests/tool
	$(Q)for unit in consoles mux; do $(tool-dir)/$$unit >$(tool-dir)/$$unit.log 2>&1 || \
		{ cat $(tool-dir)/$$unit.log; exit 1; }; done
	$(Q)BULKHEAD_TOOL=$(abspath $(tool-dir)) $(PYTHON) -B -m pytest -q -p no:cacheprovider \
		tests/tool $(TEST)

CHECK_FAST	+= check-tool
PHONY		+= check-tool
-include $(tool-objs:.o=.d) $(tool-cmd:.o=.d) $(tool-units:.o=.d)
