# SPDX-License-Identifier: GPL-2.0-only
# The parts of the boot stage that run on the host as well.

$(O)/tests/boot/test-boot: tests/boot/test_boot.c boot/x86/memory.c boot/x86/multiboot.c \
		$(wildcard boot/x86/*.h boot/arch/*.h)
	@mkdir -p $(@D)
	@printf '  LD      %s\n' $@
	$(Q)$(CC) $(CFLAGS) $(HOST_CFLAGS) -Iboot -fsanitize=address,undefined -fno-sanitize-recover=all \
		$(filter %.c,$^) -lcmocka -o $@

$(eval $(call test-rule,boot,$(O)/tests/boot/test-boot))
$(call passed,boot):
	$(test-begin)
	@printf '  TEST    %s\n' $<
	$(Q)$<
	$(test-end)

CHECK_FAST	+= check-boot
