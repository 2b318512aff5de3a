# SPDX-License-Identifier: GPL-2.0-only
# libFuzzer over the blob reader and the checks, and over the ring core; ASan and UBSan.
# FUZZ_SECONDS=600 make check-fuzz-blob runs it for longer; what it finds stays
# in $(O)/tests/fuzz/blob, so that the next run begins where this one ended.

fuzz-san	:= -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
fuzz-flags	:= -std=gnu11 -Wall -Wextra -Werror -O1 -g -Iinclude -Ipartitioner
fuzz-dir	:= $(O)/tests/fuzz

$(fuzz-dir)/fuzz-blob: tests/fuzz/fuzz_blob.c $(core-srcs) $(wildcard partitioner/core/*.h)
	@mkdir -p $(@D)
	@printf '  FUZZER  %s\n' $@
	$(Q)$(CLANG) $(fuzz-flags) $(fuzz-san) $(filter %.c,$^) -lfdt -o $@

$(fuzz-dir)/seed-blobs: tests/fuzz/seed_blobs.c tests/unit/fixture.c \
			partitioner/host/blob.c 			$(O)/core/libcore.a
	@mkdir -p $(@D)
	@printf '  LD      %s\n' $@
	$(Q)$(CC) $(fuzz-flags) $(filter %.c %.a,$^) -lcmocka -lfdt -o $@

$(fuzz-dir)/seeds/blob/three: $(fuzz-dir)/seed-blobs
	@mkdir -p $(@D)
	$(Q)$< $(@D)

check-fuzz-blob: $(fuzz-dir)/fuzz-blob $(fuzz-dir)/seeds/blob/three
	@mkdir -p $(fuzz-dir)/blob
	@printf '  FUZZ    %s for %s s\n' $< $(FUZZ_SECONDS)
	$(Q)$< -max_total_time=$(FUZZ_SECONDS) -max_len=16384 -timeout=10 -print_final_stats=1 \
		-artifact_prefix=$(fuzz-dir)/ $(fuzz-dir)/blob $(fuzz-dir)/seeds/blob \
		> $(fuzz-dir)/fuzz-blob.log 2>&1 || \
		{ grep -v '^#' $(fuzz-dir)/fuzz-blob.log | tail -40; exit 1; }
	@sed -n 's/^stat::number_of_executed_units: */          executions: /p' \
		$(fuzz-dir)/fuzz-blob.log

CHECK_FAST	+= check-fuzz-blob
PHONY		+= check-fuzz-blob

# --- the ring core against a hostile peer ---

$(fuzz-dir)/fuzz-ring: tests/fuzz/fuzz_ring.c tests/fuzz/fuzz_ring_shim.h tests/ring/pair.h \
		$(wildcard ipi/ring/*.h ipi/include/bulkhead/*.h)
	@mkdir -p $(@D)
	@printf '  FUZZER  %s\n' $@
	$(Q)$(CLANG) $(fuzz-flags) $(fuzz-san) -Itests/fuzz $(ring-inc) $(filter %.c,$^) -o $@

check-fuzz-ring: $(fuzz-dir)/fuzz-ring
	@mkdir -p $(fuzz-dir)/ring
	@printf '  FUZZ    %s for %s s\n' $< $(FUZZ_SECONDS)
	$(Q)$< -max_total_time=$(FUZZ_SECONDS) -max_len=2048 -timeout=10 -print_final_stats=1 \
		-artifact_prefix=$(fuzz-dir)/ $(fuzz-dir)/ring > $(fuzz-dir)/fuzz-ring.log 2>&1 || \
		{ grep -v '^#' $(fuzz-dir)/fuzz-ring.log | tail -40; exit 1; }
	@sed -n 's/^stat::number_of_executed_units: */          executions: /p' \
		$(fuzz-dir)/fuzz-ring.log

CHECK_FAST	+= check-fuzz-ring
PHONY		+= check-fuzz-ring

# --- the UART that many consoles share ---

$(fuzz-dir)/fuzz-mux: tests/fuzz/fuzz_mux.c partitioner/image/mux.c partitioner/image/mux.h
	@mkdir -p $(@D)
	@printf '  FUZZER  %s\n' $@
	$(Q)$(CLANG) $(fuzz-flags) $(fuzz-san) $(filter %.c,$^) -o $@

check-fuzz-mux: $(fuzz-dir)/fuzz-mux
	@mkdir -p $(fuzz-dir)/mux
	@printf '  FUZZ    %s for %s s\n' $< $(FUZZ_SECONDS)
	$(Q)$< -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=10 -print_final_stats=1 \
		-artifact_prefix=$(fuzz-dir)/ $(fuzz-dir)/mux > $(fuzz-dir)/fuzz-mux.log 2>&1 || \
		{ grep -v '^#' $(fuzz-dir)/fuzz-mux.log | tail -40; exit 1; }
	@sed -n 's/^stat::number_of_executed_units: */          executions: /p' \
		$(fuzz-dir)/fuzz-mux.log

CHECK_FAST	+= check-fuzz-mux
PHONY		+= check-fuzz-mux

# --- what partitions say, on its way to a terminal ---

fuzz-screen-srcs := tests/fuzz/fuzz_screen.c partitioner/host/value.c \
		    $(addprefix partitioner/image/,canvas.c child.c console.c screen.c sequences.c)

$(fuzz-dir)/fuzz-screen: $(fuzz-screen-srcs) $(wildcard partitioner/image/*.h)
	@mkdir -p $(@D)
	@printf '  FUZZER  %s\n' $@
	$(Q)$(CLANG) $(fuzz-flags) -D_GNU_SOURCE $(fuzz-san) $(filter %.c,$^) -lvterm -o $@

# From one seed, and what it finds is not kept: the same inputs in each run of the tests. soak
# says otherwise.
FUZZ_SCREEN	?= -seed=1 -runs=1500

check-fuzz-screen: $(fuzz-dir)/fuzz-screen
	@printf '  FUZZ    %s\n' $<
	@rm -rf $(fuzz-dir)/screen && mkdir -p $(fuzz-dir)/screen
	$(Q)$< $(FUZZ_SCREEN) -max_len=600 -timeout=20 -dict=tests/fuzz/screen.dict \
		-artifact_prefix=$(fuzz-dir)/ $(fuzz-dir)/screen tests/fuzz/screen > $(fuzz-dir)/fuzz-screen.log 2>&1 || \
		{ grep -v '^#' $(fuzz-dir)/fuzz-screen.log | tail -40; exit 1; }

CHECK_FAST	+= check-fuzz-screen
PHONY		+= check-fuzz-screen
