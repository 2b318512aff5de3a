# SPDX-License-Identifier: GPL-2.0-only
"""x86-64 on an emulator whose host is busy: clocks are not measured again by every kernel, and IRQ 0 not
counted, since a CPU that does not run meanwhile would measure nothing."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time

import platforms
from env import BOOT_TIME
from machine import Machine, plan

X86 = platforms.of("x86-64")
BURDEN = 4			# processes that want a CPU for as long as the machine boots

# Where the host stops the machine, all its clocks jump: what a kernel wanted to see of them is over.
STOPPED, RUNS, MOST = 0.13, 0.005, 300


@contextlib.contextmanager
def busy():
    load = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(BURDEN)]
    try:
        yield
    finally:
        for process in load:
            process.kill()
            process.wait()


def is_well(m):
    for name in m.names:
        log = m.log(name)
        assert "APIC frequency too slow" not in log, f"{name} measured its APIC's timer"
        assert "timer doesn't work" not in log and "8254 timer not connected" not in log, \
            f"{name} looked for IRQ 0"
        khz = int(re.search(r"lapic_timer_khz=(\d+)", m.sh(name, "cat /proc/cmdline"))[1])
        assert 800000 < khz < 1250000, f"{name}: QEMU's APIC timer counts at 1 GHz, not at {khz} kHz"


def test_a_host_that_runs_the_machine_now_and_then():
    """While kernels look at their clocks. One that measures its APIC's timer meanwhile measures
    nothing, and one that counts IRQ 0 counts none."""
    text = plan(X86, "cpus: 4, memory: 2G",
                {name: "cpus: 1, memory: 256M" for name in ("control", "rt", "app", "other")})
    with Machine("now-and-then", text) as m:
        while "Linux version" not in m.log("control"):
            assert m.process.poll() is None and time.monotonic() - m.began < BOOT_TIME
            time.sleep(0.01)
        qemu = m.emulator()
        for _ in range(MOST):
            if all("smp: Brought up" in m.log(name) for name in m.names):
                break
            os.kill(qemu, signal.SIGSTOP)
            time.sleep(STOPPED)
            os.kill(qemu, signal.SIGCONT)
            time.sleep(RUNS)
        m.up()
        is_well(m)


def test_eight_partitions_while_the_host_is_busy():
    """Twelve CPUs on four nodes; the last partition lies wholly above 4 GiB."""
    parts = {f"p{i}": "cpus: 1, memory: 256M" for i in range(4)}
    parts.update({f"p{i}": "cpus: 2, memory: 256M" for i in range(4, 7)})
    parts["high"] = "cpus: 2, memory: { base: 0x140000000, size: 512M }"
    text = plan(X86, "cpus: 12, nodes: 4, memory: 6G", parts)
    with busy(), Machine("busy", text) as m:
        assert all(base >= 1 << 32 for base, _ in m.blob["high"].memory)
        m.up()
        is_well(m)
