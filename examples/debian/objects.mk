# SPDX-License-Identifier: GPL-2.0-only
# `initrd: debian`: a minimal Debian with systemd, and the modules of our kernel behind it.
# Some 100 MB from Debian, so not a part of `all`.

debian-dir	:= $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))

# debian-rules PLATFORM CONFIG
define debian-rules
$(O)/debian/$(1)/manifest: $(addprefix $(debian-dir)/,root setup packages)
	@mkdir -p $$(@D)
	$$(Q)root=$$$$($(debian-dir)/root $(1)) && ln -sfn "$$$$root" $$(@D)/root && cp "$$$$root/manifest" $$@

$(O)/images/$(1)/debian: examples/demo-initrd/build $(O)/debian/$(1)/manifest $(O)/images/$(1)/linux.modules
	$$(Q)examples/demo-initrd/build join $$@ $(O)/debian/$(1)/root/root $(O)/images/$(1)/linux.modules

initrd-debian-$(CONFIG_PLATFORM_$(2))	+= $(O)/images/$(1)/debian
endef
$(eval $(call debian-rules,x86-64,X86_64))
$(eval $(call debian-rules,riscv64,RISCV64))

initrd-debian: $(initrd-debian-y)

PHONY		+= initrd-debian
