# SPDX-License-Identifier: GPL-2.0-only
# libbulkhead on its test doubles, under ASan and UBSan.

lib-test-progs	:= $(addprefix $(O)/tests/lib/,test_lib test_hostile)

$(lib-test-progs): $(O)/tests/lib/%: tests/lib/%.c tests/lib/lib.h $(lib-srcs) $(lib-headers)
	@mkdir -p $(@D)
	@printf '  CC      %s (ASan, UBSan)\n' $<
	$(Q)$(CC) $(ring-warn) -O1 -g $(unit-san) $(ring-inc) -Iipi/lib $< $(lib-srcs) -lcmocka -lpthread -o $@

check-lib: $(lib-test-progs)
	@printf '  TEST    %s\n' $^
	$(Q)for test in $^; do $$test >$$test.log 2>&1 || { cat $$test.log; exit 1; }; done

# As a distribution would install it.
lib-root	:= $(O)/tests/lib/root

check-lib-install: lib
	@printf '  TEST    %s\n' libbulkhead.so
	$(Q)rm -rf $(lib-root)
	$(Q)$(MAKE) --no-print-directory install-lib DESTDIR=$(lib-root) PREFIX=/usr
	$(Q)BULKHEAD_LIB_ROOT=$(lib-root) $(PYTHON) -m pytest -q --no-header -p no:cacheprovider tests/lib \
		>$(lib-root).log 2>&1 || { cat $(lib-root).log; exit 1; }

CHECK_FAST	+= check-lib check-lib-install
PHONY		+= check-lib check-lib-install
