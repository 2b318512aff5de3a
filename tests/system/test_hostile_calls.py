# SPDX-License-Identifier: GPL-2.0-only
"""Calls that would have M-mode harm somebody else: what the firmware does not take from upstream.

A hostile partition lies below its neighbour in memory and beside it in hart
numbers. Whatever it asks for, the neighbour's memory stays as it is, its calls are
answered, and neither it nor the firmware ever dies of it.
"""

import re

import pytest

import platforms
import riscv
from env import say
from machine import Machine
from probe import PAYLOAD, Probe

pytestmark = platforms.only(riscv)

PMU = 0x504d55
PMU_MATCH, PMU_EVENTS = 2, 8
HOSTILE_AT, SIZE = 0x90000000, 64 << 20
CROSSING = 0xa0000000		# the hostile partition's memory lies on both sides

PLAN = f"""bulkhead: 1
machine: {{ platform: riscv64, qemu: {{ cpus: 5, memory: 1G%s }} }}
partitions:
  watch:   {{ cpus: "4", memory: 32M, kernel: {PAYLOAD}, manages: [hostile], devices: [legacy, pci] }}
  hostile: {{ cpus: "0,2", kernel: {PAYLOAD}, memory: {{ base: {CROSSING - SIZE:#x}, size: 68M }} }}
  victim:  {{ cpus: "1,3", kernel: {PAYLOAD}, memory: {{ base: {CROSSING + SIZE:#x}, size: 64M }} }}
"""


@pytest.fixture(scope="module", params=["pmp", "smepmp"])
def siege(request):
    smepmp = request.param == "smepmp"
    # Vectors have to be there: what M-mode does about a fault of one is tried, too.
    with Machine(f"hostile-{request.param}", PLAN % (", smepmp: true" if smepmp else ""), "direct",
                 qemu=riscv.newer_qemu() if smepmp else None,
                 qemu_args=["-cpu", "rv64,v=true" + (",smepmp=true" if smepmp else "")]) as m:
        m.probes = {name: Probe(m, name).up() for name in m.names}
        m.probes["victim"].run("fill")
        yield m


@pytest.fixture
def sound(siege):
    """Afterwards everybody is as before; the hostile one need not be."""
    yield siege
    victim, watch = siege.probes["victim"], siege.probes["watch"]
    (line,) = victim.run("verify")
    assert re.search(r" 0 words changed", line), line
    assert victim.epoch() == 1, "the victim was started again"
    (line,) = watch.run("calls", 200)
    assert line.endswith(" 0 wrong"), line
    # Its manager gets it back, whatever it has done to itself.
    hostile = siege.blob["hostile"].id
    assert watch.service("RESTART", hostile) == (0, 0)
    siege.probes["hostile"].up()
    watch.wait_for(hostile, "RUNNING", "FORCED")


def test_event_list_that_wraps(sound):
    """16 bytes an entry: 2^60 + 1 of them have a size of 16 in 64 bits."""
    error, _ = sound.probes["hostile"].ecall(PMU, PMU_EVENTS, hex(CROSSING + SIZE - 4096), 0,
                                             hex((1 << 60) + 1), 0)
    assert error == -3 or error == -5, error


@pytest.mark.parametrize("base,mask", [(0, 1), (-10, 1 << 11 | 1), (1, 1)])
def test_counters_that_are_not_there(sound, base, mask):
    """SKIP_MATCH, CLEAR_VALUE: the caller's word for which counter of which kind it is."""
    probe = sound.probes["hostile"]
    for event in (0xf0000, 1):		# one of the firmware's, cycles
        error, _ = probe.ecall(PMU, PMU_MATCH, hex(base & 2**64 - 1), hex(mask), 3, hex(event), 0)
        if (base, event) != (0, 1):	# which is counter 0
            assert error == -3, f"event {event:#x}: {error}"


def test_text_across_a_boundary(sound):
    """With Smepmp M-mode opens what it copies by one PMP entry, a power of two in size."""
    (line,) = sound.probes["hostile"].run("across", hex(CROSSING))
    assert re.fullmatch(r"across 0xa0000000: [1-9]\d+ calls, 0 wrong", line), line


def test_vectors_that_fault(sound):
    """The stack that emulates them is 4 KiB, and the next hart's lies below."""
    hostile, victim = sound.probes["hostile"], sound.probes["victim"]
    for _ in range(3):
        victim.begin("calls", 3000)
        hostile.begin("vector", 0x80200000, 2000)
        (line,) = victim.finish()
        assert line.endswith(" 0 wrong"), line
        (line,) = hostile.finish()
        say(line)
        assert re.fullmatch(r"[1-9]\d+ faults, cause 5", line), line


def test_a_hart_that_waits_in_m_mode(sound):
    """For the answer of a sibling that has stopped: the watchdog is to find it there."""
    hostile = sound.probes["hostile"]
    console = sound.console("hostile")
    for _ in range(4):
        hostile.begin("orphan", 5000)
        with sound.explained("nobody looks after it"):
            lost = console.expect(r"probe: orphan: \d+ times, all answered", r"probe: hostile: up on",
                                  timeout=20)
            console.expect(r"probe: ready\r?\n")
        say("found by the watchdog" if lost else "every fence was answered")
        if lost:
            break
