# SPDX-License-Identifier: GPL-2.0-only
# The x86-64 boot stage: $(x86-images)/boot.elf.

boot-out	:= $(O)/boot
boot-elf	:= $(x86-images)/boot.elf

# libfdt is the host's static library: position independent, and all that it
# wants of its surroundings is a canary and SSE, which head.S and smp.c provide.
boot-libs	= $(shell $(CC) -print-file-name=libfdt.a)

boot-srcs	:= $(addprefix boot/x86/, head.S main.c acpi.c acpi_private.c \
		   clock.c console.c images.c linux.c machine.c memory.c move.c multiboot.c partition_tree.c \
		   resident.c smp.c status.c string.c) boot/arch/trampoline.S \
		   monitor/part.c monitor/start.c monitor/status.c
mon-srcs	:= monitor/x86/entry.S monitor/x86/park.c

# No SSE: nobody saves it here. No red zone: interrupts use the same stack.
freestanding	:= -std=gnu11 -O2 -g -ffreestanding -fno-stack-protector -mno-red-zone \
		   -mgeneral-regs-only -fcf-protection=none -fvisibility=hidden \
		   -fno-asynchronous-unwind-tables -fno-strict-aliasing -fno-delete-null-pointer-checks -fpie -mcmodel=small \
		   -fno-builtin-printf -fno-omit-frame-pointer -MMD -MP
boot-cflags	:= $(freestanding) $(WARN) -DBULKHEAD_VERSION='"$(VERSION)"' \
		   -I$(O)/include -Iinclude -Ipartitioner -Iboot -I.

boot-objs	:= $(addprefix $(boot-out)/, $(addsuffix .o,$(boot-srcs) $(core-srcs)) \
		   monitor.image.o)
mon-objs	:= $(addprefix $(boot-out)/,$(addsuffix .o,$(mon-srcs)))

boot: $(boot-elf)
PHONY += boot
ALL-$(CONFIG_PLATFORM_X86_64) += boot

$(boot-out)/%.c.o: %.c boot/objects.mk | $(config-h)
	@printf '  CC      %s (boot)\n' $<
	$(Q)mkdir -p $(@D)
	$(Q)$(OBJ_CC) $(boot-cflags) -c $< -o $@

$(boot-out)/%.S.o: %.S boot/objects.mk
	@printf '  AS      %s\n' $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -D__ASSEMBLER__ -Iboot -I. -MMD -MP -c $< -o $@

# The monitor is linked on its own, then carried inside as bytes.
$(boot-out)/monitor.elf: $(mon-objs) monitor/x86/monitor.lds
	@printf '  LD      %s\n' $@
	$(Q)$(LD) -nostdlib --no-dynamic-linker -z noexecstack -T monitor/x86/monitor.lds -o $@ $(mon-objs)

$(boot-out)/monitor.bin: $(boot-out)/monitor.elf
	$(Q)objcopy -O binary $< $@

$(boot-out)/monitor.image.o: $(boot-out)/monitor.bin
	$(Q)printf '.section .rodata.monitor, "a"\n.balign 16\n.globl monitor_image, monitor_image_end\nmonitor_image: .incbin "%s"\nmonitor_image_end:\n.section .note.GNU-stack,"",@progbits\n' $< | \
		$(CC) -x assembler -c - -o $@

# GRUB refuses an ELF file that has a section of type RELA, even when whoever
# is loaded relocates itself: to GRUB these are plain bytes.
$(boot-elf): $(boot-objs) boot/x86/boot.lds
	@printf '  LD      %s\n' $@
	$(Q)mkdir -p $(@D)
	$(Q)$(LD) -nostdlib -pie --no-dynamic-linker -z noexecstack -z norelro --no-warn-rwx-segments \
		-T boot/x86/boot.lds -o $(boot-out)/boot.debug.elf $(boot-objs) $(boot-libs)
	$(Q)strip -o $@.new $(boot-out)/boot.debug.elf
	$(Q)dd if=/dev/zero of=$@.new bs=1 seek=40 count=8 conv=notrunc status=none
	$(Q)dd if=/dev/zero of=$@.new bs=1 seek=60 count=4 conv=notrunc status=none
	$(Q)mv $@.new $@

-include $(boot-objs:.o=.d) $(mon-objs:.o=.d)
