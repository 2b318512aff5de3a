# SPDX-License-Identifier: GPL-2.0-only
"""What every partition of every plan must be able to see, compared with the blob."""

import re
import shutil
import struct
import subprocess


import contract
import fdt
from machine import TOP, say

PAGE = 0x1000


# --- ranges: sorted lists of (base, size) ---

def merge(ranges):
    out = []
    for base, size in sorted(r for r in ranges if r[1]):
        if out and base <= sum(out[-1]):
            out[-1] = (out[-1][0], max(sum(out[-1]), base + size) - out[-1][0])
        else:
            out.append((base, size))
    return out


def minus(a, b):
    """The parts of a that are not in b."""
    out = []
    for base, size in merge(a):
        end = base + size
        for b_base, b_size in merge(b):
            if b_base + b_size <= base or b_base >= end:
                continue
            if b_base > base:
                out.append((base, b_base - base))
            base = b_base + b_size
        if base < end:
            out.append((base, end - base))
    return out


def both(a, b):
    return minus(a, minus(a, b))


def text(ranges):
    return ", ".join(f"{b:#x}-{b + s - 1:#x}" for b, s in ranges) or "nothing"


# --- what a partition sees ---

def apic_ids(m, name):
    lines = m.sh(name, "grep ^apicid /proc/cpuinfo")
    return [int(x) for x in re.findall(r"^apicid\s*: (\d+)", lines, re.M)]


def iomem(m, name):
    """[(base, size, what)] of /proc/iomem's top level."""
    lines = re.findall(r"^([0-9a-f]+)-([0-9a-f]+) : (.*)$",
                       m.sh(name, "grep -v '^ ' /proc/iomem"), re.M)
    return [(int(b, 16), int(e, 16) - int(b, 16) + 1, what) for b, e, what in lines]


def check_cpus(m, name):
    part = m.blob[name]
    seen = apic_ids(m, name)
    assert sorted(seen) == sorted(part.cpus), f"{name}: CPUs {seen}, the plan says {part.cpus}"
    online = m.sh(name, "cat /sys/devices/system/cpu/online").strip()
    last = len(part.cpus) - 1
    assert online == (f"0-{last}" if last else "0"), f"{name}: CPUs online: {online}"
    say(f"{name}: CPUs {seen} as planned")


def check_memory(m, name):
    part = m.blob[name]
    legacy = "legacy" in part.devices
    lines = iomem(m, name)
    ram = merge((b, s) for b, s, what in lines if what == "System RAM")
    own = merge(part.own)

    beyond = minus(ram, own)
    assert not beyond, f"{name}: uses memory that is not its own: {text(beyond)}"
    for other in m.blob.partitions:
        if other.name != name:
            assert not both(ram, other.own), f"{name}: uses {other.name}'s memory"
    foreign = [m.blob.monitor, m.blob.low_page]
    for channel in m.blob.channels:
        foreign += channel.ranges("memory")
    assert not both(ram, foreign), f"{name}: uses the monitor's memory or a channel's"

    # Of its own it may lack its private area, and the page that plays an
    # IO-APIC for those that have none.
    lacks = minus(own, ram)
    below_4g = [r for r in part.memory if sum(r) <= 1 << 32] or part.memory
    top = max(sum(r) for r in below_4g)
    allowed = [(top - contract.PRIVATE_SIZE, contract.PRIVATE_SIZE)]
    if not legacy:
        allowed.append((sum(part.low_slice) - PAGE, PAGE))
    assert lacks == merge(allowed), \
        f"{name}: lacks {text(lacks)} of its own memory, not {text(merge(allowed))}"
    tables = merge((b, s) for b, s, what in lines if what == "ACPI Tables")
    assert not minus([allowed[0]], tables), f"{name}: its private area is not marked as tables"
    say(f"{name}: RAM {text(ram)} of {text(own)}")


def check_tree(m, name):
    """The partition device tree, and the boot log that it points to."""
    part = m.blob[name]
    data = m.data(name, "bh-guest dtb")
    data = data[:fdt.size_of(data)]
    (m.dir / f"{name}.dtb").write_bytes(data)
    tree = fdt.parse(data)
    node = tree["bulkhead"]
    (where,) = node.ranges("bulkhead,boot-log")
    log = contract.BootLog(m.peek(name, *where))

    assert tree.texts("compatible") == [contract.PARTITION_MACHINE]
    assert node.texts("compatible") == [contract.PARTITION_COMPATIBLE]
    assert node.text("label") == name
    assert node.cell("bulkhead,id") == part.id
    assert node.cells("bulkhead,manages") == part.manages
    assert [c.cell("reg") for c in tree["cpus"].of("cpu")] == part.cpus
    assert [r for n in tree.of("memory") for r in n.ranges("reg")] == part.memory

    # Console, name and TSC: the command line that the blob has, and what was measured.
    bootargs = f"{part.bootargs} tsc_early_khz={log.tsc_khz}"
    assert tree["chosen"].text("bootargs") == bootargs
    assert m.sh(name, "cat /proc/cmdline").strip() == bootargs

    channels = {}
    for channel in m.blob.channels:
        ends = channel.cells("between")
        if part.id in ends:
            side = ends.index(part.id)
            channels[channel.cell("reg")] = (ends[1 - side], side, channel.ranges("memory"))
    assert {c.cell("reg"): (c.cell("bulkhead,peer"), c.cell("bulkhead,side"),
                            c.ranges("bulkhead,memory"))
            for c in node["channels"].of("channel")} == channels
    peers = {peer for peer, _, _ in channels.values()} | set(part.manages)
    assert {p.cell("reg"): p.text("label") for p in node["peers"].of("peer")} == \
        {i: m.blob.by_id(i).name for i in peers}

    if "missing" not in m.sh(name, "ls -d /proc/device-tree/bulkhead || echo missing"):
        assert m.sh(name, "tr '\\0' ' ' </proc/device-tree/bulkhead/label").split() == [name]
    say(f"{name}: its tree names {part.id}, peers {sorted(peers)}, channels {sorted(channels)}")
    return log


def check_boot_log(m, name, log):
    """What the boot stage said: the same as on its console, a line for each partition."""
    said = m.log("boot")
    assert len(log.lines) >= 5
    for line in log.lines:
        assert line in said, f"in the boot log but not on the console: {line}"
    for part in m.blob.partitions:
        (line,) = [x for x in log.lines if x.startswith(f"bulkhead: {part.name}: ")]
        assert f" CPU {part.cpus[0]}" in line and f"{len(part.cpus)} in all" in line
        for base, size in part.memory:
            assert f"{base:#x}+{size >> 20}M" in line
    say(f"{name}: reads {len(log.lines)} lines of the boot log")


# --- private ACPI tables ---

MADT_LAPIC, MADT_X2APIC, MADT_WAKEUP = 0, 9, 0x10


def table(m, name, signature):
    data = m.file(name, f"/sys/firmware/acpi/tables/{signature}")
    assert data[:4] == signature.encode()
    assert struct.unpack_from("<I", data, 4)[0] == len(data)
    assert sum(data) & 0xff == 0, f"{name}: {signature} has a wrong checksum"
    return data


def iasl_knows_wakeup():
    """Subtable 0x10 of the MADT is of ACPI 6.4; Debian 12's iasl is of 2020."""
    found = re.search(r"version (\d{8})", subprocess.run(["iasl", "-v"], capture_output=True,
                                                         text=True).stdout)
    return found[1] >= "20210105"


def without_wakeup(madt):
    """The same MADT for an iasl that does not know subtable 0x10."""
    out, at = bytearray(madt[:44]), 44
    while at < len(madt):
        if madt[at] != MADT_WAKEUP:
            out += madt[at:at + madt[at + 1]]
        at += madt[at + 1]
    struct.pack_into("<I", out, 4, len(out))
    out[9] = (out[9] - sum(out)) & 0xff
    return bytes(out)


def check_iasl(m, name, signature, data):
    """iasl takes the table apart, and makes the same one of what it wrote."""
    folder = m.dir / "acpi"
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-{signature}"
    if signature == "APIC" and not iasl_knows_wakeup():
        data = without_wakeup(data)
    path.with_suffix(".dat").write_bytes(data)
    for args in (["-d", path.with_suffix(".dat")], ["-oa", "-p", path, path.with_suffix(".dsl")]):
        done = subprocess.run(["iasl", *args], capture_output=True, text=True)
        said = done.stdout + done.stderr
        complaints = [x for x in said.splitlines()
                      if re.search(r"\b(error|warning|invalid|unknown)\b", x, re.I)]
        assert done.returncode == 0 and not complaints, f"{name}: {signature}: iasl {args}: {said}"
    # iasl signs its work in the header: bytes 9 (checksum) and 28-35 (compiler).
    same = bytearray(path.with_suffix(".aml").read_bytes())
    same[9:10], same[28:36] = data[9:10], data[28:36]
    assert bytes(same) == data, f"{name}: {signature} is not what iasl makes of its text"


def check_acpi(m, name):
    part = m.blob[name]
    legacy = "legacy" in part.devices
    madt = table(m, name, "APIC")
    check_iasl(m, name, "APIC", madt)
    at, ids, mailbox = 44, [], None
    while at < len(madt):
        kind, length = madt[at], madt[at + 1]
        assert length >= 2 and at + length <= len(madt)
        if kind == MADT_LAPIC:
            ids.append(madt[at + 3])
        elif kind == MADT_X2APIC:
            ids.append(struct.unpack_from("<I", madt, at + 4)[0])
        elif kind == MADT_WAKEUP:
            assert (length, struct.unpack_from("<H", madt, at + 2)[0]) == (24, 1)
            mailbox, reset = struct.unpack_from("<QQ", madt, at + 8)
        at += length
    # The real BSP goes first, whosoever it is: Linux must not take another for it.
    assert set(ids[1:]) | {ids[0]} == set(part.cpus) | {ids[0]} and len(ids) == len(set(ids))
    assert not minus([(mailbox, 0x1000), (reset, 1)], [m.blob.monitor]), \
        "mailbox and reset vector belong to the monitor"
    names = m.sh(name, "ls /sys/firmware/acpi/tables").split()
    if not legacy:
        assert sorted(set(names) - {"data", "dynamic"}) == ["APIC", "DSDT", "FACP"]
        for signature in ("DSDT", "FACP"):
            check_iasl(m, name, signature, table(m, name, signature))
    say(f"{name}: {'MADT' if legacy else 'ACPI tables'} pass iasl")


SCHEMAS = TOP / "include/bulkhead/schemas"


def dt_validate(path):
    """([ids of our schemas that matched], [complaints]), or None without dt-validate."""
    if not shutil.which("dt-validate"):
        return None
    done = subprocess.run(["dt-validate", "-M", "-s", SCHEMAS, path],
                          capture_output=True, text=True)
    lines = (done.stdout + done.stderr).splitlines()
    ours = {re.search(r"^\$id: (\S+)", schema.read_text(), re.M)[1]
            for schema in SCHEMAS.glob("*.yaml")}
    matched = {x.strip() for x in lines} & ours
    return matched, [x for x in lines
                     if not x.endswith(": matched on schema(s)") and not x.startswith("\thttp:")]


# --- kernel logs ---

def documented_messages():
    """[(regular expression, reason)] of the table in docs/boot-messages.md."""
    rows = re.findall(r"^\| `(.+?)` \| (.+?) \|$", (TOP / "docs/boot-messages.md").read_text(),
                      re.M)
    assert rows and all(len(reason) > 20 for _, reason in rows)
    return [(re.compile(pattern.replace("\\|", "|")), reason) for pattern, reason in rows]


# What no kernel may say, at whatever level.
TROUBLE = re.compile(r"\[Firmware (Bug|Warn)\]|\bBUG\b|WARNING:|Call Trace|Oops|general protection|"
                     r"soft lockup|rcu.*stall")
KERN_ERR = 3


def check_kernel_log(m, name):
    known = documented_messages()
    unknown, lines = [], m.data(name, "dmesg -r").decode(errors="replace").splitlines()
    assert any("Linux version" in x for x in lines), f"{name}: its log has lost its beginning"
    for line in lines:
        found = re.match(r"<(\d+)>(?:\[[^]]*\] )?(.*)", line)
        if not found:
            continue
        level, message = int(found[1]) & 7, found[2]
        if (level <= KERN_ERR or TROUBLE.search(message)) and \
                not any(p.search(message) for p, _ in known):
            unknown.append(line)
    assert not unknown, f"{name} says what docs/boot-messages.md does not explain:\n" + \
        "\n".join(unknown)
    say(f"{name}: {len(lines)} lines of kernel log, nothing unexplained")
