# SPDX-License-Identifier: GPL-2.0-only
# Plans and machines as files: what only the host needs.

HOST_SRCS	:= $(wildcard partitioner/host/*.c)
HOST_LIBS	:= -lyaml -lfdt -ljansson -larchive
HOST_OBJS	:= $(patsubst partitioner/host/%.c,$(O)/host/%.o,$(HOST_SRCS))

$(O)/host/%.o: partitioner/host/%.c
	@mkdir -p $(@D)
	@printf '  CC      %s\n' $<
	$(Q)$(OBJ_CC) $(HOST_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(O)/host/libhost.a: $(HOST_OBJS)
	@printf '  AR      %s\n' $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

-include $(HOST_OBJS:.o=.d)
