# SPDX-License-Identifier: GPL-2.0-only
"""What every partition of every plan must be able to see, compared with the blob."""

import re
import shutil
import subprocess

import contract
import fdt
from env import TOP, say
from ranges import both, merge, minus, text


# --- what a partition sees ---

def iomem(m, name):
    """[(base, size, what)] of /proc/iomem's top level."""
    lines = re.findall(r"^([0-9a-f]+)-([0-9a-f]+) : (.*)$",
                       m.sh(name, "grep -v '^ ' /proc/iomem"), re.M)
    return [(int(b, 16), int(e, 16) - int(b, 16) + 1, what) for b, e, what in lines]


def check_cpus(m, name):
    part = m.blob[name]
    seen = m.platform.cpu_ids(m, name)
    assert sorted(seen) == sorted(part.cpus), f"{name}: CPUs {seen}, the plan says {part.cpus}"
    online = m.sh(name, "cat /sys/devices/system/cpu/online").strip()
    last = len(part.cpus) - 1
    assert online == (f"0-{last}" if last else "0"), f"{name}: CPUs online: {online}"
    say(f"{name}: CPUs {seen} as planned")


def check_memory(m, name):
    part = m.blob[name]
    lines = iomem(m, name)
    ram = merge((b, s) for b, s, what in lines if what == "System RAM")
    own = merge(part.own)

    beyond = minus(ram, own)
    assert not beyond, f"{name}: uses memory that is not its own: {text(beyond)}"
    for other in m.blob.partitions:
        if other.name != name:
            assert not both(ram, other.own), f"{name}: uses {other.name}'s memory"
    foreign = [m.blob.monitor, *m.blob.low_page]
    for channel in m.blob.channels:
        foreign += channel.ranges("memory")
    assert not both(ram, foreign), f"{name}: uses the monitor's memory or a channel's"

    m.platform.check_lacks(m, name, minus(own, ram), lines)
    say(f"{name}: RAM {text(ram)} of {text(own)}")


def check_tree(m, name):
    """The partition device tree, and what was said before the kernel had it."""
    part = m.blob[name]
    data = m.data(name, "bh-guest dtb")
    data = data[:fdt.size_of(data)]
    (m.dir / f"{name}.dtb").write_bytes(data)
    tree = fdt.parse(data)
    node = tree["bulkhead"]

    assert tree.texts("compatible") == [contract.PARTITION_MACHINE]
    assert node.texts("compatible") == [contract.PARTITION_COMPATIBLE]
    assert node.text("label") == name
    assert node.cell("bulkhead,id") == part.id
    assert node.cells("bulkhead,manages") == part.manages
    assert [c.cell("reg") for c in tree["cpus"].of("cpu")] == part.cpus
    assert [r for n in tree.of("memory") for r in n.ranges("reg")] == part.memory

    bootargs = m.platform.bootargs(m, name, tree)
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
    assert {p.cell("reg") for p in node["peers"].of("peer") if "bulkhead,manager" in p} == \
        {i for i in peers if part.id in m.blob.by_id(i).manages}
    linked = {peer for peer, _, _ in channels.values()} if m.platform.PEER_CPUS else set()
    assert {p.cell("reg"): p.cells("bulkhead,cpus") for p in node["peers"].of("peer")
            if "bulkhead,cpus" in p} == {i: m.blob.by_id(i).cpus for i in linked}
    say(f"{name}: its tree names {part.id}, peers {sorted(peers)}, channels {sorted(channels)}")
    m.platform.check_said(m, name, tree)


# --- device trees ---

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


# What no kernel may say, at whatever level, for grep -E; of what it finds, some is allowed. (A kernel with
# KCSAN also tells of races in Linux's own parts: those are not ours to mend.)
SUSPECT = (r"\[Firmware (Bug|Warn)\]|\bBUG\b|WARNING:|Call Trace|Oops|general protection|soft lockup|"
           r"rcu.*stall|rcu_sched")
ALLOWED = re.compile(r"BUG: KCSAN: (?!.*\bbh_)")


def trouble(text):
    """The lines that no kernel may say."""
    return [line for line in text.splitlines() if re.search(SUSPECT, ALLOWED.sub("", line))]


def check_quiet(m, name, *more):
    """Nothing of that in its log, nor what these match. It looks for itself: a log has 25 KB."""
    suspect = m.sh(name, "dmesg >/tmp/log && test -s /tmp/log && "
                         f"{{ grep -E '{'|'.join((SUSPECT, *more))}' /tmp/log; rm /tmp/log; }}")
    said = trouble(suspect) + [line for line in suspect.splitlines() if any(re.search(x, line) for x in more)]
    assert not said, "\n".join([f"{name} says:", *said, "its whole log:", m.dmesg(name)])


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
        if (level <= KERN_ERR or trouble(message)) and \
                not any(p.search(message) for p, _ in known):
            unknown.append(line)
    assert not unknown, f"{name} says what docs/boot-messages.md does not explain:\n" + \
        "\n".join(unknown)
    say(f"{name}: {len(lines)} lines of kernel log, nothing unexplained")
