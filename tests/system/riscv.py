# SPDX-License-Identifier: GPL-2.0-only
"""What is RISC-V's alone: harts, the firmware's words, device trees instead of ACPI."""

import functools
import re
import subprocess
import threading
import time

import contract
import fdt
import ranges
from env import EXAMPLES, TOP, say

NAME = "riscv64"
CONFIG = "PLATFORM_RISCV64"
TOUR = EXAMPLES / "tour-riscv.yaml"
FIRMWARES = ("spl", "direct")
SPEAKER = "firmware"		# the console of what starts the partitions
REFUSED = r"(SPL: failed to boot|bulkhead: the plan is refused)[^\r\n]*\r?\n"
REASON = r"((?:bulkhead: |Failed |No |## Checking [^\r\n]*error)[^\r\n]*)"
QEMU = "qemu-system-riscv64"
MACHINE = "virt,aia=aplic-imsic"
UART_OFFSET = contract.constant("BH_UART_OFFSET", contract.MONITOR_H)
NO_DRIVERS = "bulkhead.uio"	# leaves the channels to /dev/mem
IDLE_POLLS = "nohlt"		# an idle hart spins, and is awake at once
PEER_CPUS = False
S_EXTERNAL = 9			# the interrupt of a hart that an S-level file raises


@functools.cache
def newer_qemu():
    """Path of an emulator with what Debian 12's lacks (docs/boot.md)."""
    done = subprocess.run([TOP / "scripts/newer-qemu"], capture_output=True, text=True)
    assert done.returncode == 0, f"no newer QEMU: {done.stderr}"
    return done.stdout.strip()


# Figures are measured on it: 7.2 empties its TLB whenever a kernel opens or closes user memory to
# itself (sstatus.SUM), eight times in a round trip of two messages.
bench_qemu = newer_qemu


def refuser(m):
    return SPEAKER


def cpu_ids(m, name):
    """Hardware ids of the CPUs that are online, in the kernel's order."""
    lines = m.sh(name, "grep ^hart /proc/cpuinfo")
    return [int(x) for x in re.findall(r"^hart\s*: (\d+)", lines, re.M)]


def check_lacks(m, name, lacks, iomem):
    """Whatever is its own is RAM to it."""
    assert not lacks, f"{name}: lacks {ranges.text(lacks)} of its own memory"


def bootargs(m, name, tree):
    return m.blob[name].bootargs


def domains(said):
    """{name: (boot hart, [harts], [ranges that S-mode may execute])} of OpenSBI's banner."""
    found = {}
    for number, name in re.findall(r"^Domain(\d+) Name +: (\S+)", said, re.M):
        def field(what):
            return re.findall(rf"^Domain{number} {what} +: (.*)$", said, re.M)
        harts = [int(h) for h in re.findall(r"\d+", field("HARTs")[0])]
        code = [(int(b, 16), int(e, 16) - int(b, 16) + 1) for b, e in re.findall(
            r"(0x[0-9a-f]+)-(0x[0-9a-f]+) .* S/U: \(R,W,X\)", "\n".join(field(r"Region\d+")))]
        found[name] = int(field("Boot HART")[0]), harts, ranges.merge(code)
    return found


def check_said(m, name, tree):
    """What the firmware says at its start: a domain for each partition, and no kernel's words."""
    said = m.log(SPEAKER).replace("\r", "")
    for part in m.blob.partitions:
        boot, harts, code = domains(said)[part.name]
        assert boot == part.cpus[0] and sorted(harts) == sorted(part.cpus)
        assert code == ranges.merge(part.memory)
    assert "Linux version" not in said, "a kernel speaks through the firmware's console"
    say(f"{name}: the firmware has a domain for each partition")


def tree_of(m, name):
    data = m.data(name, "bh-guest dtb")
    return fdt.parse(data[:fdt.size_of(data)])


def flat(node, path=""):
    """{path of a property: its bytes}"""
    found = {f"{path}:{prop}": value for prop, value in node.props.items()}
    for name, child in node.children.items():
        found |= flat(child, f"{path}/{name}")
    return found


def identity(m, name):
    """What a partition was given: its tree but for /chosen, which kexec writes."""
    return {k: v for k, v in flat(tree_of(m, name)).items() if not k.startswith("/chosen")}


def to_s_level(node):
    """Whether an interrupt controller of the machine (APLIC, IMSIC) is for S-mode."""
    if "interrupts-extended" in node:
        return node.cells("interrupts-extended")[1] == S_EXTERNAL
    return "riscv,children" not in node		# M-mode's APLIC delegates to another


def imsic_pages(m, name):
    """The pages of interrupt files that its tree gives it."""
    files = [n for n in walk(tree_of(m, name)) if "riscv,imsics" in n.texts("compatible")]
    return ranges.merge(r for n in files for r in n.ranges("reg"))


def walk(node):
    yield node
    for child in node.children.values():
        yield from walk(child)


OWNED = {"legacy": ("riscv,aplic",), "pci": ("pci-host-ecam-generic",)}
FIRMWARE = ("sifive,test0", "syscon", "sifive,clint0", "riscv,aclint-mtimer",
            "riscv,aclint-mswi", "riscv,plic0", "sifive,plic-1.0.0")


def check_devices(m, name):
    """Its tree has one interrupt file for each of its harts, and the devices that the
    plan gives it; none of the firmware's."""
    part = m.blob[name]
    there = {text for node in walk(tree_of(m, name)) for text in node.texts("compatible")}
    for kind, compatibles in OWNED.items():
        for compatible in compatibles:
            assert (compatible in there) == (kind in part.devices), \
                f"{name} has {part.devices}; {compatible} is {'' if compatible in there else 'not '}in its tree"
    assert not there & set(FIRMWARE), f"{name}: {there & set(FIRMWARE)} belong to the firmware"
    uarts = [r for node in walk(tree_of(m, name)) if "ns16550a" in node.texts("compatible")
             for r in node.ranges("reg")]
    assert uarts == [(m.blob.monitor[0] + UART_OFFSET, 8)], f"{name}: not the emulated UART: {uarts}"
    pages = sum(size for _, size in imsic_pages(m, name)) >> 12
    assert pages == len(part.cpus), f"{name}: {pages} interrupt files, {len(part.cpus)} harts"
    say(f"{name}: {pages} interrupt files, devices {part.devices}")


# --- death ---

HAND = threading.Lock()		# the manager's console


def prepare_death(m, name):
    """Nothing: the firmware stops harts wherever they are, and has the golden image."""


def die(m, name, manager, seconds):
    """After so long, by its manager's hand."""
    time.sleep(seconds)
    # Others may have something killed at the same time.
    with HAND:
        m.sh(manager, f"bh-guest monitor restart {m.blob[name].id}")
