# SPDX-License-Identifier: GPL-2.0-only
"""A partition whose every hart does whatever comes to its mind (tests/payload/chaos.c), and
comes back for more whenever it has stopped or hung, while its manager stops, starts
and restarts it at any moment. Its neighbour notices nothing, the firmware answers, and in
the end it can still be stopped.
"""

import os
import random
import re
import time

import pytest

import platforms
import riscv
from env import FACTOR, say
from machine import Machine, compile_plan
from probe import PAYLOAD, Probe

pytestmark = [platforms.only(riscv), pytest.mark.own_machine]

SECONDS = int(os.environ.get("CHAOS_SECONDS", 10)) * FACTOR
SEED = int(os.environ.get("CHAOS_SEED", 1))
PLAN = """bulkhead: 1
machine: {{ platform: riscv64, qemu: {{ cpus: 6, memory: 1G{more} }} }}
partitions:
  watch:   {{ cpus: "4", memory: 32M, kernel: {kernel}, manages: [hostile], devices: [legacy, pci] }}
  hostile: {{ cpus: "0,2,5", memory: 64M, kernel: {kernel}, cmdline: "probe=chaos{places}" }}
  victim:  {{ cpus: "1,3", memory: 64M, kernel: {kernel} }}
"""

# The firmware's and the devices': interrupt files, CLINT, APLICs, UART, reset, flash.
DEVICES = (0x1000, 0x100000, 0x2000000, 0xc000000, 0xd000000, 0x10000000, 0x20000000, 0x24000000,
           0x24001000, 0x28001000, 0x28003000, 0x28004000)


def plan_of(folder, more):
    """The plan with the addresses of all that is not the hostile partition's."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / "draft.yaml"
    draft.write_text(PLAN.format(more=more, kernel=PAYLOAD, places=""))
    blob = compile_plan(draft, folder)
    firmware = [blob.monitor, *blob.tree["monitor"].ranges("firmware"),
                *blob.tree["monitor"].ranges("tree")]
    spots = {a for p in blob.partitions if p.name != "hostile"
             for base, size in [*p.memory, *p.status_page] for a in (base, base + size - 64)}
    spots |= {a for base, size in firmware for a in (base, base + size - 64)} - \
        {base for base, _ in blob["hostile"].status_page}
    places = "".join(f",{a:#x}" for a in sorted(spots | set(DEVICES)))
    return PLAN.format(more=more, kernel=PAYLOAD, places=places)


@pytest.mark.parametrize("kind", ["pmp", "smepmp"])
def test_neighbours_do_not_notice(kind, tmp_path):
    more, qemu, args = "", None, []
    if kind == "smepmp":
        more, qemu, args = ", smepmp: true", riscv.newer_qemu(), ["-cpu", "rv64,v=true,smepmp=true"]
    with Machine(f"chaos-{kind}", plan_of(tmp_path, more), "direct", qemu=qemu, qemu_args=args,
                 lifetime=600 + SECONDS) as m:
        watch, victim = Probe(m, "watch").up(), Probe(m, "victim").up()
        hostile = m.blob["hostile"].id
        victim.run("fill")
        dice, calls, end = random.Random(SEED), 0, time.monotonic() + SECONDS
        while time.monotonic() < end:
            error, _ = watch.service(dice.choice(["RESTART", "RESTART", "FORCE_STOP", "START", "STOP"]),
                                     hostile)
            # Already started, already stopped: it is what it is just then.
            assert error in (0, -7, -8)
            calls += 1
            time.sleep(dice.choice([0, 0, 0.05, 0.2, 0.5]))
            if calls % 20 == 0:
                is_sound(victim)
        is_sound(victim)
        error, _ = watch.service("FORCE_STOP", hostile)
        assert error in (0, -8)
        deadline = time.monotonic() + 20 * FACTOR
        while (status := watch.service("STATUS", hostile)[1]) & 0xff:
            assert time.monotonic() < deadline, f"it can't be stopped: {status:#x}"
        wrong = re.findall(r"[^\n]*WRONG", m.log("hostile"))
        assert not wrong, wrong[:5]
        say(f"{kind}: {calls} calls of its manager, {status >> 32} starts")


def is_sound(victim):
    (line,) = victim.run("calls", 100)
    assert line.endswith(" 0 wrong"), line
    (line,) = victim.run("verify")
    assert " 0 words changed" in line, line
    assert victim.epoch() == 1, "the victim was started again"
