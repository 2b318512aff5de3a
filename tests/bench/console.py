#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""How fast a partition's terminal takes what is pasted into it.

    tests/bench/console.py BUILD PLATFORM ROUNDS

prints characters a second, one round a line."""

import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROUNDS = 5
GOALS = {"riscv64": "at least 5000", "x86-64": ""}
SIZES = {"riscv64": 20000, "x86-64": 3000}	# a UART without an interrupt is slow on x86-64
TIMEOUT = 120


def measure(build, name, rounds):
    # What boots a plan for the system tests. Their modules have some of the names of those
    # here: this runs in a process of its own.
    os.environ["BULKHEAD_BUILD"] = os.path.abspath(build)
    sys.path.insert(0, os.path.join(HERE, "..", "system"))
    import machine		# pylint: disable=import-outside-toplevel
    import paste		# pylint: disable=import-outside-toplevel
    import platforms		# pylint: disable=import-outside-toplevel

    text = machine.plan(platforms.of(name), "cpus: 2, memory: 1G",
                        {part: "cpus: 1, memory: 256M" for part in ("control", "rt")})
    with machine.Machine(f"bench-console-{name}", text) as m:
        m.up()
        return [paste.paste(m.console("rt"), paste.text(SIZES[name], seed), TIMEOUT)
                for seed in range(rounds)]


def parse(said):
    """The samples among the other lines, which have a time in front."""
    return [float(line) for line in said.splitlines() if not line.startswith("[")]


def bench_console(build, name, prefix, figure, say):
    """A row: characters a second of pastes that arrived byte for byte."""
    say(f"{name}: paste {ROUNDS} times into a console")
    done = subprocess.run([sys.executable, os.path.join(HERE, "console.py"), build, name, str(ROUNDS)],
                          stdout=subprocess.PIPE, check=True, text=True)
    return [figure(f"{prefix}console.paste.chars_per_s", parse(done.stdout), "1/s", GOALS[name],
                   f"{SIZES[name]} characters pasted into an echoing terminal without legacy devices, until "
                   "a program has read the last, compared; TCG", 0)]


if __name__ == "__main__":
    print("\n".join(str(sample) for sample in measure(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
