# SPDX-License-Identifier: GPL-2.0-only
# Tests of the ring core. It is one header, so each program compiles it anew. test_copy is the drivers'.

ring-inc	:= -Iipi/include -Iipi/ring -Iipi/linux -Itests/ring
ring-warn	:= -std=gnu11 $(WARN) -D_GNU_SOURCE
ring-headers	:= $(wildcard ipi/ring/*.h ipi/include/bulkhead/*.h tests/ring/*.h)

ring-tests	:= $(addprefix $(O)/tests/ring/,test_ring test_many test_copy)

$(ring-tests): $(O)/tests/ring/%: tests/ring/%.c $(ring-headers) ipi/linux/copy_words.h
	@mkdir -p $(@D)
	@printf '  CC      %s (ASan, UBSan)\n' $<
	$(Q)$(CC) $(ring-warn) -O1 -g $(unit-san) $(ring-inc) $< -lcmocka -o $@

$(eval $(call test-rule,ring,$(ring-tests)))
$(call passed,ring):
	$(test-begin)
	@printf '  TEST    %s\n' $(ring-tests)
	$(Q)for test in $(ring-tests); do $$test >$$test.log 2>&1 || { cat $$test.log; exit 1; }; done
	$(test-end)

# --- the layout in the documentation against the header ---

$(O)/tests/ring/layout: tests/ring/layout.c $(ring-headers)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ring-warn) $(ring-inc) $< -o $@

$(eval $(call test-rule,channel-doc,$(O)/tests/ring/layout docs/channel.md))
$(call passed,channel-doc):
	$(test-begin)
	@printf '  TEST    %s\n' docs/channel.md
	$(Q)$< >$<.md
	$(Q)sed -n '/^<!-- layout:/,/^<!-- .layout/p' docs/channel.md | grep '^|' | diff -u - $<.md
	$(test-end)

# --- two ends side by side: threads that sleep, a process that is killed ---

$(O)/tests/ring/stress $(O)/tests/ring/kill: $(O)/tests/ring/%: tests/ring/%.c $(ring-headers)
	@mkdir -p $(@D)
	@printf '  CC      %s\n' $<
	$(Q)$(CC) $(ring-warn) -O2 -g $(ring-inc) $< -lpthread -o $@

# clang: gcc has no fences under ThreadSanitizer.
$(O)/tests/ring/stress-tsan: tests/ring/stress.c $(ring-headers)
	@mkdir -p $(@D)
	@printf '  CC      %s (TSan)\n' $<
	$(Q)$(CLANG) $(ring-warn) -O1 -g -fsanitize=thread $(ring-inc) $< -lpthread -o $@

$(eval $(call test-rule,ring-stress,$(O)/tests/ring/stress $(O)/tests/ring/stress-tsan))
$(call passed,ring-stress):
	$(test-begin)
	@printf '  TEST    %s, TSan\n' $<
	$(Q)$< 300000
	$(Q)$<-tsan 100000 >$<-tsan.log 2>&1 || { head -60 $<-tsan.log; exit 1; }
	$(test-end)

$(eval $(call test-rule,ring-kill,$(O)/tests/ring/kill))
$(call passed,ring-kill):
	$(test-begin)
	@printf '  TEST    %s 1000\n' $<
	$(Q)$< 1000
	$(test-end)

RING_STRESS	?= 100000000

soak-ring-stress: $(O)/tests/ring/stress $(O)/tests/ring/stress-tsan $(O)/tests/ring/kill
	$(Q)$< $(RING_STRESS)
	$(Q)$< $(RING_STRESS) 65536
	$(Q)$<-tsan $(shell expr $(RING_STRESS) / 20)
	$(Q)$(O)/tests/ring/kill $(shell expr $(RING_STRESS) / 1000)

CHECK_FAST	+= check-ring check-channel-doc check-ring-stress check-ring-kill
PHONY		+= soak-ring-stress
