# SPDX-License-Identifier: GPL-2.0-only
# Plans, bad and good, against the command; and the fuzzers of the plan's parser and
# of a machine's device tree.
#
# All use objects of their own: everything that reads a plan carries
# AddressSanitizer, UBSan and the fuzzer's coverage (which does nothing in the
# command).

plans-dir	:= $(O)/tests/plans
plans-flags	:= -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
		   -fno-sanitize-recover=all -fno-omit-frame-pointer
plans-lib	:= $(patsubst %.c,$(plans-dir)/%.o,$(wildcard partitioner/host/*.c partitioner/core/*.c))
plans-cmd	:= $(patsubst %.c,$(plans-dir)/%.o,tests/plans/verbs.c \
		   $(addprefix partitioner/cmd/,main.c verbs.c arguments.c plan_args.c check.c machine.c compile.c) \
		   $(addprefix partitioner/image/,child.c machine_tree.c show.c))
plans-fuzz	:= $(plans-dir)/tests/fuzz/fuzz_plan.o
tree-fuzz	:= $(plans-dir)/tests/fuzz/fuzz_tree.o
initrd-fuzz	:= $(plans-dir)/tests/fuzz/fuzz_initrd.o

$(plans-dir)/%.o: %.c
	@mkdir -p $(@D)
	@printf '  SAN-CC  %s\n' $<
	$(Q)$(CLANG) $(HOST_CFLAGS) $(plans-flags) -MMD -MP -c -o $@ $<

# --- the command over tables of plans ---

$(plans-dir)/bulkhead: $(plans-cmd) $(plans-lib)
	@printf '  LD      %s\n' $@
	$(Q)$(CLANG) $(plans-flags) -o $@ $^ $(HOST_LIBS) -lsmartcols

check-plans: $(plans-dir)/bulkhead
	@printf '  TEST    %s\n' tests/plans
	$(Q)tests/plans/run.py $< --work $(plans-dir)/work
	$(Q)tests/plans/live.py $<
	$(Q)tests/plans/trees.py $<

# --- what the documents say against what the command says ---

check-docs: $(O)/bulkhead
	@printf '  TEST    %s\n' "docs/plan.md docs/man completion include/bulkhead/blob.h"
	$(Q)tests/plans/reference.py $<
	$(Q)tests/plans/manual.py $<
	$(Q)tests/plans/blob.py $<
	$(Q)if command -v groff >/dev/null; then groff -man -ww -z docs/man/bulkhead.1; \
		else echo "  SKIP    groff is not there: the manual is not formatted"; fi
	$(Q)tests/plans/completion.sh $<

docs-plan: $(O)/bulkhead
	$(Q)tests/plans/reference.py $< --update

# --- the fuzzer ---

fuzz-plan-dir	:= $(O)/tests/fuzz/plan

$(fuzz-plan-dir)/fuzz_plan: $(plans-fuzz) $(plans-lib)
	@mkdir -p $(@D)
	@printf '  LD      %s\n' $@
	$(Q)$(CLANG) $(plans-flags) -fsanitize=fuzzer -o $@ $^ $(HOST_LIBS)

# New inputs that were found stay in the build folder; seeds come from the tree.
check-fuzz-plan: $(fuzz-plan-dir)/fuzz_plan
	@printf '  FUZZ    %s\n' "plans, $(FUZZ_SECONDS) s"
	@mkdir -p $(fuzz-plan-dir)/corpus $(fuzz-plan-dir)/crashes
	$(Q)tests/plans/run.py --images $(fuzz-plan-dir)/images
	$(Q)BULKHEAD_IMAGES=$(fuzz-plan-dir)/images $< -max_total_time=$(FUZZ_SECONDS) -timeout=5 -rss_limit_mb=1024 -max_len=4096 \
		-dict=tests/fuzz/plan.dict -artifact_prefix=$(fuzz-plan-dir)/crashes/ \
		$(fuzz-plan-dir)/corpus examples tests/plans/bad tests/plans/good \
		tests/plans/machines >$(fuzz-plan-dir)/log 2>&1 || \
		{ tail -n 60 $(fuzz-plan-dir)/log; exit 1; }

fuzz-initrd-dir	:= $(O)/tests/fuzz/initrd

$(fuzz-initrd-dir)/fuzz_initrd: $(initrd-fuzz) $(plans-lib)
	@mkdir -p $(@D)
	@printf '  LD      %s\n' $@
	$(Q)$(CLANG) $(plans-flags) -fsanitize=fuzzer -o $@ $^ $(HOST_LIBS)

# The seeds are the plans' own initrds, behind a byte that the fuzzer takes for itself. A name may
# say that it has 4 GiB, for which libarchive asks before it sees that they are not there.
check-fuzz-initrd: $(fuzz-initrd-dir)/fuzz_initrd
	@printf '  FUZZ    %s\n' "initrds, $(FUZZ_SECONDS) s"
	@mkdir -p $(addprefix $(fuzz-initrd-dir)/,corpus crashes seeds)
	$(Q)tests/plans/run.py --images $(fuzz-initrd-dir)/images
	$(Q)for name in systemd systemd-packed systemd-xz script loop cut; do \
		{ printf '\0'; cat $(fuzz-initrd-dir)/images/x86-64/$$name; } >$(fuzz-initrd-dir)/seeds/$$name; done
	$(Q)$< -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=8192 \
		-max_len=8192 \
		-artifact_prefix=$(fuzz-initrd-dir)/crashes/ $(fuzz-initrd-dir)/corpus $(fuzz-initrd-dir)/seeds \
		>$(fuzz-initrd-dir)/log 2>&1 || { tail -n 60 $(fuzz-initrd-dir)/log; exit 1; }

fuzz-tree-dir	:= $(O)/tests/fuzz/tree

$(fuzz-tree-dir)/fuzz_tree: $(tree-fuzz) $(plans-lib)
	@mkdir -p $(@D)
	@printf '  LD      %s\n' $@
	$(Q)$(CLANG) $(plans-flags) -fsanitize=fuzzer -o $@ $^ $(HOST_LIBS)

$(fuzz-tree-dir)/seeds/virt: tests/unit/virt.dts
	@mkdir -p $(@D)
	$(Q)dtc -q -O dtb -o $@ $<

check-fuzz-tree: $(fuzz-tree-dir)/fuzz_tree $(fuzz-tree-dir)/seeds/virt
	@printf '  FUZZ    %s\n' "machines' device trees, $(FUZZ_SECONDS) s"
	@mkdir -p $(fuzz-tree-dir)/corpus $(fuzz-tree-dir)/crashes
	$(Q)$< -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=1024 -max_len=16384 \
		-artifact_prefix=$(fuzz-tree-dir)/crashes/ $(fuzz-tree-dir)/corpus \
		$(fuzz-tree-dir)/seeds >$(fuzz-tree-dir)/log 2>&1 || \
		{ tail -n 60 $(fuzz-tree-dir)/log; exit 1; }

CHECK_FAST	+= check-plans check-docs check-fuzz-plan check-fuzz-tree check-fuzz-initrd
PHONY		+= check-plans check-docs check-fuzz-plan check-fuzz-tree check-fuzz-initrd docs-plan
-include $(plans-lib:.o=.d) $(plans-cmd:.o=.d) $(plans-fuzz:.o=.d) $(tree-fuzz:.o=.d) $(initrd-fuzz:.o=.d)
