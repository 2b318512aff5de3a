# SPDX-License-Identifier: GPL-2.0-only
"""Must hold 4: kexec in each partition beside the others, and CPUs off and on again.

All partitions have an initrd that holds a kernel and an initrd to start next.
What one's kexec does to its neighbours is measured by a ticker in each: the
longest time between two ticks, against the same measurement just before.
"""

import re
import time

import pytest

import checks
from machine import BOOT_TIME, SHELL_TIME, Machine, say

PLAN = """
bulkhead: 1
machine: { platform: x86-64, qemu: { cpus: 4, memory: 2G } }
partitions:
  control: { cpus: 1, memory: 384M, kernel: linux, initrd: demo-kexec, devices: [legacy, pci] }
  rt:      { cpus: 1, memory: 256M, kernel: linux, initrd: demo-kexec }
  app:     { cpus: 2, memory: 384M, kernel: linux, initrd: demo-kexec }
"""

TICK_MS = 10
MEASURE_S = 4

# Everybody's virtual CPUs share two real ones with QEMU itself: a kernel that
# boots slows the neighbours down somewhat. A neighbour that was stopped, or
# hit by another's INIT or IPIs, stays away for seconds or for ever.
GAP_FACTOR = 3
GAP_SLACK_MS = 200

# The next kernel's initrd: demo, and behind it what was needed to get here.
KEEP = ("(cat /boot/demo; size=$(stat -c %s /boot/demo); head -c $((-size & 3)) /dev/zero; "
        "cd /; find boot | cpio -o -H newc 2>/dev/null) >/tmp/next")


@pytest.fixture(scope="module")
def trio():
    with Machine("restart", PLAN) as m:
        yield m.up()


def identity(m, name):
    """What a partition was given: its memory map and where its tables are."""
    rsdp = re.search(r"ACPI: RSDP (0x[0-9A-Fa-f]+)", m.data(name, "dmesg").decode())
    e820 = m.sh(name, "cd /sys/firmware/memmap; "
                      "for i in *; do echo $(cat $i/start $i/end $i/type); done; cd /")
    return rsdp[1], sorted(e820.splitlines())


def restart(m, names):
    """kexec in all of these at the same time, then wait for their shells."""
    for name in names:
        m.sh(name, KEEP)
        m.sh(name, "bh-guest kexec /boot/linux /tmp/next")
    began = time.monotonic()
    for name in names:
        m.console(name).start("bh-guest kexec -e /boot/linux /tmp/next")
    for name in names:
        with m.explained(f"{name} did not come back from kexec"):
            m.console(name).expect("Linux version ")
            m.console(name).take_shell(BOOT_TIME)
    say(f"kexec of {', '.join(names)}: back after {time.monotonic() - began:.1f} s")


def gaps(m, names, during):
    """{name: longest gap in ms} of tickers that run while `during` does."""
    tags = {n: m.console(n).start(f"bh-guest ticker {TICK_MS} --for {MEASURE_S}") for n in names}
    during()
    found = {}
    for name, tag in tags.items():
        with m.explained(f"{name} stopped ticking"):
            output, _ = m.console(name).finish(tag, MEASURE_S + SHELL_TIME)
        n, gap = re.search(r"n=(\d+) max-gap-ms=([\d.]+)", output).groups()
        assert int(n) > MEASURE_S * 1000 / TICK_MS / 10, f"{name}: only {n} ticks"
        found[name] = float(gap)
    return found


@pytest.mark.parametrize("name", ["control", "rt", "app"])
def test_kexec_beside_ticking_neighbours(trio, name):
    before = identity(trio, name)
    others = [n for n in trio.names if n != name]
    control = gaps(trio, others, lambda: None)
    during = gaps(trio, others, lambda: restart(trio, [name]))
    for other in others:
        limit = control[other] * GAP_FACTOR + GAP_SLACK_MS
        say(f"{other}: longest gap {control[other]:.1f} ms, while {name} starts a kernel "
            f"{during[other]:.1f} ms (limit {limit:.0f})")
        assert during[other] <= limit
    assert float(trio.sh(name, "cat /proc/uptime").split()[0]) < 60, "it is the old kernel"
    checks.check_cpus(trio, name)
    checks.check_memory(trio, name)
    assert identity(trio, name) == before, f"{name}: other tables or another map than before"
    for other in others:
        checks.check_cpus(trio, other)


def test_kexec_of_all_at_once(trio):
    before = {n: identity(trio, n) for n in trio.names}
    restart(trio, trio.names)
    for name in trio.names:
        checks.check_cpus(trio, name)
        checks.check_memory(trio, name)
        assert identity(trio, name) == before[name]


def test_device_trees_survived(trio):
    """Linux hands the tree on only when kexec_file_load is asked to (KEXEC_FILE_FORCE_DTB)."""
    for name in trio.names:
        checks.check_tree(trio, name)


def test_cpu_offline_and_online(trio):
    cpu = "/sys/devices/system/cpu/cpu1/online"
    online = "/sys/devices/system/cpu/online"
    where = "taskset 2 awk '{ print $39 }' /proc/self/stat"
    for turn in range(4):
        trio.sh("app", f"echo 0 >{cpu}")
        assert trio.sh("app", f"cat {online}").strip() == "0"
        assert len(checks.apic_ids(trio, "app")) == 1
        trio.sh("app", f"echo 1 >{cpu}")
        assert trio.sh("app", f"cat {online}").strip() == "0-1"
        assert trio.sh("app", where).split() == ["1"], "a task pinned to CPU 1 runs elsewhere"
        say(f"app: CPU 1 off and on, {turn + 1}")
    checks.check_cpus(trio, "app")
    log = trio.data("app", "dmesg").decode()
    assert not checks.TROUBLE.search(log), log[-2000:]


def test_kexec_with_a_cpu_offline(trio):
    """A CPU that waits in the monitor belongs to the next kernel too."""
    trio.sh("app", "echo 0 >/sys/devices/system/cpu/cpu1/online")
    restart(trio, ["app"])
    checks.check_cpus(trio, "app")
