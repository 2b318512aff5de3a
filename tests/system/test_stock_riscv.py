# SPDX-License-Identifier: GPL-2.0-only
"""Must hold 1 on RISC-V: unpatched kernels, with two harts beside one of ours: Debian 13's, and
Linux' own defconfig where it has been built (make defconfig-kernel, make soak).

They have no driver for the debug console (HVC_RISCV_SBI is not portable): their terminal is
the 16550 that the firmware emulates.
"""

import re

import pytest

import checks
import platforms
import riscv
from env import BUILD
from machine import Machine, plan

pytestmark = platforms.only(riscv)

IMAGES = BUILD / "images/riscv64"
KERNELS = ["debian13"] + (["defconfig"] if (IMAGES / "defconfig").exists() else [])


@pytest.fixture(scope="module", params=KERNELS)
def stock(request):
    text = plan(riscv, "cpus: 4, memory: 2G", {
        "control": "cpus: 1, memory: 256M, manages: [stock]",
        "stock": f"cpus: 2, memory: 768M, kernel: {request.param}, initrd: demo",
    })
    with Machine(f"stock-{request.param}", text, "direct") as m:
        m.kernel = request.param
        yield m.up()


def test_it_is_unpatched(stock):
    config = (IMAGES / f"{stock.kernel}.config").read_text()
    assert "BULKHEAD" not in config.replace("bulkhead", "")
    assert "CONFIG_HVC_RISCV_SBI=y" not in config
    release = stock.sh("stock", "cat /proc/version")
    assert ("debian-kernel@lists.debian.org" in release) == stock.kernel.startswith("debian")


@pytest.mark.parametrize("name", ["control", "stock"])
def test_it_has_its_harts_and_memory(stock, name):
    checks.check_cpus(stock, name)
    checks.check_memory(stock, name)


def test_its_terminal_is_the_emulated_uart(stock):
    assert re.search(r"ttyS0 (?:at )?MMIO:? ?0x0*80040000 .* is a 16550A", stock.log("stock"))
    assert "ttyS0" in stock.sh("stock", "cat /proc/consoles")
    # More than any FIFO holds, both ways.
    text = "0123456789abcdef" * 60
    assert stock.sh("stock", f"echo {text}").strip() == text
    # The one of ours has a quicker console, and leaves this one alone.
    assert "ttyS" not in stock.sh("control", "cat /proc/consoles")


def test_the_uart_is_where_the_tree_says_and_nothing_beside_it(stock):
    # Its scratch register, by a program of a partition that does not use it.
    assert stock.peek("control", 0x80040007, 1) == b"\0"
    for address in (0x80040008, 0x8003ffff):
        assert "access fault" in stock.sh("control", f"! bh-guest peek {address:#x} 1")


def test_its_log_is_clean(stock):
    log = stock.log("stock")
    assert "Linux version" in log and not checks.trouble(log), log[-3000:]
    assert re.search(r"Machine model: Bulkhead partition", log)


def test_its_manager_restarts_it(stock):
    stock.sh("control", f"bh-guest monitor restart {stock.blob['stock'].id}")
    stock.up("stock")
    assert stock.sh("stock", "echo $((6 * 7))").strip() == "42"
