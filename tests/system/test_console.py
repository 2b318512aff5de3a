# SPDX-License-Identifier: GPL-2.0-only
"""`bulkhead console` in a manager: the kernel log and a shell of a partition that it manages."""

import json

import pytest

import checks
import platforms
from env import BOOT_TIME, SHELL_TIME
from machine import Machine, plan

CHANNELS = """channels:
  - { between: [control, rt], size: 1M }
  - { between: [control, app], size: 8K }
  - { between: [control, other], size: 256K }
"""

# The first line of every kernel's log.
BANNER = r"Linux version "


@pytest.fixture(scope="module", params=platforms.each())
def machine(request):
    text = plan(request.param, "cpus: 4, memory: 2G",
                {"control": "cpus: 1, memory: 256M, manages: [rt, app], devices: [legacy]",
                 "rt": "cpus: 1, memory: 256M", "app": "cpus: 1, memory: 256M, cmdline: quiet",
                 "other": "cpus: 1, memory: 256M"},
                initrd="demo-kexec") + CHANNELS
    with Machine(f"console-{request.param.NAME}", text) as m:
        m.up()
        yield m


class Attached:
    """`bulkhead console NAME` at the manager's terminal."""

    def __init__(self, m, name, *options):
        self.m, self.name, self.terminal = m, name, m.console("control")
        self.before = m.sh("control", "stty -g")
        self.tag = self.terminal.start(" ".join(["bulkhead console", *options, name]))
        self.expect(rf"attached to {name}; ~\. at the start of a line detaches")

    def expect(self, *patterns, timeout=None):
        with self.m.explained(f"not on the console of {self.name}: {patterns}"):
            return self.terminal.expect(*patterns, timeout=timeout)

    def type(self, text):
        self.terminal.type(text)

    def sh(self, command, timeout=None):
        """Run something in the partition's shell; what it printed."""
        self.terminal.serial += 1
        tag = self.terminal.serial
        # The shell echoes what is typed: the quotes keep that from matching.
        self.type(f"echo '<<'{tag}; {command}; echo '>>'{tag}\r")
        self.expect(rf"<<{tag}\r\n(.*?)>>{tag}\r\n", timeout=timeout)
        return self.terminal.spawn.match[1].decode(errors="replace").replace("\r\n", "\n")

    def ended(self, status):
        """With this status; the terminal is as it was."""
        self.expect(rf">>{self.tag} (\d+)\r?\n")
        assert int(self.terminal.spawn.match[1]) == status
        assert self.m.sh("control", "stty -g") == self.before

    def detach(self):
        self.type("\r")
        # A terminal answers to what the shell asks at its prompt: no key of anybody's.
        self.type("\033[4;5R")
        self.type("~.")
        self.expect(rf"detached from {self.name}")
        self.ended(0)


def test_the_list(machine):
    lines = machine.sh("control", "bulkhead console").split("\n")
    assert [line.split() for line in lines if line] == [["NAME", "LINK"], ["app", "up"], ["rt", "up"]]
    said = json.loads(machine.sh("control", "bulkhead console --json"))
    assert said == {"consoles": [{"name": n, "link": "up", "device": f"/dev/bulkhead/{n}.console"}
                                 for n in ("app", "rt")]}


def test_kernel_log_and_shell(machine):
    """What was kept comes first: the whole log. Then a shell, whose line ends with ~. detaches."""
    console = Attached(machine, "rt")
    console.expect(BANNER)
    console.expect(r"hvc\d is shown to control")
    console.expect(r"rt# ")
    assert console.sh("cat /proc/sys/kernel/hostname") == "rt\n"
    assert console.sh("tty").startswith("/dev/hvc")
    # ^C is a key of the other end. The program itself says that it runs: a shell that gets ^C between its fork and the
    # child's tcsetpgrp() takes the signal for itself and waits for the child (one of ten here with `echo begun; sleep 1000`).
    console.type("sh -c 'echo be\"\"gun; exec sleep 1000'\r")
    console.expect("begun")
    console.type("\x03")
    console.expect(r"\^C.*?rt# ")
    assert console.sh("echo $((6*7))") == "42\n"
    # ... and what the kernel says now comes as well.
    console.type("echo '<0>a word of ''the kernel' >/dev/kmsg\r")
    console.expect(r"\] a word of the kernel\r\n")
    console.detach()


def test_attach_again(machine):
    """What is said while nobody watches is kept; ~~ is one ~."""
    console = Attached(machine, "rt")
    console.type("(until [ -e /tmp/go ]; do sleep 0.1; done; echo kept for ''later; touch /tmp/gone) &\r")
    console.detach()
    machine.sh("rt", "touch /tmp/go; until [ -e /tmp/gone ]; do sleep 0.1; done")
    console = Attached(machine, "rt")
    console.expect(r"kept for later\r\n")
    console.sh("true")
    console.type("~~\r")
    console.expect(r"/root: Permission denied|/root: not found|~: ")
    console.detach()


def test_quiet_kernel_log(machine):
    """`quiet` is about consoles, this one too: the log itself is all there."""
    console = Attached(machine, "app")
    came = console.expect(r"app# ", BANNER)
    assert came == 0
    assert console.sh("dmesg | grep -c 'Linux version'") == "1\n"
    console.detach()


def test_two_at_once(machine):
    """The second is refused, and the first goes on."""
    # Enter: what the shell said last may have been shown to an earlier test.
    output = machine.sh("control", "{ echo; until [ -e /tmp/go ]; do sleep 0.1; done; echo 'echo first'\"''\"' is here'; "
                                   "} | bulkhead console rt >/tmp/first & "
                                   "until [ -s /tmp/first ]; do sleep 0.1; done; "
                                   "bulkhead console rt </dev/null; echo status $?; touch /tmp/go; wait; "
                                   "grep -c 'first is here' /tmp/first")
    assert output.splitlines()[-3:] == [
        "bulkhead: error: somebody else is attached to the console of rt", "status 1", "1"]


@pytest.mark.parametrize("name,hint", [("tr", 'did you mean "rt"?'), ("other", "lists those"),
                                       ("../rt", "lists those")])
def test_no_such_console(machine, name, hint):
    console = machine.console("control")
    output, status = console.finish(console.start(f"bulkhead console {name}"))
    assert status == 1
    assert f'there is no console of "{name}" here' in output and hint in output


def test_not_in_a_managed_partition(machine):
    assert "no consoles: the plan lets this partition manage none" in machine.sh("rt", "bulkhead console")
    output, status = machine.console("rt").finish(machine.console("rt").start("bulkhead console control"))
    assert status == 1 and "there is no console" in output


def test_a_script(machine):
    """More than a window each way, by pipes: nothing is lost."""
    machine.sh("control", "seq 20000 | sed 's/.*/line & of the script/' >/tmp/long; "
                          "{ echo 'stty -echo; cat >/tmp/long; stty echo'; sleep 2; cat /tmp/long; "
                          "printf '\\004'; sleep 1; echo md5sum /tmp/long; } | "
                          "bulkhead console rt --linger 5 >/tmp/said", timeout=6 * SHELL_TIME)
    want = machine.sh("control", "md5sum </tmp/long").split()[0]
    assert machine.sh("rt", "md5sum </tmp/long").split()[0] == want
    assert want in machine.sh("control", "cat /tmp/said")
    machine.sh("control", "echo 'stty -opost; cat /tmp/long; stty opost' | bulkhead console rt >/tmp/back")
    assert machine.sh("control", "grep '^line .* of the script$' /tmp/back | md5sum").split()[0] == want


def test_stopped_by_a_signal(machine):
    """However it ends, the terminal is what it was."""
    machine.sh("control", "{ sleep 3; killall bulkhead; } >/dev/null 2>&1 & true")
    Attached(machine, "rt").ended(128 + 15)


def test_restart_while_attached(machine):
    """kexec in the partition: the console says so, and shows the next kernel from its first line."""
    machine.sh("rt", "bh-guest kexec /boot/linux /boot/demo")
    console = Attached(machine, "rt")
    console.sh("true")
    console.type("bh-guest kexec -e /boot/linux /boot/demo\r")
    console.expect(r"rt is not there; waiting for it", timeout=BOOT_TIME)
    console.expect(r"rt is back", timeout=BOOT_TIME)
    console.expect(BANNER, timeout=BOOT_TIME)
    console.expect(r"rt# ", timeout=BOOT_TIME)
    assert console.sh("cat /proc/sys/kernel/hostname") == "rt\n"
    console.detach()
    machine.console("rt").take_shell(BOOT_TIME)


def test_the_logs_complain_of_nothing(machine):
    for name in machine.names:
        checks.check_quiet(machine, name)


def test_last_words(machine):
    """A kernel that panics says so on its manager's console; the others go on."""
    console = Attached(machine, "rt")
    console.sh("dmesg -n 8")
    console.type("echo c >/proc/sysrq-trigger\r")
    console.expect(r"Kernel panic - not syncing: sysrq triggered crash")
    console.expect(r"end Kernel panic")
    console.detach()
    assert machine.sh("app", "echo $((6*7))") == "42\n"
