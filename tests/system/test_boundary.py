# SPDX-License-Identifier: GPL-2.0-only
"""Must hold 2 on RISC-V: what is another's can't be reached, in whatever way it is tried.

Every partition but one boots the payload and tries everything that belongs to the
others, to the firmware or to nobody; what is its own it must be able to use,
so that each address is seen allowed to its owner and refused to all others.
The one left is a Linux that must not notice. Where things are comes from the
blob and from the emulator's own description of the machine, which the tool
had no hand in.
"""

import re
import subprocess

import pytest

import checks
import contract
import fdt
import platforms
import ranges
import riscv
from env import OUT, say
from machine import Machine, plan
from probe import PAYLOAD, Probe

pytestmark = platforms.only(riscv)

CPUS, MEMORY = 6, "2G"
PROBES = ("owner", "left", "right")
PARTITIONS = {
    "owner": f"cpus: 1, memory: 64M, kernel: {PAYLOAD}, manages: [right]",
    "left": f"cpus: 2, memory: 96M, kernel: {PAYLOAD}",
    "right": f"cpus: 1, memory: 64M, kernel: {PAYLOAD}",
    "linux": "cpus: 1, memory: 256M",
}
CHANNELS = """channels:
  - { between: [left, right], size: 64K }
  - { between: [owner, linux], size: 64K }
"""

PAGE = 0x1000
WORD = 4

# Devices that take accesses of one byte only; the others take words.
BYTES = ("ns16550a",)


def machine_tree(folder, qemu):
    """What the emulator says it is."""
    path = folder / "machine.dtb"
    subprocess.run([qemu, "-machine", f"{riscv.MACHINE},dumpdtb={path}", "-smp", str(CPUS),
                    "-m", MEMORY, "-display", "none"], check=True, capture_output=True)
    return fdt.parse(path.read_bytes())


def ends(base, size):
    """The first word of the first page and the last one of the last."""
    return [base, base + size - WORD]


class Map:
    """Who owns what, as addresses to try: {(owner, what): [address or address/size]}"""

    def __init__(self, m, tree):
        self.blob = m.blob
        self.spots = {}
        for part in m.blob.partitions:
            self.spots[part.name, "memory"] = [a for r in part.memory for a in ends(*r)]
            self.spots[part.name, "status page"] = [a for r in part.status_page for a in ends(*r)]
        firmware = [m.blob.monitor, *m.blob.tree["monitor"].ranges("firmware"),
                    *m.blob.tree["monitor"].ranges("tree")]
        for image in m.blob.tree["images"].of("image"):
            firmware += image.ranges("memory")
        for part in m.blob.tree["partitions"].of("partition"):
            firmware += part.ranges("private")
        pages = {a for p in m.blob.partitions for r in p.status_page for a in ends(*r)}
        self.spots[None, "firmware"] = [a for r in firmware for a in ends(*r) if a not in pages]
        for channel in m.blob.channels:
            ((base, size),) = channel.ranges("memory")
            for side, ident in enumerate(channel.cells("between")):
                name = m.blob.by_id(ident).name
                self.spots[name, f"channel {channel.cell('reg')}"] = \
                    ends(base + side * size // 2, size // 2)
        self.devices(tree)
        self.nowhere(m.blob, tree)

    def devices(self, tree):
        """Interrupt files are the harts', some devices the owner's, the rest the firmware's."""
        harts = {hart: part.name for part in self.blob.partitions for hart in part.cpus}
        phandles = {}
        for cpu in tree["cpus"].of("cpu"):
            phandles[cpu["interrupt-controller"].cell("phandle")] = cpu.cell("reg")
        for node in [*tree["soc"].children.values(), *tree.of("flash"), *tree.of("fw-cfg")]:
            kinds = node.texts("compatible")
            for base, size in node.ranges("reg"):
                if "riscv,imsics" in kinds:
                    self.files(node, base, phandles, harts)
                elif any(k in BYTES for k in kinds):
                    self.add(None, kinds[0], [f"{base:#x}/1", f"{base + size - 1:#x}/1"])
                elif "riscv,aplic" in kinds and riscv.to_s_level(node):
                    self.add("owner", kinds[0], ends(base, size))
                elif "pci-host-ecam-generic" in kinds:
                    self.add("owner", kinds[0], ends(base, size))
                    self.windows(node)
                else:
                    self.add(None, kinds[0], ends(base, size))

    def windows(self, bridge):
        """The bus's memory belongs to its owner; its I/O ports to nobody."""
        cells = bridge.cells("ranges")		# 3 of PCI, 2 of here, 2 of size
        for at in range(0, len(cells), 7):
            io = cells[at] >> 24 & 3 == 1
            self.add(None if io else "owner", "ports" if io else "pci-window",
                     ends(cells[at + 3] << 32 | cells[at + 4], cells[at + 5] << 32 | cells[at + 6]))

    def files(self, node, base, phandles, harts):
        """One page for each hart, in the order of its interrupts."""
        s_level = riscv.to_s_level(node)
        for n, phandle in enumerate(node.cells("interrupts-extended")[::2]):
            owner = harts.get(phandles[phandle]) if s_level else None
            self.add(owner, "imsic", ends(base + n * PAGE, PAGE))

    def nowhere(self, blob, tree):
        """RAM that the plan gives to nobody."""
        ram = [r for n in tree.of("memory") for r in n.ranges("reg")]
        given = [blob.monitor] + [r for p in blob.partitions for r in p.memory] + \
            [r for c in blob.channels for r in c.ranges("memory")]
        self.add(None, "free", [a for r in ranges.minus(ram, given) for a in ends(*r)])

    def add(self, owner, what, addresses):
        self.spots.setdefault((owner, what), []).extend(addresses)

    def rights(self, name):
        """{rights: [addresses]} that this partition must find."""
        found = {}
        for (owner, what), addresses in self.spots.items():
            rights = "---"
            if what == "status page" and owner == name:
                rights = "r--"
            elif what == "memory" and owner == name:
                # Where its own image lies a fetch would start it again.
                rights = "rw?"
            elif what.startswith("channel"):
                if owner == name:
                    rights = "rw-"
                elif (name, what) in self.spots:
                    rights = "r--"
            elif what == "pci-window" and owner == name:
                continue	# nothing answers there until a device is given an address
            elif owner == name:
                rights = "rw-"
            found.setdefault(rights, []).extend(addresses)
        for (base, size) in self.blob[name].memory[:1]:
            found.setdefault("rwx", []).append(base + size // 2)
        return {r: sorted({a if isinstance(a, str) else f"{a:#x}" for a in addresses})
                for r, addresses in found.items()}


@pytest.fixture(scope="module", params=["pmp", "smepmp"])
def walled(request):
    """The machine, its map and its probes, all up; with and without Smepmp."""
    smepmp = request.param == "smepmp"
    qemu = riscv.newer_qemu() if smepmp else riscv.QEMU
    more = ", smepmp: true" if smepmp else ""
    text = plan(riscv, f"cpus: {CPUS}, memory: {MEMORY}{more}", PARTITIONS) + CHANNELS
    with Machine(f"boundary-{request.param}", text, "direct", qemu=qemu) as m:
        m.map = Map(m, machine_tree(m.dir, qemu))
        m.probes = {name: Probe(m, name).up() for name in PROBES}
        m.up("linux")
        (kind,) = re.findall(r"Platform HART Protection +: (\S+)", m.log(riscv.SPEAKER))
        assert kind == ("epmp" if smepmp else "pmp"), f"the firmware uses {kind}"
        yield m


@pytest.mark.parametrize("name", PROBES)
def test_loads_stores_and_fetches(walled, name):
    probe = walled.probes[name]
    wrong = []
    for rights, addresses in walled.map.rights(name).items():
        wrong += probe.attempt("expect", *addresses, fixed=[rights])
    finish(walled, probe, "memory", wrong)


def finish(m, probe, what, wrong):
    path = m.dir / f"{probe.name}-{what}.table"
    path.write_text("\n".join(probe.table) + "\n")
    say(f"{probe.name}: {what}: {probe.tried} tried, {probe.refused} refused; {path.relative_to(OUT)}")
    assert probe.tried and probe.refused, "nothing was tried"
    probe.forget()
    assert not wrong, f"{len(wrong)} came out wrong:\n" + "\n".join(wrong[:40])


BAD_IDS = (0, 1, 2, 60, 67, 0xffffffff)


@pytest.mark.parametrize("name", PROBES)
def test_calls_without_a_right(walled, name):
    probe = walled.probes[name]
    part = walled.blob[name]
    peers = {i for c in walled.blob.channels if part.id in c.cells("between")
             for i in c.cells("between")} - {part.id}
    strangers = {p.id for p in walled.blob.partitions} - {part.id} - peers - set(part.manages)
    wrong = probe.attempt("service", *sorted(strangers), *BAD_IDS, part.id | 1 << 32,
                          fixed=["stranger"])
    wrong += probe.attempt("service", *sorted(peers), fixed=["peer"])
    wrong += probe.attempt("absent")
    foreign = [h for p in walled.blob.partitions if p.name != name for h in p.cpus]
    unused = [h for h in range(CPUS) if h not in foreign + part.cpus]
    wrong += probe.attempt("harts", *foreign, *unused, 63, 1000)
    finish(walled, probe, "calls", wrong)


@pytest.mark.parametrize("name", PROBES)
def test_the_firmware_is_no_way_around(walled, name):
    """What it reads, writes or enters for the caller must be the caller's."""
    probe = walled.probes[name]
    wrong = []
    for rights, what in (("---", "denied"), ("r--", "readonly")):
        for address in walled.map.rights(name)[rights]:
            wrong += probe.attempt("buffers", address.split("/")[0], fixed=[what])
    finish(walled, probe, "buffers", wrong)


@pytest.mark.parametrize("name", PROBES)
def test_doorbells_without_a_right(walled, name):
    probe = walled.probes[name]
    wrong = probe.attempt("channels", 0, 1, contract.DOORBELLS - 1, contract.DOORBELLS + 1,
                          0xffffffff)
    spots = walled.map.spots
    own = spots[name, "imsic"][0]
    # Others' interrupt files, memory, and its own page but not where a doorbell goes.
    targets = [a for (owner, what), at in spots.items() for a in at[:1]
               if isinstance(a, int) and not (what == "imsic" and owner == name)]
    wrong += probe.attempt("targets", *map(hex, [*targets, own + 4, own + 0x800, own + PAGE - WORD]))
    finish(walled, probe, "doorbells", wrong)


def test_a_doorbell_rings_where_it_may(walled):
    """The same calls between those who may: else all the refusals above would prove nothing."""
    left, right = walled.probes["left"], walled.probes["right"]
    file = walled.map.spots["right", "imsic"][0]
    listen = ["listen", walled.blob["left"].id, hex(file)]
    right.run(*listen, 50)		# what was rung before, and kept
    right.begin(*listen, 2000)
    with walled.explained("right does not listen"):
        walled.console("right").expect(r"probe: listening error=0\r?\n")
    for _ in range(3):
        assert left.service("RING", walled.blob["right"].id) == (0, 0)
    (line,) = right.finish()
    assert re.fullmatch(r"heard [1-3] other 0", line), line


def test_linux_noticed_nothing(walled):
    checks.check_cpus(walled, "linux")
    checks.check_memory(walled, "linux")
    checks.check_quiet(walled, "linux")
    assert float(walled.sh("linux", "cat /proc/uptime").split()[0]) > 1
    for name in PROBES:
        assert walled.log(name).count(": up on hart") == 1, f"{name} was started again"
