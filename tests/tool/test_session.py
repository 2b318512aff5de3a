# SPDX-License-Identifier: GPL-2.0-only
"""`bulkhead run` on a terminal, with something else than QEMU below it: what says whatever
it likes, or nothing, or ends. However it ends, the terminal is as before and nothing is left."""

import fcntl
import os
import pty
import re
import resource
import select
import signal
import socket
import struct
import subprocess
import termios
import time

import pytest

# The fixture is a name that pytest looks up here.
from test_riscv import TOOL, ours, work		# noqa: F401 pylint: disable=unused-import

EMULATOR = """#!/usr/bin/python3
import os, random, re, sys, time
if any("dumpdtb" in x for x in sys.argv):
    os.execvp("qemu-system-riscv64", ["qemu-system-riscv64", *sys.argv[1:]])
(path,) = re.findall(r"pipe,[^ ]*path=([^, ]+)", " ".join(sys.argv))
out, what, odd = os.open(path + ".out", os.O_RDWR), os.environ["SAYS"], random.Random(1)
def say(data):
    while data:
        data = data[os.write(out, data):]
say(b"OpenSBI v1.8\\r\\n" + b"".join(b"\\x1e%clo from %d\\r\\n" % (0x40 + i, i) for i in (3, 5)))
for n in range(100000):
    if what.isdigit():
        say(b"".join(b"\\x1eCline %d\\r\\n" % i for i in range(int(what))))
        what = "exit"
    elif what == "nothing":
        time.sleep(0.05)
    elif what == "lines":
        say(b"\\x1eC" + b"x" * 70 + b"\\r\\n\\x1eEtyped\\r\\n")
    elif what == "no end":
        say(b"\\x1eC" + b"y" * 5000)
    elif what == "queries":
        say(b"\\x1eC" + b"\\x1b[6n" * 30000 + b"\\x1eEasked\\r\\n")
        while not os.path.exists(os.environ["TYPED"]):
            time.sleep(0.01)
        wire = os.open(path + ".in", os.O_RDWR | os.O_NONBLOCK)
        say(b"\\x1eEcame: " + re.sub(b"[^a-z]", b"", os.read(wire, 1 << 20)) + b";\\r\\n")
        what = "nothing"
    elif what == "anything":
        say(bytes(odd.choice([odd.randrange(256), 0x1e, 0x1e, 0x1b, 0x43, 0x45, 10, 13, 8, 0x5b])
                  for _ in range(odd.randrange(1, 200))))
    else:
        if what == "last words":
            os.write(2, b"".join(b"message %d\\n" % i for i in range(3000)) + b"z" * 9000 + b"the last")
        os._exit(7)
"""


def start(work, tmp_path, says, launcher=(), args=(), **how):
    """`bulkhead run` with that below it."""
    (tmp_path / "qemu").write_text(EMULATOR)
    (tmp_path / "qemu").chmod(0o755)
    (tmp_path / "tmp").mkdir(exist_ok=True)
    return subprocess.Popen(
        [*launcher, TOOL / "bulkhead", "run", work / "plan.yaml", "--qemu", tmp_path / "qemu", "--firmware",
         "direct", *ours(work), *args],
        env={**os.environ, "SAYS": says, "TYPED": str(tmp_path / "typed"), "TMPDIR": str(tmp_path / "tmp"),
             "TERM": "xterm-256color"}, **how)


def run_on_terminal(work, tmp_path, says, act, size=(24, 80), launcher=()):
    """(status, what came on the terminal); @act gets the process and the terminal's other end."""
    ours_end, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", *size, 0, 0))
    before, during, said = termios.tcgetattr(theirs), None, bytearray()

    def on_terminal():
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        for number in range(1, 32):	# nohup's children ignore SIGHUP, and so would these
            if number not in (signal.SIGKILL, signal.SIGSTOP):
                signal.signal(number, signal.SIG_DFL)

    process = start(work, tmp_path, says, launcher, stdin=theirs, stdout=theirs, stderr=theirs,
                    preexec_fn=on_terminal)
    deadline, ended = time.monotonic() + 30, False
    while not ended:
        assert time.monotonic() < deadline, f"it does not end; last: {said[-300:]}"
        ended = process.poll() is not None
        while select.select([ours_end], [], [], 0 if ended else 0.05)[0]:
            said += os.read(ours_end, 65536)
            if not ended:
                break
        if during is None and b"lo from 5" in said:
            during = termios.tcgetattr(theirs)
            act(process, ours_end)
    assert b"Sanitizer" not in said and b"runtime error" not in said, said[-3000:].decode("latin1")
    assert says == "exit" or during != before, "the terminal was never taken"
    assert termios.tcgetattr(theirs) == before, "the terminal was not given back"
    assert not list((tmp_path / "tmp").iterdir()), "files are left"
    os.close(ours_end)
    os.close(theirs)
    return process.returncode, bytes(said)


@pytest.mark.parametrize("name", ["INT", "TERM", "HUP", "QUIT", "ABRT", "ALRM", "USR1", "USR2", "PROF",
                                  "XCPU", "PWR"])
def test_signals(work, tmp_path, name):		# noqa: F811
    number = signal.Signals[f"SIG{name}"]
    status, _ = run_on_terminal(work, tmp_path, "nothing", lambda p, _: p.send_signal(number))
    assert status == -number


@pytest.mark.parametrize("says", ["nothing", "lines", "no end", "anything"])
def test_keys(work, tmp_path, says):		# noqa: F811
    def act(_, terminal):
        os.write(terminal, bytes(set(range(1, 255)) - {0x1d}))
        os.write(terminal, b"\x1dq" + (b"n\x1dc\x1d\x1d1\x1dlx\x1dqy" if says == "lines" else b"y"))

    status, _ = run_on_terminal(work, tmp_path, says, act)
    assert status == 0


def wait_for(terminal, text):
    said, deadline = b"", time.monotonic() + 20
    while text not in said:
        assert time.monotonic() < deadline and select.select([terminal], [], [], 20)[0], \
            f"no {text} in {said[-300:]}"
        said += os.read(terminal, 65536)


def test_queries_without_end(work, tmp_path):	# noqa: F811
    """What is typed for one partition finds room on the line that all share, however often another
    asks its terminal something and does not read the answers."""
    def act(_, terminal):
        wait_for(terminal, b"asked")
        os.write(terminal, b"\x1d2hello")
        wait_for(terminal, b"(2 of 2)")
        (tmp_path / "typed").touch()
        wait_for(terminal, b"came: hello;")
        os.write(terminal, b"\x1dqy")

    status, _ = run_on_terminal(work, tmp_path, "queries", act)
    assert status == 0


def test_emulator_ends(work, tmp_path):		# noqa: F811
    status, said = run_on_terminal(work, tmp_path, "exit", lambda *_: None)
    assert status == 3 and b"status 7" in said


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (65535, 65535)])
def test_odd_terminals(work, tmp_path, size):	# noqa: F811
    def act(process, terminal):
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("4H", 1, 2, 0, 0))
        process.send_signal(signal.SIGTERM)

    status, _ = run_on_terminal(work, tmp_path, "lines", act, size)
    assert status == -signal.SIGTERM


def test_background(work, tmp_path):		# noqa: F811
    """`timeout` makes a job of its own of what it runs, and the terminal's keyboard stays another's:
    the consoles are shown nonetheless, and nothing is stopped for having touched the terminal."""
    status, said = run_on_terminal(work, tmp_path, "exit", lambda *_: None,
                                   launcher=["sh", "-c", '"$@"; exit $?', "sh", "timeout", "25"])
    assert status == 3 and b"status 7" in said and b"lo from 5" in said


# --- an output that fails, or takes its time ---

def run_on(work, tmp_path, says, out, act=lambda _: None):
    """What is said on standard error of a run that ends with status 3, its output on @out."""
    process = start(work, tmp_path, says, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE)
    try:
        act(process)
        said = process.communicate(timeout=30)[1].decode()
    finally:
        process.kill()
    assert process.returncode == 3 and "Sanitizer" not in said, said
    assert not list((tmp_path / "tmp").iterdir()), "files are left"
    return said


def test_no_space(work, tmp_path):		# noqa: F811
    with open("/dev/full", "wb") as full:
        assert run_on(work, tmp_path, "lines", full) == \
            "bulkhead: error: the output could not be written: No space left on device\n"


def test_nobody_reads(work, tmp_path):		# noqa: F811
    ours_end, theirs = os.pipe()
    os.close(ours_end)
    assert run_on(work, tmp_path, "lines", theirs) == "bulkhead: error: the output could not be written: Broken pipe\n"
    os.close(theirs)


def test_too_many_descriptors(work, tmp_path):	# noqa: F811
    """poll() takes as many descriptors as a process may open. Those that are left are for the end."""
    def act(process):
        process.stdout.readline()
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (6, 6))

    assert run_on(work, tmp_path, "lines", subprocess.PIPE, act) == "bulkhead: error: poll: Invalid argument\n"


def test_output_that_does_not_block(work, tmp_path):	# noqa: F811
    """A program that shares a terminal may have left it so: what it has no room for waits."""
    ours_end, theirs = os.pipe()
    os.set_blocking(theirs, False)
    process = start(work, tmp_path, "10000", stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 30
        while process.poll() is None and select.select([], [theirs], [], 0)[1]:
            assert time.monotonic() < deadline, "the pipe does not fill"
            time.sleep(0.01)
        os.close(theirs)
        with open(ours_end, "rb") as pipe:
            said = pipe.read()
        errors = process.communicate(timeout=30)[1]
    finally:
        process.kill()
    assert process.returncode == 3 and b"status 7" in errors, errors
    assert re.findall(rb"^control +\| line (\d+)$", said, re.M) == [b"%d" % i for i in range(10000)]


def test_last_words(work, tmp_path):		# noqa: F811
    """All that the emulator has said before it ended: much, a line that is too long, and one without an end."""
    process = start(work, tmp_path, "last words", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE)
    said, errors = process.communicate(timeout=30)
    assert process.returncode == 3 and b"status 7" in errors
    lines = re.findall(rb"^qemu +\| (.*)$", said, re.M)
    assert lines[:3000] == [b"message %d" % i for i in range(3000)]
    assert b"".join(lines[3000:]) == b"z" * 9000 + b"the last"
    assert errors.endswith(b"the last\n")


# --- sockets of two runs in one folder ---

@pytest.fixture
def sockets(work, tmp_path):			# noqa: F811
    """Starts a run with its sockets in tmp_path/s, and waits until they answer."""
    runs = []

    def begin():
        runs.append(start(work, tmp_path, "nothing", stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          stdout=subprocess.DEVNULL, args=["--socket-dir", tmp_path / "s", "--log-dir", tmp_path / "s"]))
        return runs[-1]

    yield begin
    for process in runs:
        process.kill()
        process.wait()


def answer(path):
    """The first line of what a client gets there."""
    deadline = time.monotonic() + 20
    while True:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(20)
            try:
                client.connect(str(path))
            except OSError:
                assert time.monotonic() < deadline, f"nobody answers on {path}"
                time.sleep(0.02)
                continue
            return client.makefile("rb").readline()


def end(process):
    process.terminate()
    said = process.communicate(timeout=30)[1].decode()
    assert process.returncode == -signal.SIGTERM, said


def names(folder):
    return sorted(path.name for path in folder.glob("*.sock"))


NAMES = ["app.sock", "control.sock", "firmware.sock"]


def test_sockets_of_a_run(sockets, tmp_path):
    first = sockets()
    assert answer(tmp_path / "s/app.sock") == b"lo from 5\r\n" and names(tmp_path / "s") == NAMES
    second = sockets()
    said = second.communicate(timeout=30)[1].decode()
    assert second.returncode == 3
    assert said == f"bulkhead: error: socket {tmp_path}/s/control.sock of process {first.pid}: Address already in use\n"
    assert answer(tmp_path / "s/app.sock") == b"lo from 5\r\n" and names(tmp_path / "s") == NAMES
    assert (tmp_path / "s/app.log").read_bytes() == b"lo from 5\r\n"
    end(first)
    assert not names(tmp_path / "s")


def test_sockets_that_nobody_answers_on(sockets, tmp_path):
    first = sockets()
    answer(tmp_path / "s/app.sock")
    first.kill()
    first.wait()
    assert names(tmp_path / "s") == NAMES
    second = sockets()
    assert answer(tmp_path / "s/app.sock") == b"lo from 5\r\n"
    end(second)
    assert not names(tmp_path / "s")


def test_sockets_of_another(sockets, tmp_path):
    """What has come into a socket's place is not the run's to remove; nor what is no socket to be replaced."""
    run = sockets()
    answer(tmp_path / "s/app.sock")
    (tmp_path / "s/app.sock").unlink()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(tmp_path / "s/app.sock"))
        end(run)
    assert names(tmp_path / "s") == ["app.sock"]
    (tmp_path / "s/control.sock").write_text("mine")
    run = sockets()
    assert "control.sock: Address already in use\n" in run.communicate(timeout=30)[1].decode()
    assert (tmp_path / "s/control.sock").read_text() == "mine"
