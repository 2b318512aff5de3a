# SPDX-License-Identifier: GPL-2.0-only
# libbulkhead, shared and static. The ring core and the contracts are headers.

lib-srcs	:= $(wildcard ipi/lib/*.c)
lib-headers	:= $(wildcard ipi/lib/*.h ipi/ring/*.h ipi/include/bulkhead/*.h)
lib-flags	:= -std=gnu11 $(WARN) -Wconversion -D_GNU_SOURCE -fvisibility=hidden -Iipi/include -Iipi/ring
lib-objs	:= $(patsubst ipi/lib/%.c,$(O)/ipi/lib/%.o,$(lib-srcs))
# Changes when a program that was linked with an older one could not run any more.
lib-soname	:= libbulkhead.so.0
lib-file	:= libbulkhead.so.$(VERSION)
lib-public	:= libbulkhead.h ring_device.h channel.h

$(O)/ipi/lib/%.o: ipi/lib/%.c $(lib-headers)
	@mkdir -p $(@D)
	@printf '  CC      %s\n' $<
	$(Q)$(OBJ_CC) $(lib-flags) $(CFLAGS) -fPIC -c -o $@ $<

$(O)/ipi/lib/libbulkhead.a: $(lib-objs)
	@printf '  AR      %s\n' $@
	$(Q)rm -f $@ && ar rcs $@ $^

$(O)/ipi/lib/$(lib-file): $(lib-objs)
	@printf '  LD      %s\n' $@
	$(Q)$(CC) $(CFLAGS) -shared -Wl,-soname,$(lib-soname) -Wl,-z,defs -o $@ $^
	$(Q)ln -sfn $(lib-file) $(@D)/$(lib-soname)
	$(Q)ln -sfn $(lib-soname) $(@D)/libbulkhead.so

# All that install-lib takes.
lib-installed	:= $(O)/ipi/lib/libbulkhead.a $(O)/ipi/lib/$(lib-file) $(wildcard ipi/lib/*.in ipi/lib/*.rules \
		   ipi/lib/*.sysusers ipi/include/bulkhead/*.h ipi/ring/*.h) docs/man/libbulkhead.3

lib: $(O)/ipi/lib/libbulkhead.a $(O)/ipi/lib/$(lib-file)

lib-data	= $(DESTDIR)$(PREFIX)

# ldconfig: the loader looks into its cache. Without it a program would link, and not start.
install-lib: lib
	$(Q)install -D -m 644 -t $(lib-data)/lib $(O)/ipi/lib/libbulkhead.a
	$(Q)install -D -m 755 -t $(lib-data)/lib $(O)/ipi/lib/$(lib-file)
	$(Q)cp -P $(O)/ipi/lib/$(lib-soname) $(O)/ipi/lib/libbulkhead.so $(lib-data)/lib/
	$(Q)install -D -m 644 -t $(lib-data)/include/bulkhead $(addprefix ipi/include/bulkhead/,$(lib-public))
	$(Q)install -D -m 644 -t $(lib-data)/share/man/man3 docs/man/libbulkhead.3
	$(Q)mkdir -p $(lib-data)/lib/pkgconfig
	$(Q)sed 's,@PREFIX@,$(abspath $(PREFIX)),; s,@VERSION@,$(VERSION),' ipi/lib/bulkhead.pc.in \
		>$(lib-data)/lib/pkgconfig/bulkhead.pc
	$(Q)install -D -m 644 -t $(lib-data)/lib/udev/rules.d ipi/lib/60-bulkhead.rules
	$(Q)install -D -m 644 ipi/lib/bulkhead.sysusers $(lib-data)/lib/sysusers.d/bulkhead.conf
	$(Q)test -n '$(DESTDIR)' || test "$$(id -u)" != 0 || PATH=$$PATH:/usr/sbin:/sbin ldconfig

PHONY		+= lib install-lib
ALL-y		+= lib
