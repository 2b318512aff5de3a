# SPDX-License-Identifier: GPL-2.0-only
# U-Boot SPL for riscv64: $(riscv-images)/spl.bin.

uboot-dir	:= $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
uboot-inputs	:= $(addprefix $(uboot-dir)/,build uboot.source series spl.config) \
		   $(wildcard $(uboot-dir)/*.patch scripts/lib/*.sh)

spl: $(riscv-images)/spl.bin
PHONY += spl
ALL-$(CONFIG_PLATFORM_RISCV64) += spl

# An equal file is not written again; touch says that it was looked at.
$(riscv-images)/spl.bin: $(uboot-inputs) $(if-locked)
	$(Q)$(uboot-dir)/build -o $(@D)
	$(Q)$(looked-at)
