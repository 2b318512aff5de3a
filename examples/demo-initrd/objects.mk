# SPDX-License-Identifier: GPL-2.0-only
# The initrd behind `initrd: demo`, and the one of a partition that starts a new
# kernel by itself.

demo-dir	:= $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
demo-build	:= $(demo-dir)/build
demo-out	:= $(O)/demo-initrd/x86-64

initrd-x86-64: $(x86-images)/demo $(x86-images)/demo-kexec
initrd: initrd-x86-64
ALL-$(CONFIG_KERNEL) += initrd

# Static: the initrd holds no libraries. -Os: it is unpacked at every boot.
$(demo-out)/bh-guest: $(demo-dir)/bh-guest.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARN) -Wconversion -Os -static -s -o $@ $<

$(x86-images)/demo: $(demo-build) $(demo-dir)/init $(demo-out)/bh-guest
	$(Q)$(demo-build) demo $@ $(demo-out)/bh-guest

$(x86-images)/demo-kexec: $(demo-build) $(x86-images)/demo $(x86-images)/linux
	$(Q)$(demo-build) kexec $@ $(x86-images)/demo $(x86-images)/linux

# The same again under another umask, time and inode numbers; and with what a
# kernel needs before there is a devtmpfs.
check-initrd: $(x86-images)/demo
	@printf '  TEST    %s\n' $(demo-dir)
	$(Q)umask 077 && $(demo-build) demo $(x86-images)/demo.again $(demo-out)/bh-guest
	$(Q)cmp $(x86-images)/demo $(x86-images)/demo.again && rm $(x86-images)/demo.again
	$(Q)bsdtar -tvf $(x86-images)/demo | grep -q '^crw.* 5,1 .*dev/console$$'

PHONY		+= initrd-x86-64 initrd check-initrd
CHECK_FAST	+= check-initrd
