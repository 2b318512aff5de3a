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
	$(Q)$(OBJ_CLANG) $(HOST_CFLAGS) $(plans-flags) -MMD -MP -c -o $@ $<

# --- the command over tables of plans ---

$(plans-dir)/bulkhead: $(plans-cmd) $(plans-lib)
	@printf '  LD      %s\n' $@
	$(Q)$(CLANG) $(plans-flags) -o $@ $^ $(HOST_LIBS) -lsmartcols

$(eval $(call test-rule,plans,$(plans-dir)/bulkhead $(wildcard tests/plans/*.py tests/plans/*/* \
	examples/*.yaml include/bulkhead/schemas/* partitioner/host/*.c),dtc dt-validate qemu-system-riscv64))
$(call passed,plans):
	$(test-begin)
	@printf '  TEST    %s\n' tests/plans
	$(Q)tests/plans/run.py $< --work $(plans-dir)/work
	$(Q)tests/plans/live.py $<
	$(Q)tests/plans/trees.py $<
	$(test-end)

# --- what the documents say against what the command says ---

$(eval $(call test-rule,docs,$(O)/bulkhead $(addprefix tests/plans/,reference.py manual.py blob.py completion.sh) \
	docs/plan.md include/bulkhead/blob.h \
	$(wildcard docs/man/* completion/* include/bulkhead/schemas/*)))
$(call passed,docs):
	$(test-begin)
	@printf '  TEST    %s\n' "docs/plan.md docs/man completion include/bulkhead/blob.h"
	$(Q)tests/plans/reference.py $<
	$(Q)tests/plans/manual.py $<
	$(Q)tests/plans/blob.py $<
	$(Q)if command -v groff >/dev/null; then groff -man -ww -z docs/man/bulkhead.1; \
		else echo "  SKIP    groff is not there: the manual is not formatted"; fi
	$(Q)tests/plans/completion.sh $<
	$(test-end)

docs-plan: $(O)/bulkhead
	$(Q)tests/plans/reference.py $< --update

# --- the fuzzer ---

fuzz-plan-dir	:= $(O)/tests/fuzz/plan

$(fuzz-plan-dir)/fuzz_plan: $(plans-fuzz) $(plans-lib)
	@mkdir -p $(@D)
	@printf '  LD      %s\n' $@
	$(Q)$(CLANG) $(plans-flags) -fsanitize=fuzzer -o $@ $^ $(HOST_LIBS)

$(fuzz-plan-dir)/images/made: tests/plans/run.py
	$(Q)tests/plans/run.py --images $(@D)
	$(Q)touch $@

$(eval $(call fuzz-rule,plan,$(fuzz-plan-dir)/fuzz_plan,examples tests/plans/bad tests/plans/good tests/plans/machines,\
	-rss_limit_mb=1024 -max_len=4096 -dict=tests/fuzz/plan.dict,15000))
$(call passed,fuzz-plan) soak-fuzz-plan: export BULKHEAD_IMAGES = $(fuzz-plan-dir)/images
$(call passed,fuzz-plan) soak-fuzz-plan: $(fuzz-plan-dir)/images/made tests/fuzz/plan.dict

fuzz-initrd-dir	:= $(O)/tests/fuzz/initrd

$(fuzz-initrd-dir)/fuzz_initrd: $(initrd-fuzz) $(plans-lib)
	@mkdir -p $(@D)
	@printf '  LD      %s\n' $@
	$(Q)$(CLANG) $(plans-flags) -fsanitize=fuzzer -o $@ $^ $(HOST_LIBS)

# The seeds are the plans' own initrds, behind a byte that the fuzzer takes for itself.
fuzz-initrd-seeds := $(addprefix $(fuzz-initrd-dir)/seeds/,systemd systemd-packed systemd-xz script loop cut)

$(fuzz-initrd-seeds): $(fuzz-initrd-dir)/seeds/%: $(fuzz-plan-dir)/images/made
	@mkdir -p $(@D)
	$(Q){ printf '\0'; cat $(fuzz-plan-dir)/images/x86-64/$*; } >$@

# A name may say that it has 4 GiB, for which libarchive asks before it sees that they are not there.
$(eval $(call fuzz-rule,initrd,$(fuzz-initrd-dir)/fuzz_initrd,$(fuzz-initrd-seeds),\
	-rss_limit_mb=1024 -malloc_limit_mb=8192 -max_len=8192,600))

fuzz-tree-dir	:= $(O)/tests/fuzz/tree

$(fuzz-tree-dir)/fuzz_tree: $(tree-fuzz) $(plans-lib)
	@mkdir -p $(@D)
	@printf '  LD      %s\n' $@
	$(Q)$(CLANG) $(plans-flags) -fsanitize=fuzzer -o $@ $^ $(HOST_LIBS)

$(fuzz-tree-dir)/seeds/virt: tests/unit/virt.dts
	@mkdir -p $(@D)
	$(Q)dtc -q -O dtb -o $@ $<

$(eval $(call fuzz-rule,tree,$(fuzz-tree-dir)/fuzz_tree,$(fuzz-tree-dir)/seeds/virt,-rss_limit_mb=1024 -max_len=16384,20000))

CHECK_FAST	+= check-plans check-docs
PHONY		+= docs-plan
-include $(plans-lib:.o=.d) $(plans-cmd:.o=.d) $(plans-fuzz:.o=.d) $(tree-fuzz:.o=.d) $(initrd-fuzz:.o=.d)
