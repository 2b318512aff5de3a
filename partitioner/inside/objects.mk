# SPDX-License-Identifier: GPL-2.0-only
# The `bulkhead` of initrds: the verbs that make sense inside a partition, static, for each
# platform.

inside-srcs	:= $(addprefix partitioner/,inside/main.c cmd/verbs.c cmd/arguments.c cmd/console.c host/value.c \
		   image/attach.c image/child.c image/sequences.c image/terminal.c)

# inside-rules PLATFORM MACHINE. Unused parts of the files go: it is unpacked at every boot.
define inside-rules
$(O)/inside/$(1)/bulkhead: $(inside-srcs) $(wildcard partitioner/cmd/*.h partitioner/image/*.h \
		partitioner/host/*.h)
	@mkdir -p $$(@D)
	@printf '  CC      %s\n' $$@
	$$(Q)$$(call demo-cc,$(2)) $$(HOST_CFLAGS) -Os -static -s -ffunction-sections \
		-fdata-sections -Wl,--gc-sections -o $$@ $(inside-srcs)
endef
$(eval $(call inside-rules,x86-64,x86_64))
$(eval $(call inside-rules,riscv64,riscv64))
