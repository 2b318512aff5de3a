# SPDX-License-Identifier: GPL-2.0-only
# The `bulkhead` command: one file a verb.

CMD_OBJS	:= $(patsubst partitioner/cmd/%.c,$(O)/cmd/%.o,$(wildcard partitioner/cmd/*.c))
CMD_LIBS	:= $(O)/image/libimage.a $(O)/host/libhost.a $(O)/core/libcore.a

$(O)/cmd/%.o: partitioner/cmd/%.c
	@mkdir -p $(@D)
	@printf '  CC      %s\n' $<
	$(Q)$(OBJ_CC) $(HOST_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(O)/bulkhead: $(CMD_OBJS) $(CMD_LIBS)
	@printf '  LD      %s\n' $@
	$(Q)$(CC) $(CFLAGS) -o $@ $(CMD_OBJS) $(CMD_LIBS) $(HOST_LIBS) -lsmartcols -lvterm -lm

tools: $(O)/bulkhead

PHONY		+= tools
-include $(CMD_OBJS:.o=.d)
