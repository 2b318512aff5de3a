#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Hold docs/plan.md's tables against the tables that the tool reads plans with.

With --update, write them instead.
"""

import re
import subprocess
import sys
from pathlib import Path

DOC = Path(__file__).resolve().parent.parent.parent / "docs/plan.md"
BLOCK = re.compile(r"<!-- (keys|rules): ([^>]*?) -->\n(.*?)<!-- end -->\n", re.S)


def main():
    bulkhead, update = sys.argv[1], "--update" in sys.argv[2:]
    out = subprocess.run([bulkhead, "plan-reference"], capture_output=True, text=True,
                         check=True).stdout
    tables = {(m[1], m[2]): m[0] for m in BLOCK.finditer(out)}
    text = DOC.read_text()
    there = {(m[1], m[2]): m[0] for m in BLOCK.finditer(text)}
    for key in tables.keys() - there.keys():
        print(f"{DOC}: no place for the table '{key[0]}: {key[1]}'")
    for key in there.keys() - tables.keys():
        print(f"{DOC}: there is no table '{key[0]}: {key[1]}'")
    if tables.keys() != there.keys():
        return 1
    new = BLOCK.sub(lambda m: tables[m[1], m[2]], text)
    if update:
        DOC.write_text(new)
    elif new != text:
        stale = ", ".join(k[1] for k in tables if tables[k] != there[k])
        print(f"{DOC}: out of date: {stale}; `make docs-plan` writes it again")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
