# SPDX-License-Identifier: GPL-2.0-only
"""What tests of channels ask the drivers of ipi/linux."""

import re

COUNTS = {"sent": r"sent: (\d+) frames", "full": r"bytes, (\d+) times full",
          "received": r"received: (\d+) frames", "unclaimed": r"(\d+) unclaimed",
          "rung": r"doorbells: (\d+) sent", "links": r"links: (\d+)",
          "quarantines": r"quarantines: (\d+)"}
NETWORK = ("rx_dropped", "tx_dropped", "rx_errors", "tx_errors")


def links(m, name):
    """{PEER.SERVICE: up, down, ...}"""
    lines = m.sh(name, "for d in /sys/bus/bulkhead/devices/*; do echo $(basename $d) $(cat $d/link); done")
    return dict(line.split() for line in lines.splitlines() if " " in line)


def console_of(m, name, manager="control"):
    """The terminal that a partition shows to its manager, taken from the shell that init keeps there."""
    return m.sh(name, f"read -r tty </sys/bus/bulkhead/devices/{manager}.console/tty; touch /tmp/$tty.taken; "
                      "fuser -k /dev/$tty >/dev/null 2>&1; echo $tty").strip()


def statistics(m, name, peer):
    """What is counted at one end of a channel."""
    text = m.sh(name, "[ -d /sys/kernel/debug/bulkhead ] || mount -t debugfs none /sys/kernel/debug; "
                      f"cat /sys/kernel/debug/bulkhead/{peer}; "
                      f"cd /sys/class/net/bh-{peer}/statistics; grep -H . {' '.join(NETWORK)}; cd /")
    counts = {what: int(re.search(regex, text)[1]) for what, regex in COUNTS.items()}
    return counts | {what: int(re.search(rf"^{what}:(\d+)", text, re.M)[1]) for what in NETWORK}
