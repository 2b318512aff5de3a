# SPDX-License-Identifier: GPL-2.0-only
"""What the documents tell people to type, typed: docs/drivers.md's first conversation, and
docs/programs.md's program in a partition."""

import os
import re
import subprocess

import pytest

import platforms
from documents import block, section, type_lines
from env import BUILD, OUT, TOP
from machine import Machine


def folder(name):
    """One from which the documents' paths lead where they should."""
    path = OUT / name
    path.mkdir(parents=True, exist_ok=True)
    for link, target in (("examples", TOP / "examples"), ("build", BUILD)):
        (path / link).unlink(missing_ok=True)
        (path / link).symlink_to(target)
    return path


def program(path, platform):
    """The program of docs/programs.md, behind the initrd `tools`: upper.cpio in @path."""
    text = section("docs/programs.md", "One, from its source to a partition")
    (path / "upper.c").write_text(re.search(r"^```c\n(.*?)^```", text, re.M | re.S)[1])
    commands = block(text, {"x86-64": "mkdir -p add/bin", "riscv64": "make install-lib O="}[platform.NAME])
    if platform.NAME == "x86-64":
        commands = "make install-lib PREFIX=$PWD/lib\nexport PKG_CONFIG_PATH=$PWD/lib/lib/pkgconfig\n" + commands
    commands = commands.replace("make install-lib", f"mkdir -p add/bin; make -s -C {TOP} install-lib")
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "DESTDIR")}
    subprocess.run(["sh", "-ec", commands.replace("/demo;", "/tools;")], cwd=path, env=env, check=True)


@pytest.fixture(scope="module", params=platforms.each())
def talk(request):
    """The plan of docs/drivers.md, with an initrd that has the program too."""
    platform = request.param
    path = folder(f"documents-{platform.NAME}")
    text = section("docs/drivers.md", "A first conversation")
    make_plan = block(text, "make initrd-tools").splitlines()[1]
    subprocess.run(["sh", "-ec", make_plan.replace("tour-x86.yaml", platform.TOUR.name)], cwd=path, check=True)
    plan = (path / "talk.yaml").read_text()
    assert "initrd: tools" in plan
    program(path, platform)
    (path / "talk.yaml").write_text(plan.replace("initrd: tools", "initrd: ./upper.cpio"))
    with Machine(f"talk-{platform.NAME}", path / "talk.yaml") as m:
        yield m.up()


def test_first_conversation(talk):
    typed = type_lines(talk, section("docs/drivers.md", "A first conversation"))
    said = {command: output for _, command, output in typed}

    def output(begin):
        (found,) = [said[command] for command in said if command.startswith(begin)]
        return found

    assert "3 packets received" in output("ping -c 3")
    assert "receiver" in output("iperf3 -c")
    assert "rt" in output("ssh").splitlines()
    assert "hello from rt" in output("socat VSOCK-CONNECT")
    assert "load average" in output("echo uptime")
    assert re.search(r"tx_frames: [1-9]", output("ethtool"))
    assert re.search(r"^link: up$", output("cat /sys/kernel/debug"), re.M)


def test_a_program_of_ones_own(talk):
    text = section("docs/programs.md", "One, from its source to a partition")
    answer, ask = re.search(r"`(upper [^`]*) &` in rt and `(upper [^`]*)` in control", text).groups()
    talk.sh("rt", f"{answer} >/tmp/upper 2>&1 & sleep 0.1")
    assert talk.sh("control", ask) == "HELLO\n"
