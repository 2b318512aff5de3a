# SPDX-License-Identifier: GPL-2.0-only
"""`bulkhead run` on a real terminal, with real kernels below it: shells whose prompts ask where the
cursor is, and an editor. tests/tool/test_terminal.py has the cases, with guests that cost nothing."""

import re
import subprocess

import pytest

import env
import machine
import platforms
import tmux

BOOT_TIME = 240		# seconds, on a busy host
SHELL_TIME = 60


@pytest.fixture(scope="module", params=platforms.each())
def terminal(request):
    platform = request.param
    folder = env.OUT / f"terminal-{platform.NAME}"
    subprocess.run(["rm", "-rf", folder], check=True)
    folder.mkdir(parents=True)
    plan = folder / "plan.yaml"
    plan.write_text(machine.plan(platform, "cpus: 2, memory: 1G",
                                 {"control": "cpus: 1, memory: 256M", "rt": "cpus: 1, memory: 256M"}))
    t = tmux.Terminal(folder, rows=24)
    try:
        t.start(f"BULKHEAD_IMAGES={env.BUILD}/images {env.BULKHEAD} run {plan} --log-dir {folder}")
        # What the kernel says late may stand behind a prompt.
        t.wait(r"^control +\| control#( |$)", BOOT_TIME)
        yield t
    finally:
        t.close()


def test_editor_and_shells(terminal):
    t = terminal
    # As soon as it can be: rt's prompt has asked, and control's is behind.
    t.keys("C-]", "2")
    t.wait(r"^rt#( |$)", BOOT_TIME)
    t.line("dmesg -n 1; echo here is $(cat /proc/sys/kernel/hostname)")
    t.wait("^here is rt$", SHELL_TIME)
    t.keys("C-]", "1", "C-]", "2", "C-]", "1")
    t.wait(r"^control \(1 of 2\)")
    t.line("dmesg -n 1; seq 1 100 >/tmp/numbers; clear; vi /tmp/numbers")
    t.wait(r"^- /tmp/numbers", SHELL_TIME)
    t.type("10Gdwithree words\x1b")
    t.wait(r"^three words$", SHELL_TIME)
    t.wait(r"^- /tmp/numbers \[Modified\] 10/100 ", SHELL_TIME)
    t.until(lambda: t.cursor() == ("10", "9"))
    picture, at = t.screen("-e"), t.cursor()
    lines = t.screen().splitlines()
    # The editor has asked how large its screen is: all rows but ours.
    assert lines[:9] == [str(i) for i in range(1, 10)] and lines[21] == "22"
    assert lines[22].startswith("- /tmp/numbers") and lines[23].startswith("control (1 of 2)")

    t.keys("C-]", "2")
    t.wait(r"^rt# ?$", SHELL_TIME)
    t.keys("C-]", "C-]", "C-]", "C-]", "C-u")
    t.line("echo still $((40 + 2))")
    t.wait("^still 42$", SHELL_TIME)
    t.until(lambda: "three words" not in t.screen())

    t.keys("C-]", "1")
    t.until(lambda: t.screen("-e") == picture and t.cursor() == at)
    t.keys("Down", "Up", "Up")
    t.wait(r"^- /tmp/numbers \[Modified\] 9/100 ", SHELL_TIME)
    t.line(":q!")
    t.wait(r"^control# ?$", SHELL_TIME)

    # Nothing but what was typed here has reached a shell.
    for name in ("control", "rt"):
        said = (t.folder / f"{name}.log").read_text(errors="replace")
        assert not re.search(r"\[\d+;\d+R|not found", said), said[-2000:]


def test_size_follows_the_terminal(terminal):
    t = terminal
    t.resize(50, 100)
    t.size(50)
    t.line("vi /tmp/numbers")
    t.wait(r"^- /tmp/numbers", SHELL_TIME)
    lines = t.screen().splitlines()
    assert lines[47] == "48" and lines[48].startswith("- /tmp/numbers")
    t.line(":q")
    t.wait(r"^control# ?$", SHELL_TIME)


def test_end(terminal):
    t = terminal
    t.keys("C-]", "q", "n", "C-]", "l")
    t.wait(r"^rt +\| still 42$")
    t.keys("C-]", "q", "y")
    t.end()
