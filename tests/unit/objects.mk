# SPDX-License-Identifier: GPL-2.0-only
# The core's unit tests, and those of the host's device trees: one program, with
# core and host compiled again under ASan and UBSan. check-core-freestanding compiles it as a boot stage would.

unit-san	:= -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
unit-flags	:= -std=gnu11 $(filter-out -Wstack-usage=%,$(WARN)) -D_GNU_SOURCE -O1 -g \
		   $(unit-san) -Iinclude -Ipartitioner -Itests/unit \
		   -DVIRT_DTB='"$(O)/tests/unit/virt.dtb"'
unit-srcs	:= $(sort $(wildcard tests/unit/*.c))
unit-objs	:= $(patsubst tests/unit/%.c,$(O)/tests/unit/%.o,$(unit-srcs)) \
		   $(patsubst partitioner/core/%.c,$(O)/tests/unit/core/%.o,$(core-srcs)) \
		   $(patsubst partitioner/host/%.c,$(O)/tests/unit/host/%.o,$(wildcard partitioner/host/*.c))

$(O)/tests/unit/%.o: tests/unit/%.c
	@mkdir -p $(@D)
	@printf '  CC      %s\n' $<
	$(Q)$(OBJ_CC) $(unit-flags) -MMD -MP -c $< -o $@

$(O)/tests/unit/core/%.o: partitioner/core/%.c
	@mkdir -p $(@D)
	@printf '  CC      %s (ASan, UBSan)\n' $<
	$(Q)$(OBJ_CC) $(unit-flags) -MMD -MP -c $< -o $@

$(O)/tests/unit/host/%.o: partitioner/host/%.c
	@mkdir -p $(@D)
	@printf '  CC      %s (ASan, UBSan)\n' $<
	$(Q)$(OBJ_CC) $(unit-flags) -MMD -MP -c $< -o $@

$(O)/tests/unit/unit: $(unit-objs)
	@printf '  LD      %s\n' $@
	$(Q)$(CC) $(unit-san) $^ -lcmocka $(HOST_LIBS) -o $@

$(O)/tests/unit/%.dtb: tests/unit/%.dts
	@mkdir -p $(@D)
	$(Q)dtc -q -I dts -O dtb -o $@ $<

$(eval $(call test-rule,unit,$(O)/tests/unit/unit $(O)/tests/unit/virt.dtb))
$(call passed,unit):
	$(test-begin)
	@printf '  TEST    %s\n' $<
	$(Q)$< >$<.log 2>&1 || { cat $<.log; exit 1; }
	@sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p; s/^    //p' $<.log | \
		awk '/^[0-9]+$$/ { n += $$1; next } { print } END { print n " passed" }'
	$(test-end)

# No libc beyond what a boot stage brings, no floating point, little stack.
unit-libc	:= memcpy|memset|memcmp|memmove|strlen|strcmp|fdt_[a-z_]*|bh_[a-z0-9_]*
unit-bare	:= -std=gnu11 $(WARN) -Wstack-usage=3500 -O2 -ffreestanding -mgeneral-regs-only \
		   -fno-stack-protector -Iinclude -Ipartitioner
unit-bare-objs	:= $(patsubst partitioner/core/%.c,$(O)/tests/unit/bare/%.o,$(core-srcs))

$(O)/tests/unit/bare/%.o: partitioner/core/%.c
	@mkdir -p $(@D)
	$(Q)$(OBJ_CC) $(unit-bare) -MMD -MP -c $< -o $@

$(eval $(call test-rule,core-freestanding,$(unit-bare-objs) tests/unit/objects.mk))
$(call passed,core-freestanding):
	$(test-begin)
	@printf '  TEST    what the core asks of its surroundings\n'
	$(Q)! nm -u $(unit-bare-objs) | sed -n 's/^ *U //p' | sort -u | grep -vxE '$(unit-libc)'
	$(test-end)

-include $(unit-objs:.o=.d) $(unit-bare-objs:.o=.d)

CHECK_FAST	+= check-unit check-core-freestanding
