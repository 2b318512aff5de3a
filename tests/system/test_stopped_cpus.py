# SPDX-License-Identifier: GPL-2.0-only
"""kexec on x86-64 waits until the CPUs that it stopped are out of the old kernel.

Such a CPU runs the old kernel's code, on its page tables, until the monitor has it. Here the
one that was stopped is held on its way there, as a busy host might, while the other goes on:
without kernel-patches/0002 this copies the next kernel over both, and the machine is reset.
"""

import re

import pytest

import platforms
import x86
from env import BOOT_TIME, BUILD, KERNEL, OUT, say
from gdb_remote import Debugger
from machine import Machine, plan

HELD = 0.4	# s; kexec waits a second for each CPU, and then goes on without it


pytestmark = [platforms.only(x86), pytest.mark.timed]


@pytest.fixture(scope="module")
def machine():
    text = plan(x86, "cpus: 3, memory: 1G",
                {"rt": "cpus: 2, memory: 256M, cmdline: retain_initrd", "app": "cpus: 1, memory: 256M"},
                initrd="demo-kexec")
    socket = OUT / "gdb.sock"
    socket.unlink(missing_ok=True)
    with Machine("stopped-cpus", text, qemu_args=["-gdb", f"unix:{socket},server=on,wait=off"]) as m:
        m.gdb = socket
        yield m.up()


def test_a_cpu_that_is_slow_to_leave(machine):
    symbols = (BUILD / "images" / x86.NAME / f"{KERNEL}.map").read_text()
    leaving = int(re.search(r"^([0-9a-f]+) . acpi_mp_stop_this_cpu$", symbols, re.M)[1], 16)
    machine.sh("rt", "bh-guest kexec /boot/linux /sys/firmware/initrd")
    with Debugger(machine.gdb) as debugger:
        machine.console("rt").start("bh-guest kexec -x")
        thread = debugger.run_to(leaving)
        others = {1, 2, 3} - {thread}
        assert len(others) == 2
        debugger.run_only(others, HELD)
    with machine.explained("rt did not come back"):
        machine.console("rt").take_shell(BOOT_TIME)
    assert machine.sh("rt", "nproc").strip() == "2"
    assert machine.sh("app", "nproc").strip() == "1"
    say(f"thread {thread} was held for {HELD} s on its way to the monitor")
