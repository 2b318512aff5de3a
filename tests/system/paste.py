# SPDX-License-Identifier: GPL-2.0-only
"""What is pasted into a partition's terminal, measured and compared. The benchmark uses it too."""

import hashlib
import random
import time

SIZE = 20000


def text(size=SIZE, seed=1):
    """Lines such as a file has; the same for the same seed."""
    source = random.Random(seed)
    letters = "abcdefghijklmnopqrstuvwxyz0123456789 "
    lines = "".join("".join(source.choices(letters, k=63)) + "\n" for _ in range(size // 64 + 1))
    return lines[:size - 1] + "\n"


def paste(console, data, timeout):
    """Characters a second from the first one on until a program has read the last; the terminal echoes."""
    console.type("stty echo; echo paste''-now; cat >/tmp/pasted; stty -echo; md5sum </tmp/pasted; rm /tmp/pasted\n")
    console.expect(r"paste-now\r?\n")
    begin = time.monotonic()
    console.type(data + "\x04")
    console.expect(r"([0-9a-f]{32})  -\r?\n", timeout=timeout)
    seconds = time.monotonic() - begin
    digest = console.spawn.match[1].decode()
    assert digest == hashlib.md5(data.encode()).hexdigest(), "what arrived is not what was pasted"
    return len(data) / seconds
