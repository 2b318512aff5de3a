# SPDX-License-Identifier: GPL-2.0-only
#
# objects.mk of the platform, as OpenSBI's Makefile includes it. The folder it is in
# is made by firmware/build: upstream's platform/generic/platform.c with our files
# beside it.

platform-genflags-y += -I$(platform_src_dir) -I$(platform_src_dir)/include/libc
# As many as OpenSBI takes (SBI_HARTMASK_MAX_BITS): the core has tables of that size.
platform-genflags-y += -DBH_CPUS_MAX=128
platform-cflags-y =
platform-cppflags-y =
platform-asflags-y =

# See harts.c and holes.c.
bulkhead-wraps := sbi_init sbi_domain_startup sbi_hsm_init sbi_hart_switch_mode sbi_hart_hang \
		  sbi_ipi_process sbi_fifo_init sbi_fifo_dequeue sbi_timer_process sbi_timer_event_start \
		  sbi_domain_check_addr_range sbi_pmu_event_get_info sbi_pmu_ctr_cfg_match \
		  sbi_misaligned_v_ld_emulator sbi_misaligned_v_st_emulator
platform-ldflags-y = $(foreach name,$(bulkhead-wraps),-Wl,--wrap=$(name))

platform-objs-y += platform.o platform_override_modules.carray.o
platform-objs-y += $(patsubst $(platform_src_dir)/%.c,%.o, \
			$(wildcard $(platform_src_dir)/bulkhead/*.c $(platform_src_dir)/monitor/*.c \
				   $(platform_src_dir)/core/*.c))

# Where the next stage would be: nowhere, each domain says where it starts. The
# tree goes behind the firmware (BH_RISCV_FIRMWARE_SIZE), from wherever it was.
FW_JUMP=y
FW_JUMP_OFFSET=0x200000
FW_JUMP_FDT_OFFSET=0x200000
