# SPDX-License-Identifier: GPL-2.0-only
# Fetching from Debian, with an archive made for the occasion: seconds, no network.

$(eval $(call test-rule,debian-get,$(addprefix scripts/,debian-get test-debian-get progress.sh lib/keys.sh lib/test.sh),gpg))
$(call passed,debian-get):
	$(test-begin)
	@printf '  TEST    %s\n' scripts/debian-get
	$(Q)scripts/test-debian-get
	$(test-end)

# All scripts of the tree, by their first line; and each with what it sources.
shell-scripts	:= $(if $(filter check% run-check%,$(MAKECMDGOALS)), \
		   $(shell git ls-files | xargs grep -slE '^\#!/bin/(ba)?sh'))

$(eval $(call test-rule,scripts,$(shell-scripts) $(wildcard scripts/*.sh scripts/lib/*.sh),shellcheck))
$(call passed,scripts):
	$(test-begin)
	@printf '  TEST    %s\n' shellcheck
	$(Q)shellcheck -x $(shell-scripts)
	$(test-end)

# What builds do when Debian's archive has moved on.
versions-scripts := $(wildcard $(addprefix scripts/,announce debian-get test-versions) scripts/progress.sh scripts/lib/*.sh \
			kernel-patches/build kernel-patches/*.sh firmware/build boot/uboot/build \
			examples/demo-initrd/build examples/demo-initrd/tools/fetch)

$(eval $(call test-rule,versions,$(versions-scripts),gpg))
$(call passed,versions):
	$(test-begin)
	@printf '  TEST    %s\n' "versions that are gone"
	@mkdir -p $(O)/tests/scripts
	$(Q)scripts/test-versions >$(O)/tests/scripts/versions.log && tail -n1 $(O)/tests/scripts/versions.log
	$(test-end)

CHECK_FAST	+= check-debian-get check-scripts check-versions
