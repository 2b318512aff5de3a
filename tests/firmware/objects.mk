# SPDX-License-Identifier: GPL-2.0-only
# What of the firmware knows no OpenSBI, on the host: unit tests and a fuzzer, over the portable
# monitor and the fakes of tests/monitor. What knows OpenSBI runs in tests/system.

fw-srcs		:= $(addprefix firmware/,bell.c keeper.c mux.c reset.c store.c uart.c walk.c) \
		   $(wildcard monitor/*.c) partitioner/core/sha256.c
fw-fakes	:= tests/firmware/riscv.c $(addprefix tests/monitor/,fake.c interrupts.c)
fw-san		:= -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
fw-flags	:= -std=gnu11 $(WARN) -D_GNU_SOURCE -O1 -g -I. -Iinclude -Ipartitioner -Ifirmware \
		   -Itests/firmware -Itests/monitor
fw-headers	:= $(wildcard firmware/*.h monitor/*.h tests/firmware/*.h tests/monitor/*.h include/bulkhead/*.h)
fw-dir		:= $(O)/tests/firmware
fw-tests	:= $(addprefix $(fw-dir)/,test_firmware test_uart)

$(fw-tests): $(fw-dir)/%: tests/firmware/%.c $(fw-fakes) $(fw-srcs) $(fw-headers)
	@mkdir -p $(@D)
	@printf '  CC      %s\n' $@
	$(Q)$(CC) $(fw-flags) $(fw-san) $(filter %.c,$^) -lcmocka -o $@

$(fw-dir)/fuzz: tests/firmware/fuzz_firmware.c $(fw-fakes) $(fw-srcs) $(fw-headers)
	@mkdir -p $(@D)
	@printf '  FUZZER  %s\n' $@
	$(Q)$(CLANG) $(fw-flags) -fsanitize=fuzzer $(fw-san) $(filter %.c,$^) -o $@

# run-cmocka: tests/monitor/objects.mk
$(eval $(call test-rule,firmware,$(fw-tests)))
$(call passed,firmware):
	$(test-begin)
	$(Q)$(call run-cmocka,$(fw-tests))
	$(test-end)

$(eval $(call fuzz-rule,firmware,$(fw-dir)/fuzz,,-max_len=4096,200000))

CHECK_FAST	+= check-firmware
