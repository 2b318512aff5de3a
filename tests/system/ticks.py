# SPDX-License-Identifier: GPL-2.0-only
"""What neighbours feel: a ticker in each partition, and its longest gap."""

import re

from env import SHELL_TIME, say

TICK_MS = 10
MEASURE_S = 4

# Everybody's virtual CPUs share two real ones with QEMU itself: a kernel that
# boots slows the neighbours down somewhat. A neighbour that was stopped, or
# hit by another's INIT or IPIs, stays away for seconds or for ever.
GAP_FACTOR = 3
GAP_SLACK_MS = 200


def gaps(m, names, during):
    """{name: longest gap in ms} of tickers that run while `during` does."""
    tags = {n: m.console(n).start(f"bh-guest ticker {TICK_MS} --for {MEASURE_S}") for n in names}
    during()
    found = {}
    for name, tag in tags.items():
        with m.explained(f"{name} stopped ticking"):
            output, _ = m.console(name).finish(tag, MEASURE_S + SHELL_TIME)
        n, gap = re.search(r"n=(\d+) max-gap-ms=([\d.]+)", output).groups()
        assert int(n) > MEASURE_S * 1000 / TICK_MS / 10, f"{name}: only {n} ticks"
        found[name] = float(gap)
    return found


def undisturbed(m, names, during, what):
    """These tick on while `during` happens, as they did in the paired control before."""
    control = gaps(m, names, lambda: None)
    found = gaps(m, names, during)
    for name in names:
        limit = control[name] * GAP_FACTOR + GAP_SLACK_MS
        say(f"{name}: longest gap {control[name]:.1f} ms, while {what} {found[name]:.1f} ms "
            f"(limit {limit:.0f})")
        assert found[name] <= limit, f"{name} was held up"
