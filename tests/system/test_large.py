# SPDX-License-Identifier: GPL-2.0-only
"""Large initrds, wherever the loader puts them; and the boot stage where it is in the way itself.

LARGE_MIB is the size of the initrd that four partitions share: as large as a check has time for.
With LARGE_MIB=700 (make soak) it is what one of a distribution may have."""

import os
import struct

import pytest

import checks
import platforms
import x86
from env import BUILD, OUT, bulkhead
from machine import Machine
from medium import Medium

LARGE = int(os.environ.get("LARGE_MIB", "80"))
PROOF = "all of it arrived, to the last byte"

pytestmark = pytest.mark.own_machine


def member(name, data):
    """An archive of one file (Linux, Documentation/driver-api/early-userspace/buffer-format.rst)."""
    def entry(name, data, mode):
        fields = [0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
        head = b"070701" + b"".join(b"%08X" % x for x in fields) + name.encode() + b"\0"
        return b"".join(x + bytes(-len(x) % 4) for x in (head, data))
    return entry(name, data, 0o100644) + entry("TRAILER!!!", b"", 0)


def make_initrd(path, platform, mib, name="proof", proof=PROOF):
    """The demo initrd, zeros that a kernel skips (and nothing else), a file at the very end."""
    demo, end = (BUILD / "images" / platform.NAME / "demo").read_bytes(), member(name, proof.encode())
    with open(path, "wb") as f:
        f.write(demo)
        f.truncate((mib << 20) - len(end))
        f.seek(0, os.SEEK_END)
        f.write(end)
    return path


def up_with_all(m):
    m.up()
    for name in m.names:
        checks.check_memory(m, name)
        assert m.sh(name, "cat /proof*") == f"{PROOF}"


@pytest.mark.parametrize("platform", platforms.each())
def test_one_for_four_partitions(platform, tmp_path):
    initrd = make_initrd(tmp_path / "initrd", platform, LARGE)
    # On x86-64 RAM above 2 GiB lies above 4 GiB: golden images go there.
    memory, ram = ("256M", "4G") if LARGE <= 100 else ("1G", "8G")
    owns = ["devices: [legacy, pci]"] + 3 * ["devices: []"]
    text = "\n".join([
        "bulkhead: 1",
        f"machine: {{ platform: {platform.NAME}, qemu: {{ cpus: 4, memory: {ram} }} }}",
        "partitions:",
        *(f"  p{i}: {{ cpus: 1, memory: {memory}, kernel: linux, initrd: {initrd}, {own} }}"
          for i, own in enumerate(owns))]) + "\n"
    firmware = platform.FIRMWARES[0] if platform is x86 else "direct"
    with Machine(f"large-four-{platform.NAME}", text, firmware) as m:
        up_with_all(m)


THREE = """
bulkhead: 1
machine: {{ platform: x86-64, qemu: {{ cpus: 3, memory: 3G }} }}
partitions:
  control: {{ cpus: 1, memory: 256M, kernel: linux, initrd: {0}/rd1, devices: [legacy, pci] }}
  a: {{ cpus: 1, memory: 256M, kernel: linux, initrd: {0}/rd2 }}
  b: {{ cpus: 1, memory: 256M, kernel: linux, initrd: {0}/rd3 }}
"""


@platforms.only(x86)
@pytest.mark.parametrize("firmware", x86.FIRMWARES)
def test_three_of_their_own(firmware, tmp_path):
    """The loader fills low memory with them, which is the partitions'."""
    for i in 1, 2, 3:
        make_initrd(tmp_path / f"rd{i}", x86, 60, f"proof{i}")
    with Machine(f"large-three-{firmware}", THREE.format(tmp_path), firmware) as m:
        up_with_all(m)
        for i, name in enumerate(m.names, 1):
            assert m.sh(name, "ls /proof*").strip() == f"/proof{i}"


BOOT_STAGE = "/boot/bulkhead/boot.elf"


def loaded_at(elf, low, high):
    """The same boot stage, which wants to be loaded there and as low as can be: the relocatable
    tag of its header (Multiboot2 specification 2.0, 3.1.13)."""
    tag = struct.pack("<HHI", 10, 0, 24)
    at = elf.index(tag) + len(tag)
    return elf[:at] + struct.pack("<IIII", low, high, 0x1000, 1) + elf[at + 16:]


@platforms.only(x86)
def test_the_boot_stage_makes_room_for_a_kernel(tmp_path):
    image = OUT / "large-move.iso"
    bulkhead("build", x86.TOUR, "-o", image)
    medium = Medium(image, tmp_path)
    medium.write(BOOT_STAGE, loaded_at(medium.read(BOOT_STAGE), 0x1100000, 0x1500000))
    with Machine("large-move", x86.TOUR, image=medium.done()) as m:
        m.up()
        for name in m.names:
            checks.check_memory(m, name)
        said = m.log("boot")
        assert "boot stage at 0x11" in said and "moves to 0x" in said
        assert "Linux version" in m.log("control")
