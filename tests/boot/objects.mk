# SPDX-License-Identifier: GPL-2.0-only
# The parts of the boot stage that run on the host as well.

$(O)/tests/boot/test-boot: tests/boot/test_boot.c boot/x86/memory.c boot/x86/multiboot.c \
		$(wildcard boot/x86/*.h boot/arch/*.h)
	@mkdir -p $(@D)
	@printf '  LD      %s\n' $@
	$(Q)$(CC) $(CFLAGS) $(HOST_CFLAGS) -Iboot -fsanitize=address,undefined -fno-sanitize-recover=all \
		$(filter %.c,$^) -lcmocka -o $@

$(O)/tests/boot/test-images: tests/boot/test_images.c $(addprefix boot/x86/,images.c machine.c memory.c) \
		monitor/start.c $(core-srcs) $(wildcard boot/x86/*.h boot/arch/*.h monitor/*.h partitioner/core/*.h)
	@mkdir -p $(@D)
	@printf '  LD      %s\n' $@
	$(Q)$(CC) $(CFLAGS) $(HOST_CFLAGS) -Iboot -I. -fsanitize=address,undefined -fno-sanitize-recover=all \
		$(filter %.c,$^) -lfdt -lcmocka -o $@

boot-tests	:= $(addprefix $(O)/tests/boot/,test-boot test-images)

$(eval $(call test-rule,boot,$(boot-tests)))
$(call passed,boot):
	$(test-begin)
	@printf '  TEST    %s\n' $(boot-tests)
	$(Q)set -e; for test in $(boot-tests); do $$test; done
	$(test-end)

CHECK_FAST	+= check-boot
