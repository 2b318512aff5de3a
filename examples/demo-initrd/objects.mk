# SPDX-License-Identifier: GPL-2.0-only
# The initrds behind `initrd: demo`; of a partition that starts a new kernel by itself;
# and with the tools that people use between machines.

demo-dir	:= $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
demo-build	:= $(demo-dir)/build
demo-out	:= $(O)/demo-initrd

demo-guest-srcs	:= $(wildcard $(demo-dir)/bh-guest/*.c)
demo-guest-deps	:= $(demo-guest-srcs) $(wildcard $(demo-dir)/bh-guest/*.h) \
		   $(addprefix include/bulkhead/,partition.h monitor.h words.h) \
		   $(wildcard ipi/include/bulkhead/*.h ipi/ring/*.h)
demo-link-deps	:= $(wildcard examples/link/*.c ipi/lib/*.[ch] ipi/ring/*.h ipi/include/bulkhead/*.h)

# For the host's own kind of machine the host's compiler, for others Debian's.
demo-cc		= $(if $(filter $(1),$(shell uname -m)),$(CC),$(1)-linux-gnu-gcc)

# demo-rules PLATFORM MACHINE CONFIG
#
# bh-guest is static: the initrd holds no libraries. -Os: it is unpacked at
# every boot.
define demo-rules
initrd-$(1): $(O)/images/$(1)/demo $(O)/images/$(1)/demo-kexec

$(demo-out)/$(1)/bh-guest: $(demo-guest-deps)
	@mkdir -p $$(@D)
	@printf '  CC      %s\n' $$@
	$$(Q)$$(call demo-cc,$(2)) -std=gnu11 -D_GNU_SOURCE $$(WARN) -Wconversion -Iinclude -Iipi/include -Iipi/ring -Os \
		-static -s \
		-o $$@ $(demo-guest-srcs)

$(demo-out)/$(1)/bh-link: $(demo-link-deps)
	@mkdir -p $$(@D)
	@printf '  CC      %s\n' $$@
	$$(Q)$$(call demo-cc,$(2)) -std=gnu11 -D_GNU_SOURCE $$(WARN) -Iipi/include -Iipi/ring -O2 -static -s \
		-ffunction-sections -Wl,--gc-sections -o $$@ $(filter %.c,$(demo-link-deps))

# A link, because the file's name is known only once it was fetched.
$(demo-out)/$(1)/busybox: $(demo-dir)/busybox
	@mkdir -p $$(@D)
	$$(Q)busybox=$$$$($(demo-dir)/busybox $(1)) && ln -sfn "$$$$busybox" $$@

$(O)/images/$(1)/demo: $(demo-build) $(demo-dir)/init $(demo-out)/$(1)/bh-guest \
		$(O)/inside/$(1)/bulkhead $(demo-out)/$(1)/bh-link $(demo-out)/$(1)/busybox
	@mkdir -p $$(@D)
	$$(Q)$(demo-build) demo $$@ $(demo-out)/$(1)/bh-guest $(O)/inside/$(1)/bulkhead \
		$(demo-out)/$(1)/bh-link $(demo-out)/$(1)/busybox

$(O)/images/$(1)/demo-kexec: $(demo-build) $(O)/images/$(1)/demo $(O)/images/$(1)/linux
	$$(Q)$(demo-build) kexec $$@ $(O)/images/$(1)/demo $(O)/images/$(1)/linux

# What people use between partitions: some megabytes from Debian, so not a part of `all`.
$(demo-out)/$(1)/tools.manifest: $(addprefix $(demo-dir)/tools/,fetch packages $(1).source) $(if-locked)
	@mkdir -p $$(@D)
	$$(Q)tools=$$$$($(demo-dir)/tools/fetch $(1)) && ln -sfn "$$$$tools" $$(@D)/tools && \
		cp "$$$$tools/manifest" $$@

$(O)/images/$(1)/tools: $(demo-build) $(O)/images/$(1)/demo $(demo-out)/$(1)/tools.manifest
	$$(Q)$(demo-build) tools $$@ $(O)/images/$(1)/demo $(demo-out)/$(1)/tools

# The same again under another umask, time and inode numbers; and with what a
# kernel needs before there is a devtmpfs.
$(call test-rule,initrd-$(1),$(O)/images/$(1)/demo $(demo-build),bsdtar)
$(call passed,initrd-$(1)):
	$$(test-begin)
	$$(Q)umask 077 && $(demo-build) demo $(demo-out)/$(1)/again $(demo-out)/$(1)/bh-guest \
		$(O)/inside/$(1)/bulkhead $(demo-out)/$(1)/bh-link $(demo-out)/$(1)/busybox
	$$(Q)cmp $$< $(demo-out)/$(1)/again && rm $(demo-out)/$(1)/again
	$$(Q)bsdtar -tvf $$< | grep -q '^crw.* 5,1 .*dev/console$$$$'
	$$(test-end)

initrd-$(CONFIG_PLATFORM_$(3))		+= initrd-$(1)
initrd-tools-$(CONFIG_PLATFORM_$(3))	+= $(O)/images/$(1)/tools
check-initrd-$(CONFIG_PLATFORM_$(3))	+= check-initrd-$(1)
PHONY		+= initrd-$(1)
endef
$(eval $(call demo-rules,x86-64,x86_64,X86_64))
$(eval $(call demo-rules,riscv64,riscv64,RISCV64))

initrd: $(initrd-y)
initrd-tools: $(initrd-tools-y)

# Applets are read out of a busybox that may not run here: of one that does they
# have to be what it says itself.
$(eval $(call test-rule,initrd,$(demo-build),busybox))
check-initrd: $(check-initrd-y)
$(call passed,initrd):
	$(test-begin)
	@printf '  TEST    %s\n' $(demo-dir)
	@mkdir -p $(demo-out)
	$(Q)$(demo-build) applets /bin/busybox >$(demo-out)/applets
	$(Q)/bin/busybox --list | LC_ALL=C sort | cmp - $(demo-out)/applets
	$(test-end)

PHONY		+= initrd initrd-tools
ALL-$(CONFIG_KERNEL) += initrd
CHECK_FAST	+= check-initrd
