# SPDX-License-Identifier: GPL-2.0-only
"""libbulkhead as it is installed: a program is built against it by pkg-config, and two of
them talk over a test double that was made through the shared library."""

import ctypes
import os
import pathlib
import re
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
ROOT = pathlib.Path(os.environ["BULKHEAD_LIB_ROOT"]).resolve()
HEADER = TOP / "ipi/include/bulkhead/libbulkhead.h"
MANUAL = TOP / "docs/man/libbulkhead.3"


def declared():
    """The functions of the header, with their arguments' types and names."""
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.S)
    found = re.findall(r"^[\w ]+?[ *](bulkhead_\w+)\((.*?)\);", text, re.M | re.S)
    return {name: " ".join(arguments.split()) for name, arguments in found}


# What a program is built and run with here, where the library is not in its place.
ENV = {**os.environ, "PKG_CONFIG_PATH": f"{ROOT}/usr/lib/pkgconfig", "PKG_CONFIG_SYSROOT_DIR": str(ROOT),
       "PKG_CONFIG_ALLOW_SYSTEM_CFLAGS": "1", "PKG_CONFIG_ALLOW_SYSTEM_LIBS": "1",
       "LD_LIBRARY_PATH": f"{ROOT}/usr/lib"}


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """bh-link, linked with the installed shared library."""
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "bulkhead"], env=ENV, check=True,
                           capture_output=True, text=True).stdout.split()
    path = tmp_path_factory.mktemp("link") / "bh-link"
    subprocess.run(["gcc", "-Wall", "-Werror", "-D_GNU_SOURCE", TOP / "examples/link/bh-link.c", "-o", path,
                    *flags], check=True)
    needed = subprocess.run(["readelf", "-d", path], check=True, capture_output=True, text=True).stdout
    assert "libbulkhead.so.0" in needed
    return path


def test_the_library_exports_what_the_header_declares():
    symbols = subprocess.run(["nm", "-D", "--defined-only", ROOT / "usr/lib/libbulkhead.so"], check=True,
                             capture_output=True, text=True).stdout
    assert set(re.findall(r" T (\w+)", symbols)) == set(declared())
    assert not re.findall(r" [BDR] (\w+)", symbols)


def test_the_manual_has_every_function():
    text = MANUAL.read_text()
    text = re.sub(r'^\.BI? "?', "", text, flags=re.M).replace('"', "")
    text = " ".join(text[text.index("SYNOPSIS"):text.index(".SH DESCRIPTION")].split())
    text = re.sub(r" ?([,);]) ?", r"\1", text)
    for name, arguments in declared().items():
        want = re.sub(r"\* (?=\w)", "*", f"{name}({arguments});")
        want = re.sub(r" ?([,);]) ?", r"\1", want)
        got = re.sub(r"\* (?=\w)", "*", text)
        assert want in got, want


@pytest.mark.parametrize("modes", [("-r", "-r"), ("-r", "-f"), ("-f", "-r"), ("-f", "-f"), ("-p", "-r")],
                         ids="".join)
def test_two_programs_on_a_double(program, modes):
    lib = ctypes.CDLL(ROOT / "usr/lib/libbulkhead.so")
    pair = ctypes.c_void_p()
    assert lib.bulkhead_double_new(ctypes.c_size_t(1 << 19), ctypes.byref(pair)) == 0
    envs = []
    for side, peer in enumerate(("right", "left")):
        text = ctypes.create_string_buffer(128)
        assert lib.bulkhead_double_export(pair, side, peer.encode(), text, ctypes.c_size_t(128)) == 0
        envs.append({**os.environ, "LD_LIBRARY_PATH": f"{ROOT}/usr/lib",
                     "BULKHEAD_DOUBLE": f"other:0:0:0:0 {text.value.decode()}"})
    for receiver, sender, found in (("receive", "send", "500 frames"), ("echo", "ping", "500 x 8 bytes")):
        left = subprocess.Popen([program, modes[0], receiver, "right", "500"], env=envs[0], close_fds=False,
                                stdout=subprocess.PIPE, text=True)
        right = subprocess.Popen([program, modes[1], sender, "left", "500"], env=envs[1], close_fds=False,
                                 stdout=subprocess.PIPE, text=True)
        said = left.communicate(timeout=30)[0] + right.communicate(timeout=30)[0]
        assert (left.returncode, right.returncode) == (0, 0)
        assert found in said
    lib.bulkhead_double_free(pair)


# On this machine, but for what it writes: its folders are taken back with the namespace.
INSTALL = """
mount -t tmpfs none /mnt && mkdir /mnt/upper /mnt/work &&
mount -t overlay -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work none /etc || exit 77
mount -t tmpfs none /usr/local || exit 77
! test -d /var/cache/ldconfig || mount -t tmpfs none /var/cache/ldconfig || exit 77
make -s -C "$1" O="$2" install-lib &&
gcc -Wall -D_GNU_SOURCE -o /mnt/bh-link examples/link/bh-link.c $(pkg-config --cflags --libs bulkhead) &&
/mnt/bh-link list
"""


def test_a_program_starts_once_the_library_is_installed():
    """Where the loader finds it, without anything that the user had to know."""
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "DESTDIR", "PREFIX")}
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        # Without mounts of its own it would install onto the machine that runs it. Root has them, and
        # CI is root; who is not tries the rest of this file, which installs into a folder.
        pytest.skip("needs mounts of its own: root, or CAP_SYS_ADMIN")
    done = subprocess.run(["unshare", "-m", "sh", "-c", INSTALL, "sh", TOP, ROOT.parents[2]], cwd=TOP, env=env,
                          capture_output=True, text=True)
    assert done.returncode != 77, f"mounts: {done.stderr}"
    assert "shared libraries" not in done.stderr
    # This machine has no channels.
    assert "bh-link: list: No such device" in done.stderr, done.stderr


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    """A folder with the program of docs/programs.md, built and started as that says; and what was printed."""
    text = (TOP / "docs/programs.md").read_text()
    (source,) = re.findall(r"^```c\n(.*?)^```", text, re.M | re.S)
    (commands,) = re.findall(r"^    gcc .*\n(?:    .*\n)*    \./bh-double .*\n", text, re.M)
    folder = tmp_path_factory.mktemp("described")
    (folder / "upper.c").write_text(source)
    (folder / "examples").symlink_to(TOP / "examples")
    done = subprocess.run(["sh", "-ec", commands], cwd=folder, env=ENV, capture_output=True,
                          text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_the_program_of_the_manual(described):
    assert described[1] == "HELLO\n"


@pytest.mark.parametrize("command, says", [
    (["left", "exit 3", "right", "true"], "left: status 3: exit 3"),
    (["left", "true", "right", "kill -9 $$"], "right: Killed"),
    (["-s", "100", "left", "true", "right", "true"], "100 bytes each way: Invalid argument"),
    (["left", "true"], "usage:")])
def test_two_programs_of_which_one_fails(described, command, says):
    done = subprocess.run([described[0] / "bh-double", *command], env=ENV, capture_output=True, text=True,
                          timeout=30)
    assert done.returncode and says in done.stderr, done


def test_who_is_left_hears_of_a_death(described, program):
    done = subprocess.run([described[0] / "bh-double", "left", f"timeout -s KILL 1 {program} ping right 1000000",
                           "right", f"{program} echo left"], env=ENV, capture_output=True, text=True, timeout=30)
    assert "bh-link: receive: Connection reset by peer" in done.stderr, done.stderr
