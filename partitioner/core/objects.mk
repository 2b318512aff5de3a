# SPDX-License-Identifier: GPL-2.0-only
# The freestanding core. Whoever else links it (boot/) compiles core-srcs with
# its own flags; these are the host's objects. Users need -lfdt as well.
core-srcs := $(addprefix partitioner/core/, \
	blob_fields.c blob_read.c check.c check_cpus.c check_images.c check_memory.c check_pmp.c \
	check_resident.c fdt_walk.c finding.c fmt.c layout.c linux_image.c \
	linux_image_riscv.c linux_image_x86.c partition_tree.c place.c place_cpus.c \
	place_memory.c place_napot.c place_resident.c platform.c pmp.c region.c rules.c \
	runs.c sha256.c text.c topo.c)

core-objs := $(patsubst partitioner/core/%.c,$(O)/core/%.o,$(core-srcs))

$(O)/core/%.o: partitioner/core/%.c
	@mkdir -p $(@D)
	@printf '  CC      %s\n' $<
	$(Q)$(OBJ_CC) $(CFLAGS) $(HOST_CFLAGS) -MMD -MP -c $< -o $@

$(O)/core/libcore.a: $(core-objs)
	@printf '  AR      %s\n' $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

-include $(core-objs:.o=.d)
