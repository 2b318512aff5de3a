# SPDX-License-Identifier: GPL-2.0-only
"""`bh-guest exchange` in a partition: numbered, checked messages to and from a peer."""

import contextlib
import re


def begin(m, name, peer):
    m.sh(name, f"bh-guest exchange {peer} >/tmp/exchange.{peer} 2>&1 & echo $! >/tmp/exchange.{peer}.pid")


def end(m, name, peer):
    """What it saw, as a dict; it says ERROR for what may not be."""
    text = m.sh(name, f"kill $(cat /tmp/exchange.{peer}.pid); while kill -0 $(cat /tmp/exchange.{peer}.pid) "
                      f"2>/dev/null; do sleep 0.1; done; cat /tmp/exchange.{peer}")
    found = re.search(rf"exchange {peer}: (sent \d+ received .*)", text)
    assert found, f"{name}: exchange with {peer}: {text}"
    words = found[1].split()
    seen = {k: int(v) for k, v in zip(words[::2], words[1::2])}
    assert not seen["errors"] and "ERROR" not in text, f"{name}: exchange with {peer}: {text}"
    return seen


@contextlib.contextmanager
def undisturbed(m, one, other):
    """Beside what is done here, both exchange messages, and nothing comes between them."""
    begin(m, one, other)
    begin(m, other, one)
    yield
    for name, peer in ((one, other), (other, one)):
        seen = end(m, name, peer)
        assert seen["received"] > 100 and seen["resets"] == 0 and seen["lives"] == 1, \
            f"{name}: exchange with {peer}: {seen}"
