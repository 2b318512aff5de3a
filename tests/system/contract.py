# SPDX-License-Identifier: GPL-2.0-only
"""Constants of the contracts, taken from the headers that define them."""

import re
import struct

from env import TOP


def constant(name, *where):
    for path in where or ("include/bulkhead/blob.h", "include/bulkhead/partition.h"):
        found = re.search(rf"^#define\s+{name}\s+(\".*\"|\S+)", (TOP / path).read_text(), re.M)
        if found:
            value = found[1]
            return value[1:-1] if value[0] == '"' else int(value.rstrip("UL"), 0)
    raise KeyError(name)


MONITOR_H = "include/bulkhead/monitor.h"
WORDS_H = "include/bulkhead/words.h"


def call(name):
    """The number of a monitor call; they count from 0."""
    text = (TOP / MONITOR_H).read_text()
    body = text[text.index("enum bh_call {"):]
    return re.findall(r"^\tBH_CALL_(\w+),", body[:body.index("};")], re.M).index(name)


def word(words, name):
    """The value of a state, a reason or an error: BH_STATES, BH_REASONS or BH_ERRORS of words.h."""
    text = (TOP / WORDS_H).read_text()
    body = text[text.index(f"#define {words}(X)"):]
    return int(re.search(rf"X\({name},\s*(-?\d+),", body[:body.index("\n\n")])[1])


MONITOR = constant("BH_SBI_EXTENSION", MONITOR_H)
DOORBELLS = constant("BH_MPXY_DOORBELLS", MONITOR_H)
PARTITION_MACHINE = constant("BH_PARTITION_MACHINE")
PARTITION_COMPATIBLE = constant("BH_PARTITION_COMPATIBLE")
BOOT_LOG_MAGIC = constant("BH_BOOT_LOG_MAGIC")
BOOT_LOG_VERSION = constant("BH_BOOT_LOG_VERSION")
BOOT_PREFIX, BOOT_END = (constant(f"BH_BOOT_{x}", "include/bulkhead/x86/stage.h") for x in ("PREFIX", "END"))
PRIVATE_SIZE = constant("BH_X86_PRIVATE_SIZE", "partitioner/core/layout.h")


class BootLog:
    """struct bh_boot_log"""

    HEADER = struct.Struct("<QIIII40x")

    def __init__(self, data):
        magic, version, self.size, self.head, self.tsc_khz = self.HEADER.unpack_from(data)
        assert magic == BOOT_LOG_MAGIC, f"the boot log begins with {magic:#x}"
        assert version == BOOT_LOG_VERSION
        assert self.head <= self.size == len(data) - self.HEADER.size
        text = data[self.HEADER.size:]
        assert not text[self.head:].strip(b"\0"), "something stands behind the boot log's end"
        self.lines = text[:self.head].decode("ascii").splitlines()
