# SPDX-License-Identifier: GPL-2.0-only
"""Must hold 3: numbers of partitions, holes in APIC ids, NUMA nodes, places of memory."""

import struct

import pytest

import checks
import platforms
import ranges
import x86
from machine import Machine, plan

pytestmark = [platforms.only(x86), pytest.mark.own_machine]


def check_all(m):
    for name in m.names:
        checks.check_cpus(m, name)
        checks.check_memory(m, name)
        checks.check_tree(m, name)


def test_one_partition_of_128m():
    with Machine("one", plan(x86, "cpus: 1, memory: 512M", {"only": "cpus: 1, memory: 128M"})) as m:
        m.up()
        assert sum(size for _, size in m.blob["only"].memory) == 128 << 20
        check_all(m)


def srat(m, name):
    """({APIC id: node}, {node: [ranges]}) as the firmware says (ACPI 6.5, 5.2.16)."""
    data = x86.table(m, name, "SRAT")
    cpus, memory, at = {}, {}, 48
    while at < len(data):
        kind, length = data[at], data[at + 1]
        if kind == 0 and struct.unpack_from("<I", data, at + 4)[0] & 1:
            cpus[data[at + 3]] = data[at + 2]
        elif kind == 1 and struct.unpack_from("<I", data, at + 28)[0] & 1:
            (node,) = struct.unpack_from("<I", data, at + 2)
            memory.setdefault(node, []).append(struct.unpack_from("<QQ", data, at + 8))
        at += length
    return cpus, memory


def test_two_partitions_on_two_numa_nodes():
    text = plan(x86, "cpus: 4, memory: 2G, nodes: 2",
                {"first": "cpus: 2, memory: 256M", "second": "cpus: 2, memory: 256M"})
    with Machine("numa", text) as m:
        m.up()
        check_all(m)
        cpus, memory = srat(m, "first")
        assert len(set(cpus.values())) == len(memory) == 2
        nodes = set()
        for part in m.blob.partitions:
            (node,) = {cpus[c] for c in part.cpus}
            elsewhere = ranges.minus(part.memory, memory[node])
            assert not elsewhere, f"{part.name} on node {node} has {ranges.text(elsewhere)}"
            nodes.add(node)
        assert len(nodes) == 2


def test_four_partitions_one_wholly_above_4g():
    text = plan(x86, "cpus: 4, memory: 6G", {
        "a": "cpus: 1, memory: 256M",
        "b": "cpus: 1, memory: 256M",
        "high": "cpus: 1, memory: { base: 0x140000000, size: 512M }",
        "d": "cpus: 1, memory: [128M, { base: 0x180000000, size: 128M }]"})
    with Machine("four", text) as m:
        m.up()
        assert all(base >= 4 << 30 for base, _ in m.blob["high"].memory)
        assert len(m.blob["d"].memory) == 2
        check_all(m)
        for name in m.names:
            checks.check_kernel_log(m, name)


def test_eight_partitions_with_holes_in_the_apic_ids():
    text = plan(x86, "cpus: 8, sockets: 3, cores: 3, threads: 1, memory: 2G",
                {f"p{i}": "cpus: 1, memory: 128M" for i in range(8)})
    with Machine("eight", text) as m:
        m.up()
        ids = sorted(c for p in m.blob.partitions for c in p.cpus)
        assert len(m.names) == 8 and len(ids) == 8 and ids != list(range(8))
        check_all(m)
