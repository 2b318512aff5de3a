# SPDX-License-Identifier: GPL-2.0-only
# Plans, bad and good, against the command; and the fuzzer of the plan's parser.

check-plans: $(O)/bulkhead
	@printf '  TEST    %s\n' tests/plans
	$(Q)tests/plans/run.py $(O)/bulkhead --work $(O)/tests/plans
	$(Q)tests/plans/live.py $(O)/bulkhead

# What the documents say against what the command says.
check-docs: $(O)/bulkhead
	@printf '  TEST    %s\n' "docs/plan.md docs/man completion"
	$(Q)tests/plans/reference.py $(O)/bulkhead
	$(Q)tests/plans/manual.py $(O)/bulkhead
	$(Q)groff -man -ww -z docs/man/bulkhead.1
	$(Q)bash -n completion/bulkhead.bash

docs-plan: $(O)/bulkhead
	$(Q)tests/plans/reference.py $(O)/bulkhead --update

CHECK_FAST	+= check-plans check-docs
PHONY		+= docs-plan

# The fuzzer has objects of its own: everything that reads a plan is instrumented.
FUZZ_SECONDS	?= 10
fuzz-plan-dir	:= $(O)/tests/fuzz/plan
fuzz-plan-srcs	:= tests/fuzz/fuzz_plan.c \
		   $(filter-out partitioner/host/compile.c,$(wildcard partitioner/host/*.c)) \
		   $(filter-out partitioner/core/blob_read.c,$(wildcard partitioner/core/*.c))
fuzz-plan-objs	:= $(patsubst %.c,$(fuzz-plan-dir)/%.o,$(fuzz-plan-srcs))
fuzz-plan-flags	:= -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
		   -fno-sanitize-recover=all -fno-omit-frame-pointer

$(fuzz-plan-dir)/%.o: %.c
	@mkdir -p $(@D)
	@printf '  FUZZ-CC %s\n' $<
	$(Q)$(CLANG) $(HOST_CFLAGS) $(fuzz-plan-flags) -MMD -MP -c -o $@ $<

$(fuzz-plan-dir)/fuzz_plan: $(fuzz-plan-objs)
	@printf '  LD      %s\n' $@
	$(Q)$(CLANG) $(fuzz-plan-flags) -fsanitize=fuzzer -o $@ $^ -lyaml -ljansson

# New inputs that were found stay in the build folder; seeds come from the tree.
check-fuzz-plan: $(fuzz-plan-dir)/fuzz_plan
	@printf '  FUZZ    %s\n' "plans, $(FUZZ_SECONDS) s"
	@mkdir -p $(fuzz-plan-dir)/corpus $(fuzz-plan-dir)/crashes
	$(Q)$< -max_total_time=$(FUZZ_SECONDS) -timeout=5 -rss_limit_mb=1024 -max_len=4096 \
		-dict=tests/fuzz/plan.dict -artifact_prefix=$(fuzz-plan-dir)/crashes/ \
		-print_final_stats=0 $(fuzz-plan-dir)/corpus examples tests/plans/bad \
		tests/plans/good tests/plans/machines >$(fuzz-plan-dir)/log 2>&1 || \
		{ tail -n 60 $(fuzz-plan-dir)/log; exit 1; }

CHECK_FAST	+= check-fuzz-plan
PHONY		+= check-plans check-docs check-fuzz-plan
-include $(fuzz-plan-objs:.o=.d)
