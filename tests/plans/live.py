#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""`bulkhead machine` over made-up /proc and /sys: what root sees, and what others do."""

import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path


def table(signature, header, entries):
    body = header + b"".join(entries)
    head = signature + struct.pack("<IBB6s8sI4sI", 36 + len(body), 1, 0, b"BULKHD", b"TEST    ",
                                   1, b"TEST", 1)
    return head + body


def lapic(apic, enabled=1):
    return struct.pack("<BBBBI", 0, 8, 0, apic, enabled)


def x2apic(apic, enabled=1):
    return struct.pack("<BBHIII", 9, 16, 0, apic, enabled, 0)


def srat_cpu(node, apic):
    return struct.pack("<BBBBIB3BI", 0, 16, node, apic, 1, 0, 0, 0, 0, 0)


def srat_x2apic(node, apic):
    return struct.pack("<BBHIIIII", 2, 24, 0, node, apic, 1, 0, 0)


def srat_ram(node, base, size):
    return struct.pack("<BBIHQQIIQ", 1, 40, node, 0, base, size, 0, 1, 0)


class Tree:
    """A machine's /proc and /sys: four CPUs online on two nodes, siblings 0/2 and 1/3."""

    def __init__(self, root):
        self.root = Path(root)
        self.apic = {0: 0, 1: 16, 2: 1, 3: 300}
        for n, apic in self.apic.items():
            first = n % 2
            cpu = f"sys/devices/system/cpu/cpu{n}"
            self.put(f"{cpu}/topology/physical_package_id", f"{first}\n")
            self.put(f"{cpu}/topology/core_cpus_list", f"{first},{first + 2}\n")
            (self.root / cpu / f"node{first}").mkdir()
        self.put("proc/cpuinfo", "".join(
            f"processor\t: {n}\nvendor_id\t: X\napicid\t\t: {a}\ninitial apicid\t: {a}\n\n"
            for n, a in self.apic.items()))
        for i, (kind, start, end) in enumerate([
                ("System RAM", 0x0, 0x9FBFF), ("Reserved", 0x9FC00, 0x9FFFF),
                ("System RAM", 0x100000, 0x7FFFFFFF), ("System RAM", 1 << 32, (6 << 30) - 1)]):
            self.put(f"sys/firmware/memmap/{i}/type", kind + "\n")
            self.put(f"sys/firmware/memmap/{i}/start", f"{start:#x}\n")
            self.put(f"sys/firmware/memmap/{i}/end", f"{end:#x}\n")
        self.put("sys/devices/system/memory/block_size_bytes", "40000000\n")
        for node, blocks in ((0, (0, 1)), (1, (4, 5))):
            for b in blocks:
                (self.root / f"sys/devices/system/node/node{node}/memory{b}").mkdir(parents=True)
        self.put("proc/iomem", "00000000-00000000 : System RAM\n  00000000-00000000 : Kernel\n")

    def put(self, path, data):
        path = self.root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())

    def put_acpi(self):
        # CPU 5 is offline: only firmware knows it. APIC id 7 is a hole: not enabled.
        self.put("sys/firmware/acpi/tables/APIC", table(
            b"APIC", struct.pack("<II", 0xFEE00000, 1),
            [lapic(0), lapic(1), lapic(16), lapic(7, 0), x2apic(300), lapic(5)]))
        self.put("sys/firmware/acpi/tables/SRAT", table(
            b"SRAT", bytes(12),
            [srat_cpu(0, 0), srat_cpu(0, 1), srat_cpu(1, 16), srat_x2apic(1, 300),
             srat_cpu(1, 5), srat_ram(0, 0, 5 << 30), srat_ram(1, 5 << 30, 1 << 30)]))

    def drop(self, path):
        path = self.root / path
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def describe(bulkhead, tree, status=0):
    run = subprocess.run([bulkhead, "machine", "--json", "--root", str(tree.root)],
                         capture_output=True, text=True, env=dict(os.environ, NO_COLOR="1"))
    assert run.returncode == status, (run.returncode, run.stderr)
    return json.loads(run.stdout) if run.stdout else None, run.stderr


def test_root(bulkhead, tree):
    tree.put_acpi()
    m, said = describe(bulkhead, tree)
    assert [c["id"] for c in m["cpus"]] == [0, 1, 5, 16, 300]
    assert [c.get("bsp") for c in m["cpus"]] == [True, None, None, None, None]
    # an offline CPU's core is not known, so nobody's is told
    assert "core" not in m["cpus"][0] and "topology" in said
    assert [c["node"] for c in m["cpus"]] == [0, 0, 1, 1, 1]
    assert m["memory"] == [
        {"base": 0, "size": 0x9F000, "node": 0},
        {"base": 0x100000, "size": 0x7FF00000, "node": 0},
        {"base": 4 << 30, "size": 1 << 30, "node": 0},
        {"base": 5 << 30, "size": 1 << 30, "node": 1}], m["memory"]


def test_without_acpi(bulkhead, tree):
    m, said = describe(bulkhead, tree)
    assert "MADT" in said
    assert [(c["id"], c["package"], c["core"], c["node"]) for c in m["cpus"]] == [
        (0, 0, 0, 0), (1, 0, 0, 0), (16, 1, 1, 1), (300, 1, 1, 1)]
    assert [(r["base"], r["node"]) for r in m["memory"]] == [(0, 0), (0x100000, 0), (4 << 30, 1)]


def test_iomem(bulkhead, tree):
    tree.drop("sys/firmware/memmap")
    m, said = describe(bulkhead, tree, status=1)
    assert m is None and "neither" in said
    tree.put("proc/iomem", "00001000-0009ffff : System RAM\n00100000-3fffffff : System RAM\n"
             "  01000000-01ffffff : Kernel code\n40000000-400fffff : Reserved\n")
    m, said = describe(bulkhead, tree)
    assert [(r["base"], r["size"]) for r in m["memory"]] == [(0x1000, 0x9F000),
                                                           (0x100000, 0x3FF00000)]


def test_nothing(bulkhead, tree):
    tree.drop("proc")
    tree.drop("sys")
    _, said = describe(bulkhead, tree, status=1)
    assert "no CPU" in said


def test_damaged_acpi(bulkhead, tree):
    """Firmware's tables with bytes turned over: any answer but a crash."""
    tree.put_acpi()
    dice = random.Random(1)
    for name in ("APIC", "SRAT"):
        good = (tree.root / "sys/firmware/acpi/tables" / name).read_bytes()
        for _ in range(40):
            bad = bytearray(good[:dice.randrange(len(good) + 1)])
            for _ in range(dice.randrange(4)):
                if bad:
                    bad[dice.randrange(len(bad))] = dice.choice((0, 1, 255, dice.randrange(256)))
            tree.put(f"sys/firmware/acpi/tables/{name}", bytes(bad))
            run = subprocess.run([bulkhead, "machine", "--root", str(tree.root)],
                                 capture_output=True)
            assert run.returncode in (0, 1), (run.returncode, bytes(bad).hex())
        tree.put(f"sys/firmware/acpi/tables/{name}", good)


VIRT = Path(__file__).resolve().parent.parent / "unit/virt.dts"


def compiled(dts):
    return subprocess.run(["dtc", "-q", "-O", "dtb", "-"], input=dts, capture_output=True,
                          check=True).stdout


def test_device_tree(bulkhead, tree):
    """RISC-V: the device tree tells all; of an x86-64 partition's it is no matter."""
    before, _ = describe(bulkhead, tree)
    tree.put("sys/firmware/fdt", compiled(b"/dts-v1/; / { cpus { cpu@0 { }; }; };"))
    assert describe(bulkhead, tree)[0] == before
    tree.put("sys/firmware/fdt", compiled(VIRT.read_bytes()))
    m, said = describe(bulkhead, tree)
    assert m["platform"] == "riscv64"
    assert [(c["id"], c["imsic"]) for c in m["cpus"]] == [
        (i, 0x28000000 + 4096 * i) for i in range(4)]
    assert "no partition can own clocked@10002000" in said
    texts = []
    for path in ("sys/firmware/fdt", "saved"):
        texts.append(subprocess.run([bulkhead, "machine", "-m", str(tree.root / path)],
                                    capture_output=True, text=True, check=True).stdout)
        (tree.root / "saved").write_text(texts[-1])
    assert texts[0] == texts[1]


def test_damaged_device_tree(bulkhead, tree):
    dice = random.Random(2)
    good = compiled(VIRT.read_bytes())
    for _ in range(60):
        bad = bytearray(good)
        for _ in range(dice.randrange(1, 5)):
            bad[dice.randrange(len(bad))] = dice.choice((0, 1, 255, dice.randrange(256)))
        (tree.root / "board.dtb").write_bytes(bytes(bad))
        run = subprocess.run([bulkhead, "machine", "-m", str(tree.root / "board.dtb")],
                             capture_output=True)
        assert run.returncode in (0, 1), (run.returncode, bytes(bad).hex())


def test_round_trip(bulkhead, tree):
    """What `machine` writes, as YAML or JSON, --machine reads back the same."""
    tree.put_acpi()
    texts = []
    for option in ([], ["--json"]):
        out = subprocess.run([bulkhead, "machine", "--root", str(tree.root), *option],
                             capture_output=True, text=True, check=True).stdout
        (tree.root / "saved").write_text(out)
        texts.append(subprocess.run([bulkhead, "machine", "-m", str(tree.root / "saved")],
                                    capture_output=True, text=True, check=True).stdout)
        assert texts[-1] == texts[0]
    assert texts[0].startswith("bulkhead-machine: 1\n")


def main():
    bulkhead, failed = sys.argv[1], 0
    for name, test in sorted(globals().items()):
        if not name.startswith("test_"):
            continue
        with tempfile.TemporaryDirectory() as root:
            try:
                test(bulkhead, Tree(root))
            except AssertionError as e:
                failed += 1
                print(f"FAIL {name}: line {e.__traceback__.tb_next.tb_lineno}: {e}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
