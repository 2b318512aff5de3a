# SPDX-License-Identifier: GPL-2.0-only
# Tests of the ring core. It is one header, so each program compiles it anew.

ring-inc	:= -Iipi/include -Iipi/ring -Itests/ring
ring-warn	:= -std=gnu11 $(WARN) -D_GNU_SOURCE
ring-headers	:= $(wildcard ipi/ring/*.h ipi/include/bulkhead/*.h tests/ring/*.h)

$(O)/tests/ring/test_ring: tests/ring/test_ring.c $(ring-headers)
	@mkdir -p $(@D)
	@printf '  CC      %s (ASan, UBSan)\n' $<
	$(Q)$(CC) $(ring-warn) -O1 -g $(unit-san) $(ring-inc) $< -lcmocka -o $@

check-ring: $(O)/tests/ring/test_ring
	@printf '  TEST    %s\n' $<
	$(Q)$< >$<.log 2>&1 || { cat $<.log; exit 1; }

CHECK_FAST	+= check-ring
PHONY		+= check-ring
