# SPDX-License-Identifier: GPL-2.0-only
# Proofs of the ring core: docs/channel.md says what each shows and what it does not.

proofs-dir	:= $(O)/ipi/proofs

# --- the core itself, in all runs on a machine with weak memory ---

$(proofs-dir)/model: ipi/proofs/model/main.c ipi/proofs/model/machine.c \
		$(wildcard ipi/proofs/model/*.h ipi/ring/*.h ipi/include/bulkhead/*.h)
	@mkdir -p $(@D)
	@printf '  CC      %s\n' $@
	$(Q)$(CC) $(ring-warn) -O2 -g $(ring-inc) -Iipi/proofs/model $(filter %.c,$^) -o $@

# In one run at most one load sees something old: enough to show every mutant.
check-ring-model: $(proofs-dir)/model
	@printf '  PROOF   %s\n' $<
	$(Q)$< -k 1 >$<.log || { cat $<.log; exit 1; }
	@awk '/ holds / { n++ } /^without/ { m++ } END { printf "          %d scenarios, %d mutants caught\n", n, m }' $<.log

# All runs.
check-ring-model-more: $(proofs-dir)/model
	@printf '  PROOF   %s, all runs\n' $<
	$(Q)$< >$<.more.log || { cat $<.more.log; exit 1; }

# The long scenarios too.
soak-ring-model: $(proofs-dir)/model
	$(Q)$< -k 2 -l

# --- the same as a model in spin, on x86's store buffers and on weaker ones ---

check-ring-spin:
	@printf '  PROOF   %s\n' ipi/proofs/spin
	$(Q)mkdir -p $(proofs-dir)/spin
	$(Q)ipi/proofs/spin/run $(proofs-dir)/spin >$(proofs-dir)/spin.log || { cat $(proofs-dir)/spin.log; exit 1; }
	@printf '          '; tail -n1 $(proofs-dir)/spin.log

soak-ring-spin:
	$(Q)ipi/proofs/spin/run --long $(proofs-dir)/spin

# --- each barrier as a litmus test: Linux's, RISC-V's and x86's memory model ---

# The kernel's model comes from its source, if that is unpacked anywhere.
lkmm		= $(firstword $(wildcard $(addsuffix /tools/memory-model,$(LINUX_SRC) \
			$(BULKHEAD_CACHE)/linux/work/*/src)))

check-ring-litmus:
	@printf '  PROOF   %s\n' ipi/proofs/litmus
	$(Q)mkdir -p $(proofs-dir)
	$(Q)herd=$$(ipi/proofs/tool herd7) && \
		ipi/proofs/litmus $$herd $(if $(lkmm),--lkmm $(lkmm)) >$(proofs-dir)/litmus.log || \
		{ cat $(proofs-dir)/litmus.log; exit 1; }
	@sed 's/^/          /' $(proofs-dir)/litmus.log

# --- CBMC: any peer, any size, any state ---

check-ring-cbmc:
	@printf '  PROOF   %s\n' ipi/proofs/cbmc
	$(Q)mkdir -p $(proofs-dir)
	$(Q)ipi/proofs/cbmc/run $(proofs-dir)/cbmc

soak-ring-cbmc:
	$(Q)ipi/proofs/cbmc/run --long $(proofs-dir)/cbmc

CHECK_FAST	+= check-ring-model
CHECK		+= check-ring-model-more check-ring-spin check-ring-litmus check-ring-cbmc
PHONY		+= check-ring-model check-ring-model-more soak-ring-model check-ring-spin soak-ring-spin \
		   check-ring-litmus check-ring-cbmc soak-ring-cbmc
