# SPDX-License-Identifier: GPL-2.0-only
"""Must hold 7: what does not fit or is damaged is refused, with the reason, and nothing starts.

Each case takes the tour's image, changes one thing in it and boots that.
"""

import re

import pytest

import contract
import platforms
import x86
from env import bulkhead
from machine import Machine
from medium import Medium

pytestmark = [platforms.only(x86), pytest.mark.own_machine]
TOUR = x86.TOUR


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    # Each process that runs some of these tests makes its own.
    path = tmp_path_factory.mktemp("refusal") / "tour.iso"
    bulkhead("build", TOUR, "-o", path)
    return path


BLOB, KERNEL, INITRD = "/boot/bulkhead/blob.dtb", "/boot/bulkhead/image-0", "/boot/bulkhead/image-1"


def flip(data, at):
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1:]


def truncated_blob(medium):
    data = medium.read(BLOB)
    medium.write(BLOB, data[:len(data) * 2 // 3])


def no_tree(medium):
    medium.write(BLOB, flip(medium.read(BLOB), 1))


def damaged_structure(medium):
    """The token that opens the root node becomes an unknown one."""
    data = medium.read(BLOB)
    at = int.from_bytes(data[8:12], "big")
    medium.write(BLOB, flip(data, at + 3))


def other_version(medium):
    data = medium.read(BLOB)
    value = contract.constant("BH_BLOB_VERSION").to_bytes(4, "big")
    header = (3).to_bytes(4, "big") + (4).to_bytes(4, "big")
    strings = int.from_bytes(data[12:16], "big")
    name = (data.index(b"bulkhead,version\0", strings) - strings).to_bytes(4, "big")
    at = data.index(header + name + value) + len(header + name)
    medium.write(BLOB, data[:at] + (77).to_bytes(4, "big") + data[at + 4:])


def damaged_kernel(medium):
    data = medium.read(KERNEL)
    medium.write(KERNEL, flip(data, len(data) // 2))


def damaged_initrd(medium):
    data = medium.read(INITRD)
    medium.write(INITRD, flip(data, len(data) - 100))


def short_initrd(medium):
    medium.write(INITRD, medium.read(INITRD)[:-4096])


def missing_module(medium):
    medium.remove(INITRD)


def missing_blob(medium):
    medium.remove(BLOB)


DAMAGED = [
    (truncated_blob, r"blob"),
    (no_tree, r"blob"),
    (damaged_structure, r"blob"),
    (other_version, r"version.*77|77.*version"),
    (damaged_kernel, r"image 0 \(linux\).*SHA-256 differs"),
    (damaged_initrd, r"image 1 \(demo\).*SHA-256 differs"),
    (short_initrd, r"image 1 \(demo\) has \d+ bytes, the plan was compiled with \d+"),
    (missing_module, r"image 1 \(demo\) was not loaded"),
    (missing_blob, r"no plan was loaded"),
]


@pytest.mark.parametrize("change,reason", DAMAGED, ids=[c.__name__ for c, _ in DAMAGED])
def test_damaged(image, tmp_path, change, reason):
    medium = Medium(image, tmp_path)
    change(medium)
    with Machine(f"refusal-{change.__name__}", TOUR, image=medium.done()) as m:
        reasons = m.refused()
        assert any(re.search(reason, r) for r in reasons), f"refused, but because of {reasons}"


def test_the_helper_changes_nothing_else(image, tmp_path):
    """An image that is put together with the same blob boots."""
    medium = Medium(image, tmp_path)
    medium.write(BLOB, medium.read(BLOB))
    with Machine("refusal-nothing", TOUR, image=medium.done()) as m:
        m.up(m.names[0])


OTHER = """
bulkhead: 1
machine: {{ platform: x86-64, qemu: {{ cpus: {cpus}, memory: {memory} }} }}
partitions:
  control: {{ cpus: 1, memory: 256M, kernel: linux, initrd: demo, devices: [legacy, pci] }}
  other:   {{ cpus: "{cpu}", memory: {where}, kernel: linux, initrd: demo }}
"""


@pytest.mark.parametrize("name,made_for,reason", [
    ("more_cpus", {"cpus": 8, "cpu": 6, "memory": "2G", "where": "256M"},
     r"other: .*\b6\b"),
    ("more_memory",
     {"cpus": 4, "cpu": 3, "memory": "8G", "where": "{ base: 0x180000000, size: 256M }"},
     r"other: .*0x180000000"),
])
def test_made_for_other_hardware(tmp_path, name, made_for, reason):
    plan = tmp_path / "other.yaml"
    plan.write_text(OTHER.format(**made_for))
    image = tmp_path / "other.iso"
    bulkhead("build", plan, "-o", image)
    with Machine(f"refusal-{name}", TOUR, image=image) as m:
        reasons = m.refused()
        assert any(re.search(reason, r) for r in reasons), f"refused, but because of {reasons}"
        assert "this plan is not for this machine" in reasons[-1]
