# SPDX-License-Identifier: GPL-2.0-only
# Fetching from Debian, with an archive made for the occasion: seconds, no network.

check-debian-get:
	@printf '  TEST    %s\n' scripts/debian-get
	$(Q)scripts/test-debian-get

# All scripts of the tree, by their first line, each with what it sources.
check-scripts:
	@printf '  TEST    %s\n' shellcheck
	$(Q)git ls-files | xargs grep -lE '^#!/bin/(ba)?sh' | xargs shellcheck -x

# What builds do when Debian's archive has moved on, again only when one of the scripts has changed.
versions-scripts := $(wildcard scripts/debian-get scripts/test-versions scripts/progress.sh scripts/lib/*.sh \
			kernel-patches/build kernel-patches/*.sh firmware/build boot/uboot/build \
			examples/demo-initrd/tools/fetch)

check-versions: $(O)/tests/scripts/versions.log

$(O)/tests/scripts/versions.log: $(versions-scripts)
	@printf '  TEST    %s\n' "versions that are gone"
	@mkdir -p $(@D)
	$(Q)scripts/test-versions >$@.part && tail -n1 $@.part && mv $@.part $@

PHONY		+= check-debian-get check-scripts check-versions
CHECK_FAST	+= check-debian-get check-scripts check-versions
