# SPDX-License-Identifier: GPL-2.0-only
# What turns a placed plan into something that boots, installs, runs or can be looked at.

IMAGE_SRCS	:= $(wildcard partitioner/image/*.c)
IMAGE_OBJS	:= $(patsubst partitioner/image/%.c,$(O)/image/%.o,$(IMAGE_SRCS))

$(O)/image/%.o: partitioner/image/%.c
	@mkdir -p $(@D)
	@printf '  CC      %s\n' $<
	$(Q)$(OBJ_CC) $(HOST_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(O)/image/libimage.a: $(IMAGE_OBJS)
	@printf '  AR      %s\n' $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

-include $(IMAGE_OBJS:.o=.d)
