# SPDX-License-Identifier: GPL-2.0-only
"""A paste arrives whole, also while somebody pastes into another console, and one that reads nothing
holds up nobody for long."""

import threading

import pytest

import paste
import platforms
from env import SHELL_TIME
from machine import Machine, plan

# What a partition has not read after a second is dropped: beside another machine that is
# the host's fault.
pytestmark = pytest.mark.timed

# A UART without an interrupt takes some 1,000 characters a second on x86-64.
SIZES = {"riscv64": paste.SIZE, "x86-64": 3000}
# More than a terminal (4 KiB) and the firmware (16 KiB) keep for a program that reads nothing.
UNREAD = 24000


@pytest.fixture(scope="module", params=platforms.each())
def machine(request):
    text = plan(request.param, "cpus: 3, memory: 1G",
                {name: "cpus: 1, memory: 256M" for name in ("control", "rt", "app")})
    with Machine(f"paste-{request.param.NAME}", text) as m:
        m.up()
        yield m


def test_every_byte_of_a_paste_arrives(machine):
    for seed in range(2):
        with machine.explained("the paste did not arrive"):
            paste.paste(machine.console("rt"), paste.text(SIZES[machine.platform.NAME], seed), SHELL_TIME)


def test_two_pastes_at_once(machine):
    """The bytes of both go over one line on riscv64, each to its own terminal."""
    wrong = []

    def one(name, seed):
        try:
            paste.paste(machine.console(name), paste.text(SIZES[machine.platform.NAME], seed), SHELL_TIME)
        except BaseException as problem:		# pylint: disable=broad-except
            wrong.append(f"{name}: {problem!r}")

    threads = [threading.Thread(target=one, args=(name, seed))
               for seed, name in enumerate(("rt", "app"), 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, "\n".join(wrong)


def test_a_program_that_does_not_read_holds_up_nobody(machine):
    """It gets more than all buffers hold: the others' keyboards work on long before it ends."""
    machine.console("app").type("stty raw -echo; echo asleep; sleep 60\n")
    machine.console("app").expect(r"asleep\r?\n")
    machine.console("app").type(paste.text(UNREAD))
    with machine.explained("the console of rt does not answer"):
        assert machine.sh("rt", "echo here", timeout=SHELL_TIME) == "here\n"
