# SPDX-License-Identifier: GPL-2.0-only
"""`bulkhead run` on a real terminal: tmux is one, and shows what is on its screen."""

import os
import pathlib
import re
import subprocess
import time
import unicodedata

import pytest

# The fixture is a name that pytest looks up here.
from test_riscv import TOOL, TOP, load, ours, work		# noqa: F401 pylint: disable=unused-import

tmux = load(TOP / "tests/system/tmux.py")
GUESTS = pathlib.Path(__file__).with_name("guests.py")
CONTROL, APP = 3, 5			# ids in the plan of test_riscv


class Run(tmux.Terminal):
    """`bulkhead run` in that shell, with guests that say little."""

    def __init__(self, folder, plan, rows=24, columns=80, guests=(CONTROL, APP), images=()):
        super().__init__(folder, rows, columns)
        (folder / "keep").mkdir()
        (folder / "temp").mkdir()
        self.start(" ".join(map(str, [
            f"KEEP={folder}/keep", f"GUESTS='{' '.join(map(str, guests))}'", f"TMPDIR={folder}/temp",
            TOOL / "bulkhead", "run", plan, "--qemu", GUESTS, "--firmware", "direct", *images])))

    def read(self, guest):
        """What a guest has read, without what it was told about the cursor."""
        return re.sub(rb"\x1b\[\d+;\d+R", b"", (self.folder / "keep" / str(guest)).read_bytes())

    def wait_read(self, guest, want):
        end = time.monotonic() + 20
        while self.read(guest) != want:
            assert time.monotonic() < end, f"{guest} has read {self.read(guest)}, not {want}\n{self.screen()}"
            time.sleep(0.02)


@pytest.fixture
def terminal(work, tmp_path):			# noqa: F811
    runs = []

    def start(**how):
        runs.append(Run(tmp_path, work / "plan.yaml", images=ours(work), **how))
        runs[0].wait(r"^control +\| part3# ?$")
        return runs[0]

    yield start
    for run in runs:
        run.close()


@pytest.mark.parametrize("rows", [24, 30, 50])
def test_each_console_by_its_key(terminal, rows):
    t = terminal(rows=rows)
    t.line("one")
    t.wait(r"^control +\| part3 got one$")
    t.keys("C-]", "2")
    t.wait(r"^app \(2 of 2\) ")
    t.line("two")
    t.wait(r"^part5 got two$")
    t.until(lambda: "part3" not in t.screen())
    t.keys("C-]", "1")
    t.wait(r"^part3# ?$")
    t.until(lambda: t.screen().splitlines()[:3] == ["part3# one", "part3 got one", "part3#"] and t.cursor() == ("7", "2"))
    t.type("2")		# no command, however soon
    t.wait(r"^part3# 2$")
    t.keys("C-]", "n", "C-]", "p", "C-]", "p")
    t.line("three")
    t.wait(r"^part5 got three$")
    t.wait_read(CONTROL, b"one\r2")
    t.wait_read(APP, b"two\rthree\r")
    t.keys("C-]", "l")
    t.wait(r"^ *the keyboard is on app")
    t.type("x")
    t.wait(r"^app +\| part5# x$")
    assert re.search(r"^app +\| part5 got three$", t.screen(), re.M)
    t.keys("C-]", "q", "y")
    t.end()


def test_quick_keys_end_nothing(terminal):
    t = terminal()
    t.keys("C-]", "C-]", "C-]", "C-]", "Enter")
    t.wait(r"^control +\| part3 got \^\]\^\]$")
    t.keys("C-]", "q", "n", "C-]", "z")
    t.wait("z is no command")
    t.keys("C-]", "Escape")
    t.wait("no command$")
    t.keys("C-]", "7")
    t.wait("there are 2 consoles")
    t.keys("C-]", "Up", "C-]", "F5")	# whole, though each begins with an Escape
    t.wait("that is no command")
    t.line("on")
    t.wait(r"^control +\| part3 got on$")
    t.wait_read(CONTROL, b"\x1d\x1d\ron\r")
    t.keys("C-]", "q")
    t.wait("End the machine")
    t.keys("y")
    t.end()


@pytest.mark.parametrize("shown", ["merged", "alone", "another"])
def test_the_terminal_is_asked_nothing(terminal, shown):
    """Each query that a terminal may answer: live, behind another console, and drawn anew."""
    t = terminal()
    if shown != "merged":
        t.keys("C-]", "1")
        t.wait(r"^control \(1 of 2\)")
    t.line("asks")
    t.keys(*{"merged": [], "alone": [], "another": ["C-]", "2"]}[shown])
    t.keys("C-]", "2", "C-]", "1", "C-]", "2", "C-]", "1")
    t.wait(r"^part3 got asks$")
    t.line("more")
    t.wait(r"^part3 got more$")
    (read,) = re.findall(rb"asks\r(.*)more\r", t.read(CONTROL), re.S)
    # What the screen itself says: attributes, its state, a mode.
    assert re.sub(rb"\x1b\[[0-9;?>]*[cnR]|\x1b\[\?25;1\$y", b"", read) == b"", read
    assert t.read(APP) == b""
    t.keys("C-]", "q", "y")
    t.end()


@pytest.mark.parametrize("report", ["\x1b[24;16R", "\x1b[?1;2c", "\x1b[0n"])
def test_a_late_answer_is_no_key(terminal, report):
    """What a program before this one had asked, in the middle of a command."""
    t = terminal()
    t.keys("C-]")
    t.type(report + "2")
    t.wait(r"^app \(2 of 2\)")
    t.keys("C-]", "q")
    t.wait("End the machine")
    t.type(report + "n")
    t.wait("the machine goes on")
    t.type(report)
    t.line("on")
    t.wait("^part5 got on$")
    t.wait_read(APP, b"on\r")
    t.keys("C-]", "q", "y")
    t.end()


def test_behind_another_console(terminal):
    """A guest that asks how large its screen is has an answer, shown or not."""
    t = terminal(rows=30)
    t.type("size\r")
    t.keys("C-]", "2")
    t.wait(r"^app \(2 of 2\)")
    t.resize(50, 100)
    t.size(50)
    t.line("size")
    t.wait(r"^size 49 100$")
    t.keys("C-]", "1")
    t.wait(r"^size 29 80$")
    t.line("size")
    t.wait(r"^size 49 100$")
    t.resize(12, 40)
    t.size(12)
    t.line("size")
    t.wait(r"^size 11 40$")
    t.keys("C-]", "q", "y")
    t.end()


def test_editor(terminal):
    t = terminal(rows=24)
    t.keys("C-]", "1")
    t.line("edit")
    t.wait("green reverse 中文|")
    t.until(lambda: t.cursor() == ("6", "5"))
    picture = t.screen("-e")
    lines = t.screen().splitlines()
    assert lines[:5] == ["green reverse 中文|", "B", "C", "D", "E"]
    assert unicodedata.normalize("NFC", lines[8]) == "  café"
    assert "\x1b[32mgreen" in picture and "\x1b[7mreverse" in picture
    t.keys("C-]", "2")
    t.wait(r"^part5#")
    t.until(lambda: "green" not in t.screen())
    t.keys("C-]", "1")
    t.until(lambda: t.screen("-e") == picture and t.cursor() == ("6", "5"))
    t.resize(50, 120)
    t.size(50)
    t.until(lambda: t.screen().splitlines()[:9] == lines[:9])
    t.keys("Up", "Right", "F5")		# by the mode that the editor has chosen
    t.wait_read(CONTROL, b"edit\r\x1bOA\x1bOC\x1b[15~")
    t.type("q")
    t.wait("^part3 got edit done$")
    t.until(lambda: "green" not in t.screen())
    t.keys("Up")
    t.wait_read(CONTROL, b"edit\r\x1bOA\x1bOC\x1b[15~q\x1b[A")
    t.keys("C-]", "q", "y")
    t.end()


def test_paste(terminal):
    """Pasted text is for the partition, all of it; in brackets for a program that wants to know."""
    t = terminal()
    t.tmux("set-buffer", "a\x1d2b\x1dqy")
    t.tmux("paste-buffer", "-p")
    t.wait_read(CONTROL, b"a\x1d2b\x1dqy")
    t.keys("C-]", "q")
    t.tmux("set-buffer", "yes")
    t.tmux("paste-buffer", "-p")
    t.wait_read(CONTROL, b"a\x1d2b\x1dqyyes")
    t.line("")
    t.line("edit")
    t.keys("C-]", "1")
    t.wait("green")
    t.tmux("set-buffer", "\x1d2")
    t.tmux("paste-buffer", "-p")
    t.wait_read(CONTROL, b"a\x1d2b\x1dqyyes\redit\r\x1b[200~\x1d2\x1b[201~")
    t.keys("C-]", "q", "y")
    t.end()


def test_machine_ends(terminal):
    """What all said while one was alone is on the terminal afterwards."""
    t = terminal()
    t.keys("C-]", "2")
    t.line("the last words")
    t.wait(r"^part5 got the last words$")
    t.line("edit")
    t.wait("green")
    pid = subprocess.run(["pgrep", "-f", f"guests.py.*{t.folder}/temp/"], capture_output=True, text=True,
                         check=True).stdout.split()[0]
    os.kill(int(pid), 15)
    t.wait(r"^status 3$")
    assert re.search(r"^app +\| part5 got the last words$", t.history(), re.M), t.history()
    assert "killed by signal 15" in (t.folder / "errors").read_text()
    (t.folder / "errors").write_text("")
    t.end(3)


def test_more_than_nine(work, tmp_path):		# noqa: F811
    lines = ["bulkhead: 1", "machine: { platform: riscv64, qemu: { cpus: 12, memory: 4G } }", "partitions:"]
    lines += [f"  p{i}: {{ cpus: 1, memory: 128M, kernel: ./image }}" for i in range(1, 13)]
    plan = work / "twelve.yaml"
    plan.write_text("\n".join(lines) + "\n")
    t = Run(tmp_path, plan, images=ours(work), guests=range(3, 15), rows=10)
    try:
        t.wait(r"^p1 +\| part3# ?$")
        t.keys("C-]", "c")
        t.wait(r"^ +1  p1$")
        t.type("12")
        t.wait(r"^ +12  p12$")
        t.keys("Enter")
        t.wait(r"^p12 \(12 of 12\)")
        t.line("here")
        t.wait("^part14 got here$")
        t.keys("C-]", "c", "k", "Up", "Enter")
        t.wait(r"^p10 \(10 of 12\)")
        t.keys("C-]", "c", "C-]", "C-]", "n")
        t.wait(r"^p11 \(11 of 12\)")
        t.keys("C-]", "q", "y")
        t.end()
    finally:
        t.close()
