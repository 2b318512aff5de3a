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

# --- what monitor/ may know ---

# No platform, no firmware, no allocator, not even in a comment.
mon-names	:= riscv|risc-v|harts?|[a-z]*sbi|imsic|aplic|plic|[a-z]*pmp|[ms]-mode|ecall|csr|u-boot
mon-names	:= $(mon-names)|x86|amd64|[a-z0-9]*apic|tsc|cr3|rsi|acpi|multiboot2?|uefi|bios|arm64|aarch64
mon-names	:= $(mon-names)|qemu|linux|[a-z_]*alloc
mon-files	:= $(wildcard monitor/*.[ch])

$(eval $(call test-rule,monitor-names,$(mon-files) tests/monitor/objects.mk))
$(call passed,monitor-names):
	$(test-begin)
	@printf '  TEST    monitor/ names no platform\n'
	$(Q)! grep -nwiE '$(mon-names)' $(mon-files)
	$(test-end)

# For each processor, with nothing but machine.h, the digest, and what a compiler asks for.
mon-bare	:= -std=gnu11 $(WARN) -Wstack-usage=1024 -O2 -ffreestanding -fno-stack-protector -I. -Iinclude -Ipartitioner
mon-bare-x86-64	= $(CC) -mgeneral-regs-only -mno-red-zone -fpie -fvisibility=hidden
mon-bare-riscv64 = $(RISCV_CROSS)gcc -march=rv64gc -mabi=lp64d -mcmodel=medany
mon-asks	:= hw_[a-z_]*|bh_sha256|mem(cpy|set|cmp)|(part|start|status|states|heartbeat|monitor)(_[a-z_]*)?
mon-objs-of	= $(patsubst monitor/%.c,$(mon-dir)/$(1)/%.o,$(mon-core))
mon-bare-objs	:= $(call mon-objs-of,x86-64) $(call mon-objs-of,riscv64)

$(mon-bare-objs): $(mon-dir)/%.o: $(mon-headers) $(mon-core) tests/monitor/objects.mk
	@mkdir -p $(@D)
	$(Q)$(mon-bare-$(*D)) $(mon-bare) -c monitor/$(*F).c -o $@

# Nothing to relocate either: no data, and no tables of pointers.
$(eval $(call test-rule,monitor-freestanding,$(mon-bare-objs)))
$(call passed,monitor-freestanding):
	$(test-begin)
	@printf '  TEST    what monitor/ asks of its surroundings, on each processor\n'
	$(Q)! nm -u $(call mon-objs-of,x86-64) | sed -n 's/^ *U //p' | sort -u | grep -vxE '$(mon-asks)'
	$(Q)! nm -u $(call mon-objs-of,riscv64) | sed -n 's/^ *U //p' | sort -u | grep -vxE '$(mon-asks)'
	$(Q)! objdump -h $(call mon-objs-of,x86-64) | grep -E ' \.data(\.rel[^ ]*)? +0*[1-9a-f]'
	$(test-end)

# Files that need each other are one file; the firmware may have a pair.
$(eval $(call test-rule,monitor-circles,$(call mon-objs-of,x86-64) $(wildcard firmware/*.[ch]) \
	$(mon-files) tests/monitor/circles.py))
$(call passed,monitor-circles):
	$(test-begin)
	@printf '  TEST    no circles in monitor/, none of three in firmware/\n'
	$(Q)$(PYTHON) -B tests/monitor/circles.py symbols 1 $(call mon-objs-of,x86-64)
	$(Q)$(PYTHON) -B tests/monitor/circles.py sources 1 $(mon-files)
	$(Q)$(PYTHON) -B tests/monitor/circles.py sources 2 $(wildcard firmware/*.[ch])
	$(test-end)

CHECK_FAST	+= check-monitor check-monitor-names check-monitor-freestanding check-monitor-circles
