# SPDX-License-Identifier: GPL-2.0-only
"""RISC-V's tour also under a newer emulator than Debian 12's (Smepmp: test_boundary.py)."""

import re
import subprocess

import pytest

import checks
import platforms
import riscv
from env import BUILD
from machine import Machine, plan

pytestmark = platforms.only(riscv)


@pytest.fixture(scope="module", params=riscv.FIRMWARES)
def tour(request):
    with Machine(f"newer-{request.param}", riscv.TOUR, request.param, qemu=riscv.newer_qemu()) as m:
        yield m.up()


def test_it_is_newer():
    version = subprocess.run([riscv.newer_qemu(), "--version"], capture_output=True, text=True,
                             check=True).stdout
    assert int(re.search(r"version (\d+)", version)[1]) >= 9


def test_three_partitions_as_planned(tour):
    for name in tour.names:
        checks.check_cpus(tour, name)
        checks.check_memory(tour, name)
        checks.check_tree(tour, name)
        tour.platform.check_devices(tour, name)
        checks.check_kernel_log(tour, name)


def test_a_second_hart_goes_and_comes(tour):
    online = "/sys/devices/system/cpu/cpu1/online"
    tour.sh("app", f"echo 0 >{online}; echo 1 >{online}")
    checks.check_cpus(tour, "app")


@pytest.mark.own_machine
def test_a_large_initrd(tmp_path):
    """QEMU reads it for longer than the second after which U-Boot calls one read of a card a timeout."""
    initrd = tmp_path / "large"
    # Linux skips zeros between and behind the archives of an initrd.
    initrd.write_bytes((BUILD / "images/riscv64/demo").read_bytes() + bytes(32 << 20))
    text = plan(riscv, "cpus: 1, memory: 1G", {"only": "cpus: 1, memory: 256M"}, initrd=initrd)
    with Machine("large-initrd", text, "spl", qemu=riscv.newer_qemu()) as m:
        m.up()
