# SPDX-License-Identifier: GPL-2.0-only
# Bulkhead. `make help` lists what there is.
#
# Every folder brings an objects.mk that adds to the variables below and gives
# its own rules; nothing here knows a folder's insides.

VERSION		:= 0.1.0

O		?= build
V		?= 0
Q		:= $(if $(filter 1,$(V)),,@)
PREFIX		?= /usr/local
# What a plan names without a path is looked up in the folder of its platform.
platforms	:= x86-64 riscv64
x86-images	:= $(O)/images/x86-64
riscv-images	:= $(O)/images/riscv64
PYTHON		?= /usr/bin/python3
# LOCKED=1: others' sources as they are pinned or not at all (scripts/lib/places.sh). Then what
# is made of them is asked for again, since it may be of something newer.
LOCKED		?= $(BULKHEAD_LOCKED)
export BULKHEAD_LOCKED := $(LOCKED)
if-locked	:= $(if $(LOCKED),FORCE)
.PHONY: FORCE
# A result that was asked for is touched only where an input is newer than it.
looked-at	= $(if $(filter-out FORCE,$?),touch $@)
# Empty is not set, as for all scripts.
export BULKHEAD_CACHE := $(or $(BULKHEAD_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/bulkhead)
ifneq ($(words $(BULKHEAD_CACHE)),1)
$(error BULKHEAD_CACHE is '$(BULKHEAD_CACHE)': Linux is not built in a path with a space in it; name another one)
endif

# Not ?=, which takes make's own default, cc, for the caller's choice.
ifeq ($(origin CC),default)
CC		:= gcc
endif
CLANG		?= clang
# What compiles an object in any checkout compiles it once: the path of the checkout is not in it.
ccache		:= $(firstword $(wildcard $(addsuffix /ccache,$(subst :, ,$(PATH)))))
cached		:= $(if $(ccache),CCACHE_DIR="$(BULKHEAD_CACHE)/ccache" $(ccache))
OBJ_CC		= $(cached) $(CC) -fdebug-prefix-map=$(CURDIR)=.
OBJ_CLANG	= $(cached) $(CLANG) -fdebug-prefix-map=$(CURDIR)=.
WARN		:= -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
		   -Wpointer-arith -Wvla -Wundef -Wwrite-strings
CFLAGS		?= -O2 -g
HOST_CFLAGS	:= -std=gnu11 $(WARN) -D_GNU_SOURCE -DBULKHEAD_VERSION='"$(VERSION)"' \
		   -I$(O)/include -Iinclude -Ipartitioner

.DEFAULT_GOAL	:= all
.DELETE_ON_ERROR:
MAKEFLAGS	+= --no-builtin-rules

# --- configuration ---

config-h	:= $(O)/include/generated/autoconf.h
kconfigs	:= Kconfig $(wildcard */Kconfig)
kconfig		= PYTHONPATH=/usr/lib/python3/dist-packages $(PYTHON) -m
need-kconfig	= @$(kconfig) kconfiglib 2>/dev/null || \
		  { echo 'python3-kconfiglib is missing; `make deps` installs all that is' >&2; exit 1; }

# The goals that must work on a machine where nothing is installed yet.
no-config	:= help clean distclean deps demo demo-riscv check check-fast check-changed bench soak mutants
ifneq ($(filter-out $(no-config),$(or $(MAKECMDGOALS),all)),)
include .config
endif

.config: $(kconfigs)
	$(need-kconfig)
	$(Q)test -e $@ || cp configs/full_defconfig $@
	$(Q)$(kconfig) olddefconfig >/dev/null
	$(Q)touch $@

$(config-h): .config
	$(Q)mkdir -p $(@D)
	$(Q)$(kconfig) genconfig --header-path $@.new
	$(Q)cmp -s $@.new $@ && rm $@.new && touch $@ || mv $@.new $@

menuconfig:
	$(need-kconfig)
	$(Q)$(kconfig) menuconfig

%_defconfig: configs/%_defconfig
	$(need-kconfig)
	$(Q)cp $< .config
	$(Q)$(kconfig) olddefconfig

# --- what the folders add to ---

PHONY		:= all help clean distclean deps install menuconfig tools
ALL-y		:=
CHECK_FAST	:=
CHECK_LONG	:= # what takes minutes and one CPU: beside the fast ones, and begun before them
CHECK		:= # what boots machines: behind all others
BENCH		:=

include tests/rules.mk
# The core first: others compile its list of sources with flags of their own.
include partitioner/core/objects.mk
include $(filter-out partitioner/core/objects.mk, \
	$(wildcard */objects.mk */*/objects.mk))

all: tools $(ALL-y)
	@: # or make says that there is nothing to be done

# --- what people call ---

deps:
	$(Q)scripts/install-deps

# The command looks for images in ../lib/bulkhead/images/PLATFORM from where it is.
install: all install-lib
	$(Q)install -D -m 755 -t $(DESTDIR)$(PREFIX)/bin $(O)/bulkhead
	$(Q)for image in $(addprefix x86-64/,boot.elf linux linux.config linux.modules demo demo-kexec tools \
			debian debian12 debian12.config) \
		$(addprefix riscv64/,firmware.bin spl.bin linux linux.config linux.modules demo demo-kexec \
			tools debian debian13 debian13.config defconfig defconfig.config); do \
		! test -e $(O)/images/$$image || install -D -m 644 $(O)/images/$$image \
			$(DESTDIR)$(PREFIX)/lib/bulkhead/images/$$image || exit; done
	$(Q)install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man1 docs/man/bulkhead.1
	$(Q)install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/bulkhead README.md docs/*.md docs/*.svg examples/*.yaml \
		examples/link/bh-link.c examples/double/bh-double.c
	$(Q)install -D -m 644 completion/bulkhead.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/bulkhead
	@printf '  INSTALL %s\n' $(DESTDIR)$(PREFIX)/bin/bulkhead

# In two steps: what is installed first decides what make finds later. What that and the rest
# will take is said before.
announce-demo:
	$(Q)scripts/announce demo deps kernel-x86-64 $(O)/bulkhead=15

announce-demo-riscv:
	$(Q)scripts/announce demo-riscv deps kernel-riscv64 firmware spl $(O)/bulkhead=15

demo demo-riscv: %: announce-% deps
	$(Q)$(MAKE) --no-print-directory run-$@

# Not `all`: the tour needs its kernel, and no other, whatever is configured.
run-demo: tools boot kernel-x86-64 initrd-x86-64
	$(Q)examples/tour $(O)

run-demo-riscv: tools firmware spl kernel-riscv64 initrd-riscv64
	$(Q)examples/tour $(O) examples/tour-riscv.yaml

# One on each CPU, unless -j says how many. Of tests one more: some wait.
jobs		= $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))
test-jobs	= $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell expr $$(nproc) + 1))

check-fast: deps
	$(Q)$(MAKE) --no-print-directory $(test-jobs) run-check-fast

# With TEST those tests of tests/system, and nothing else.
check:
	$(Q)$(if $(TEST),,tests/took begin $(O) "$(BULKHEAD_CACHE)")
	$(Q)$(MAKE) --no-print-directory deps
	$(Q)$(MAKE) --no-print-directory $(jobs) all
ifeq ($(TEST),)
	$(Q)$(MAKE) --no-print-directory $(test-jobs) run-check-long run-check-fast
	$(Q)$(MAKE) --no-print-directory run-check
	$(Q)tests/took end $(O) "$(BULKHEAD_CACHE)"
else
	$(Q)$(MAKE) --no-print-directory check-system
endif

# What can notice a change since main: tests/changed has the table.
check-changed: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)$(MAKE) --no-print-directory $(test-jobs) run-check-fast
	$(Q)tests/changed --make $(MAKE)

run-check-fast: tools $(CHECK_FAST)
	@tests/ran $(passed-dir) $(CHECK_FAST)
run-check-long: $(CHECK_LONG)
run-check: all $(CHECK)

bench: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)$(MAKE) --no-print-directory run-bench

run-bench: all $(BENCH)

soak: deps
	$(Q)$(MAKE) --no-print-directory run-soak

# The announcement comes first, also with -j.
deps: | $(addprefix announce-,$(filter demo demo-riscv,$(MAKECMDGOALS)))

PHONY		+= demo demo-riscv announce-demo announce-demo-riscv run-demo run-demo-riscv check check-fast check-changed bench soak run-check run-check-long run-check-fast run-bench

help:
	@echo 'For everybody:'
	@echo '  demo          install what is missing, build, and boot three kernels side by side'
	@echo '  demo-riscv    the same on a RISC-V machine, where the hardware keeps them apart'
	@echo '  check         all tests; the first time it also builds the kernels that they boot;'
	@echo '                TEST=test_tour or TEST="-k tour -s": those of tests/system alone'
	@echo '  check-fast    the tests that need no emulator: two minutes, then only what a change can have'
	@echo '                broken (FORCE=1: all)'
	@echo '  check-changed check-fast, and what else can notice the changes since main'
	@echo '  bench         measure; writes $(O)/bench/report.json and prints a table'
	@echo '  soak          long campaigns: fuzzers and boots for hours'
	@echo '  mutants       is what tests under load are for noticed? (MUTANT=NAME: one; minutes each)'
	@echo 'Parts:'
	@echo '  all (default) the command, and what is configured of the following'
	@echo '  tools         the bulkhead command: $(O)/bulkhead'
	@echo '  boot          the x86-64 boot stage: $(x86-images)/boot.elf'
	@echo '  firmware      OpenSBI with the monitor: $(riscv-images)/firmware.bin'
	@echo '  spl           U-Boot SPL, which loads what bulkhead build makes: $(riscv-images)/spl.bin'
	@echo '  kernel        the kernels for partitions: $(O)/images/PLATFORM/linux, and linux.modules'
	@echo '                (kernel-debug, kernel-kcsan: x86-64 kernels that watch themselves, for tests)'
	@echo '  debian-kernel Debian'"'"'s, unpatched: $(x86-images)/debian12, $(riscv-images)/debian13'
	@echo '  defconfig-kernel'
	@echo '                RISC-V'"'"'s own configuration, unpatched: $(riscv-images)/defconfig'
	@echo '  initrd        the demo initrds: $(O)/images/PLATFORM/demo'
	@echo '                (kernel-riscv64, initrd-x86-64 and so on: those of one platform)'
	@echo '  initrd-tools  the same with ssh, iperf3, socat, ping and ethtool: $(O)/images/PLATFORM/tools'
	@echo '  initrd-debian a minimal Debian with systemd: $(O)/images/PLATFORM/debian'
	@echo '  lib           libbulkhead, for programs that use channels: $(O)/ipi/lib'
	@echo '  install       the command, its images, its documents and libbulkhead to PREFIX ($(PREFIX))'
	@echo '                (install-lib: the library alone, with header and manual)'
	@echo 'Configuration:'
	@echo '  menuconfig    choose what is built'
	@for c in configs/*_defconfig; do printf '  %s\n' "$${c#configs/}"; done
	@echo 'Housekeeping:'
	@echo '  deps          install the Debian packages that are missing'
	@echo '  clean         remove $(O); distclean: .config too. Downloads and kernels stay in'
	@echo '                $(BULKHEAD_CACHE)'
	@echo 'V=1 shows commands; O=DIR builds elsewhere; LOCKED=1 takes others'"'"' sources as they are'
	@echo 'pinned, and no newer ones where those are gone.'

clean:
	rm -rf $(O)

distclean: clean
	rm -f .config .config.old

.PHONY: $(PHONY)
