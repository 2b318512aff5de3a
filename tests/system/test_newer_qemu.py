# SPDX-License-Identifier: GPL-2.0-only
"""RISC-V's tour also under a newer emulator than Debian 12's (Smepmp: test_boundary.py)."""

import re
import subprocess

import pytest

import checks
import platforms
import riscv
from machine import Machine

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
