# SPDX-License-Identifier: GPL-2.0-only
"""AF_VSOCK between partitions: what sockets promise, by programs that check every byte."""

import re

import pytest

import checks
import linked
import platforms
from linked import LEFT, RIGHT
from machine import Machine, plan

MIB = 1 << 20


@pytest.fixture(scope="module", params=platforms.each())
def pair(request):
    text = linked.plan_text(request.param, plan, "demo-kexec", size="512K")
    with Machine(f"vsock-{request.param.NAME}", text) as m:
        m.up()
        yield m


# A port that nobody has had before: nothing is left over from another test.
ports = iter(range(5000, 6000))


def transfer(m, source, target, kind, size, asleep=0):
    """Returns what the two ends say."""
    port = next(ports)
    tag = m.console(target).start(f"bh-guest vsock receive {kind} {port} {asleep}")
    sent = m.sh(source, f"bh-guest vsock send {kind} {linked.cid(m, target)} {port} {size}", timeout=120)
    received, status = m.console(target).finish(tag, timeout=60)
    assert status == 0, received
    assert f"sent {size} bytes" in sent and f"received {size} bytes" in received
    return sent, received


@pytest.mark.parametrize("kind", ["stream", "seqpacket"])
@pytest.mark.parametrize("ends", [(LEFT, RIGHT), (RIGHT, LEFT)], ids="-".join)
@pytest.mark.parametrize("size", [1, 100000, 16 * MIB])
def test_every_byte_arrives_and_a_half_may_be_closed(pair, ends, kind, size):
    """The answer comes back through the half that is open still. Messages keep their
    bounds: both ends count as many."""
    sent, received = transfer(pair, *ends, kind, size)
    if kind == "seqpacket":
        assert re.search(r"in (\d+) messages", sent)[1] == re.search(r"in (\d+) messages", received)[1]


@pytest.mark.parametrize("kind", ["stream", "seqpacket"])
def test_who_is_not_read_waits(pair, kind):
    """The receiver sleeps: the sender stops before it has sent a megabyte. Another
    connection of the same channel goes on meanwhile, and nothing is lost."""
    slow, quick = next(ports), next(ports)
    to = linked.cid(pair, RIGHT)
    tag = pair.console(RIGHT).start(f"bh-guest vsock receive {kind} {slow} 4 & "
                                    f"bh-guest vsock receive stream {quick}; wait")
    said = pair.sh(LEFT, f"bh-guest vsock send {kind} {to} {slow} {4 * MIB} >/tmp/slow & "
                         f"bh-guest vsock send stream {to} {quick} {MIB}; "
                         "wc -c </tmp/slow; wait; cat /tmp/slow", timeout=60)
    received, status = pair.console(RIGHT).finish(tag, timeout=60)
    assert status == 0 and f"received {4 * MIB} bytes" in received, received
    waited = re.search(rf"sent {MIB} bytes in \d+ messages\n0\n"
                       rf"waited (\d+) ms before it had sent (\d+) bytes\n"
                       rf"sent {4 * MIB} bytes", said)
    assert waited and int(waited[1]) > 2000 and int(waited[2]) <= MIB, said


def test_nobody_listens(pair):
    said = pair.sh(LEFT, f"bh-guest vsock hold stream {linked.cid(pair, RIGHT)} 9999", check=False)
    assert said.strip() == "connect: ECONNRESET"


def test_no_channel_there(pair):
    """control is a partition, but none that left is linked to; 77 is nobody."""
    for cid in (linked.cid(pair, "control"), 77):
        said = pair.sh(LEFT, f"bh-guest vsock hold stream {cid} 9999", check=False)
        assert said.strip() in ("connect: ENODEV", "connect: EHOSTUNREACH", "connect: ENETUNREACH")


def test_a_restart_resets_connections(pair):
    port = next(ports)
    pair.sh(RIGHT, "bh-guest kexec /boot/linux /boot/demo", timeout=60)
    pair.sh(RIGHT, f"bh-guest vsock accept stream {port} >/dev/null 2>&1 &")
    hold = f"bh-guest vsock hold stream {linked.cid(pair, RIGHT)} {port} >/tmp/hold 2>&1"
    pair.sh(LEFT, "until grep -q '^connected' /tmp/hold 2>/dev/null; do "
                  f"kill -0 $! 2>/dev/null || {{ {hold} & }}; sleep 0.1; done")
    pair.console(RIGHT).start("bh-guest kexec -e /boot/linux /boot/demo")
    said = pair.sh(LEFT, "wait; cat /tmp/hold", timeout=60)
    assert said.split("\n")[:2] == ["connected", "receive: ECONNRESET"], said
    pair.restarted(RIGHT)
    transfer(pair, LEFT, RIGHT, "stream", MIB)
    transfer(pair, RIGHT, LEFT, "seqpacket", MIB)


def test_the_logs_complain_of_nothing(pair):
    for name in (LEFT, RIGHT):
        checks.check_quiet(pair, name, "quarantined", "no room")
