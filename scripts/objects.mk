# SPDX-License-Identifier: GPL-2.0-only
# Fetching from Debian, with an archive made for the occasion: seconds, no network.

check-debian-get:
	@printf '  TEST    %s\n' scripts/debian-get
	$(Q)scripts/test-debian-get

PHONY		+= check-debian-get
CHECK_FAST	+= check-debian-get
