# SPDX-License-Identifier: GPL-2.0-only
# Fetching from Debian, with an archive made for the occasion: seconds, no network.

check-debian-get:
	@printf '  TEST    %s\n' scripts/debian-get
	$(Q)scripts/test-debian-get

# All scripts of the tree, by their first line; and those that are sourced with who sources them.
check-scripts:
	@printf '  TEST    %s\n' shellcheck
	$(Q)git ls-files | xargs grep -lE '^#!/bin/(ba)?sh' | xargs shellcheck -x

PHONY		+= check-debian-get check-scripts
CHECK_FAST	+= check-debian-get check-scripts
