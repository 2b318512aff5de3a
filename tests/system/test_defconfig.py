# SPDX-License-Identifier: GPL-2.0-only
"""Must hold 1 on RISC-V: Linux' own defconfig, unpatched, with two harts beside one of ours.

It has no driver for the debug console (HVC_RISCV_SBI is not portable), so it speaks
through earlycon alone and nobody can type: what the initrd says of it has to do.
"""

import re

import pytest

import checks
import platforms
import riscv
from env import BOOT_TIME, BUILD
from machine import Machine, plan

pytestmark = platforms.only(riscv)

PLAN = plan(riscv, "cpus: 4, memory: 2G", {
    "control": "cpus: 1, memory: 256M, manages: [stock]",
    "stock": "cpus: 2, memory: 768M, kernel: defconfig, initrd: demo, cmdline: keep_bootcon",
})
UP = r"bulkhead: stock: up after [0-9.]+ s, (\d+) cpus \(harts ([\d,]+)\), (\d+) MiB"


@pytest.fixture(scope="module")
def stock():
    with Machine("defconfig", PLAN, "direct") as m:
        m.up("control")
        m.console("stock").expect(UP, timeout=BOOT_TIME)
        m.said = [x.decode() for x in m.console("stock").spawn.match.groups()]
        yield m


def test_it_is_unpatched():
    config = (BUILD / "images/riscv64/defconfig.config").read_text()
    assert "BULKHEAD" not in config.replace("bulkhead", "")
    assert "CONFIG_HVC_RISCV_SBI=y" not in config


def test_it_has_its_harts_and_memory(stock):
    part = stock.blob["stock"]
    cpus, harts, mib = stock.said
    assert int(cpus) == len(part.cpus) == 2
    assert sorted(int(h) for h in harts.split(",")) == sorted(part.cpus)
    assert int(mib) == sum(size for _, size in part.memory) >> 20
    checks.check_cpus(stock, "control")
    checks.check_memory(stock, "control")


def test_its_log_is_clean(stock):
    log = stock.log("stock")
    assert "Linux version" in log and not checks.TROUBLE.search(log), log[-3000:]
    assert re.search(r"Machine model: Bulkhead partition", log)


def test_its_manager_restarts_it(stock):
    def restart():
        stock.sh("control", f"bh-guest service restart {stock.blob['stock'].id}")
        with stock.explained("stock did not come back"):
            stock.console("stock").expect(UP, timeout=BOOT_TIME)
    restart()
