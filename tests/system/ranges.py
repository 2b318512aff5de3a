# SPDX-License-Identifier: GPL-2.0-only
"""Sets of addresses: sorted lists of (base, size)."""


def merge(ranges):
    out = []
    for base, size in sorted(r for r in ranges if r[1]):
        if out and base <= sum(out[-1]):
            out[-1] = (out[-1][0], max(sum(out[-1]), base + size) - out[-1][0])
        else:
            out.append((base, size))
    return out


def minus(a, b):
    """The parts of a that are not in b."""
    out = []
    for base, size in merge(a):
        end = base + size
        for b_base, b_size in merge(b):
            if b_base + b_size <= base or b_base >= end:
                continue
            if b_base > base:
                out.append((base, b_base - base))
            base = b_base + b_size
        if base < end:
            out.append((base, end - base))
    return out


def both(a, b):
    return minus(a, minus(a, b))


def text(ranges):
    return ", ".join(f"{b:#x}-{b + s - 1:#x}" for b, s in ranges) or "nothing"
