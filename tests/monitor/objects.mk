# SPDX-License-Identifier: GPL-2.0-only
# The portable monitor on the host, over fakes: the same tests and the same fuzzer for
# each shape of a machine (tests/monitor/fake.h).

mon-core	:= $(wildcard monitor/*.c)
mon-shapes	:= timer parked
mon-san		:= -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
mon-flags	:= -std=gnu11 $(WARN) -D_GNU_SOURCE -O1 -g -I. -Iinclude -Ipartitioner -Itests/monitor
mon-headers	:= $(wildcard monitor/*.h tests/monitor/*.h include/bulkhead/*.h)
mon-dir		:= $(O)/tests/monitor

mon-fake	:= $(addprefix tests/monitor/,fake.c rings.c)
mon-fake-timer	:= $(mon-fake) $(addprefix tests/monitor/,timer.c interrupts.c)
mon-fake-parked	:= $(mon-fake) tests/monitor/parked.c
mon-fakes	:= $(sort $(foreach shape,$(mon-shapes),$(mon-fake-$(shape))))
mon-linked	:= $(mon-core) partitioner/core/sha256.c

mon-tests	:= $(foreach shape,$(mon-shapes),$(mon-dir)/test_monitor-$(shape)) $(mon-dir)/test_start
mon-fuzzers	:= $(addprefix $(mon-dir)/fuzz-,$(mon-shapes))

$(mon-dir)/test_monitor-%: tests/monitor/test_monitor.c $(mon-fakes) $(mon-linked) $(mon-headers)
	@mkdir -p $(@D)
	@printf '  CC      %s\n' $@
	$(Q)$(CC) $(mon-flags) $(mon-san) $< $(mon-fake-$*) $(mon-linked) -lcmocka -o $@

$(mon-dir)/test_start: tests/monitor/test_start.c $(mon-fakes) $(mon-linked) $(mon-headers)
	@mkdir -p $(@D)
	@printf '  CC      %s\n' $@
	$(Q)$(CC) $(mon-flags) $(mon-san) $< $(mon-fake-timer) $(mon-linked) -lcmocka -o $@

$(mon-dir)/fuzz-%: tests/monitor/fuzz_monitor.c $(mon-fakes) $(mon-linked) $(mon-headers)
	@mkdir -p $(@D)
	@printf '  FUZZER  %s\n' $@
	$(Q)$(CLANG) $(mon-flags) -fsanitize=fuzzer $(mon-san) $< $(mon-fake-$*) $(mon-linked) -o $@

# $(call run-cmocka,TESTS): each one's output is shown when it fails, else how many passed.
run-cmocka	= for test in $(1); do printf '  TEST    %s\n' $$test; \
		$$test >$$test.log 2>&1 || { cat $$test.log; exit 1; }; \
		sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1 passed/p' $$test.log; done

$(eval $(call test-rule,monitor,$(mon-tests)))
$(call passed,monitor):
	$(test-begin)
	$(Q)$(call run-cmocka,$(mon-tests))
	$(test-end)

$(foreach shape,$(mon-shapes),$(eval $(call fuzz-rule,monitor-$(shape),$(mon-dir)/fuzz-$(shape),,-max_len=4096,100000)))

CHECK_FAST	+= check-monitor
