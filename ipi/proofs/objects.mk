# SPDX-License-Identifier: GPL-2.0-only
# Proofs of the ring core: docs/channel.md says what each shows and what it does not.

proofs-dir	:= $(O)/ipi/proofs
ring-core	:= $(wildcard ipi/ring/*.h ipi/include/bulkhead/*.h)

# --- the core itself, in all runs on a machine with weak memory ---

model-srcs	:= ipi/proofs/model/main.c ipi/proofs/model/machine.c $(wildcard ipi/proofs/model/*.h) $(ring-core)
# What makes another program of the same source.
compiler	= "$$($(CC) --version | head -n 1)"

$(proofs-dir)/model: $(model-srcs)
	@mkdir -p $(@D)
	@printf '  CC      %s\n' $@
	$(Q)$(CC) $(ring-warn) -O2 -g $(ring-inc) -Iipi/proofs/model $(filter %.c,$^) -o $@

# In one run at most one load sees something old: enough to show every mutant.
$(eval $(call test-rule,ring-model,$(proofs-dir)/model))
$(call passed,ring-model):
	$(test-begin)
	@printf '  PROOF   %s\n' $<
	$(Q)$< -k 1 >$<.log || { cat $<.log; exit 1; }
	@awk '/ holds / { n++ } /^without/ { m++ } END { printf "          %d scenarios, %d mutants caught\n", n, m }' $<.log
	$(test-end)

# All runs.
$(eval $(call test-rule,ring-model-more,$(proofs-dir)/model ipi/proofs/once))
$(call passed,ring-model-more):
	$(test-begin)
	@printf '  PROOF   %s, all runs\n' $<
	$(Q)ipi/proofs/once $<.more.log $(model-srcs) $(compiler) -- $<
	$(test-end)

# The long scenarios too.
soak-ring-model: $(proofs-dir)/model
	$(Q)$< -k 2 -l

# --- the same as a model in spin, on x86's store buffers and on weaker ones ---

$(eval $(call test-rule,ring-spin,$(wildcard ipi/proofs/spin/*) ipi/proofs/once,spin gcc))
$(call passed,ring-spin):
	$(test-begin)
	@printf '  PROOF   %s\n' ipi/proofs/spin
	$(Q)ipi/proofs/once $(proofs-dir)/spin.log $(wildcard ipi/proofs/spin/*) $(compiler) "$$(spin -V)" -- \
		ipi/proofs/spin/run $(proofs-dir)/spin
	@printf '          '; tail -n1 $(proofs-dir)/spin.log
	$(test-end)

soak-ring-spin:
	$(Q)ipi/proofs/spin/run --long $(proofs-dir)/spin

# --- each barrier as a litmus test: Linux's, RISC-V's and x86's memory model ---

# The kernel's model comes from its source, if that is unpacked anywhere.
lkmm		= $(firstword $(wildcard $(addsuffix /tools/memory-model,$(LINUX_SRC) \
			$(BULKHEAD_CACHE)/linux/work/*/src)))

$(eval $(call test-rule,ring-litmus,ipi/proofs/litmus ipi/proofs/tool $(wildcard ipi/proofs/litmus/*),,lkmm))
$(call passed,ring-litmus):
	$(test-begin)
	@printf '  PROOF   %s\n' ipi/proofs/litmus
	$(Q)mkdir -p $(proofs-dir)
	$(Q)herd=$$(ipi/proofs/tool herd7) && \
		ipi/proofs/litmus $$herd $(if $(lkmm),--lkmm $(lkmm)) >$(proofs-dir)/litmus.log || \
		{ cat $(proofs-dir)/litmus.log; exit 1; }
	@sed 's/^/          /' $(proofs-dir)/litmus.log
	$(test-end)

# --- CBMC: any peer, any size, any state ---

$(eval $(call test-rule,ring-cbmc,$(wildcard ipi/proofs/cbmc/*) ipi/proofs/tool ipi/proofs/once $(ring-core),,RING_CORE))
$(call passed,ring-cbmc):
	$(test-begin)
	@printf '  PROOF   %s\n' ipi/proofs/cbmc
	$(Q)ipi/proofs/once $(proofs-dir)/cbmc.log $(wildcard ipi/proofs/cbmc/*) ipi/proofs/tool $(ring-core) \
		"$(RING_CORE)" "$$($$(ipi/proofs/tool cbmc) --version)" -- ipi/proofs/cbmc/run $(proofs-dir)/cbmc
	@cat $(proofs-dir)/cbmc.log
	$(test-end)

soak-ring-cbmc:
	$(Q)ipi/proofs/cbmc/run --long $(proofs-dir)/cbmc

CHECK_FAST	+= check-ring-model
CHECK_LONG	+= check-ring-model-more check-ring-spin check-ring-litmus check-ring-cbmc
PHONY		+= soak-ring-model soak-ring-spin soak-ring-cbmc
