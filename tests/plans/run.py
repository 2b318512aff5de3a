#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Hold `bulkhead check` against a table of plans.

Every file in bad/ and good/ is a plan with comments that say what is to come
out, all of it and nothing else:

    # expect: LINE:COLUMN: SEVERITY: RULE     one a finding; `-` for a file as a whole;
                                              lines 3-9: one in each
    # expect-in machines/x.yaml: 3:5: ...     a finding in another file
    # machine: machines/smt.yaml              checked against this machine
    # text: WORDS                             stand in some finding's text or hint

A line `#!repeat N TEXT` becomes N lines of TEXT, with {i} from 0 up; findings'
lines then count in the plan that comes out.

Then: every rule that the sources know must be broken by one of the plans, or
stand in EXEMPT with the reason; and every name of a rule in partitioner/host
must stand in its table.
"""

import argparse
import gzip
import json
import lzma
import os
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent

# Rules that no plan can break, and why.
EXEMPT = {
    "memory": "needs a machine without memory",
    "model-full": "the host's pools hold whatever a plan can list",
    "name-twice": "found as key-twice",
    "cpu-bsp-first": "bh_place() moves it there",
    "cpu-none": "found as key-missing or cpu-list",
    "mem-none": "found as key-missing or size",
    "mem-size": "found as range: sizes end long before 64 bits wrap",
    "mem-napot": "the tool cuts memory into such pieces itself: tests/unit",
    "cpu-file": "the tool takes them from the machine: tests/unit",
    "resident": "the tool chooses these places: tests/unit",
    "start-place": "the tool chooses these places: tests/unit",
    "mem-small": "the smallest range, 2M, has room for the tables",
    "kernel-none": "found as key-missing",
    "image-unknown": "the host enters every image that it names",
    "image-kind": "one file used as both is entered twice",
    "image-changed": "a race; only while compiling",
    "machine-partial": "only of the machine the test runs on",
    "machine-cpus": "only of the machine the test runs on",
    "machine-contradiction": "only of the machine the test runs on",
    "tree-content": "of the machine's device tree: tests/unit",
    "tree-device": "of the machine's device tree: tests/unit",
    "tree-hart": "of the machine's device tree: tests/unit",
    "tree-pmp": "the core's count of PMP entries comes first: tests/unit",
    "tree-size": "only while compiling: tests/unit",
    "blob-structure": "bh_blob_read()'s: tests/unit",
    "blob-version": "bh_blob_read()'s: tests/unit",
    "blob-property": "bh_blob_read()'s: tests/unit",
    "blob-id": "bh_blob_read()'s: tests/unit",
    "blob-limit": "bh_blob_read()'s: tests/unit",
    "blob-size": "only while compiling",
    "blob-write": "only while compiling",
    "blob-differs": "only while compiling",
}

GOOD_CONFIG = """CONFIG_X86_64=y
CONFIG_ACPI=y
CONFIG_RELOCATABLE=y
CONFIG_SMP=y
CONFIG_SERIAL_8250_CONSOLE=y
CONFIG_BLK_DEV_INITRD=y
CONFIG_BULKHEAD=y
"""


GOOD_RISCV_CONFIG = "".join(f"CONFIG_{name}=y\n" for name in (
    "64BIT", "MMU", "RISCV_SBI", "SMP", "RISCV_IMSIC", "HVC_RISCV_SBI",
    "SERIAL_EARLYCON_RISCV_SBI", "BLK_DEV_INITRD", "RISCV_APLIC", "RISCV_SBI_MPXY_MBOX",
    "RISCV_RPMI_SYSMSI", "UIO_PDRV_GENIRQ", "BULKHEAD"))


def riscv_image(image_size=24 << 20, flags=0, version=2, keep=None):
    """The least of a RISC-V Image (Linux, Documentation/arch/riscv/boot-image-header.rst)."""
    b = bytearray(64 << 10)
    b[0:2] = b"MZ"
    struct.pack_into("<QQQI", b, 8, 0x200000, image_size, flags, version)
    b[0x30:0x35] = b"RISCV"
    b[0x38:0x3C] = b"RSC\5"
    banner = b"Linux version 7.3.4-test (test@test) #1\0"
    b[0x500:0x500 + len(banner)] = banner
    return bytes(b[:keep])


def bzimage(protocol=0x20F, xloadflags=3, relocatable=1, init_size=32 << 20, keep=None):
    """The least of a bzImage that its reader accepts (Linux/x86 boot protocol)."""
    payload = 64 << 10
    b = bytearray(5 * 512 + payload)
    b[0x1F1] = 4
    struct.pack_into("<I", b, 0x1F4, payload // 16)
    b[0x1FE:0x200] = b"\x55\xaa"
    b[0x200:0x202] = b"\xeb\x6a"
    b[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", b, 0x206, protocol)
    struct.pack_into("<H", b, 0x20E, 0x300)
    b[0x211] = 1
    struct.pack_into("<I", b, 0x230, 0x200000)
    b[0x234] = relocatable
    b[0x235] = 21
    struct.pack_into("<H", b, 0x236, xloadflags)
    struct.pack_into("<I", b, 0x238, 2047)
    struct.pack_into("<Q", b, 0x258, 0x1000000)
    struct.pack_into("<I", b, 0x260, init_size)
    version = b"7.3.4-test (test@test) #1\0"
    b[0x500:0x500 + len(version)] = version
    return bytes(b[:keep])


def newc(*entries):
    """An archive as Linux takes it of (path, data): data that begins with "->" is a link's target."""
    out = b""
    for ino, (path, data) in enumerate((*entries, ("TRAILER!!!", "")), 1):
        link = data.startswith("->")
        data, name = data[2 * link:].encode(), path.encode() + b"\0"
        fields = (ino, 0o120777 if link else 0o100755, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
        out += b"070701" + b"".join(b"%08X" % f for f in fields) + name
        out += bytes(-len(out) % 4) + data
        out += bytes(-len(data) % 4)
    return out + bytes(-len(out) % 512)


# As in Debian, with a link more: the folders on the way to init are links, too.
SYSTEMD = (("sbin", "->usr/sbin"), ("lib", "->usr/lib"), ("init", "->/sbin/init"),
           ("usr/sbin/init", "->../lib/init"), ("usr/lib/init", "->systemd/systemd"),
           ("usr/lib/systemd/systemd", "ELF"))
SYSTEMD_OPTIONS = "".join(f"CONFIG_{name}=y\n" for name in (
    "DEVTMPFS", "CGROUPS", "INOTIFY_USER", "SIGNALFD", "TIMERFD", "EPOLL", "UNIX", "SYSFS", "PROC_FS",
    "FHANDLE", "NET_NS"))


def make_initrds(folder):
    microcode = newc(("kernel/x86/microcode/GenuineIntel.bin", "microcode"))
    images = {
        "systemd": newc(*SYSTEMD),
        "systemd-packed": microcode + gzip.compress(newc(*SYSTEMD), mtime=0),
        "systemd-xz": lzma.compress(newc(*SYSTEMD), preset=0),
        # What is started is a script; systemd is only in there.
        "script": newc(("./init", "#!/bin/sh"), *SYSTEMD[3:]),
        "no-init": newc(*SYSTEMD[3:]),
        "loop": newc(("init", "->sbin/init"), ("sbin", "->bin"), ("bin", "->/sbin/../sbin")),
        "cut": gzip.compress(newc(*SYSTEMD), mtime=0)[:100],
    }
    for name, data in images.items():
        (folder / name).write_bytes(data)


def make_images(folder):
    """Kernels with one fault each, by name, in the folder of their platform."""
    folder = folder / "x86-64"

    def put(name, data, config=GOOD_CONFIG):
        (folder / name).write_bytes(data)
        if config is not None:
            (folder / (name + ".config")).write_text(config)

    folder.mkdir(parents=True, exist_ok=True)
    put("linux", bzimage())
    put("debian12", bzimage())
    put("old", bzimage(protocol=0x20B))
    put("pc32", bzimage(xloadflags=0))
    put("fixed", bzimage(relocatable=0))
    put("huge", bzimage(init_size=1 << 30))
    put("cut", bzimage(keep=0x240))
    put("text", b"This is no kernel.\n" * 1000)
    put("empty", b"", None)
    put("unknown", bzimage(), None)
    put("optionless", bzimage(), "# CONFIG_SMP is not set\nCONFIG_SERIAL_8250_CONSOLE=m\n"
        "# CONFIG_ACPI=y\n")
    put("stock", bzimage(), GOOD_CONFIG.replace("CONFIG_BULKHEAD", "CONFIG_X86_MPPARSE"))
    put("whole", bzimage(), GOOD_CONFIG + SYSTEMD_OPTIONS + "CONFIG_RD_GZIP=y\n")
    put("vmlinuz-6.1.0-test", bzimage(), None)
    (folder / "config-6.1.0-test").write_text(GOOD_CONFIG.replace("CONFIG_SMP=y\n", ""))
    (folder / "linked").unlink(missing_ok=True)
    (folder / "linked").symlink_to("vmlinuz-6.1.0-test")
    (folder / "demo").write_bytes(b"\0" * 4096)
    make_initrds(folder)
    for name, mib in (("bigrd", 300), ("rd700", 700), ("rd1500", 1500)):
        with open(folder / name, "wb") as f:
            f.truncate(mib << 20)
    (folder / "folder").mkdir(exist_ok=True)

    folder = folder.parent / "riscv64"
    folder.mkdir(parents=True, exist_ok=True)
    put("linux", riscv_image(), GOOD_RISCV_CONFIG)
    put("huge", riscv_image(image_size=1 << 30), GOOD_RISCV_CONFIG)
    put("bzimage", bzimage())
    put("small", riscv_image(image_size=4096), None)
    put("big-endian", riscv_image(flags=1), None)
    put("future", riscv_image(version=1 << 16), None)
    put("gzipped", b"\x1f\x8b\x08" + bytes(1000), None)
    put("zboot", b"MZ\0\0zimg" + bytes(1000), None)
    put("vmlinux", b"\x7fELF" + bytes(1000), None)
    put("defconfig", riscv_image(), re.sub("CONFIG_(HVC|RISCV_SBI_MPXY|BULKHEAD).*\n", "",
                                           GOOD_RISCV_CONFIG))
    put("uio", riscv_image(), GOOD_RISCV_CONFIG.replace("CONFIG_BULKHEAD=y\n", ""))
    put("optionless", riscv_image(), "")
    (folder / "demo").write_bytes(b"\0" * 4096)
    make_initrds(folder)
    with open(folder / "bigrd", "wb") as f:
        f.truncate(300 << 20)


def expand(text):
    lines = []
    for line in text.split("\n"):
        m = re.fullmatch(r"#!repeat (\d+) (.*)", line)
        if m:
            lines += [m[2].replace("{i}", str(i)) for i in range(int(m[1]))]
        else:
            lines.append(line)
    return "\n".join(lines)


def expected(text, plan):
    found = []
    for m in re.finditer(r"^# expect(?:-in (\S+))?: (-|\d+(?:-\d+)?:\d+): (\w+): (\S+)$", text, re.M):
        where = str(HERE / m[1]) if m[1] else str(plan)
        if m[2] == "-":
            found.append((where, None, None, m[3], m[4]))
            continue
        lines, column = m[2].split(":")
        first, last = (lines.split("-") * 2)[:2]
        for line in range(int(first), int(last) + 1):
            found.append((where, line, int(column), m[3], m[4]))
    return sorted(found, key=str)


def check(bulkhead, plan, text, work, env):
    """Run the tool over one plan; returns (complaints, rules that it broke)."""
    m = re.search(r"^# machine: (\S+)$", text, re.M)
    args = ["--machine", str(HERE / m[1])] if m else []
    run = subprocess.run([bulkhead, "check", "--json", str(plan), *args], capture_output=True, text=True, env=env, timeout=60)
    if run.returncode not in (0, 1, 3) or run.stderr:
        return [f"exit status {run.returncode}\n{run.stderr}"], set()
    findings = json.loads(run.stdout)["findings"]
    want = expected(text, plan)
    got = sorted(((f["file"], f.get("line"), f.get("column"), f["severity"], f["rule"])
                  for f in findings), key=str)
    complaints = []
    for f in want:
        if f not in got:
            complaints.append("expected, but not reported: %s:%s:%s: %s: %s" % f)
    for f in got:
        if f not in want or got.count(f) > want.count(f):
            complaints.append("reported, but not expected: %s:%s:%s: %s: %s" % f)
    wrong = any(f[3] == "error" for f in want)
    if (run.returncode != 0) != wrong:
        complaints.append(f"exit status {run.returncode}")
    if not wrong:
        complaints += compile_plan(bulkhead, plan, args, work, env)
    said = "\n".join(f["text"] + " (" + f.get("hint", "") + ")" for f in findings)
    for m in re.finditer(r"^# text: (.*)$", text, re.M):
        if m[1] not in said:
            complaints.append(f"no finding says \"{m[1]}\"")
    if complaints:
        complaints.append("it said:\n" + said)
    return complaints, {f["rule"] for f in findings}


def compile_plan(bulkhead, plan, args, work, env):
    """A good plan's blob: the same every time, and its text says the same as it does."""
    def run(*command, **more):
        return subprocess.run(command, capture_output=True, check=True, env=env, timeout=60,
                              **more).stdout

    def tree(kind, path):
        """As sorted text, by way of a blob: so that all types are forgotten."""
        blob = run("dtc", "-q", "-I", kind, "-O", "dtb", str(path))
        return run("dtc", "-q", "-s", "-I", "dtb", "-O", "dts", input=blob)

    blob, text = work / "plan.dtb", work / "plan.dts"
    try:
        run(bulkhead, "compile", str(plan), "-o", str(blob), *args)
        again = run(bulkhead, "compile", str(plan), "-o", "-", *args)
        run(bulkhead, "compile", str(plan), "--dts", "-o", str(text), *args)
        if again != blob.read_bytes():
            return ["compiled twice, two different blobs"]
        if tree("dtb", blob) != tree("dts", text):
            return ["compile --dts is not what the blob says"]
    except subprocess.CalledProcessError as e:
        return [f"{e}\n{e.stderr.decode()}"]
    return []


def known_rules(bulkhead):
    out = subprocess.run([bulkhead, "plan-reference"], capture_output=True, text=True,
                         check=True).stdout
    tables = dict(re.findall(r"<!-- rules: (\w+) -->\n(.*?)<!-- end -->", out, re.S))
    return {k: set(re.findall(r"^\| `([a-z0-9-]+)` ", v, re.M)) for k, v in tables.items()}


def check_names(rules):
    """Names in partitioner/host's sources against its table, both ways."""
    complaints, sources = [], ""
    for path in sorted((TOP / "partitioner/host").glob("*.c")):
        if path.name != "host_rules.c":
            sources += path.read_text()
    used = set(re.findall(r"BH_(?:ERROR|WARNING|NOTE),\s*\"([a-z0-9-]+)\"", sources))
    for name in sorted(used - rules["host"] - rules["core"]):
        complaints.append(f"{name}: reported by partitioner/host, but not in host_rules.c")
    for name in sorted(rules["host"]):
        if f'"{name}"' not in sources:
            complaints.append(f"{name}: in host_rules.c, but never reported")
    return complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bulkhead", nargs="?", help="the command to test")
    parser.add_argument("--images", help="only make the images that plans name, in this folder",
                        type=Path)
    parser.add_argument("--work", help="folder for generated images and plans")
    parser.add_argument("plans", nargs="*", type=Path, help="only these")
    args = parser.parse_args()
    if args.images:
        make_images(args.images)
        return 0
    work = Path(args.work or tempfile.mkdtemp(prefix="bulkhead-plans-")).resolve()
    make_images(work / "images")
    env = dict(os.environ, BULKHEAD_IMAGES=str(work / "images"), NO_COLOR="1")

    plans = [p.resolve() for p in args.plans] or sorted(HERE.glob("bad/*")) + \
        sorted(HERE.glob("good/*")) + sorted((TOP / "examples").glob("*.yaml"))
    failed, broken = 0, set()
    for source in plans:
        text = plan_text = source.read_bytes().decode("utf-8", "surrogateescape")
        plan = source
        if "#!repeat" in text:
            plan_text = expand(text)
            plan = work / source.name
            plan.write_bytes(plan_text.encode("utf-8", "surrogateescape"))
        if source.parent.name == "examples":
            text = ""
        complaints, rules = check(args.bulkhead, plan, text, work, env)
        broken |= rules
        if source.parent.name == "bad" and not expected(text, plan):
            complaints.append("a bad plan without `# expect:`")
        if complaints:
            failed += 1
            print(f"FAIL {source.relative_to(TOP)}")
            for c in complaints:
                print("    " + c.replace("\n", "\n    "))

    if not args.plans:
        rules = known_rules(args.bulkhead)
        complaints = check_names(rules)
        every = rules["core"] | rules["host"]
        for name in sorted(every - broken - set(EXEMPT)):
            complaints.append(f"{name}: no plan breaks this rule")
        for name in sorted(set(EXEMPT) & broken):
            complaints.append(f"{name}: exempt, but a plan breaks it")
        for name in sorted(set(EXEMPT) - every):
            complaints.append(f"{name}: exempt, but there is no such rule")
        if complaints:
            failed += 1
            print("FAIL rules")
            for c in complaints:
                print("    " + c)
    print(f"{len(plans)} plans, {failed} failures" if failed else
          f"{len(plans)} plans, as expected")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
