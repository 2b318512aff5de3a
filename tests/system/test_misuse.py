# SPDX-License-Identifier: GPL-2.0-only
"""Mistakes at one end of a channel: each gets a clear error, said once, and harms nobody else.

control and app have drivers. alone and odd have none: their ends are written by hand, with
`bh-guest write`, as some other program or a driver of another version would.
"""

import contextlib
import re
import struct

import pytest

import checks
import contract
import fdt
import platforms
from channels import statistics
from env import KERNEL
from machine import Machine, plan

CHANNEL_H = "ipi/include/bulkhead/channel.h"
MAGIC = contract.constant("BH_CHANNEL_MAGIC", CHANNEL_H)
VERSION = contract.constant("BH_CHANNEL_VERSION", CHANNEL_H)

# struct bh_channel_identity without its reserve; where the other lines are that are written
IDENTITY = struct.Struct("<QIIIIQII")
FIELDS = ("magic", "version", "size", "owner", "peer", "features", "cells", "frames")
EPOCH, HEAD, TAIL = 128, 256, 384
USER = 0x100		# BH_PORT_USER

SIZE = 64 << 10		# of each section
PEERS = [("control", "alone"), ("control", "odd"), ("app", "alone"), ("app", "odd"), ("control", "app")]


def cells(size):
    """bh_section_cells()"""
    return min(size // 8 // 64, 64)


def frames(size):
    """bh_section_frames()"""
    return size - 1024 - cells(size) * 64


def frame_max(size):
    """bh_section_frame_max()"""
    return (frames(size) // 8 * 3 & ~7) - 8


@contextlib.contextmanager
def opened(m, name, peer):
    """The device is open as the shell's descriptor 5: what comes is kept until it is read."""
    m.sh(name, f"exec 5<>/dev/bulkhead/{peer}")
    try:
        yield
    finally:
        m.sh(name, "exec 5<&-")


# A shell's function; a driver looks at the peer's section when a service comes.
LOOK = ("look() { cd /sys/bus/bulkhead/drivers/bulkhead-raw && echo $1.raw >unbind && echo $1.raw >bind; "
        "cat /sys/bus/bulkhead/devices/$1.*/link; cd /; }")


class End:
    """The end of a channel that has no driver, and the one that has."""

    def __init__(self, m, owner, peer):
        self.m, self.owner, self.peer = m, owner, peer
        ids = (m.blob[owner].id, m.blob[peer].id)
        (channel,) = [c for c in m.blob.channels if set(c.cells("between")) == set(ids)]
        ((base, size),) = channel.ranges("memory")
        low = channel.cells("between")[0] == ids[0]
        self.size = size // 2
        self.own, self.other = (base, base + self.size) if low else (base + self.size, base)
        self.right = dict(zip(FIELDS, (MAGIC, VERSION, self.size, *ids, 0, cells(self.size),
                                       frames(self.size))))
        self.life = 0

    def poke(self, *writes):
        """(offset in its own section, bytes), one behind the other."""
        self.m.sh(self.owner, "bh-guest write " + " ".join(f"{self.own + at:#x} {data.hex()}"
                                                           for at, data in writes))

    def look(self):
        """Make the peer's driver look; the link's state then, which all of its devices show."""
        lines = self.m.sh(self.peer, f"look {self.owner}").split()
        assert len(set(lines)) == 1
        return lines[0]

    def live(self, accept=False, **wrong):
        """A new life, whose identity says this; @accept: and knows the peer's. Returns the peer's link."""
        accepted = 0
        if accept:
            (accepted,) = struct.unpack("<Q", self.m.peek(self.peer, self.other + EPOCH, 8))
        self.life += 1
        # No more than what counts: consoles are slow.
        self.poke((EPOCH, struct.pack("<2Q", 0, accepted)),
                  (0, IDENTITY.pack(*{**self.right, **wrong}.values())),
                  (HEAD, bytes(8)), (TAIL, bytes(8)),
                  (EPOCH, struct.pack("<Q", 0x100000000 + self.life)))
        return self.look()

    def leave(self):
        """As one that closes its end."""
        self.poke((EPOCH, bytes(8)))
        return self.look()

    def complaints(self):
        """What the peer's kernel said of this channel."""
        log = self.m.sh(self.peer, f"dmesg | grep 'channel to {self.owner}:'; true")
        return [re.sub(r"^\[ *[0-9.]+\] ", "", x) for x in log.splitlines() if x]


@pytest.fixture(scope="module", params=platforms.each())
def machine(request):
    driverless = f"cpus: 1, memory: 256M, cmdline: {request.param.NO_DRIVERS}"
    # Of devices no more than it needs: on RISC-V each takes a PMP entry, and so does each section.
    text = plan(request.param, "cpus: 4, memory: 2G",
                {"control": "cpus: 1, memory: 256M, manages: [app], devices: [legacy]",
                 "alone": driverless,
                 "odd": driverless,
                 "app": f"cpus: 1, memory: 256M, kernel: {KERNEL}, initrd: demo-kexec"})
    # The first of `between` is the lower half: both ways.
    text += "channels:\n" + "".join(f"  - {{ between: [{', '.join(pair)}], size: {2 * SIZE >> 10}K }}\n"
                                    for pair in PEERS)
    with Machine(f"misuse-{request.param.NAME}", text) as m:
        m.up()
        for name in ("control", "app"):
            m.sh(name, LOOK)
        yield m


# Few of them on each channel: what a peer can make a kernel say is limited, too.
WRONG = {
    ("alone", "control"): [("magic", 0x1234), ("version", VERSION + 1)],
    ("odd", "control"): [("size", SIZE // 2), ("owner", 77)],
    ("alone", "app"): [("peer", 78), ("cells", 63)],
    ("odd", "app"): [("frames", 4096)],
}


@pytest.mark.parametrize("ends", WRONG, ids="-".join)
def test_foreign_section(machine, ends):
    """A section that is not what the peer expects is left alone; one line says what is wrong."""
    end = End(machine, *ends)
    assert end.look() == "down"
    for field, value in WRONG[ends]:
        before = len(end.complaints())
        assert end.live(**{field: value}) == "foreign"
        # Who goes and comes makes the same mistake: it has been said.
        assert end.leave() == "down"
        assert end.live(**{field: value}) == "foreign"
        said = end.complaints()[before:]
        assert len(said) == 1, f"{field}: {said}"
        shown = f"{value:#x}" if field == "magic" else value
        right = f"{end.right[field]:#x}" if field == "magic" else end.right[field]
        assert f"{field} is {shown}, not {right}" in said[0]
        # A right one is welcome afterwards, and the next mistake is news.
        assert end.live(accept=True) == "up"


def test_frame_that_is_too_long(machine):
    """... for its ring, or longer than what there is, in a ring that was good so far: quarantine, until the
    next life."""
    end = End(machine, "odd", "app")
    end.life = 100
    longest, start = frame_max(SIZE), 1024 + cells(SIZE) * 64
    before, said = statistics(machine, "app", "odd"), len(end.complaints())
    for length, head in ((longest + 1, longest + 16), (64, 64)):
        assert end.live(accept=True) == "up"
        end.poke((start, struct.pack("<Q", length | USER << 32)), (HEAD, struct.pack("<Q", head)))
        assert end.look() == "quarantined"
        assert end.look() == "quarantined"
        said += 1
        assert len(end.complaints()) == said
        assert "what the peer wrote can't be; quarantined until it restarts" in end.complaints()[-1]
    assert end.live(accept=True) == "up"
    after = statistics(machine, "app", "odd")
    assert (after["quarantines"], after["received"]) == (before["quarantines"] + 2, before["received"])


def test_others_are_not_disturbed(machine):
    """The channel between the two that have drivers, all the while."""
    assert set(machine.sh("app", "cat /sys/bus/bulkhead/devices/control.*/link").split()) == {"up"}
    with opened(machine, "app", "control"):
        machine.sh("control", "echo whole >/dev/bulkhead/app")
        assert machine.sh("app", "dd bs=64k count=1 <&5 2>/dev/null") == "whole\n"


# --- programs ---

def refused(m, name, command, why):
    output = m.sh(name, command, check=False)
    assert why in output, output


def test_frame_too_long_to_send(machine):
    """EMSGSIZE; the longest goes."""
    longest = frame_max(SIZE)
    with opened(machine, "app", "control"):
        for size in (longest + 1, SIZE, 1 << 20):
            refused(machine, "control", f"dd if=/dev/zero of=/dev/bulkhead/app bs={size} count=1",
                    "Message too long")
        machine.sh("control", f"dd if=/dev/zero of=/dev/bulkhead/app bs={longest} count=1")
        assert machine.sh("app", "dd bs=64k count=1 <&5 2>/dev/null | wc -c").strip() == str(longest)


def test_buffer_too_small_to_receive(machine):
    """EMSGSIZE, and the frame is still there."""
    with opened(machine, "app", "control"):
        machine.sh("control", "echo five5 >/dev/bulkhead/app")
        refused(machine, "app", "dd bs=4 count=1 <&5", "Message too long")
        assert machine.sh("app", "dd bs=64 count=1 <&5 2>/dev/null") == "five5\n"


def test_peer_that_is_not_there(machine):
    """EPIPE: nobody has the other end."""
    end = End(machine, "alone", "control")
    assert end.leave() == "down"
    refused(machine, "control", "echo hello >/dev/bulkhead/alone", "Broken pipe")


def test_forbidden_channels(machine):
    """No channel in the plan: no device. No right to manage: no console. Not root: EACCES."""
    read = "timeout 9 cat /dev/bulkhead"	# what may be read after all would never end
    for device in ("nobody", "control", "alone.console"):
        refused(machine, "control", f"{read}/{device}", "No such file or directory")
    refused(machine, "app", f"{read}/control.console", "No such file or directory")
    refused(machine, "control", f"bh-guest as 65534 {read}/app", "Permission denied")
    refused(machine, "control", "bh-guest as 65534 bulkhead console app </dev/null", "Permission denied")


@pytest.mark.parametrize("cid", [77, 2, 0xFFFFFFFE])
def test_unknown_peer(machine, cid):
    """A CID that is no peer's."""
    refused(machine, "control", f"bh-guest connect {cid} 1", "No such device")


def test_service_that_goes(machine):
    """ENODEV for who has it open."""
    refused(machine, "control",
            "exec 5<>/dev/bulkhead/app; echo app.raw >/sys/bus/bulkhead/drivers/bulkhead-raw/unbind; "
            "cat <&5; exec 5<&-", "No such device")
    machine.sh("control", "echo app.raw >/sys/bus/bulkhead/drivers/bulkhead-raw/bind; ls /dev/bulkhead/app")


def test_mtu_beyond_the_ring(machine):
    refused(machine, "control", "ip link set bh-app mtu 65000", "Invalid argument")


def test_the_logs(machine):
    """Mistakes of others are no bugs of one's own."""
    for name in ("control", "app"):
        checks.check_quiet(machine, name)


# --- the tree ---

def value_at(data, node, prop):
    """Where the value of a node's property stands in a flattened tree."""
    strings = data[struct.unpack_from(">I", data, 12)[0]:]
    name = (b"\0" + strings).index(b"\0" + prop.encode() + b"\0")
    start = data.index(struct.pack(">I", fdt.BEGIN_NODE) + node.encode() + b"\0")
    length = len(fdt.parse(data)["bulkhead/channels"][node].props[prop])
    return data.index(struct.pack(">3I", fdt.PROP, length, name), start) + 12


def test_tree_with_mistakes(machine):
    """A kernel whose tree has too small a section and a peer that it does not name.

    What kexec hands on is the tree in the kernel's memory, on x86-64 a copy of it: that is
    where the mistakes are made.
    """
    app = "app"
    old = machine.data(app, "bh-guest dtb")
    tree = fdt.parse(old)
    nodes = {c.cell("bulkhead,peer"): c.name for c in tree["bulkhead/channels"].of("channel")}
    new = bytearray(old)
    small, stranger = (nodes[machine.blob[n].id] for n in ("alone", "odd"))
    at = value_at(old, small, "bulkhead,memory")
    struct.pack_into(">Q", new, at + 8, 4096)
    at = value_at(old, stranger, "bulkhead,peer")
    struct.pack_into(">I", new, at, 99)
    copies = [int(x, 0) for x in machine.sh(app, f"bh-guest find {old[:40].hex()}", timeout=60).split()]
    assert copies
    for copy in copies:
        # The pattern itself may lie about, too, in what looked for it.
        if machine.peek(app, copy, len(old)) != old:
            continue
        for i in range(0, len(old), 4):
            if old[i:i + 4] != new[i:i + 4]:
                machine.sh(app, f"bh-guest write {copy + i:#x} {new[i:i + 4].hex()}")
    machine.sh(app, "bh-guest kexec /boot/linux /boot/demo")
    machine.console(app).start("bh-guest kexec -x")
    machine.restarted(app)
    log = machine.sh(app, "dmesg | grep -E 'bulkhead|BUG|WARNING|Oops'")
    assert not checks.trouble(log), log
    assert len(re.findall(r"channel to alone: a section of 2048 bytes at 0x[0-9a-f]+ can't be used; "
                          r"it has to be whole 64 bytes, 4096 to 1073741824", log)) == 1, log
    assert len(re.findall(rf"{stranger}: there is no peer 99 in the tree", log)) == 1, log
    # The third channel is as good as before.
    assert set(machine.sh(app, "cat /sys/bus/bulkhead/devices/control.*/link").split()) == {"up"}
    assert machine.sh(app, "ls /dev/bulkhead").split() == ["control", "control.ring"]
