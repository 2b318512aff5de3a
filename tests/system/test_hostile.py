# SPDX-License-Identifier: GPL-2.0-only
"""Must hold 2: a partition that writes what it likes into its section, beside drivers that work.

The hostile partition's own drivers are off; bh-guest has its section instead. Its
victim exchanges messages with a third partition all the while.
"""

import os
import re

import pytest

import checks
import exchange
import platforms
from env import KERNEL, say
from machine import Machine, plan

SECONDS = float(os.environ.get("HOSTILE_SECONDS", 8))
SEED = int(os.environ.get("HOSTILE_SEED", 1))

CHANNELS = """channels:
  - { between: [control, rt], size: 256K }
  - { between: [control, app], size: 512K }
"""

# A thing that complains is one thing; what may not be said at all is in checks.SUSPECT.
SPURIOUS = ("No irq handler", "spurious", "[Uu]nexpected.*interrupt", "Out of memory", "oom-kill")


def hostile_plan(platform):
    # What looks for races wants two CPUs that race.
    cpus = 1 if KERNEL == "linux" else 2
    text = plan(platform, "cpus: 4, memory: 2G",
                {"control": f"cpus: {cpus}, memory: 512M, manages: [rt]",
                 "rt": f"cpus: 1, memory: 256M, cmdline: {platform.NO_DRIVERS}",
                 "app": "cpus: 1, memory: 256M"}, initrd="demo-kexec")
    return text + CHANNELS


@pytest.fixture(scope="module", params=platforms.each())
def trio(request):
    with Machine(f"hostile-{request.param.NAME}", hostile_plan(request.param),
                 lifetime=600 + 4 * SECONDS) as m:
        yield m.up()


def link(m, name, device):
    return m.sh(name, f"cat /sys/bus/bulkhead/devices/{device}/link").strip()


def available(m, name):
    return int(re.search(r"MemAvailable: +(\d+)", m.sh(name, "cat /proc/meminfo"))[1])


def listen(m):
    """Whoever can be spoken to shall be there: interface, port, frames, console."""
    m.sh("control", "ip addr add 10.0.1.1/24 dev bh-rt; ip link set bh-rt up; dmesg -n 1; "
                    "(while :; do nc -l -p 5000 >/dev/null; done) & "
                    "(while :; do cat /dev/bulkhead/rt; sleep 0.1; done) >/dev/null 2>&1 & "
                    "(while :; do cat /dev/bulkhead/rt.console; sleep 0.1; done) >/dev/null 2>&1 & true")


def test_a_hostile_peer_harms_nobody(trio):
    ident = trio.blob["control"].id
    listen(trio)
    before = available(trio, "control")
    with exchange.undisturbed(trio, "control", "app"):
        said = trio.sh("rt", f"bh-guest hostile {ident} {SEED} {SECONDS}",
                       timeout=SECONDS * 4 + 60)
        # Its own kernel says on the same console that it was rung where it does not listen.
        said = re.sub(r"\[ *\d+\.\d{6}\] [^\n]*\n", "", said)
        say(said.strip())
        assert link(trio, "control", "rt.net") == "quarantined"
        assert link(trio, "control", "app.net") == "up"
    found = re.search(r"hostile: (\d+) rounds (\d+) lives .* (\d+) quarantines", said)
    assert found and int(found[1]) > 20 and int(found[3]) > 1, said
    assert available(trio, "control") > before * 0.6

    for name in ("control", "app"):
        checks.check_quiet(trio, name, *SPURIOUS)
    # It is said, and not with every quarantine.
    said = trio.sh("control", "dmesg | grep 'channel to rt: .*quarantined'").splitlines()
    assert 1 <= len(said) <= 3 * (2 + SECONDS / 30), said


def test_it_comes_back_with_drivers(trio):
    trio.console("rt").start("bh-guest kexec -e /boot/linux /boot/demo "
                             f"$(sed 's/ {re.escape(trio.platform.NO_DRIVERS)}//' /proc/cmdline)")
    trio.restarted("rt")
    assert link(trio, "rt", "control.net") == "up"
    for device in ("rt.net", "rt.raw", "rt.vsock", "rt.view", "app.net"):
        assert link(trio, "control", device) == "up"
    trio.sh("rt", "ip addr add 10.0.1.2/24 dev bh-control; ip link set bh-control up")
    assert "3 packets received" in trio.sh("control", "ping -c 3 -i 0.2 -w 10 10.0.1.2")
