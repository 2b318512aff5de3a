#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Hold bulkhead(1) against what the command says of itself: verbs and options."""

import re
import subprocess
import sys
from pathlib import Path

MANUAL = Path(__file__).resolve().parent.parent.parent / "docs/man/bulkhead.1"
COMMON = {"--help", "--usage", "--version", "--machine", "--colour"}


def said(bulkhead, *args):
    return subprocess.run([bulkhead, *args], capture_output=True, text=True).stdout


def main():
    bulkhead, complaints = sys.argv[1], []
    roff = MANUAL.read_text()
    text = re.sub(r"\\f[BIR]", "", roff).replace("\\-", "-")
    verbs = re.findall(r"^  ([a-z-]+)  ", said(bulkhead, "--help"), re.M)
    if "check" not in verbs:
        complaints.append("`bulkhead --help` lists no verbs")
    for verb in verbs:
        if not re.search(rf"^\.B bulkhead {verb}$", text, re.M):
            complaints.append(f"{verb} is not in the synopsis")
        if verb == "help":
            continue
        section = re.search(rf"^\.SS [^\n]*\b{verb}\b[^\n]*\n(.*?)(?=^\.S[SH] )", text,
                            re.M | re.S)
        if not section:
            complaints.append(f"{verb} has no section")
            continue
        # --machine is explained once, where it says for whom
        known = set(re.findall(r"--[a-z][a-z-]+", section[1])) - COMMON
        options = set(re.findall(r"--[a-z][a-z-]+", "\n".join(
            line[:30] for line in said(bulkhead, verb, "--help").split("\n")
            if re.match(r" {2,6}(-\w, )?--", line))))
        for option in sorted(options - known - COMMON):
            complaints.append(f"{verb}: {option} is not explained")
        for option in sorted(known - options):
            complaints.append(f"{verb}: there is no {option}")
    for c in complaints:
        print(f"{MANUAL.name}: {c}")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
