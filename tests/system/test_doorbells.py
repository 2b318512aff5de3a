# SPDX-License-Identifier: GPL-2.0-only
"""Must hold 5 on RISC-V: programs ring each other, and manage, through in-tree drivers only.

The ring is an interrupt of Linux's RPMI System MSI driver, which UIO hands to a
program; the way out is a store to the status page that UIO maps. The project's kernels have
drivers for channels, which keep the doorbells for themselves unless told not to.
"""

import re

import pytest

import platforms
import riscv
from env import BOOT_TIME
from machine import Machine, plan

pytestmark = platforms.only(riscv)

UIO = "kernel: linux, initrd: demo, cmdline: bulkhead.uio"
PLAN = plan(riscv, "cpus: 4, memory: 2G", {
    "control": f"cpus: 1, memory: 256M, manages: [rt, app], {UIO}",
    "rt": f"cpus: 1, memory: 256M, {UIO}",
    "app": f"cpus: 2, memory: 256M, {UIO}",
}) + "channels:\n  - { between: [control, rt], size: 256K }\n"


@pytest.fixture(scope="module")
def tour():
    with Machine("doorbells", PLAN, "direct") as m:
        m.ids = {p.name: p.id for p in m.blob.partitions}
        yield m.up()


def interrupts(m, name):
    """How many of the doorbells' interrupts the kernel has counted."""
    lines = m.sh(name, "grep -i sysmsi /proc/interrupts")
    return sum(int(n) for line in lines.splitlines()
               for n in re.findall(r"\s(\d+)(?=\s)", line.split(":", 1)[1]))


def status_of(m, name, command):
    return m.console(name).finish(m.console(name).start(command))[1]


def test_no_driver_of_ours_has_a_doorbell(tour):
    for name in tour.names:
        assert not tour.sh(name, "ls /sys/bus/bulkhead/devices").strip()
        assert "bulkhead-doorbell" not in tour.sh(name, "ls /sys/bus/platform/drivers")


@pytest.mark.parametrize("end,other", [("control", "rt"), ("rt", "control")])
def test_a_program_waits_for_a_ring(tour, end, other):
    wait = f"bh-guest doorbell wait {tour.ids[other]}"
    assert status_of(tour, end, f"{wait} 1") == 1, "a ring that nobody rang"
    before = interrupts(tour, end)
    tag = tour.console(end).start(f"{wait} 10")
    tour.sh(other, "sleep 1")
    tour.sh(other, f"bh-guest ring {tour.ids[end]}")
    output, status = tour.console(end).finish(tag)
    assert status == 0 and "rang" in output, output
    assert interrupts(tour, end) == before + 1


def test_a_hundred_rings_and_answers(tour):
    control = tour.console("control")
    tour.console("rt").type(f"bh-guest doorbell echo {tour.ids['control']} &\n")
    output, status = control.finish(control.start(f"bh-guest doorbell ping {tour.ids['rt']} 100"))
    assert status == 0 and "n=100" in output, output
    tour.sh("rt", "kill %1; wait", check=False)


def test_no_ring_without_a_channel(tour):
    """app has none to rt; nor may it ring itself, nor somebody who is not there."""
    for target in (tour.ids["rt"], tour.ids["app"], 60):
        output = tour.sh("app", f"bh-guest ring {target}", check=False)
        assert "denied" in output.lower(), output


def test_a_manager_manages(tour):
    control, rt = tour.console("control"), tour.ids["rt"]

    def state():
        return tour.sh("control", f"bh-guest monitor status {rt}")

    def until(word):
        for _ in range(50):
            if word in state():
                return
            tour.sh("control", "sleep 0.2")
        raise AssertionError(f"rt is not {word} but {state()}")

    until("running")
    tour.sh("control", f"bh-guest monitor restart {rt}")
    tour.restarted("rt", by="the monitor")
    # An orderly stop: its init powers it off.
    tour.sh("control", f"bh-guest monitor stop {rt}")
    until("stopped")
    tour.sh("control", f"bh-guest monitor start {rt}")
    tour.console("rt").take_shell(BOOT_TIME)
    assert status_of(tour, "rt", f"bh-guest monitor restart {tour.ids['control']}") != 0, \
        "rt may restart its manager"
    assert control.finish(control.start("true"))[1] == 0


def test_a_watchdog_bites(tour):
    tour.sh("app", "bh-guest watchdog 60000; bh-guest watchdog 0")
    tour.console("app").type("bh-guest watchdog 300\n")
    tour.restarted("app", by="its watchdog")
    assert "watchdog" in tour.sh("app", "bh-guest monitor status")
