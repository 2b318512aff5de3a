# SPDX-License-Identifier: GPL-2.0-only
"""What tests of channels ask the drivers of ipi/linux."""

import re

COUNTS = {"sent": r"sent: (\d+) frames", "full": r"bytes, (\d+) times full",
          "received": r"received: (\d+) frames", "unclaimed": r"(\d+) unclaimed",
          "rung": r"doorbells: (\d+) sent", "links": r"links: (\d+)",
          "quarantines": r"quarantines: (\d+)"}
NETWORK = ("rx_dropped", "tx_dropped", "rx_errors", "tx_errors")


PIECE = 131071


def make_file(m, name, path, size):
    """At least so many bytes: one random piece again and again, with a number before each, so that no file and no place in it
    is like another. Random throughout it would take a second a megabyte on RISC-V: QEMU 7.2 empties the TLB twice for each
    64 bytes that a kernel copies from /dev/urandom."""
    m.sh(name, f"head -c {PIECE} /dev/urandom >/tmp/piece; for i in $(seq {-(-size // PIECE)}); do echo $i; cat /tmp/piece; "
               f"done >{path}; rm /tmp/piece")


def links(m, name):
    """{PEER.SERVICE: up, down, ...}"""
    lines = m.sh(name, "for d in /sys/bus/bulkhead/devices/*; do echo $(basename $d) $(cat $d/link); done")
    return dict(line.split() for line in lines.splitlines() if " " in line)


def console_of(m, name, manager="control"):
    """The terminal that a partition shows to its manager, taken from the shell that init keeps there."""
    return m.sh(name, f"read -r tty </sys/bus/bulkhead/devices/{manager}.console/tty; touch /tmp/$tty.taken; "
                      "until [ -e /tmp/$tty.free ]; do for p in /proc/[0-9]*; do "
                      "[ \"$(readlink $p/fd/0)\" != /dev/$tty ] || kill -9 ${p#/proc/}; done; sleep 0.1; done 2>/dev/null; "
                      "echo $tty").split()[-1]


def open_node(m, name, peer):
    """A program of this partition has the device of frames to its peer open from here on, as descriptor 9:
    none is dropped until somebody reads."""
    m.sh(name, f"exec 9<>/dev/bulkhead/{peer}")


def read_frames(m, name, count=1, then="cat"):
    """What comes by that descriptor, each frame by @then, and the descriptor is closed. (Not under busybox' timeout: it
    leaves a process behind that has the descriptor for another second.)"""
    return m.sh(name, f"for i in $(seq {count}); do dd bs=2M count=1 <&9 2>/dev/null | {then}; done; exec 9<&-")


def all_statistics(m, name, peers):
    """{peer: what is counted at this end of the channel to it}, by one command: under load each takes seconds."""
    text = m.sh(name, "[ -d /sys/kernel/debug/bulkhead ] || mount -t debugfs none /sys/kernel/debug; "
                      f"for peer in {' '.join(peers)}; do echo end of $peer; cat /sys/kernel/debug/bulkhead/$peer; "
                      f"cd /sys/class/net/bh-$peer/statistics; grep -H . {' '.join(NETWORK)}; cd /; done")
    ends = dict(part.split("\n", 1) for part in text.split("end of ")[1:])
    return {peer.strip(): {what: int(re.search(regex, said)[1]) for what, regex in COUNTS.items()} |
            {what: int(re.search(rf"^{what}:(\d+)", said, re.M)[1]) for what in NETWORK} for peer, said in ends.items()}


def statistics(m, name, peer):
    return all_statistics(m, name, [peer])[peer]
