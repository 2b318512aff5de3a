# SPDX-License-Identifier: GPL-2.0-only
"""The payload in a partition (tests/payload), as the tests talk to it."""

import re
import time

import contract
from env import BOOT_TIME, BUILD, SHELL_TIME

PAYLOAD = BUILD / "tests/payload/payload.Image"

# The firmware keeps what a partition has not read yet in a buffer that is no larger
# than it has to be: commands are short.
WORDS = 8


class Probe:
    def __init__(self, machine, name):
        self.machine, self.name = machine, name
        self.forget()

    def forget(self):
        """What was tried so far."""
        self.table = []		# every attempt's line
        self.tried = self.refused = 0

    def up(self, timeout=BOOT_TIME):
        """Wait until it takes commands: at first, and when it was started again."""
        with self.machine.explained(f"{self.name} did not come up"):
            self.machine.console(self.name).expect(rf"probe: {self.name}: up on hart \d+",
                                                   timeout=timeout)
            self.machine.console(self.name).expect(r"probe: ready\r?\n")
        return self

    def begin(self, *words):
        self.machine.console(self.name).type(" ".join(map(str, words)) + "\n")

    def finish(self, timeout=SHELL_TIME):
        """The lines that the command had to say."""
        console = self.machine.console(self.name)
        with self.machine.explained(f"{self.name} is lost"):
            console.expect(r"probe: ready\r?\n", timeout=timeout)
        # What the firmware was made to print of memory may be any bytes.
        text = console.spawn.before.decode(errors="backslashreplace")
        return [x[len("probe: "):] for x in text.splitlines() if x.startswith("probe: ")]

    def run(self, *words, timeout=SHELL_TIME):
        self.begin(*words)
        return self.finish(timeout)

    def attempt(self, command, *args, fixed=()):
        """Try something on each of these, some at a time; the lines that came out wrong."""
        wrong = []
        for at in range(0, max(len(args), 1), WORDS):
            lines = self.run(command, *fixed, *args[at:at + WORDS], timeout=3 * SHELL_TIME)
            tried, refused, allowed, bad = map(int, re.fullmatch(
                rf"{command}: (\d+) tried, (\d+) refused, (\d+) allowed, (\d+) wrong",
                lines[-1]).groups())
            assert tried == refused + allowed and tried >= len(args[at:at + WORDS])
            self.table += [f"{self.name}: {x}" for x in lines]
            self.tried += tried
            self.refused += refused
            wrong += [f"{self.name}: {x}" for x in lines if "WRONG" in x]
            assert len(wrong) >= bad, f"{self.name}: {command}: {bad} wrong: {lines}"
        return wrong

    def ecall(self, extension, function, *args):
        """(error, value) of any call to the firmware."""
        (line,) = self.run("ecall", extension, function, *args)
        error, value = re.fullmatch(r"ecall error=(-?\d+) value=(0x[0-9a-f]+)", line).groups()
        return int(error), int(value, 16)

    # --- monitor calls ---

    def service(self, function, *args):
        """(error, value) of a monitor call by its name in monitor.h, less the prefix."""
        return self.ecall(contract.MONITOR, contract.call(function), *args)

    def epoch(self):
        error, value = self.service("SELF")
        assert error == 0 and value & 0xffffffff == self.machine.blob[self.name].id
        return value >> 32

    def wait_for(self, ident, state, reason, timeout=SHELL_TIME):
        """Until a partition that it may see is in this state, for this reason."""
        want = contract.word("BH_STATES", state), contract.word("BH_REASONS", reason)
        deadline = time.monotonic() + timeout
        while True:
            error, value = self.service("STATUS", ident)
            assert error == 0, f"{self.name} may not see the status of {ident}: {error}"
            if (value & 0xff, value >> 8 & 0xff) == want:
                return
            assert time.monotonic() < deadline, \
                f"partition {ident} is in state {value & 0xff}, reason {value >> 8 & 0xff}, not {want}"
