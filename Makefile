# SPDX-License-Identifier: GPL-2.0-only
# Bulkhead. `make help` lists what there is.
#
# Every folder brings an objects.mk that adds to the variables below and gives
# its own rules; nothing here knows a folder's insides.

O		?= build
V		?= 0
Q		:= $(if $(filter 1,$(V)),,@)
CACHE		?= $(or $(BULKHEAD_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/bulkhead)
export BULKHEAD_CACHE := $(CACHE)

VERSION		:= 0.1.0

CC		?= gcc
CLANG		?= clang
WARN		:= -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
		   -Wpointer-arith -Wvla -Wundef -Wwrite-strings
CFLAGS		?= -O2 -g
HOST_CFLAGS	:= -std=gnu11 $(WARN) -D_GNU_SOURCE -DBULKHEAD_VERSION='"$(VERSION)"' \
		   -I$(O)/include -Iinclude -Ipartitioner

all: tools

# What the folders add to.
PHONY		:= all help clean
CHECK_FAST	:=	# targets of `make check-fast`: no QEMU
CHECK		:=	# targets of `make check` beyond those
BENCH		:=
CLEAN		:= $(O)

-include .config
-include partitioner/core/objects.mk
include $(filter-out partitioner/core/objects.mk,$(wildcard */objects.mk */*/objects.mk))

.config:
	$(Q)cp configs/x86_64_defconfig $@

clean:
	rm -rf $(CLEAN)

.PHONY: $(PHONY)
