# SPDX-License-Identifier: GPL-2.0-only
"""Must hold 4: kexec in each partition beside the others, and CPUs off and on again.

All partitions have an initrd that holds a kernel to start next, with the same initrd again.
What one's kexec does to its neighbours is measured by a ticker in each: the
longest time between two ticks, against the same measurement just before.
"""

import time

import pytest

import checks
import platforms
import ticks
from env import FACTOR, say
from machine import Machine, plan

pytestmark = pytest.mark.timed

# Seconds; one or two where nothing goes on beside it (kernel-patches/0004: there it was 16 on RISC-V).
KEXEC_TIME = 10

MEMORY = {"control": ("1", "384M"), "rt": ("1", "256M"), "app": ("2", "384M")}


def trio_plan(platform):
    return plan(platform, "cpus: 4, memory: 2G",
                {name: f"cpus: {cpus}, memory: {memory}, cmdline: retain_initrd"
                 for name, (cpus, memory) in MEMORY.items()},
                initrd="demo-kexec")


@pytest.fixture(scope="module", params=platforms.each())
def trio(request):
    with Machine(f"restart-{request.param.NAME}", trio_plan(request.param)) as m:
        yield m.up()


def restart(m, names):
    """kexec in all of these at the same time, then wait for their shells."""
    for name in names:
        m.sh(name, "bh-guest kexec /boot/linux /sys/firmware/initrd")
    began = time.monotonic()
    for name in names:
        m.console(name).start("bh-guest kexec -x")
    m.restarted(*names)
    took = time.monotonic() - began
    say(f"kexec of {', '.join(names)}: back after {took:.1f} s")
    assert took < KEXEC_TIME * FACTOR * len(names)


@pytest.mark.parametrize("name", ["control", "rt", "app"])
def test_kexec_beside_ticking_neighbours(trio, name):
    before = trio.platform.identity(trio, name)
    others = [n for n in trio.names if n != name]
    ticks.undisturbed(trio, others, lambda: restart(trio, [name]), f"{name} starts a kernel")
    assert float(trio.sh(name, "cat /proc/uptime").split()[0]) < 60, "it is the old kernel"
    checks.check_cpus(trio, name)
    checks.check_memory(trio, name)
    assert trio.platform.identity(trio, name) == before, f"{name}: other tables or another map than before"
    for other in others:
        checks.check_cpus(trio, other)


def test_kexec_of_all_at_once(trio):
    before = {n: trio.platform.identity(trio, n) for n in trio.names}
    restart(trio, trio.names)
    for name in trio.names:
        checks.check_cpus(trio, name)
        checks.check_memory(trio, name)
        assert trio.platform.identity(trio, name) == before[name]


def test_device_trees_survived(trio):
    """On x86-64 Linux hands the tree on only when it is asked to (KEXEC_FILE_FORCE_DTB)."""
    for name in trio.names:
        checks.check_tree(trio, name)


def test_cpu_offline_and_online(trio):
    cpu = "/sys/devices/system/cpu/cpu1/online"
    online = "/sys/devices/system/cpu/online"
    where = "taskset 2 awk '{ print $39 }' /proc/self/stat"	# the CPU that it ran on
    for turn in range(4):
        trio.sh("app", f"echo 0 >{cpu}")
        assert trio.sh("app", f"cat {online}").strip() == "0"
        assert len(trio.platform.cpu_ids(trio, "app")) == 1
        trio.sh("app", f"echo 1 >{cpu}")
        assert trio.sh("app", f"cat {online}").strip() == "0-1"
        assert trio.sh("app", where).split() == ["1"], "a task pinned to CPU 1 runs elsewhere"
        say(f"app: CPU 1 off and on, {turn + 1}")
    checks.check_cpus(trio, "app")
    checks.check_quiet(trio, "app")


def test_kexec_with_a_cpu_offline(trio):
    """A CPU that waits in the monitor belongs to the next kernel too."""
    trio.sh("app", "echo 0 >/sys/devices/system/cpu/cpu1/online")
    restart(trio, ["app"])
    checks.check_cpus(trio, "app")
