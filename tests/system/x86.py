# SPDX-License-Identifier: GPL-2.0-only
"""What is x86-64's alone: APIC ids, the boot stage's log, ACPI tables."""

import re
import struct
import subprocess

import contract
import ranges
from env import BUILD, EXAMPLES, say

NAME = "x86-64"
CONFIG = "PLATFORM_X86_64"
TOUR = EXAMPLES / "tour-x86.yaml"
FIRMWARES = ("bios", "uefi")
SPEAKER = "boot"		# the console of what starts the partitions
REFUSED = r"bulkhead: stopped; no partition was started\r?\n"
REASON = r"bulkhead: error: ([^\r\n]*)"
NO_DRIVERS = "initcall_blacklist=bh_init"	# leaves the channels to /dev/mem
IDLE_POLLS = "idle=poll"	# an idle CPU spins, and is awake at once
PEER_CPUS = True		# a partition's tree names the CPUs that its peers' doorbells go to

PAGE = 0x1000


def bench_qemu():
    """The installed one."""


def refuser(m):
    """The console where a refusal is seen: that of the first partition is shared."""
    return m.names[0]


def cpu_ids(m, name):
    """Hardware ids of the CPUs that are online, in the kernel's order."""
    lines = m.sh(name, "grep ^apicid /proc/cpuinfo")
    return [int(x) for x in re.findall(r"^apicid\s*: (\d+)", lines, re.M)]


def check_lacks(m, name, lacks, iomem):
    """Of its own memory a kernel may lack its private area, and the page that plays
    an IO-APIC for those that have none."""
    part = m.blob[name]
    below_4g = [r for r in part.memory if sum(r) <= 1 << 32] or part.memory
    top = max(sum(r) for r in below_4g)
    allowed = [(top - contract.PRIVATE_SIZE, contract.PRIVATE_SIZE)]
    if "legacy" not in part.devices:
        (low,) = part.low_slice
        allowed.append((sum(low) - PAGE, PAGE))
    assert lacks == ranges.merge(allowed), \
        f"{name}: lacks {ranges.text(lacks)} of its own memory, not {ranges.text(ranges.merge(allowed))}"
    tables = ranges.merge((b, s) for b, s, what in iomem if what == "ACPI Tables")
    assert not ranges.minus([allowed[0]], tables), \
        f"{name}: its private area is not marked as tables"


def boot_log(m, name, tree):
    (where,) = tree["bulkhead"].ranges("bulkhead,boot-log")
    return contract.BootLog(m.peek(name, *where))


def bootargs(m, name, tree):
    """What the blob has, and what was measured."""
    ticks = re.search(r" lapic_timer_khz=([1-9]\d+)$", m.sh(name, "cat /proc/cmdline").rstrip())
    return f"{m.blob[name].bootargs} tsc_early_khz={boot_log(m, name, tree).tsc_khz}{ticks[0] if ticks else ''}"


def check_said(m, name, tree):
    """What the boot stage said: the same as on its console, a line for each partition."""
    log = boot_log(m, name, tree)
    said = m.log(SPEAKER)
    assert len(log.lines) >= 5
    assert said.splitlines()[-1] == contract.BOOT_PREFIX + contract.BOOT_END, said[-200:]
    assert not m.log(m.names[0]).startswith(contract.BOOT_PREFIX) and "Linux version" not in said
    for line in log.lines:
        assert line in said, f"in the boot log but not on the console: {line}"
    for part in m.blob.partitions:
        (line,) = [x for x in log.lines if x.startswith(f"bulkhead: {part.name}: ")]
        assert f" CPU {part.cpus[0]}" in line and f"{len(part.cpus)} in all" in line
        for base, size in part.memory:
            assert f"{base:#x}+{size >> 20}M" in line
    say(f"{name}: reads {len(log.lines)} lines of the boot log")


def identity(m, name):
    """What a partition was given: its memory map and where its tables are."""
    rsdp = re.search(r"ACPI: RSDP (0x[0-9A-Fa-f]+)", m.sh(name, "dmesg | grep 'ACPI: RSDP'"))
    e820 = m.sh(name, "cd /sys/firmware/memmap; "
                      "for i in *; do echo $(cat $i/start $i/end $i/type); done; cd /")
    return rsdp[1], sorted(e820.splitlines())


# --- death ---

SHUTDOWN = 2 * 8		# offset of struct platform_driver's shutdown


def symbols(m, name):
    """(_text, bh_partition_driver) as the kernel was linked"""
    # Not every kernel shows the places of its data.
    shown = m.sh(name, "grep -E ' (_text|bh_partition_driver)$' /proc/kallsyms", check=False)
    if "driver" not in shown:
        shown = (BUILD / "images" / NAME / "linux.map").read_text()
    return [int(re.search(rf"^([0-9a-f]+) . {symbol}$", shown, re.M)[1], 16)
            for symbol in ("_text", "bh_partition_driver")]


def prepare_death(m, name):
    """Load the next kernel with the initrd of this one (retain_initrd), and have the driver of channels
    say no farewell to its peers."""
    m.sh(name, "bh-guest kexec /boot/linux /sys/firmware/initrd")
    if not hasattr(m, "symbols"):	# of one kernel for all, which takes a second to ask
        m.symbols = symbols(m, name)
    text, driver = m.symbols
    code = re.search(r"([0-9a-f]+)-[0-9a-f]+ : Kernel code", m.sh(name, "cat /proc/iomem"))
    where = int(code[1], 16) + driver - text + SHUTDOWN
    assert int.from_bytes(m.peek(name, where, 8), "little") > text, "shutdown is not there"
    m.sh(name, f"bh-guest write {where:#x} {bytes(8).hex()}")


def die(m, name, manager, seconds):
    """After so long, while everything else in the partition goes on."""
    m.console(name).start(f"sleep {seconds:.3f}; bh-guest kexec -x")


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


def check_devices(m, name):
    """Its private ACPI tables: its own CPUs, and no devices that are not its own."""
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
    assert not ranges.minus([(mailbox, 0x1000), (reset, 1)], [m.blob.monitor]), \
        "mailbox and reset vector belong to the monitor"
    names = m.sh(name, "ls /sys/firmware/acpi/tables").split()
    if not legacy:
        assert sorted(set(names) - {"data", "dynamic"}) == ["APIC", "DSDT", "FACP"]
        for signature in ("DSDT", "FACP"):
            check_iasl(m, name, signature, table(m, name, signature))
    say(f"{name}: {'MADT' if legacy else 'ACPI tables'} pass iasl")
