# SPDX-License-Identifier: GPL-2.0-only
# The kernel that misbehaves on purpose; tests/system boots it as a partition.

payload		:= $(O)/tests/payload/payload.Image
payload-src	:= $(addprefix tests/payload/,head.S main.c text.c fdt.c memory.c calls.c doorbell.c \
		   hostile.c chaos.c)
RISCV_CROSS	?= riscv64-linux-gnu-

# No floating point: nobody gives it the state for it.
payload-flags	:= -std=gnu11 $(WARN) -O2 -ffreestanding -fno-stack-protector -fpie -fvisibility=hidden \
		   -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -mno-relax -msmall-data-limit=0 \
		   -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns -Iinclude

$(payload): $(payload-src) $(wildcard tests/payload/*.h) tests/payload/payload.lds \
	    include/bulkhead/monitor.h tests/payload/objects.mk
	@printf '  RISCV   %s\n' $@
	$(Q)mkdir -p $(@D)
	$(Q)$(RISCV_CROSS)gcc $(payload-flags) -nostdlib -static-pie -Wl,--no-dynamic-linker \
		-Wl,--build-id=none -Wl,--no-warn-rwx-segments -Wl,-T,tests/payload/payload.lds -o $(@D)/payload.elf $(payload-src)
	$(Q)$(RISCV_CROSS)objcopy -O binary $(@D)/payload.elf $@

payload: $(payload)
PHONY		+= payload
