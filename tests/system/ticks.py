# SPDX-License-Identifier: GPL-2.0-only
"""What neighbours feel: a ticker in each partition, and its longest gap."""

import re
import time
import weakref

from env import say

TICK_MS = 10
MEASURE_S = 4
LIFETIME = 600		# of a ticker that nobody ends, in seconds

# Everybody's virtual CPUs share two real ones with QEMU itself: a kernel that
# boots slows the neighbours down somewhat. A neighbour that was stopped, or
# hit by another's INIT or IPIs, stays away for seconds or for ever.
GAP_FACTOR = 3
GAP_SLACK_MS = 200
TRIES = 3

CALM = weakref.WeakKeyDictionary()	# {machine: {name: its longest gap while nothing happened}}


def NOTHING():
    """No load."""


def gaps(m, names, during, least=MEASURE_S):
    """{name: longest gap in ms} of tickers that run while `during` does, and for so many seconds at least."""
    tickers = {n: m.sh(n, f"bh-guest ticker {TICK_MS} --for {LIFETIME} >/tmp/ticks 2>&1 & echo $!").split()[-1]
               for n in names}
    began = time.monotonic()
    during()
    time.sleep(max(0, began + least - time.monotonic()))
    seconds = time.monotonic() - began
    found = {}
    for name, ticker in tickers.items():
        with m.explained(f"{name} stopped ticking"):
            output = m.sh(name, f"kill {ticker}; while kill -0 {ticker} 2>/dev/null; do sleep 0.02; done; "
                                "cat /tmp/ticks")
        n, gap = re.search(r"n=(\d+) max-gap-ms=([\d.]+)", output).groups()
        assert int(n) > seconds * 1000 / TICK_MS / 10, f"{name}: only {n} ticks in {seconds:.1f} s"
        found[name] = float(gap)
    return found


def undisturbed(m, names, during, what, seconds=MEASURE_S, calm=NOTHING):
    """These tick on while `during` happens, as they did in the paired control before.

    @seconds: how long that takes, about: so long a control is
    @calm: what goes on during the control: the same load, and nothing wrong

    The host has its own bad moments. What holds a neighbour up does so each
    time, so it is only believed when it did so three times in a row. For the first
    of them a short control will do, and that of an earlier test on this machine.
    """
    earlier = CALM.setdefault(m, {})
    for attempt in range(TRIES):
        if calm is NOTHING and not attempt:
            if missing := [n for n in names if n not in earlier]:
                earlier |= gaps(m, missing, calm)
            control = earlier
        else:
            control = gaps(m, names, calm, seconds)
        found = gaps(m, names, during)
        limits = {n: control[n] * GAP_FACTOR + GAP_SLACK_MS for n in names}
        for name in names:
            say(f"{name}: longest gap {control[name]:.1f} ms, while {what} {found[name]:.1f} ms "
                f"(limit {limits[name]:.0f})")
        late = [n for n in names if found[n] > limits[n]]
        if not late:
            return
    raise AssertionError(f"while {what}: {', '.join(late)} held up, {TRIES} times in a row")
