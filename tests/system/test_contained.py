# SPDX-License-Identifier: GPL-2.0-only
"""Must hold 3 on RISC-V: one partition reboots, fails or hangs; it comes back, the others tick.

`bad` boots the payload and is back in no time, so that twenty times in a row
are affordable; `app` is a Linux that reboots and panics a few times. `boss`, a
payload too, is the manager of both.
"""

import re
import time

import pytest

import platforms
import riscv
import ticks
from env import say
from machine import Machine, plan
from probe import PAYLOAD, Probe

pytestmark = [platforms.only(riscv), pytest.mark.timed]

TIMES = 20
PLAN = plan(riscv, "cpus: 5, memory: 2G", {
    "boss": f"cpus: 1, memory: 64M, kernel: {PAYLOAD}, manages: [bad, app]",
    "rt": "cpus: 1, memory: 256M",
    "app": "cpus: 1, memory: 256M, kernel: linux, initrd: demo, cmdline: panic=-1",
    "bad": f"cpus: 2, memory: 64M, kernel: {PAYLOAD}",
})


@pytest.fixture(scope="module")
def ward():
    with Machine("contained", PLAN, "direct") as m:
        m.boss, m.bad = Probe(m, "boss").up(), Probe(m, "bad").up()
        m.up("rt", "app")
        yield m


def manage(m, function, name="bad"):
    error, _ = m.boss.service(function, m.blob[name].id)
    assert error == 0, f"boss may not {function} {name}: {error}"


def spin(m):
    m.bad.begin("spin")
    m.console("bad").expect(r"probe: 2 harts spin\r?\n")


def storm(m):
    m.bad.begin("storm", f"{m.blob.monitor[0]:#x}")
    m.console("bad").expect(r"probe: storm\r?\n")


def reboot(m):
    m.bad.begin("reboot")


def fail(m):
    m.bad.begin("fail")


def hang_and_restart(m):
    spin(m)
    manage(m, "RESTART")


def storm_and_restart(m):
    storm(m)
    manage(m, "RESTART")


def hang_stop_and_start(m):
    spin(m)
    manage(m, "FORCE_STOP")
    m.boss.wait_for(m.blob["bad"].id, "STOPPED", "FORCED")
    manage(m, "START")


def shut_down_and_start(m):
    m.bad.begin("shutdown")
    m.boss.wait_for(m.blob["bad"].id, "STOPPED", "SHUTDOWN")
    manage(m, "START")


def hang_under_a_watchdog(m):
    assert m.bad.service("WATCHDOG", 200)[0] == 0
    spin(m)


WAYS = [reboot, fail, hang_and_restart, storm_and_restart, hang_stop_and_start,
        shut_down_and_start, hang_under_a_watchdog]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_comes_back_twenty_times(ward, way):
    def again_and_again(times=TIMES):
        before = ward.bad.epoch()
        for n in range(times):
            way(ward)
            ward.bad.up()
            assert ward.bad.epoch() == before + n + 1, "an epoch is missing"

    # How long it takes says how long the control has to be.
    began = time.monotonic()
    again_and_again(3)
    took = (time.monotonic() - began) * TIMES / 3
    say(f"bad: {way.__name__} {TIMES} times will take some {took:.1f} s")
    ticks.undisturbed(ward, ["rt", "app"], again_and_again,
                      f"bad goes through {way.__name__} {TIMES} times", seconds=took,
                      calm=lambda: ward.bad.run("tick", round(1000 * took)))


def test_what_was_typed_before_a_start_is_forgotten(ward):
    """It was meant for the kernel that is gone."""
    app = ward.blob["app"].id
    manage(ward, "FORCE_STOP", "app")
    ward.boss.wait_for(app, "STOPPED", "FORCED")
    ward.console("app").type("echo left''over\n")
    # The line is read in order: with this one the firmware has the other's, too.
    ward.boss.epoch()
    manage(ward, "START", "app")
    ward.restarted("app", by="a start")
    assert ward.sh("app", "echo here") == "here\n"
    said = ward.log("app").rpartition("Linux version ")[2]
    assert not re.search("left('')?over", said), said[-500:]


@pytest.mark.parametrize("command", ["reboot -f", "echo c >/proc/sysrq-trigger"])
def test_linux_comes_back(ward, command):
    def down_and_up():
        for _ in range(2):
            ward.console("app").type(command + "\n")
            ward.restarted("app", by=command)

    ticks.undisturbed(ward, ["rt"], down_and_up, f"app goes through `{command}` twice", seconds=6)
    assert ward.sh("app", "cat /proc/sys/kernel/hostname").strip() == "app"
    assert ward.bad.epoch() and ward.log("bad").count("WRONG") == 0
