# SPDX-License-Identifier: GPL-2.0-only
# Kernels for partitions: ours (`make kernel`), Debian's, unpatched (`make debian-kernel`), and
# RISC-V's default one, unpatched (`make defconfig-kernel`).

kernel-dir	:= $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))

# Only what may change the kernel: with all of it older than the result, make
# does not even ask the cache.
kernel-inputs	:= $(addprefix $(kernel-dir)/,build linux.source series) \
		   $(wildcard $(kernel-dir)/*.sh scripts/lib/*.sh) \
		   $(wildcard $(kernel-dir)/*.patch $(kernel-dir)/config/*.config) \
		   $(wildcard $(addprefix ipi/linux/,*.c *.h Kconfig Makefile) ipi/ring/*.h \
			      ipi/include/bulkhead/*.h include/bulkhead/*.h)

# Equal files are not written again; touch says that they were looked at. The
# configuration and the modules come with the kernel: the script is asked only if they were
# removed.
define kernel-rules
kernel-$(1): $(addprefix $(O)/images/$(1)/,linux linux.config linux.modules)

$(O)/images/$(1)/linux: $(kernel-inputs) $(wildcard $(kernel-dir)/config/$(1)/*.config) $(if-locked)
	$$(Q)$(kernel-dir)/build --platform $(1) -o $$(@D)
	$$(Q)$$(looked-at)

$(addprefix $(O)/images/$(1)/,linux.config linux.modules): $(O)/images/$(1)/linux
	$$(Q)test -e $$@ || $(kernel-dir)/build --platform $(1) -o $$(@D)
	$$(Q)touch $$@

PHONY		+= kernel-$(1)
endef
$(foreach platform,$(platforms),$(eval $(call kernel-rules,$(platform))))

kernel-$(CONFIG_PLATFORM_X86_64)	+= kernel-x86-64
kernel-$(CONFIG_PLATFORM_RISCV64)	+= kernel-riscv64
kernel: $(kernel-y)

# Kernels that watch themselves, for tests: linux-debug and linux-kcsan beside linux. Each
# takes a quarter of an hour the first time.
define variant-rules
kernel-$(1): $(x86-images)/linux-$(1)

$(x86-images)/linux-$(1): $(kernel-inputs) $(wildcard $(kernel-dir)/config/x86-64/*.config \
						       $(kernel-dir)/variants/$(1)/*.config) $(if-locked)
	$$(Q)$(kernel-dir)/build --variant $(1) -o $$(@D)
	$$(Q)$$(looked-at)

PHONY		+= kernel-$(1)
endef
$(foreach variant,debug kcsan,$(eval $(call variant-rules,$(variant))))

# debian-kernel-rules PLATFORM NAME
define debian-kernel-rules
debian-kernel-$(1): $(addprefix $(O)/images/$(1)/,$(2) $(2).config)

$(O)/images/$(1)/$(2): $(kernel-dir)/debian-kernel
	$$(Q)$$< --platform $(1) -o $$(@D)
	$$(Q)touch $$@

$(O)/images/$(1)/$(2).config: $(O)/images/$(1)/$(2)
	$$(Q)test -e $$@ || $(kernel-dir)/debian-kernel --platform $(1) -o $$(@D)
	$$(Q)touch $$@

PHONY		+= debian-kernel-$(1)
endef
$(eval $(call debian-kernel-rules,x86-64,debian12))
$(eval $(call debian-kernel-rules,riscv64,debian13))

debian-kernel-$(CONFIG_PLATFORM_X86_64)		+= debian-kernel-x86-64
debian-kernel-$(CONFIG_PLATFORM_RISCV64)	+= debian-kernel-riscv64
debian-kernel: $(debian-kernel-y)

# Only the source and the scripts go into it: the series and the fragments do not.
defconfig-kernel: $(riscv-images)/defconfig $(riscv-images)/defconfig.config

$(riscv-images)/defconfig: $(kernel-dir)/build $(kernel-dir)/linux.source \
			   $(wildcard $(kernel-dir)/*.sh scripts/lib/*.sh) $(if-locked)
	$(Q)$(kernel-dir)/build --defconfig --platform riscv64 -o $(@D)
	$(Q)$(looked-at)

$(riscv-images)/defconfig.config: $(riscv-images)/defconfig
	$(Q)test -e $@ || $(kernel-dir)/build --defconfig --platform riscv64 -o $(@D)
	$(Q)touch $@

# The script around the build, with a stand-in for Linux: seconds, no network.
$(eval $(call test-rule,kernel-build,$(addprefix $(kernel-dir)/,build test) $(wildcard $(kernel-dir)/*.sh) $(wildcard scripts/*.sh scripts/lib/*.sh) scripts/debian-get))
$(call passed,kernel-build):
	$(test-begin)
	@printf '  TEST    %s\n' $(kernel-dir)
	$(Q)$(kernel-dir)/test
	$(test-end)

# With Linux's own script, so only where its source is: behind the builds.
# Without a source it says so, and has not passed.
$(eval $(call test-rule,kernel-style,$(addprefix $(kernel-dir)/,check-style unpacked series linux.source) \
	$(wildcard $(kernel-dir)/*.patch ipi/linux/*.[ch]),perl))
$(call passed,kernel-style):
	$(test-begin)
	@printf '  TEST    %s\n' "checkpatch --strict"
	$(Q)$(kernel-dir)/check-style
	$(Q)! $(kernel-dir)/unpacked scripts/checkpatch.pl >/dev/null || touch $@

PHONY		+= kernel debian-kernel defconfig-kernel
ALL-$(CONFIG_KERNEL) += kernel
ALL-$(CONFIG_DEBIAN_KERNEL) += debian-kernel
ALL-$(CONFIG_DEFCONFIG_KERNEL) += defconfig-kernel
CHECK_FAST	+= check-kernel-build check-kernel-style
