# SPDX-License-Identifier: GPL-2.0-only
# libFuzzer over the blob reader and the checks, and over the ring core; ASan and UBSan.
# FUZZ_SECONDS=600 make soak-fuzz-blob runs it freely; what it learns stays in
# $(O)/tests/fuzz/blob/corpus, so that the next run begins where this one ended.

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

$(eval $(call fuzz-rule,blob,$(fuzz-dir)/fuzz-blob,$(fuzz-dir)/seeds/blob/three,-max_len=16384,150000))

# --- the ring core against a hostile peer ---

$(fuzz-dir)/fuzz-ring: tests/fuzz/fuzz_ring.c tests/fuzz/fuzz_ring_shim.h tests/ring/pair.h \
		$(wildcard ipi/ring/*.h ipi/include/bulkhead/*.h)
	@mkdir -p $(@D)
	@printf '  FUZZER  %s\n' $@
	$(Q)$(CLANG) $(fuzz-flags) $(fuzz-san) -Itests/fuzz $(ring-inc) $(filter %.c,$^) -o $@

$(eval $(call fuzz-rule,ring,$(fuzz-dir)/fuzz-ring,,-max_len=2048,120000))

# --- the UART that many consoles share ---

$(fuzz-dir)/fuzz-mux: tests/fuzz/fuzz_mux.c partitioner/image/mux.c partitioner/image/mux.h
	@mkdir -p $(@D)
	@printf '  FUZZER  %s\n' $@
	$(Q)$(CLANG) $(fuzz-flags) $(fuzz-san) $(filter %.c,$^) -o $@

$(eval $(call fuzz-rule,mux,$(fuzz-dir)/fuzz-mux,,-max_len=4096,200000))

# --- what partitions say, on its way to a terminal ---

fuzz-screen-srcs := tests/fuzz/fuzz_screen.c partitioner/host/value.c \
		    $(addprefix partitioner/image/,canvas.c child.c console.c screen.c sequences.c)

$(fuzz-dir)/fuzz-screen: $(fuzz-screen-srcs) $(wildcard partitioner/image/*.h)
	@mkdir -p $(@D)
	@printf '  FUZZER  %s\n' $@
	$(Q)$(CLANG) $(fuzz-flags) -D_GNU_SOURCE $(fuzz-san) $(filter %.c,$^) -lvterm -o $@

$(eval $(call fuzz-rule,screen,$(fuzz-dir)/fuzz-screen,,-max_len=600 -dict=tests/fuzz/screen.dict,1500))
$(call passed,fuzz-screen): tests/fuzz/screen.dict
