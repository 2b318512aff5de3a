# SPDX-License-Identifier: GPL-2.0-only
# The ring benchmark. It is built and run by `make bench` only.

bench-dir	:= $(O)/bench
dpdk-headers	:= $(BULKHEAD_CACHE)/dpdk-headers
# As a program would be built for the machine that it runs on: the peers gain most by that.
bench-flags	:= -O3 -march=native -g $(HOST_CFLAGS) -Iipi/include -Iipi/bench -pthread
bench-src	:= $(filter-out %/peer_dpdk.c,$(wildcard ipi/bench/*.c))
bench-deps	:= $(wildcard ipi/bench/*.h ipi/ring/*.h ipi/include/bulkhead/*.h)

# Headers alone: the package depends on a hundred others.
$(dpdk-headers)/rte_ring.h:
	$(Q)ipi/bench/fetch-dpdk $(@D)

$(bench-dir)/peer_dpdk.o: ipi/bench/peer_dpdk.c $(bench-deps) $(dpdk-headers)/rte_ring.h
	@mkdir -p $(@D)
	@printf '  CC      %s\n' $<
	$(Q)$(CC) $(bench-flags) -isystem $(dpdk-headers) -c $< -o $@

$(bench-dir)/ring-bench: $(bench-src) $(bench-dir)/peer_dpdk.o $(bench-deps)
	@mkdir -p $(@D)
	@printf '  CC      %s\n' $@
	$(Q)$(CC) $(bench-flags) $(bench-src) $(bench-dir)/peer_dpdk.o -o $@

# Linux's own ring tests, from the source that the kernel is built from.
$(bench-dir)/ringtest/.built: ipi/bench/build-ringtest
	@mkdir -p $(@D)
	$(Q)ipi/bench/build-ringtest $(@D)

ring-bench: $(bench-dir)/ring-bench $(bench-dir)/ringtest/.built

# RING_ROUNDS=100 for a long run; PLOTS=docs redraws the pictures of docs/performance.md.
bench-ring: ring-bench
	$(Q)$(PYTHON) tests/bench/ring.py $(O) $(if $(RING_ROUNDS),--rounds $(RING_ROUNDS)) \
		$(if $(PLOTS),--plots $(PLOTS))

PHONY		+= ring-bench bench-ring
