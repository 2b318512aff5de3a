# SPDX-License-Identifier: GPL-2.0-only
"""The tracepoints bulkhead:*: each frame, each doorbell, and what becomes of a link."""

import re

import pytest

import platforms
from channels import open_node, read_frames
from machine import Machine, plan

TRACING = "/sys/kernel/tracing"
LENGTHS = (1, 77, 4096)
LEFT, RIGHT = "left", "right"


@pytest.fixture(scope="module", params=platforms.each())
def pair(request):
    """RIGHT begins as one that can be hostile: without drivers of its own."""
    text = plan(request.param, "cpus: 2, memory: 1G",
                {LEFT: "cpus: 1, memory: 256M, devices: [legacy]",
                 RIGHT: f"cpus: 1, memory: 256M, cmdline: {request.param.NO_DRIVERS}"}, initrd="demo-kexec")
    with Machine(f"trace-{request.param.NAME}", f"{text}channels:\n  - {{ between: [{LEFT}, {RIGHT}], size: 1M }}\n") as m:
        m.up()
        trace(m, LEFT)
        yield m


def trace(m, name):
    m.sh(name, f"mount -t tracefs tracefs {TRACING}; echo 1 >{TRACING}/events/bulkhead/enable")


def clear(m, name):
    m.sh(name, f"echo >{TRACING}/trace")


def traced(m, name, which=""):
    """[(event, {field: value})], in the order in which they happened; what is no field is its own value."""
    lines = m.sh(name, f"grep bulkhead_{which} {TRACING}/trace").splitlines()
    found = [re.search(r" bulkhead_(\w+): (.*)", line).groups() for line in lines]
    return [(event, dict(word.partition("=")[::2] for word in words.split())) for event, words in found]


def test_the_format_names_every_state(pair):
    """perf and trace-cmd print from the format: a name of C would mean nothing to them."""
    text = pair.sh(LEFT, f"cat {TRACING}/events/bulkhead/bulkhead_link/format")
    assert "BH_LINK" not in text
    assert re.findall(r'\{ (\d), "(\w+)" \}', text) == [("0", "down"), ("1", "up"), ("2", "quarantined"),
                                                        ("3", "foreign")]


def test_quarantine_and_a_new_life(pair):
    """A peer that writes what can't be; then one whose drivers work."""
    pair.sh(RIGHT, f"bh-guest hostile {pair.blob[LEFT].id} 1 2", timeout=60)
    pair.console(RIGHT).start("bh-guest kexec -e /boot/linux /boot/demo "
                              f"$(sed 's/ {re.escape(pair.platform.NO_DRIVERS)}//' /proc/cmdline)")
    pair.restarted(RIGHT)
    links = [next(k for k in fields if k != "peer") for _, fields in traced(pair, LEFT, "link")]
    assert "quarantined" in links and links[-1] == "up", links


def test_frames_and_doorbells(pair):
    """What one end has sent is what the other received, in the same order, with a doorbell before it."""
    ids = {name: str(pair.blob[name].id) for name in (LEFT, RIGHT)}
    clear(pair, LEFT)
    trace(pair, RIGHT)
    open_node(pair, RIGHT, LEFT)
    for length in LENGTHS:
        pair.sh(LEFT, f"head -c {length} /dev/zero | dd of=/dev/bulkhead/right bs=64k iflag=fullblock 2>/dev/null")
    assert read_frames(pair, RIGHT, len(LENGTHS), "wc -c") == "".join(f"{n}\n" for n in LENGTHS)
    ends = {}
    for name, other, event in ((LEFT, RIGHT, "send"), (RIGHT, LEFT, "receive")):
        events = traced(pair, name)
        assert all(fields["peer"] == ids[other] for _, fields in events)
        ends[name] = [(fields["port"], int(fields["length"])) for what, fields in events
                      if what == event and int(fields["length"]) in LENGTHS]
    assert ends[LEFT] == ends[RIGHT]
    assert [length for _, length in ends[LEFT]] == list(LENGTHS)
    assert any(what == "doorbell" and "sent" in fields for what, fields in traced(pair, LEFT))
    events = traced(pair, RIGHT)
    first = next(i for i, (what, _) in enumerate(events) if what == "receive")
    assert any(what == "doorbell" and "received" in fields for what, fields in events[:first])
