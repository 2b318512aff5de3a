# SPDX-License-Identifier: GPL-2.0-only
"""`bulkhead show`, `build`, `install` and the parts of `run` that need no QEMU."""

import fcntl
import hashlib
import importlib.util
import itertools
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import struct
import subprocess
import termios
import xml.etree.ElementTree as ET

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
TOOL = pathlib.Path(os.environ["BULKHEAD_TOOL"])
SVG = "{http://www.w3.org/2000/svg}"

spec = importlib.util.spec_from_file_location("plans", TOP / "tests/plans/run.py")
plans = importlib.util.module_from_spec(spec)
spec.loader.exec_module(plans)

PLAN = """
bulkhead: 1
machine: { platform: x86-64, qemu: { cpus: 4, memory: 2G } }
partitions:
  control: { cpus: 1, memory: 512M, kernel: ./kernel, initrd: ./initrd, devices: [legacy, pci],
             manages: [rt] }
  rt:      { cpus: "3", memory: 256M, kernel: ./kernel, initrd: ./initrd }
  app:     { cpus: 2, memory: 512M, kernel: ./other }
channels:
  - { between: [control, rt], size: 256K }
"""


def sha256(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A folder with a plan and everything it names."""
    work = tmp_path_factory.mktemp("tool")
    (work / "kernel").write_bytes(plans.bzimage())
    (work / "other").write_bytes(plans.bzimage(init_size=48 << 20))
    for name in ["kernel", "other"]:
        (work / f"{name}.config").write_text(plans.GOOD_CONFIG)
    (work / "initrd").write_bytes(bytes(range(256)) * 100)
    (work / "boot.elf").write_bytes(b"\x7fELF, or so")
    (work / "three.yaml").write_text(PLAN)
    return work


def run(*args, status=0, env=None, **more):
    done = subprocess.run([TOOL / "bulkhead", *map(str, args)], capture_output=True, text=True,
                          timeout=60, env={**os.environ, **(env or {})}, **more)
    assert done.returncode == status, f"{args}: status {done.returncode}\n{done.stderr}"
    return done


# --- show ---

def test_show_table_wraps_memory(work):
    """A partition with several ranges has a line for each."""
    plan = (work / "three.yaml").read_text()
    changed = re.sub(r"memory: 256M", "memory: [{ base: 0x30000000, size: 128M }, "
                     "{ base: 0x50000000, size: 128M }]", plan, count=1)
    assert changed != plan
    (work / "ranges.yaml").write_text(changed)
    table = run("show", work / "ranges.yaml").stdout
    assert "\\x0a" not in table
    assert "128M at 0x30000000" in table and "128M at 0x50000000" in table
    assert not any("0x30000000" in line and "0x50000000" in line for line in table.splitlines())


def test_show_json(work):
    plan = json.loads(run("show", work / "three.yaml", "--json").stdout)
    assert [p["name"] for p in plan["partitions"]] == ["control", "rt", "app"]
    assert [p["id"] for p in plan["partitions"]] == [3, 4, 5]
    cpus = [c for p in plan["partitions"] for c in p["cpus"]]
    assert sorted(cpus) == [c["id"] for c in plan["machine"]["cpus"]] == [0, 1, 2, 3]
    assert plan["partitions"][0]["cpus"] == [0]  # owner of legacy devices: the BSP
    assert plan["partitions"][0]["manages"] == ["rt"]
    assert plan["channels"][0]["between"] == ["control", "rt"]
    assert {i["label"] for i in plan["images"]} >= {"./kernel", "./initrd", "./other"}

    ranges = [r for p in plan["partitions"] for r in [*p["memory"], p["low_slice"]]]
    ranges += [c["memory"] for c in plan["channels"]] + [plan["monitor"], plan["low_page"], plan["golden"]]
    for a, b in itertools.combinations(ranges, 2):
        assert a["base"] + a["size"] <= b["base"] or b["base"] + b["size"] <= a["base"]
    for r in ranges:
        assert any(m["base"] <= r["base"] and
                   r["base"] + r["size"] <= m["base"] + m["size"]
                   for m in plan["machine"]["ram"]), r


def test_show_table(work):
    lines = run("show", work / "three.yaml").stdout.splitlines()
    assert lines[0].split() == ["PARTITION", "ID", "CPUS", "MEMORY", "LOW", "KERNEL", "INITRD",
                                "CONSOLE", "DEVICES", "MANAGES"]
    assert [line.split()[0] for line in lines[1:4]] == ["control", "rt", "app"]
    assert "com1" in lines[1] and "legacy, pci" in lines[1] and lines[1].rstrip().endswith("rt")


def test_tables_have_the_channels(work):
    """Who talks to whom, and where; nothing for a plan without channels."""
    memory = json.loads(run("show", work / "three.yaml", "--json").stdout)["channels"][0]["memory"]
    for verb in ("show", "check"):
        partitions, channels, *reserved = run(verb, work / "three.yaml").stdout.split("\n\n")
        assert channels.splitlines()[0].split() == ["CHANNEL", "MEMORY"]
        assert channels.splitlines()[1:] == [
            f"control - rt {memory['size'] >> 10}K at {memory['base']:#x}"]
        plan = (work / "three.yaml").read_text()
        (work / "silent.yaml").write_text(plan[:plan.index("channels:")])
        silent = run(verb, work / "silent.yaml").stdout.split("\n\n")
        assert len(silent[0].splitlines()) == len(partitions.splitlines())
        assert len(silent) == 1 + len(reserved)


def test_the_table_has_what_no_partition_has(work):
    plan = json.loads(run("show", work / "three.yaml", "--json").stdout)
    text = run("show", work / "three.yaml").stdout
    for name, r in ("monitor", plan["monitor"]), ("golden images", plan["golden"]):
        line = next(x for x in text.splitlines() if x.startswith(name))
        assert line.endswith(f"K at {r['base']:#x}") or line.endswith(f"M at {r['base']:#x}")
    assert "golden" not in run("check", work / "three.yaml").stdout


def inside(outer, inner):
    return outer["base"] <= inner["base"] and \
        inner["base"] + inner["size"] <= outer["base"] + outer["size"]


def test_golden_copies_have_places(work):
    """Each image once, each private area; in the range of their own, and apart."""
    plan = json.loads(run("show", work / "three.yaml", "--json").stdout)
    copies = [x["golden"] for x in plan["images"] + plan["partitions"]]
    assert len(copies) == len(plan["images"]) + 3
    assert all(inside(plan["golden"], r) for r in copies)
    for image in plan["images"]:
        assert image["golden"]["size"] >= image["size"]
    for a, b in itertools.combinations(copies, 2):
        assert a["base"] + a["size"] <= b["base"] or b["base"] + b["size"] <= a["base"]
    for part in plan["partitions"]:
        for at in "kernel_at", "private_at":
            assert any(inside(r, {"base": part[at], "size": 1}) for r in part["memory"])


RISCV = """
bulkhead: 1
machine: { platform: riscv64, qemu: { cpus: 4, memory: 3G } }
partitions:
  control: { cpus: 1, memory: 512M, kernel: ./image, initrd: ./initrd, devices: [legacy, pci] }
  rt:      { cpus: "3", memory: 256M, kernel: ./image, console: none }
  app:     { cpus: 2, memory: 768M, kernel: ./image }
channels:
  - { between: [control, rt], size: 256K }
"""


def test_show_riscv(work):
    """PMP entries in every form; nobody has what is another's, but for the halves of a channel."""
    (work / "image").write_bytes(plans.riscv_image())
    (work / "image.config").write_text(plans.GOOD_RISCV_CONFIG)
    (work / "riscv.yaml").write_text(RISCV)
    lines = run("show", work / "riscv.yaml").stdout.splitlines()
    assert lines[0].split()[4] == "PMP" and "9 of 11" in lines[1] and "firmware" in lines[1]
    assert "5 of 11" in lines[2] and "none" in lines[2]
    assert "9 of 11" in run("check", work / "riscv.yaml").stdout
    checked = json.loads(run("check", "--json", work / "riscv.yaml").stdout)
    assert [p["pmp"] for p in checked["partitions"]] == [
        {"needed": n, "left": 11} for n in (9, 5, 4)]
    assert checked["partitions"][0]["console"] == "firmware"
    assert "console" not in checked["partitions"][1]

    plan = json.loads(run("show", "--json", work / "riscv.yaml").stdout)
    assert plan["pmp_left"] == 11
    entries = [(i, e) for i, p in enumerate(plan["partitions"]) for e in p["pmp"]]
    for _, e in entries:
        assert e["size"] & (e["size"] - 1) == 0 and e["base"] % e["size"] == 0, e
    for (i, a), (k, b) in itertools.combinations(entries, 2):
        apart = a["base"] + a["size"] <= b["base"] or b["base"] + b["size"] <= a["base"]
        halves = {a["kind"], b["kind"]} == {"channel-own", "channel-peer"}
        assert apart or (i != k and halves and a["base"] == b["base"]), (a, b)
    kinds = [e["kind"] for i, e in entries if i == 0]
    assert kinds == ["memory", "status-page", "imsic", "channel-own", "channel-peer"] + 4 * ["device"]
    svg = ET.fromstring(run("show", "-f", "svg", work / "riscv.yaml").stdout)
    said = "".join(node.text or "" for node in svg.iter(f"{SVG}text"))
    assert "below 4 GiB" in said and "below 1 MiB" not in said and "boots on" not in said
    assert "image, firmware, legacy, PCI" in said
    assert "firmware and golden images" in said and "monitor" not in said


def test_machine_is_what_the_description_says(work):
    """A description of a riscv64 machine as the tool writes it, read again, in both forms."""
    source = TOP / "tests/plans/machines/riscv-virt.yaml"
    text = run("machine", "--machine", source).stdout
    (work / "again.yaml").write_text(text)
    assert run("machine", "--machine", work / "again.yaml").stdout == text
    written = run("machine", "--machine", source, "--json").stdout
    (work / "again.json").write_text(written)
    assert run("machine", "--machine", work / "again.json").stdout == text
    assert json.loads(written)["devices"][0]["class"] == "legacy"
    # What the plan's own qemu section comes to, said by hand.
    assert run("show", "--json", work / "riscv.yaml", "--machine", source).stdout == \
        run("show", "--json", work / "riscv.yaml").stdout


def test_show_output_is_whole_or_not_there(work):
    run("show", work / "three.yaml", "-f", "svg", "-o", work / "nowhere" / "map.svg", status=3)
    run("show", work / "three.yaml", "-f", "svg", "-o", work / "map.svg")
    ET.parse(work / "map.svg")
    assert not [f for f in work.iterdir() if "new" in f.name]


@pytest.mark.parametrize("args", [["run", "PLAN", "--dry-run"], ["run", "PLAN", "--dry-run", "--json"],
                                  ["plan-reference"], ["--version"], ["--help"], ["show", "PLAN"],
                                  ["check", "PLAN"]])
def test_lost_output_is_no_success(work, args):
    args = [work / "three.yaml" if arg == "PLAN" else arg for arg in args]
    if "--dry-run" in args:
        args += ["--boot-stage", work / "boot.elf"]
    with open("/dev/full", "w") as full:
        done = subprocess.run([TOOL / "bulkhead", *args], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 3


@pytest.mark.parametrize("verb", ["check", "show"])
def test_unread_file_is_no_wrong_plan(work, verb):
    for args in ([work / "nowhere.yaml"], [work / "three.yaml", "-m", work / "nowhere.yaml"]):
        assert "cannot be read" in run(verb, *args, status=3).stderr
    (work / "empty.yaml").write_text("")
    run(verb, work / "three.yaml", "-m", work / "empty.yaml", status=1)


@pytest.mark.parametrize("verb", ["check", "show"])
def test_table_on_a_narrow_terminal(work, verb):
    """A row stays a row: cells that move to lines of their own can't be read."""
    plain = run(verb, work / "three.yaml").stdout
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    subprocess.run([TOOL / "bulkhead", verb, work / "three.yaml"], stdout=slave, stderr=subprocess.PIPE,
                   check=True)
    os.close(slave)
    os.set_blocking(master, False)
    assert os.read(master, 65536).decode().replace("\r", "") == plain
    os.close(master)
    assert max(map(len, plain.splitlines())) > 60


def test_show_bad_format(work):
    assert "--format" in run("show", work / "three.yaml", "-f", "png", status=2).stderr


def texts(svg):
    """Every text with the box it may take."""
    for node in svg.iter(f"{SVG}text"):
        if not node.text:
            continue
        style = node.get("style", "")
        classes = node.get("class", "").split()
        size = 12.0
        for name, px in [("title", 26), ("head", 16), ("small", 11), ("tiny", 9.5)]:
            if name in classes:
                size = px
        if "font-size:" in style:
            size = float(style.split("font-size:")[1].split("px")[0])
        width = len(node.text) * size * 0.6
        x, y = float(node.get("x")), float(node.get("y"))
        x -= {"middle": width / 2, "end": width}.get(node.get("text-anchor"), 0)
        yield node.text, (x, y - size * 0.75, x + width, y + size * 0.2)


@pytest.mark.parametrize("shape", [
    (1, 1, 1, 1, 1), (2, 1, 2, 1, 1), (3, 1, 4, 1, 1), (8, 2, 4, 2, 2), (13, 2, 16, 1, 1),
    (24, 4, 12, 2, 4), (64, 8, 64, 2, 8), (64, 1, 64, 1, 1), (9, 8, 256, 2, 8),
], ids=lambda s: "%up-%ux%ux%u-%un" % s)
def test_map(shape):
    done = subprocess.run([TOOL / "maps", *map(str, shape)], capture_output=True, check=True)
    svg = ET.fromstring(done.stdout)
    height = float(svg.get("height"))
    said = list(texts(svg))
    names = {text for text, _ in said}
    assert "a map & its <parts>" in names
    for i in range(shape[0]):
        assert f"part{i:02}" in names
    for text, (x0, y0, x1, y1) in said:
        assert x0 >= 0 and x1 <= 1200 and y0 >= 0 and y1 <= height, text
    said.sort(key=lambda s: s[1][1])
    for i, (a, (ax0, ay0, ax1, ay1)) in enumerate(said):
        for b, (bx0, by0, bx1, by1) in said[i + 1:]:
            if by0 >= ay1:
                break
            assert bx0 >= ax1 or bx1 <= ax0, f"{a!r} and {b!r} overlap"
    for rect in svg.iter(f"{SVG}rect"):
        if rect.get("x"):
            assert float(rect.get("x")) + float(rect.get("width")) <= 1200.1
            assert float(rect.get("y")) + float(rect.get("height")) <= height


def test_map_of_plan(work):
    svg = ET.fromstring(run("show", work / "three.yaml", "--format", "svg").stdout)
    assert {"three.yaml", "control", "rt", "app"} <= {text for text, _ in texts(svg)}
    titles = {t.text for t in svg.iter(f"{SVG}title")}
    assert any(t.startswith("CPU 0, core 0: control; firmware boots") for t in titles)
    assert "channel control and rt, 256 KiB" in titles
    assert "control manages rt" in titles


# --- build ---

@pytest.fixture(scope="module")
def image(work):
    out = work / "three.iso"
    done = run("build", work / "three.yaml", "-o", out, "--boot-stage", work / "boot.elf", "--json")
    tree = work / "tree"
    subprocess.run(["xorriso", "-osirrox", "on", "-indev", out, "-extract", "/", tree],
                   capture_output=True, check=True)
    return out, json.loads(done.stdout), tree


def test_build_files(work, image):
    _, said, tree = image
    files = {f["name"]: f for f in said["files"]}
    assert list(files) == ["boot.elf", "blob.dtb", "image-0", "image-1", "image-2"]
    for name, file in files.items():
        assert sha256(tree / "boot/bulkhead" / name) == file["sha256"]
        assert (tree / "boot/bulkhead" / name).stat().st_size == file["size"]
    assert files["boot.elf"]["sha256"] == sha256(work / "boot.elf")
    assert {files[f"image-{i}"]["sha256"] for i in range(3)} == \
        {sha256(work / name) for name in ["kernel", "initrd", "other"]}
    assert (tree / "boot/bulkhead/blob.dtb").read_bytes()[:4] == b"\xd0\x0d\xfe\xed"


def test_build_config(image):
    _, said, tree = image
    lines = (tree / "boot/grub/grub.cfg").read_text().splitlines()
    loads = [line for line in lines if line.startswith(("multiboot2", "module2"))]
    assert loads == [
        'multiboot2 "/boot/bulkhead/boot.elf"',
        'module2 --nounzip "/boot/bulkhead/blob.dtb" blob',
        'module2 --nounzip "/boot/bulkhead/image-0" image:0',
        'module2 --nounzip "/boot/bulkhead/image-1" image:1',
        'module2 --nounzip "/boot/bulkhead/image-2" image:2',
    ]
    assert "set timeout=0" in lines
    assert lines.index("boot") > lines.index(loads[-1])
    assert (tree / f"boot/bulkhead/{said['id']}.id").exists()
    subprocess.run(["grub-script-check", tree / "boot/grub/grub.cfg"], check=True)


def test_build_boots_everywhere(image):
    out, _, _ = image
    report = subprocess.run(["xorriso", "-indev", out, "-report_el_torito", "plain",
                             "-report_system_area", "plain"], capture_output=True, text=True,
                            check=True).stdout
    assert "grub2-mbr" in report                                # BIOS, disk
    assert any("BIOS" in x and "El Torito boot img" in x for x in report.splitlines())
    assert any("UEFI" in x and "El Torito boot img" in x for x in report.splitlines())
    line = next(x for x in report.splitlines() if x.startswith("GPT type GUID") and
                "28732ac11ff8d211ba4b00a0c93ec93b" in x)        # EFI system partition
    number = line.split(":")[1].split()[0]
    start = next(x.split()[-2] for x in report.splitlines()
                 if x.startswith("GPT start and size") and x.split(":")[1].split()[0] == number)
    listing = subprocess.run(["mdir", "-b", "-i", f"{out}@@{int(start) * 512}",
                              "::EFI/BOOT"], capture_output=True, text=True, check=True).stdout
    assert "BOOTX64.EFI" in listing


def test_build_is_reproducible(work, image, tmp_path):
    out, _, _ = image
    for name in ["kernel", "initrd", "boot.elf"]:
        os.utime(work / name, (1, 1))
    run("build", work / "three.yaml", "-o", tmp_path / "again.iso", "--boot-stage",
        work / "boot.elf", env={"TMPDIR": str(tmp_path), "TZ": "Asia/Tokyo"})
    assert sha256(out) == sha256(tmp_path / "again.iso")
    assert [f.name for f in tmp_path.iterdir()] == ["again.iso"]  # nothing left behind


@pytest.mark.parametrize("where", ["set", "built", "installed"])
def test_images_are_found_by_platform(tmp_path, where):
    """Where `make` and `make install` put them, or where the user says."""
    tool = tmp_path / "bin/bulkhead"
    tool.parent.mkdir()
    shutil.copy(TOOL / "bulkhead", tool)
    images = {"set": tmp_path / "mine", "built": tool.parent / "images",
              "installed": tmp_path / "lib/bulkhead/images"}[where]
    plans.make_images(images)
    (images / "x86-64/boot.elf").write_bytes(b"\x7fELF, or so")
    plan = tmp_path / "plan.yaml"
    plan.write_text(PLAN.replace("./kernel", "linux").replace("./initrd", "demo")
                    .replace("./other", "debian12"))
    env = {name: value for name, value in os.environ.items() if name != "BULKHEAD_IMAGES"}
    if where == "set":
        env["BULKHEAD_IMAGES"] = str(images)
    done = subprocess.run([tool, "build", plan, "-o", tmp_path / "x.iso", "--json"], env=env,
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert {f["sha256"] for f in json.loads(done.stdout)["files"]} >= \
        {sha256(images / "x86-64" / name) for name in ["boot.elf", "linux", "demo"]}


def test_build_names_missing_packages(work, tmp_path):
    done = run("build", work / "three.yaml", "-o", tmp_path / "x.iso", "--boot-stage",
               work / "boot.elf", status=3, env={"PATH": str(tmp_path)})
    assert "xorriso (package xorriso)" in done.stderr
    assert "mformat (package mtools)" in done.stderr
    assert "apt-get install" in done.stderr
    assert not list(tmp_path.iterdir())


def test_build_leaves_the_old_image(work, tmp_path):
    out = tmp_path / "x.iso"
    out.write_text("old")
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "xorriso").write_text("#!/bin/sh\necho no space for you; exit 5\n")
    (fake / "xorriso").chmod(0o755)
    done = run("build", work / "three.yaml", "-o", out, "--boot-stage", work / "boot.elf",
               status=3, env={"PATH": f"{fake}:{os.environ['PATH']}", "TMPDIR": str(fake)})
    assert "xorriso failed with status 5" in done.stderr and "no space for you" in done.stderr
    assert out.read_text() == "old"
    assert [f.name for f in fake.iterdir()] == ["xorriso"]
    assert sorted(f.name for f in tmp_path.iterdir()) == ["bin", "x.iso"]


@pytest.mark.parametrize("verb", ["build", "compile", "show"])
def test_output_is_no_input(work, tmp_path, verb):
    """What is read is not lost, by whatever name."""
    for name in ("three.yaml", "kernel", "kernel.config", "other", "other.config", "initrd", "boot.elf"):
        (tmp_path / name).write_bytes((work / name).read_bytes())
    plan, machine, linked = tmp_path / "three.yaml", tmp_path / "machine.yaml", tmp_path / "linked"
    machine.write_text((TOP / "tests/plans/machines/numa.yaml").read_text())
    os.link(tmp_path / "kernel", linked)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    stage = ["--boot-stage", tmp_path / "boot.elf"] if verb == "build" else []
    for out, what in ((plan, "the plan"), (tmp_path / "initrd", "an image"), (linked, "an image"),
                      (tmp_path / "kernel.config", "the configuration"),
                      *[(path, "what starts the partitions") for path in stage[1:]]):
        done = run(verb, plan, "-o", out, *stage, status=2)
        assert f"{out} is {what}" in done.stderr and "another name" in done.stderr
    assert "the machine's description" in run(verb, plan, "-m", machine, "-o", machine, *stage, status=2).stderr
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_output_is_no_file(work, tmp_path):
    fifo = tmp_path / "disk"  # stands for /dev/sdb, /dev/null
    os.mkfifo(fifo)
    done = run("build", work / "three.yaml", "-o", fifo, "--boot-stage", work / "boot.elf", status=3)
    assert "no regular file" in done.stderr
    assert fifo.is_fifo()

    with open(fifo, "r+b", buffering=0) as pipe:
        run("compile", work / "three.yaml", "-o", fifo)
        assert pipe.read(4) == b"\xd0\x0d\xfe\xed"
    assert fifo.is_fifo()
    with open(fifo, "r+b", buffering=0) as pipe:
        run("show", work / "three.yaml", "-o", fifo)
        assert fifo.is_fifo()
        assert pipe.read(9) == b"PARTITION"
    full = tmp_path / "full"
    full.symlink_to("/dev/full")
    for verb in ("compile", "show"):
        run(verb, work / "three.yaml", "-o", full, status=3)
        assert full.is_symlink()


def test_build_errors(work, tmp_path):
    assert "-o FILE" in run("build", work / "three.yaml", status=2).stderr
    nowhere = tmp_path / "nowhere/x"
    assert f"{nowhere}: No such file" in run("build", work / "three.yaml", "-o", nowhere, "--boot-stage",
                                             work / "boot.elf", status=3).stderr
    assert "boot stage" in run("build", work / "three.yaml", "-o", tmp_path / "x", "--boot-stage",
                               tmp_path / "none", status=3).stderr
    bad = work / "bad.yaml"
    bad.write_text(PLAN.replace('cpus: "3"', 'cpus: "7"'))
    assert "bad.yaml:" in run("build", bad, "-o", tmp_path / "x", status=1).stderr


# --- run, as far as it goes without QEMU ---

def dry(work, *args, status=0, plan="three.yaml"):
    return run("run", work / plan, "--dry-run", "--accel", "tcg", "--boot-stage",
               work / "boot.elf", *args, status=status,
               env={"BULKHEAD_CACHE": str(work / "cache")})


def test_run_command(work):
    args = json.loads(dry(work, "--json").stdout)
    assert args[0] == "qemu-system-x86_64"
    assert args[args.index("-smp") + 1].startswith("cpus=4,")
    assert args[args.index("-m") + 1] == f"{2 << 20}k"
    ports = [a for a in args if a.startswith("isa-serial,")]
    assert len(ports) == 3 and "iobase=0x3f8,irq=4" in ports[0]
    assert len({p.split("irq=")[1].split(",")[0] for p in ports}) == 3
    image = next(a for a in args if "id=boot" in a).split("file=")[1]
    assert pathlib.Path(image).parent == work / "cache/boot-images"
    # the second time it is there already
    before = pathlib.Path(image).stat().st_ino
    dry(work)
    assert pathlib.Path(image).stat().st_ino == before


def test_run_command_uefi_nodes(work):
    (work / "nodes.yaml").write_text(PLAN.replace("cpus: 4,", "cpus: 4, nodes: 2, threads: 2,"))
    args = json.loads(dry(work, "--json", "--firmware", "uefi", "--qemu-arg=-device",
                          "--qemu-arg", "a,b", plan="nodes.yaml").stdout)
    assert args[-2:] == ["-device", "a,b"]
    assert any(a.startswith("if=pflash,unit=0,readonly=on") for a in args)
    numa = [a for a in args if a.startswith("node,nodeid=")]
    assert numa == ["node,nodeid=0,cpus=0-1,memdev=ram0", "node,nodeid=1,cpus=2-3,memdev=ram1"]
    assert f"memory-backend-ram,id=ram1,size={1 << 20}k" in args


def test_run_escapes_commas(work):
    image = work / "a,b=c.iso"
    image.write_bytes(b"")
    args = json.loads(dry(work, "--json", "--image", image).stdout)
    assert any(a.endswith("a,,b=c.iso") for a in args)


def test_run_errors(work):
    assert "bios or uefi" in dry(work, "--firmware", "coreboot", status=2).stderr
    assert "--timeout" in dry(work, "--timeout", "soon", status=2).stderr
    (work / "bare.yaml").write_text(PLAN.replace(", qemu: { cpus: 4, memory: 2G }", ""))
    machine = TOP / "tests/plans/machines/smt.yaml"
    done = dry(work, "-m", machine, status=1, plan="bare.yaml")
    assert "qemu" in done.stderr


# --- install ---

UPDATE_GRUB = """#!/bin/sh
set -e
{
	echo "# made by update-grub"
	for script in /etc/grub.d/*; do "$script"; done
	for file in /etc/default/grub.d/*; do [ ! -f "$file" ] || cat "$file"; done
} > /boot/grub/grub.cfg.new
cat /boot/grub/grub.cfg.new > /boot/grub/grub.cfg
/bin/busybox rm /boot/grub/grub.cfg.new
"""


def snapshot(root):
    """Everything under a root: kind, mode, link or bytes."""
    return {str(p.relative_to(root)): (oct(p.lstat().st_mode), os.readlink(p) if p.is_symlink()
                                       else sha256(p) if p.is_file() else None)
            for p in sorted(root.rglob("*"))}


@pytest.fixture
def root(tmp_path):
    """A system that boots through GRUB, without anything that makes its menu."""
    root = tmp_path / "root"
    for name in ["boot/grub", "etc/grub.d", "etc/default", "usr/sbin", "bin", "dev"]:
        (root / name).mkdir(parents=True)
    (root / "boot/grub/grub.cfg").write_text("menuentry Debian { true; }\n# touched by hand\n")
    (root / "boot/grub/grub.cfg").chmod(0o444)
    (root / "etc/default/grub").write_text("GRUB_DEFAULT=0\n")
    script = root / "etc/grub.d/10_linux"
    script.write_text("#!/bin/sh\necho 'menuentry Debian { true; }'\n")
    script.chmod(0o755)
    return root


@pytest.fixture
def live_root(root):
    """The same with an update-grub that runs under chroot."""
    busybox = shutil.which("busybox")
    if os.geteuid() or not busybox:
        # chroot is root's alone; CI runs as root, and `make deps` brings busybox.
        pytest.skip("needs root and a static busybox")
    shutil.copy(busybox, root / "bin/busybox")
    for name in ["sh", "cat", "sed"]:
        (root / "bin" / name).symlink_to("busybox")
    (root / "dev/null").write_text("")
    set_update_grub(root, UPDATE_GRUB)
    return root


def set_update_grub(root, text):
    (root / "usr/sbin/update-grub").write_text(text)
    (root / "usr/sbin/update-grub").chmod(0o755)


def install(work, root, *args, plan="three.yaml", **more):
    return run("install", work / plan, "--root", root, "--boot-stage", work / "boot.elf",
               *args, **more)


def test_install_without_update_grub(work, root):
    before = snapshot(root)
    said = json.loads(install(work, root, "--json").stdout)
    assert said["changed"] and not said["menu_updated"] and said["to_do"] == "update-grub"
    folder = root / "boot/bulkhead" / said["id"]
    assert {p.name for p in folder.iterdir()} == \
        {"boot.elf", "blob.dtb", "image-0", "image-1", "image-2"}
    script = root / "etc/grub.d/42_bulkhead"
    assert script.stat().st_mode & 0o777 == 0o755
    subprocess.run(["sh", "-n", script], check=True)
    changed = {k for k, v in snapshot(root).items() if before.get(k) != v}
    assert {k.split("/bulkhead")[0] for k in changed} == {"boot", "etc/grub.d/42_bulkhead"}
    run("uninstall", "--root", root)
    assert snapshot(root) == before
    assert "nothing is installed" in run("uninstall", "--root", root).stdout
    nowhere = root / "nowhere"
    for done in (run("uninstall", "--root", nowhere, status=3), install(work, nowhere, status=3)):
        assert f"{nowhere}: No such file" in done.stderr


def test_install_menu(work, live_root, tmp_path):
    before = snapshot(live_root)
    said = json.loads(install(work, live_root, "--json").stdout)
    assert said["menu_updated"] and not said["default"]
    menu = (live_root / "boot/grub/grub.cfg").read_text()
    assert menu.index("menuentry Debian") < menu.index("menuentry 'Bulkhead: three'")
    assert "GRUB_DEFAULT" not in menu
    for name in ["blob.dtb\" blob", "image-0\" image:0", "image-2\" image:2"]:
        assert f"module2 --nounzip \"/boot/bulkhead/{said['id']}/{name}" in menu
    (tmp_path / "menu").write_text(menu)
    subprocess.run(["grub-script-check", tmp_path / "menu"], check=True)
    run("uninstall", "--root", live_root)
    assert snapshot(live_root) == before


def test_install_again_and_default(work, live_root):
    before = snapshot(live_root)
    first = json.loads(install(work, live_root, "--json").stdout)
    (work / "next.yaml").write_text(PLAN.replace("256M", "128M"))
    second = json.loads(install(work, live_root, "--json", "--default", plan="next.yaml").stdout)
    assert first["id"] != second["id"] and second["default"]
    folders = [p.name for p in (live_root / "boot/bulkhead").iterdir() if p.is_dir()]
    assert folders == [second["id"]]
    menu = (live_root / "boot/grub/grub.cfg").read_text()
    assert "Bulkhead: next" in menu and "Bulkhead: three" not in menu
    assert "GRUB_DEFAULT=bulkhead" in menu
    assert (live_root / "etc/default/grub").read_text() == "GRUB_DEFAULT=0\n"
    install(work, live_root)  # without --default: the old default again
    assert "GRUB_DEFAULT=bulkhead" not in (live_root / "boot/grub/grub.cfg").read_text()
    run("uninstall", "--root", live_root)
    assert snapshot(live_root) == before


def test_install_fails_whole(work, live_root):
    broken = "#!/bin/sh\necho no such device >&2\nexit 7\n"
    set_update_grub(live_root, broken)
    before = snapshot(live_root)
    done = install(work, live_root, "--default", status=3)
    assert "status 7" in done.stderr and "no such device" in done.stderr
    assert snapshot(live_root) == before

    # the same with a former installation to go back to
    set_update_grub(live_root, UPDATE_GRUB)
    install(work, live_root)
    set_update_grub(live_root, broken)
    before = snapshot(live_root)
    (work / "next.yaml").write_text(PLAN.replace("256M", "128M"))
    install(work, live_root, "--default", plan="next.yaml", status=3)
    assert snapshot(live_root) == before


WRITTEN = ["boot/bulkhead/state.json", "etc/grub.d/42_bulkhead", "etc/default/grub.d/bulkhead.cfg"]


# The menu is kept by the first installation alone.
@pytest.mark.parametrize("before, where", [("nothing", "boot/grub/grub.cfg"),
                                           *itertools.product(["nothing", "a plan"], WRITTEN)])
def test_install_fails_at_each_step(work, live_root, before, where):
    """A folder stands where a file is to be written or kept: all steps before that are undone."""
    if before == "a plan":
        install(work, live_root, "--default")
        (work / "next.yaml").write_text(PLAN.replace("256M", "128M"))
    path = live_root / where
    path.unlink(missing_ok=True)
    path.mkdir(parents=True)
    (path / "theirs").write_text("")
    there = snapshot(live_root)
    done = install(work, live_root, "--default", status=3,
                   plan="next.yaml" if before == "a plan" else "three.yaml")
    assert done.stderr
    assert snapshot(live_root) == there


def test_uninstall_keeps_what_others_made(work, live_root):
    install(work, live_root)
    script = live_root / "etc/grub.d/20_new"
    script.write_text("#!/bin/sh\necho 'menuentry New { true; }'\n")
    script.chmod(0o755)
    subprocess.run(["chroot", live_root, "/usr/sbin/update-grub"], check=True)
    run("uninstall", "--root", live_root)
    menu = (live_root / "boot/grub/grub.cfg").read_text()
    assert "menuentry New" in menu and "Bulkhead" not in menu
    assert not (live_root / "boot/bulkhead").exists()


def test_uninstall_fails_whole(work, live_root):
    install(work, live_root)
    (live_root / "boot/grub/grub.cfg").chmod(0o644)
    with open(live_root / "boot/grub/grub.cfg", "a") as menu:
        menu.write("# by others\n")
    set_update_grub(live_root, "#!/bin/sh\nexit 7\n")
    before = snapshot(live_root)
    run("uninstall", "--root", live_root, status=3)
    assert snapshot(live_root) == before


@pytest.mark.parametrize("link", ["boot", "boot/bulkhead", "boot/grub", "etc", "etc/grub.d",
                                  "etc/default"])
def test_install_stays_in_its_root(work, tmp_path, link):
    outside, inside = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    (inside / link).parent.mkdir(parents=True)
    (inside / link).symlink_to(outside)
    assert "leads to" in install(work, inside, "--default", status=3).stderr
    assert "leads to" in run("uninstall", "--root", inside, status=3).stderr
    assert not list(outside.iterdir())

    (inside / link).unlink()  # what stays inside is the system's own business
    (inside / "elsewhere").mkdir()
    (inside / link).symlink_to(inside / "elsewhere")
    for name in ["boot/grub", "etc/grub.d"]:
        (inside / name).mkdir(parents=True, exist_ok=True)
    (inside / "boot/grub/grub.cfg").touch()
    install(work, inside, "--default")


@pytest.mark.parametrize("have,lacks", [
    ([], "/boot/grub/grub.cfg"),
    (["etc/grub.d/10_linux"], "/boot/grub/grub.cfg"),   # GRUB was removed, its settings were not
    (["boot/grub/grub.cfg"], "/etc/grub.d"),            # a menu by hand, which no script gets into
])
def test_install_needs_grub(work, tmp_path, have, lacks):
    root = tmp_path / "root"
    root.mkdir()
    for name in have:
        (root / name).parent.mkdir(parents=True)
        (root / name).touch()
    before = snapshot(root)
    for more in [], ["--no-update-grub"], ["--default"]:
        said = install(work, root, *more, status=3).stderr
        assert f"{root} has no GRUB" in said and "update-grub" in said and f"no {lacks}\n" in said
        assert "bulkhead build" in said
        assert snapshot(root) == before


def test_install_where_grub_makes_the_menu_later(work, tmp_path):
    """A disk that is being prepared: the packages are there, grub-install has not run."""
    root = tmp_path / "root"
    (root / "usr/sbin").mkdir(parents=True)
    (root / "usr/sbin/grub-mkconfig").write_text("#!/bin/sh\n# /etc/default/grub.d\n")
    before = snapshot(root)
    said = json.loads(install(work, root, "--no-update-grub", "--json").stdout)
    assert said["changed"] and said["to_do"] == "update-grub"
    assert (root / "etc/grub.d/42_bulkhead").exists()
    run("uninstall", "--root", root)
    assert snapshot(root) == before


def test_install_refuses_secure_boot(work, root):
    folder = root / "sys/firmware/efi/efivars"
    folder.mkdir(parents=True)
    variable = folder / "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
    variable.write_bytes(b"\x06\0\0\0\x01")
    before = snapshot(root)
    assert "Secure Boot" in install(work, root, status=3).stderr
    assert snapshot(root) == before
    variable.write_bytes(b"\x06\0\0\0\0")
    install(work, root)


def test_install_script_uses_grubs_library(work, root, tmp_path):
    """What update-grub would get where GRUB's own helpers are there."""
    said = json.loads(install(work, root, "--json").stdout)
    lib = tmp_path / "share"
    lib.mkdir()
    (lib / "grub-mkconfig_lib").write_text(
        "prepare_grub_to_access_device() { echo \"set root='$1'\"; echo 'search two'; }\n"
        "make_system_path_relative_to_its_root() { echo \"/@boot$1\"; }\n")
    probe = tmp_path / "probe"
    probe.write_text("#!/bin/sh\necho hd0,gpt2\n")
    probe.chmod(0o755)
    script = (root / "etc/grub.d/42_bulkhead").read_text()
    script = script.replace("dir=/boot", f"dir={root}/boot")
    text = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True,
                          env={**os.environ, "pkgdatadir": str(lib),
                               "grub_probe": str(probe)}).stdout
    assert "\tset root='hd0,gpt2'\n\tsearch two\n" in text
    assert f"multiboot2 \"/@boot{root}/boot/bulkhead/{said['id']}/boot.elf\"" in text
    assert "$menuentry_id_option 'bulkhead' {" in text


# --- signals ---

@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_leaves_nothing(work, tmp_path, number):
    """A build that is ended in the middle removes what it began."""
    fake = tmp_path / "bin"
    fake.mkdir()
    # The way a terminal's Ctrl-C goes: to the tool and to the child that runs.
    (fake / "xorriso").write_text(f"#!/bin/sh\nkill -{int(number)} $PPID\nkill -{int(number)} $$\n"
                                  "sleep 1\n")
    (fake / "xorriso").chmod(0o755)
    (tmp_path / "tmp").mkdir()
    done = run("build", work / "three.yaml", "-o", tmp_path / "x.iso", "--boot-stage",
               work / "boot.elf", status=-number,
               env={"PATH": f"{fake}:{os.environ['PATH']}", "TMPDIR": str(tmp_path / "tmp")},
               # nohup's children ignore SIGHUP, and so would these
               preexec_fn=lambda: signal.signal(number, signal.SIG_DFL))
    assert f"xorriso was killed by signal {int(number)}" in done.stderr
    assert not list((tmp_path / "tmp").iterdir())
    assert not (tmp_path / "x.iso").exists()


def test_signal_to_the_tool_alone(work, tmp_path):
    """Its child comes to its end: the old image stays where it is all the same."""
    fake, out = tmp_path / "bin", tmp_path / "x.iso"
    fake.mkdir()
    out.write_text("old")
    (fake / "xorriso").write_text(f"#!/bin/sh\nkill -15 $PPID\nexec {shutil.which('xorriso')} \"$@\"\n")
    (fake / "xorriso").chmod(0o755)
    done = run("build", work / "three.yaml", "-o", out, "--boot-stage", work / "boot.elf",
               status=-signal.SIGTERM, env={"PATH": f"{fake}:{os.environ['PATH']}"})
    assert f"{out} is as it was" in done.stderr
    assert out.read_text() == "old" and sorted(f.name for f in tmp_path.iterdir()) == ["bin", "x.iso"]


def test_signal_before_the_menu_was_made(work, live_root):
    """Whoever makes the menu does so to the end, and what was installed is taken back."""
    subprocess.run(["chroot", live_root, "/usr/sbin/update-grub"], check=True)
    set_update_grub(live_root, UPDATE_GRUB.replace("\n", "\nkill -15 $PPID\n", 1))
    before = snapshot(live_root)
    assert "is as it was" in install(work, live_root, status=-signal.SIGTERM).stderr
    assert snapshot(live_root) == before


def test_signal_during_install(work, live_root):
    set_update_grub(live_root, "#!/bin/sh\nkill -15 $PPID\nexit 7\n")
    before = snapshot(live_root)
    install(work, live_root, status=-signal.SIGTERM)
    assert snapshot(live_root) == before
