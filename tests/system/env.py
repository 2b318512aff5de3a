# SPDX-License-Identifier: GPL-2.0-only
"""Where things are, and how the tests speak."""

import os
import pathlib
import re
import subprocess
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = (TOP / os.environ.get("BULKHEAD_BUILD", "build")).resolve()
BULKHEAD = BUILD / "bulkhead"
EXAMPLES = TOP / "examples"
OUT = BUILD / "system"

# The same on every host; BULKHEAD_ACCEL=auto takes KVM where it works.
ACCEL = os.environ.get("BULKHEAD_ACCEL", "tcg")

# What plans call their kernel unless a test says otherwise: another one is linux-debug.
KERNEL = os.environ.get("BULKHEAD_KERNEL", "linux")

# One emulated machine at a time among all who name the same file.
LOCK = os.environ.get("BULKHEAD_QEMU_LOCK")


def config(name):
    """A value of .config, or None."""
    path = TOP / ".config"
    found = re.search(rf"^CONFIG_{name}=(.*)", path.read_text(), re.M) if path.exists() else None
    return found[1] if found else None


FACTOR = int(config("TEST_TIME_FACTOR") or 1)
BOOT_TIME = 90 * FACTOR
SHELL_TIME = 20 * FACTOR


def say(text):
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


def bulkhead(*args, check=True, **more):
    """Run the command; its stdout as text."""
    done = subprocess.run([BULKHEAD, *map(str, args)], capture_output=True, text=True,
                          timeout=120 * FACTOR, **more)
    if check:
        assert done.returncode == 0, \
            f"bulkhead {' '.join(map(str, args))}: status {done.returncode}\n{done.stderr}"
        return done.stdout
    return done
