# SPDX-License-Identifier: GPL-2.0-only
"""COM1 is the boot stage's up to the line that <bulkhead/x86/stage.h> names, then its owner's."""

import re
import subprocess

import pytest

# The fixture is a name that pytest looks up here.
from test_tool import TOOL, TOP, work		# noqa: F401 pylint: disable=unused-import

# Each write waits until the tool has read it, except while the tool is stopped.
EMULATOR = """#!/usr/bin/python3
import fcntl, os, re, signal, sys, termios, time
args, tool, stopped = " ".join(sys.argv), os.getppid(), False
outs = {int(port, 16): os.open(path + ".out", os.O_RDWR) for path, port in re.findall(
    r"pipe,id=uart[0-9]+,path=([^, ]+) -device isa-serial,iobase=(0x[0-9a-f]+)", args)}
rest = sorted(port for port in outs if port != 0x3f8)
def wait_for(holds):
    end = time.monotonic() + 10
    while not holds() and time.monotonic() < end:
        time.sleep(0.005)
def is_read():
    return not any(any(fcntl.ioctl(out, termios.FIONREAD, bytes(4))) for out in outs.values())
def is_stopped():
    return open(f"/proc/{tool}/stat").read().rpartition(")")[2].split()[0] == "T"
for port, said in %r:
    if port:
        os.write(outs[0x3f8 if port == 1 else rest[0]], said)
    else:
        stopped = said == b"stop"
        os.kill(tool, signal.SIGSTOP if stopped else signal.SIGCONT)
    wait_for(is_stopped if stopped else is_read)
"""


def contract(name):
    return re.search(rf'#define {name}\s+"(.*)"', (TOP / "include/bulkhead/x86/stage.h").read_text())[1].encode()


PREFIX, END, STOPPED = (contract(f"BH_BOOT_{x}") for x in ("PREFIX", "END", "STOPPED"))
STAGE = PREFIX + b"0.1.0 boot stage at 0x7e000000\r\n"
LAST = PREFIX + END + b"\r\n"


def consoles(work, tmp_path, said, *args):
    """{console: its log} of a run in which (port, bytes) come; port 1 is COM1, which control owns. (0, b"stop")
    stops the tool, and another 0 has it go on."""
    (tmp_path / "qemu").write_text(EMULATOR % (said,))
    (tmp_path / "qemu").chmod(0o755)
    (tmp_path / "any.iso").write_bytes(b"")
    done = subprocess.run(
        [TOOL / "bulkhead", "run", work / "three.yaml", "--accel", "tcg", "--qemu", tmp_path / "qemu", "--image",
         tmp_path / "any.iso", "--log-dir", tmp_path / "logs", *args],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
    assert b"Sanitizer" not in done.stderr, done.stderr.decode()
    return {p.stem: p.read_bytes() for p in (tmp_path / "logs").iterdir()}, done


@pytest.mark.parametrize("first", [b"[    0.000000] Linux version 7.3\r\n", b"\r\n", b"~ # ",
                                   PREFIX + b"control: up after 1.25 s\r\n", b"\x1b[6n", b"\xff\x00\x1b"])
def test_whatever_the_kernel_says_first(work, tmp_path, first):	# noqa: F811
    """Also nothing that looks like a kernel: one that is quiet begins with what its init says."""
    logs, _ = consoles(work, tmp_path, [(1, b"SeaBIOS\r\n\r\n" + STAGE + LAST), (1, first + b"more\r\n")])
    assert logs["control"] == first + b"more\r\n"
    assert logs["boot"].endswith(LAST) and STAGE in logs["boot"]


@pytest.mark.parametrize("line", [b"[    0.000000] Linux version 7.3", b"GRUB loading.", PREFIX + b"error: so what"])
def test_whatever_the_boot_stage_says(work, tmp_path, line):	# noqa: F811
    """Only the whole line counts, and in one piece or in many."""
    said = [(1, STAGE), (1, line + b"\r\n"), (1, PREFIX + END + b"s here\r\n"), (1, PREFIX[:4]),
            (1, PREFIX[4:] + END + b"\r"), (1, b"\nmine")]
    logs, _ = consoles(work, tmp_path, said)
    assert logs["control"] == b"mine"
    assert logs["boot"] == b"".join(x for _, x in said)[:-4]


def test_firmware_on_all_ports(work, tmp_path):	# noqa: F811
    """What comes before the boot stage on another port is UEFI's, or looks like a kernel's and is not."""
    logs, _ = consoles(work, tmp_path, [(2, b"BdsDxe: loading\r\n[    0.000000] no kernel\r\n"), (1, b"BdsDxe: loading\r\n"),
                                        (1, STAGE + LAST), (2, b"quiet: up\r\n"), (1, b"x\r\n")])
    assert sorted(log for name, log in logs.items() if name != "boot") in (
        [b"", b"quiet: up\r\n", b"x\r\n"], [b"quiet: up\r\n", b"x\r\n"])


JUNK = b"BdsDxe: loading\r\n"


def other(logs):
    """What the port that is not COM1 said; a third says nothing."""
    return b"".join(log for name, log in logs.items() if name not in ("boot", "control"))


@pytest.mark.parametrize("behind", [b"", b"x\r\n"])
def test_kernels_ahead_of_a_tool_that_is_late(work, tmp_path, behind):	# noqa: F811
    """What kernels have written before the boot stage's lines were read is theirs, all of it."""
    logs, _ = consoles(work, tmp_path, [(2, JUNK), (1, JUNK), (0, b"stop"), (1, STAGE + LAST + behind), (2, b"first\r\n"),
                                        (0, b"go on"), (2, b"second\r\n")])
    assert other(logs) == b"first\r\nsecond\r\n" and logs["control"] == behind


def test_late_within_the_firmware(work, tmp_path):	# noqa: F811
    logs, _ = consoles(work, tmp_path, [(0, b"stop"), (2, JUNK), (1, JUNK + STAGE), (0, b"go on"), (1, LAST),
                                        (2, b"first\r\n")])
    assert other(logs) == b"first\r\n"


def test_late_from_the_firmware_to_the_kernels(work, tmp_path):	# noqa: F811
    """Whose is whose, nobody can tell then: the kernels' is shown, and the firmware's too."""
    logs, _ = consoles(work, tmp_path, [(0, b"stop"), (2, JUNK), (1, JUNK + STAGE + LAST), (2, b"first\r\n"), (0, b"go on")])
    assert other(logs) == JUNK + b"first\r\n"


def test_refusal(work, tmp_path):		# noqa: F811
    logs, done = consoles(work, tmp_path, [(1, STAGE + PREFIX + b"error: why\r\n" + PREFIX + STOPPED + b"\r\n")],
                          "-e", "up")
    assert done.returncode == 1 and b"refused to start" in done.stderr
    assert logs["control"] == b"" and logs["boot"].endswith(STOPPED + b"\r\n")
