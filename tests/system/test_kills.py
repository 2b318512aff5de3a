# SPDX-License-Identifier: GPL-2.0-only
"""Must hold 3: partitions that die while they publish.

Each exchanges numbered messages with the survivor, as fast as it can, and dies at any
moment without a word to it. The survivor's one exchange goes on: a new life of the peer's
begins with message 0 behind one ECONNRESET, and nothing comes twice, late, torn or not at all.
"""

import concurrent.futures
import os
import random

import pytest

import checks
import exchange
import platforms
from env import BOOT_TIME, say
from machine import Machine, plan

# On each platform; tests/mutants says that it is enough, and make soak kills more often.
KILLS = int(os.environ.get("KILLS", 14))
SURVIVOR, VICTIMS = "control", ["rt", "app"]
CHANNELS = """channels:
  - { between: [control, rt], size: 512K }
  - { between: [control, app], size: 256K }
"""


def kills_plan(platform):
    return plan(platform, "cpus: 4, memory: 2G",
                {"control": "cpus: 1, memory: 512M, manages: [rt, app]",
                 "rt": "cpus: 2, memory: 256M, cmdline: retain_initrd loglevel=1",
                 "app": "cpus: 1, memory: 256M, cmdline: retain_initrd loglevel=1"}, initrd="demo-kexec") + CHANNELS


@pytest.fixture(scope="module", params=platforms.each())
def trio(request):
    with Machine(f"kills-{request.param.NAME}", kills_plan(request.param),
                 lifetime=600 + 20 * KILLS) as m:
        yield m.up()


def kill(m, name, times):
    dice = random.Random(name)
    for i in range(times):
        m.platform.prepare_death(m, name)
        # Its complaints go to the console, since its files die with it.
        m.sh(name, f"bh-guest exchange {SURVIVOR} & true")
        m.platform.die(m, name, SURVIVOR, dice.uniform(0.05, 0.4))
        with m.explained(f"{name} did not come back, killed {i + 1} times"):
            m.console(name).take_shell(BOOT_TIME)


def test_killed_in_mid_publish(trio):
    for name in VICTIMS:
        exchange.begin(trio, SURVIVOR, name)
    killed = (KILLS + 1) // len(VICTIMS)
    # Each has its console, and dies when it has come back: not by turns with the other.
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for done in [pool.submit(kill, trio, name, killed) for name in VICTIMS]:
            done.result()
    for name in VICTIMS:
        # The last life, which is not killed, has to be heard of too.
        exchange.begin(trio, name, SURVIVOR)
    trio.sh(SURVIVOR, "sleep 1")
    for name in VICTIMS:
        last = exchange.end(trio, name, SURVIVOR)
        assert last["received"] > 0 and last["lives"] == 1, f"{name}: {last}"
        seen = exchange.end(trio, SURVIVOR, name)
        say(f"{name}: killed {killed} times; the survivor saw {seen}")
        assert seen["lives"] == killed + 1 and seen["resets"] >= killed, seen
        assert "ERROR" not in trio.log(name)
    for name in trio.names:
        checks.check_quiet(trio, name, "quarantined")
