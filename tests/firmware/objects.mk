# SPDX-License-Identifier: GPL-2.0-only
# The firmware's portable part on the host, with fakes for the machine: unit tests
# and a fuzzer. What knows OpenSBI runs in tests/system.

fw-srcs		:= $(addprefix firmware/,bell.c control.c mux.c part.c service.c uart.c walk.c watchdog.c window.c) \
		   monitor/start.c partitioner/core/sha256.c
fw-san		:= -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
fw-flags	:= -std=gnu11 $(WARN) -D_GNU_SOURCE -O1 -g -I. -Iinclude -Ipartitioner -Ifirmware -Itests/firmware
fw-headers	:= $(wildcard firmware/*.h monitor/*.h tests/firmware/*.h include/bulkhead/*.h)
fw-dir		:= $(O)/tests/firmware
fw-tests	:= $(addprefix $(fw-dir)/,test_firmware test_start test_uart)

$(fw-tests): $(fw-dir)/%: tests/firmware/%.c tests/firmware/fake.c $(fw-srcs) $(fw-headers)
	@mkdir -p $(@D)
	@printf '  CC      %s\n' $@
	$(Q)$(CC) $(fw-flags) $(fw-san) $(filter %.c,$^) -lcmocka -o $@

$(fw-dir)/fuzz: tests/firmware/fuzz_firmware.c tests/firmware/fake.c $(fw-srcs) $(fw-headers)
	@mkdir -p $(@D)
	@printf '  FUZZER  %s\n' $@
	$(Q)$(CLANG) $(fw-flags) -fsanitize=fuzzer $(fw-san) $(filter %.c,$^) -o $@

check-firmware: $(fw-tests)
	$(Q)for test in $^; do printf '  TEST    %s\n' $$test; \
		$$test >$$test.log 2>&1 || { cat $$test.log; exit 1; }; \
		sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1 passed/p' $$test.log; done

check-fuzz-firmware: $(fw-dir)/fuzz
	@mkdir -p $(fw-dir)/corpus
	@printf '  FUZZ    %s for %s s\n' $< $(FUZZ_SECONDS)
	$(Q)$< -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=10 -print_final_stats=1 \
		-artifact_prefix=$(fw-dir)/ $(fw-dir)/corpus > $(fw-dir)/fuzz.log 2>&1 || \
		{ grep -v '^#' $(fw-dir)/fuzz.log | tail -40; exit 1; }
	@sed -n 's/^stat::number_of_executed_units: */          executions: /p' $(fw-dir)/fuzz.log

CHECK_FAST	+= check-firmware check-fuzz-firmware
PHONY		+= check-firmware check-fuzz-firmware
