# SPDX-License-Identifier: GPL-2.0-only
"""Must hold 4: four partitions, every pair linked, all services at once under load.

`bh-guest load` sends a stream that follows from a seed and compares what comes with what
the other end had to send, byte for byte; what one end says that it sent has to be
what the other one received.
"""

import os
import re

import pytest

import checks
import platforms
from channels import all_statistics, console_of
from env import FACTOR, say
from machine import Machine, plan

SECONDS = int(os.environ.get("MESH_SECONDS", 10))
NAMES = ("control", "a", "b", "c")
PAIRS = [(x, y) for i, x in enumerate(NAMES) for y in NAMES[i + 1:]]
# Small rings are full often: that is what a writer has to wait for.
SIZES = {pair: size for pair, size in zip(PAIRS, ("128K", "256K", "1M", "128K", "256K", "512K"))}


@pytest.fixture(scope="module", params=platforms.each())
def mesh(request):
    text = plan(request.param, "cpus: 4, memory: 2G",
                {name: "cpus: 1, memory: 256M" +
                 (f", manages: [{', '.join(NAMES[1:])}], devices: [legacy]" if name == "control" else "")
                 for name in NAMES})
    text += "channels:\n" + "".join(
        f"  - {{ between: [{x}, {y}], size: {SIZES[x, y]} }}\n" for x, y in PAIRS)
    with Machine(f"mesh-{request.param.NAME}", text, lifetime=600 + 3 * SECONDS) as m:
        m.up()
        for name in NAMES:
            for number, pair in enumerate(PAIRS):
                if name in pair:
                    peer = pair[1 - pair.index(name)]
                    m.sh(name, f"ip addr add 10.0.{number}.{1 + pair.index(name)}/24 dev bh-{peer}; "
                               f"ip link set bh-{peer} up")
        yield m


def counted(m):
    """{(name, peer): what is counted there}"""
    return {(name, peer): counts for name in NAMES
            for peer, counts in all_statistics(m, name, [n for n in NAMES if n != name]).items()}


def arrived(m):
    """Whatever one end has sent the other has received, when neither has more to say."""
    for _ in range(20):
        before, after = counted(m), counted(m)
        under_way = {(x, y): (counts["sent"], after[y, x]["received"]) for (x, y), counts in before.items()
                     if not counts["sent"] == after[y, x]["received"] == after[x, y]["sent"]}
        if not under_way:
            return
    raise AssertionError(f"sent, and received: {under_way}")


class Ends:
    """The two ends of each load: what each says goes to a file in its partition."""

    def __init__(self, m):
        self.m = m
        self.jobs = []

    def add(self, name, kind, where, sends, expects):
        """@sends, @expects: seeds; "-": not that way"""
        self.jobs.append((name, kind, where, sends, expects))

    def start(self, seconds):
        """With one line a partition: under load each costs seconds."""
        lines = {}
        for number, (name, kind, where, sends, expects) in enumerate(self.jobs):
            lines.setdefault(name, []).append(f"run {number} {kind} {where} {seconds} {sends} {expects}")
        for name, runs in lines.items():
            self.m.sh(name, "run() { o=/tmp/load$1; shift; (bh-guest load $*; echo status $?) >$o 2>&1 & }; "
                            + "; ".join(runs))

    def finish(self, timeout):
        """{seed: (bytes, messages, sum)}; every seed was sent as it was received."""
        sent, received, said = {}, {}, {}
        for name in {job[0] for job in self.jobs}:
            mine = " ".join(str(n) for n, job in enumerate(self.jobs) if job[0] == name)
            text = self.m.sh(name, f"for n in {mine}; do until grep -q ^status /tmp/load$n; do sleep 0.2; done; "
                                   "echo load $n; cat /tmp/load$n; done", timeout=timeout)
            said |= {int(number): lines for number, lines in
                     re.findall(r"^load (\d+)\n(.*?^status \d+)$", text, re.M | re.S)}
        for number, (name, kind, _, sends, expects) in enumerate(self.jobs):
            assert "status 0" in said[number], f"{name}: {kind}: {said[number]}"
            for into, word, seed in ((sent, "sent", sends), (received, "received", expects)):
                if seed != "-":
                    counts = re.search(rf"{word} (\d+) bytes in (\d+) messages, sum (\w+)", said[number])
                    into[seed] = counts.groups(), kind
        assert sent == received
        return sent


def start_all(m, ends, seconds):
    seed = 1
    for number, (x, y) in enumerate(PAIRS):
        ports = {"tcp": (f"{5000 + number}", f"10.0.{number}.1:{5000 + number}"),
                 "stream": (f"{6000 + number}", f"{m.blob[x].id}:{6000 + number}"),
                 "packets": (f"{7000 + number}", f"{m.blob[x].id}:{7000 + number}"),
                 "frames": (f"/dev/bulkhead/{y}", f"/dev/bulkhead/{x}")}
        for kind, (at_x, at_y) in ports.items():
            ends.add(x, kind, at_x, seed, seed + 1)
            ends.add(y, kind, at_y, seed + 1, seed)
            seed += 2
    for name in NAMES[1:]:
        ends.add(name, "console", f"/dev/{console_of(m, name)}", seed, "-")
        ends.add("control", "console", f"/dev/bulkhead/{name}.console", "-", seed)
        seed += 1
    ends.start(seconds)


def test_every_byte_of_every_service_arrives(mesh):
    channels = [(x, y) for pair in PAIRS for x, y in (pair, pair[::-1])]
    before = counted(mesh)
    ends = Ends(mesh)
    start_all(mesh, ends, SECONDS * FACTOR)
    streams = ends.finish((SECONDS + 60) * FACTOR)
    after = counted(mesh)

    assert len(streams) == 2 * 4 * len(PAIRS) + 3
    for kind in ("tcp", "stream", "packets", "frames", "console"):
        amounts = [int(counts[0]) for counts, of in streams.values() if of == kind]
        say(f"{kind}: {len(amounts)} streams, {min(amounts) >> 10} to {max(amounts) >> 10} KiB each")
        assert min(amounts) > 10000, f"{kind}: {amounts}"
    for channel in channels:
        grown = {what: count - before[channel][what] for what, count in after[channel].items()}
        say(f"{' to '.join(channel)}: {grown['sent']} frames, {grown['rung']} doorbells, "
            f"{grown['full']} times full")
        for what in ("unclaimed", "links", "quarantines", "rx_dropped", "tx_dropped", "rx_errors",
                     "tx_errors"):
            assert grown[what] == 0, f"{channel}: {what}: {grown[what]}"
        # One rings for what it sent, and for the room that it gives back. A console's reader that has caught up sleeps,
        # and is rung for every line: for 65 % of the frames once, on a busy host.
        limit = 1 if "control" in channel else 2
        assert grown["rung"] < (grown["sent"] + grown["received"]) / limit, f"{channel}: {grown}"
    assert any(after[c]["full"] > before[c]["full"] for c in channels), "no ring was ever full"
    arrived(mesh)


def test_the_logs_complain_of_nothing(mesh):
    for name in NAMES:
        checks.check_quiet(mesh, name, "quarantined", "left alone", "no room", "does not keep")
