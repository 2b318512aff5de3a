# SPDX-License-Identifier: GPL-2.0-only
"""`bulkhead console` from outside: its list, and a pseudo-terminal in place of a console."""

import fcntl
import json
import os
import pathlib
import pty
import subprocess
import termios

import pytest

TOOL = pathlib.Path(os.environ["BULKHEAD_TOOL"]) / "bulkhead"


@pytest.fixture
def root(tmp_path):
    """A partition that manages rt and app, and has a channel to a third."""
    for name, link in (("rt.view", "up"), ("app.view", "down"), ("other.raw", "up"),
                       ("control.console", "up"), (".view", "up")):
        folder = tmp_path / "sys/bus/bulkhead/devices" / name
        folder.mkdir(parents=True)
        (folder / "link").write_text(link + "\n")
    (tmp_path / "dev/bulkhead").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def far(root):
    """The other end of rt's console."""
    far, near = pty.openpty()
    settings = termios.tcgetattr(near)
    settings[0] = settings[1] = 0
    settings[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(near, termios.TCSANOW, settings)
    (root / "dev/bulkhead/rt.console").symlink_to(os.ttyname(near))
    yield far
    os.close(far)
    os.close(near)


def console(root, *args, status=0, stdin=b""):
    done = subprocess.run([TOOL, "console", f"--root={root}", *args], input=stdin,
                          capture_output=True, timeout=20)
    assert done.returncode == status, done.stderr
    return done


def test_list(root):
    assert console(root).stdout == b"NAME  LINK\napp   down\nrt    up\n"


def test_json(root):
    assert json.loads(console(root, "--json").stdout) == {"consoles": [
        {"name": n, "link": link, "device": f"{root}/dev/bulkhead/{n}.console"}
        for n, link in (("app", "down"), ("rt", "up"))]}


def test_no_consoles(root):
    for name in ("rt", "app"):
        (root / f"sys/bus/bulkhead/devices/{name}.view/link").unlink()
        (root / f"sys/bus/bulkhead/devices/{name}.view").rmdir()
    done = console(root)
    assert done.stdout == b"" and b"manage none" in done.stderr
    assert json.loads(console(root, "--json").stdout) == {"consoles": []}


def test_no_drivers(tmp_path):
    assert b"CONFIG_BULKHEAD" in console(tmp_path, status=3).stderr
    assert b"CONFIG_BULKHEAD" in console(tmp_path, "rt", status=3).stderr


def test_no_such_console(root):
    assert b'did you mean "rt"?' in console(root, "rtt", status=1).stderr
    assert b"lists those" in console(root, "../../etc", status=1).stderr


@pytest.mark.parametrize("args", [["rt", "app"], ["rt", "--json"], ["--escape=ab", "rt"],
                                  ["--linger=soon", "rt"], ["--linger=-1", "rt"]])
def test_usage(root, args):
    assert b"bulkhead console" in console(root, *args, status=2).stderr


def test_pipe(root, far):
    """Typed as it is, shown as it is, and over when the console has fallen silent."""
    os.write(far, b"kept\r\n")
    done = console(root, "rt", "--linger=0.2", stdin=b"ls\n~.\nexit\n")
    assert os.read(far, 100) == b"ls\n~.\nexit\n"
    assert done.stdout == b"kept\r\n" and done.stderr == b""


def test_output_that_does_not_arrive(root, far):
    os.write(far, b"kept\r\n")
    with open("/dev/full", "wb") as full:
        done = subprocess.run([TOOL, "console", f"--root={root}", "rt"], stdin=subprocess.DEVNULL,
                              stdout=full, stderr=subprocess.PIPE, timeout=20)
    assert done.returncode == 3 and b"could not be written" in done.stderr


def test_background(root, far):
    """Another job has the terminal's keyboard: that is said, instead of being stopped without a word."""
    ours, theirs = pty.openpty()

    def on_terminal():
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    # timeout(1) makes no job of its own where it leads the session: the shell does.
    process = subprocess.Popen(["sh", "-c", '"$@"; exit $?', "sh", "timeout", "-k", "1", "10", TOOL,
                                "console", f"--root={root}", "rt"], stdin=theirs, stdout=theirs,
                               stderr=subprocess.PIPE, preexec_fn=on_terminal)
    try:
        said = process.communicate(timeout=20)[1]
    finally:
        os.close(ours)
        os.close(theirs)
    assert process.returncode == 3 and b"--foreground" in said
