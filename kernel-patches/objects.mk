# SPDX-License-Identifier: GPL-2.0-only
# Kernels for partitions: ours (`make kernel`) and Debian 12's, unpatched
# (`make debian-kernel`).

kernel-dir	:= $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))

# Only what may change the kernel: with all of it older than the result, make
# does not even ask the cache.
kernel-inputs	:= $(addprefix $(kernel-dir)/,build linux.source series) \
		   $(wildcard $(kernel-dir)/*.patch $(kernel-dir)/config/*.config \
			      $(kernel-dir)/config/*/*.config) \
		   $(wildcard $(addprefix ipi/linux/,*.c *.h Kconfig Makefile))

kernel: $(x86-images)/linux $(x86-images)/linux.config
debian-kernel: $(x86-images)/debian12 $(x86-images)/debian12.config

# Equal files are not written again; touch says that they were looked at.
$(x86-images)/linux: $(kernel-inputs)
	$(Q)$(kernel-dir)/build -o $(@D)
	$(Q)touch $@

# Comes with the kernel; the script is asked only if it was removed.
$(x86-images)/linux.config: $(x86-images)/linux
	$(Q)test -e $@ || $(kernel-dir)/build -o $(@D)
	$(Q)touch $@

$(x86-images)/debian12: $(kernel-dir)/debian-kernel
	$(Q)$< -o $(@D)
	$(Q)touch $@

$(x86-images)/debian12.config: $(x86-images)/debian12
	$(Q)test -e $@ || $(kernel-dir)/debian-kernel -o $(@D)
	$(Q)touch $@

# The script around the build, with a stand-in for Linux: seconds, no network.
check-kernel-build:
	@printf '  TEST    %s\n' $(kernel-dir)
	$(Q)$(kernel-dir)/test

PHONY		+= kernel debian-kernel check-kernel-build
CHECK_FAST	+= check-kernel-build
