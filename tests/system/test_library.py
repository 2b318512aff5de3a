# SPDX-License-Identifier: GPL-2.0-only
"""libbulkhead in partitions: frames by the kernel's device, and whole rings in programs."""

import re
import time

import pytest

import checks
import platforms
from env import FACTOR, say
from machine import Machine, plan

CHANNELS = """channels:
  - { between: [control, rt], size: 1M }
  - { between: [control, app], size: 256K }
"""
ADDRESS = {"control": "10.0.1.1", "rt": "10.0.1.2"}
MODES = {"frames": "-f", "ring": "-r"}
PAIRS = [(a, b) for a in MODES for b in MODES]
LINKS = ["net", "raw", "vsock"]

# There is no file of groups here. `bh-guest as` makes user and group the same number.
GROUP, OTHER = 4242, 4243


@pytest.fixture(scope="module", params=platforms.each())
def pair(request):
    text = plan(request.param, "cpus: 4, memory: 2G",
                {"control": "cpus: 2, memory: 256M, devices: [legacy]", "rt": "cpus: 1, memory: 256M",
                 "app": "cpus: 1, memory: 256M"}, initrd="demo-kexec") + CHANNELS
    with Machine(f"library-{request.param.NAME}", text) as m:
        m.up()
        network_up(m)
        yield m


def network_up(m, *ends):
    for end, other in (("control", "rt"), ("rt", "control")):
        if not ends or end in ends:
            m.sh(end, f"ip addr add {ADDRESS[end]}/24 dev bh-{other}; ip link set bh-{other} up")


def links(m, end, other):
    text = m.sh(end, f"for s in {' '.join(LINKS)}; do cat /sys/bus/bulkhead/devices/{other}.$s/link; done")
    return set(text.split())


def eventually(ask, want, seconds=10):
    end = time.monotonic() + seconds * FACTOR
    while (got := ask()) != want and time.monotonic() < end:
        time.sleep(0.2)
    assert got == want


def services_are_up(m):
    """Of the channel that programs had, both ways."""
    for end, other in (("control", "rt"), ("rt", "control")):
        eventually(lambda: links(m, end, other), {"up"})
    assert " 0% packet loss" in m.sh("control", f"ping -c 3 -i 0.2 -w 20 {ADDRESS['rt']}")


def together(m, rt, control, timeout=120):
    """A program in rt beside one in control; the latter's output, and the former's."""
    tag = m.console("rt").start(rt)
    output = m.sh("control", control, timeout=timeout * FACTOR)
    other, status = m.console("rt").finish(tag, timeout=timeout * FACTOR)
    assert status == 0, other
    return output, other


@pytest.mark.parametrize("modes", PAIRS, ids="-".join)
@pytest.mark.parametrize("back", [False, True], ids=["there", "back"])
def test_every_frame_arrives(pair, modes, back):
    programs = [f"bh-link {MODES[modes[0]]} receive control 2000",
                f"bh-link {MODES[modes[1]]} send rt 2000"]
    if back:
        programs = [f"bh-link {MODES[modes[0]]} send control 2000",
                    f"bh-link {MODES[modes[1]]} receive rt 2000"]
    output = "".join(together(pair, *programs))
    assert re.search(r"2000 frames, \d+ bytes, as they were sent", output), output
    services_are_up(pair)


ROUND_TRIPS = {"frames": "-f", "ring": "-r", "ring-polled": "-p", "cells": "-r -c",
               "cells-polled": "-p -c"}


@pytest.mark.parametrize("how", ROUND_TRIPS)
def test_round_trip(pair, how):
    """Figures of an emulator say little; that each way works is what is tested."""
    mode = ROUND_TRIPS[how]
    output, _ = together(pair, f"bh-link {mode} echo control 500", f"bh-link {mode} ping rt 500")
    found = re.search(r"500 x 8 bytes: least (\d+) median (\d+) most (\d+) ns", output)
    assert found, output
    say(f"library, {pair.platform.NAME}: round trip, {how}: median {int(found[2]) / 1000:.1f} us")


def test_a_program_takes_the_channel(pair):
    assert links(pair, "control", "rt") == {"up"}
    pair.sh("control", "exec 9<>/dev/bulkhead/rt.ring")
    assert links(pair, "control", "rt") == {"taken"}
    assert "rt taken" in pair.sh("control", "bh-link list")
    eventually(lambda: links(pair, "rt", "control"), {"down"})
    refused = pair.sh("control", "(cat <>/dev/bulkhead/rt.ring) 2>&1; bh-link -r ping rt 1", check=False)
    # Beside it nothing changes.
    others = links(pair, "control", "app")
    pair.sh("control", "exec 9<&-")
    assert refused.count("resource busy") == 2 and others == {"up"}
    services_are_up(pair)


def test_killed_in_the_middle(pair):
    """The kernel takes the channel back, whatever the program was doing."""
    for i in range(6):
        mode = ["-r", "-p"][i % 2]
        tag = pair.console("rt").start(f"timeout -s KILL {1 + i / 10} bh-link -r receive control 0")
        pair.sh("control", f"timeout -s KILL {1 + i / 8} bh-link {mode} send rt 0", check=False)
        pair.console("rt").finish(tag)
        services_are_up(pair)
    # Only one of them: the other is told.
    tag = pair.console("rt").start("bh-link -r echo control")
    # As many as it has memory to keep the times of.
    killed = pair.sh("control", "timeout -s KILL 1 bh-link -p ping rt 10000000 2>&1; echo status $?")
    assert "status 137" in killed, killed
    output, status = pair.console("rt").finish(tag)
    assert status == 1 and "reset" in output.lower(), output
    services_are_up(pair)


def test_a_program_gone_mad(pair):
    """What it may not it can't, and what it has left in the section does no harm."""
    for _ in range(5):
        output = pair.sh("control", "bh-guest scribble rt", check=False)
        assert "scribbled over 524288 bytes" in output, output
        services_are_up(pair)
    epochs = [int(x, 16) for x in re.findall(
        r"epoch (0x[0-9a-f]+)", pair.sh("control", "for i in 1 2 3; do bh-guest scribble rt; done",
                                        check=False))]
    assert len(set(epochs)) == 3
    services_are_up(pair)


def test_who_may(pair):
    """The node's group may, others may not."""
    nodes = "/dev/bulkhead/rt /dev/bulkhead/rt.ring"
    assert re.findall(r"^crw-rw----", pair.sh("control", f"ls -l {nodes}"), re.M) == ["crw-rw----"] * 2
    for mode in "-f", "-r":
        run = f"bh-link {mode} ping rt 10"
        assert "Permission denied" in pair.sh("control", f"bh-guest as {GROUP} {run}", check=False)
        pair.sh("control", f"chgrp {GROUP} {nodes}")
        output, _ = together(pair, f"bh-link {mode} echo control 10", f"bh-guest as {GROUP} {run}")
        assert "10 x 8 bytes" in output
        assert "Permission denied" in pair.sh("control", f"bh-guest as {OTHER} {run}", check=False)
        pair.sh("control", f"chgrp 0 {nodes}")
    services_are_up(pair)


def test_kexec_below_a_program(pair):
    """The kernel goes while a program has the ring: the next one finds the channel in order."""
    pair.sh("rt", "bh-guest kexec /boot/linux /boot/demo")
    pair.sh("rt", "(bh-link -p echo control &)")
    eventually(lambda: links(pair, "rt", "control"), {"taken"})
    pair.console("rt").start("bh-guest kexec -e /boot/linux /boot/demo")
    pair.restarted("rt")
    network_up(pair, "rt")
    services_are_up(pair)


def test_the_logs_complain_of_nothing(pair):
    """But of what was scribbled, by who had to read it."""
    for name in pair.names:
        checks.check_quiet(pair, name, *(("quarantined", "left alone") if name != "rt" else ()))
