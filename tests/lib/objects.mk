# SPDX-License-Identifier: GPL-2.0-only
# libbulkhead on its test doubles, under ASan and UBSan.

lib-test-progs	:= $(addprefix $(O)/tests/lib/,test_lib test_hostile)

$(lib-test-progs): $(O)/tests/lib/%: tests/lib/%.c tests/lib/lib.h $(lib-srcs) $(lib-headers)
	@mkdir -p $(@D)
	@printf '  CC      %s (ASan, UBSan)\n' $<
	$(Q)$(CC) $(ring-warn) -O1 -g $(unit-san) $(ring-inc) -Iipi/lib $< $(lib-srcs) -lcmocka -lpthread -o $@

$(eval $(call test-rule,lib,$(lib-test-progs)))
$(call passed,lib):
	$(test-begin)
	@printf '  TEST    %s\n' $(lib-test-progs)
	$(Q)for test in $(lib-test-progs); do $$test >$$test.log 2>&1 || { cat $$test.log; exit 1; }; done
	$(test-end)

# As a distribution would install it.
lib-root	:= $(O)/tests/lib/root

$(eval $(call test-rule,lib-install,$(lib-installed) $(wildcard tests/lib/*.py) examples/link/bh-link.c,gcc))
$(call passed,lib-install):
	$(test-begin)
	@printf '  TEST    %s\n' libbulkhead.so
	$(Q)rm -rf $(lib-root)
	$(Q)$(MAKE) --no-print-directory install-lib DESTDIR=$(lib-root) PREFIX=/usr
	$(Q)BULKHEAD_LIB_ROOT=$(lib-root) $(PYTHON) -m pytest -q --no-header -p no:cacheprovider tests/lib \
		>$(lib-root).log 2>&1 || { cat $(lib-root).log; exit 1; }
	$(test-end)

CHECK_FAST	+= check-lib check-lib-install
