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

check-ring-model-more: $(proofs-dir)/model
	@printf '  PROOF   %s -k 2\n' $<
	$(Q)$< -k 2 >$<.more.log || { cat $<.more.log; exit 1; }

# All runs of the short scenarios without a limit, and the long ones.
soak-ring-model: $(proofs-dir)/model
	$(Q)$<
	$(Q)$< -k 2 -l

CHECK_FAST	+= check-ring-model
CHECK		+= check-ring-model-more
PHONY		+= check-ring-model check-ring-model-more soak-ring-model
