# SPDX-License-Identifier: GPL-2.0-only
# The initrd behind `initrd: demo`, and the one of a partition that starts a new
# kernel by itself.

demo-dir	:= $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
demo-build	:= $(demo-dir)/build

initrd: $(O)/images/demo $(O)/images/demo-kexec

# Static: the initrd holds no libraries. -Os: it is unpacked at every boot.
$(O)/images/bh-guest: $(demo-dir)/bh-guest.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARN) -Wconversion -Os -static -s -o $@ $<

$(O)/images/demo: $(demo-build) $(demo-dir)/init $(O)/images/bh-guest
	$(Q)$(demo-build) demo $@ $(O)/images/bh-guest

$(O)/images/demo-kexec: $(demo-build) $(O)/images/demo $(O)/images/linux
	$(Q)$(demo-build) kexec $@ $(O)/images/demo $(O)/images/linux

# The same again under another umask, time and inode numbers; and with what a
# kernel needs before there is a devtmpfs.
check-initrd: $(O)/images/demo
	@printf '  TEST    %s\n' $(demo-dir)
	$(Q)umask 077 && $(demo-build) demo $(O)/images/demo.again $(O)/images/bh-guest
	$(Q)cmp $(O)/images/demo $(O)/images/demo.again && rm $(O)/images/demo.again
	$(Q)bsdtar -tvf $(O)/images/demo | grep -q '^crw.* 5,1 .*dev/console$$'

PHONY		+= initrd check-initrd
CHECK_FAST	+= check-initrd
