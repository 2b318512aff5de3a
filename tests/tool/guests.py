#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""In place of QEMU: partitions on a UART that they share, each with a shell that asks its terminal
where the cursor is, as busybox does before each prompt. What each reads is kept in $KEEP/ID."""

import os
import re
import select
import sys

ESCAPE, SOURCE = 0x1e, 0x40		# <bulkhead/monitor.h>
REPORT = re.compile(rb"\x1b\[(\d+);(\d+)R")


class Guest:
    def __init__(self, number, out):
        self.number, self.out = number, out
        self.read, self.line, self.asked, self.editor = b"", b"", False, False
        self.keep = open(os.path.join(os.environ["KEEP"], str(number)), "wb", buffering=0)
        self.prompt()

    def say(self, text):
        data = bytes([ESCAPE, SOURCE + self.number]) + text.replace(b"\n", b"\r\n")
        while data:
            data = data[os.write(self.out, data):]

    def prompt(self):
        self.say(b"part%d# \x1b[6n" % self.number)

    def run(self, line):
        if line == b"size":
            self.asked = True
            self.say(b"\x1b[s\x1b[999;999H\x1b[6n\x1b[u")
            return
        if line == b"edit":
            self.editor = True
            self.say(b"\x1b[?1049h\x1b[2J\x1b[H\x1b[32mgreen\x1b[m \x1b[7mreverse\x1b[m \xe4\xb8\xad\xe6\x96\x87|\x1b[2;5r"
                     b"\x1b[2;1Hold\nB\nC\nD\nE\x1b[r\x1b[9;3Hcafe\xcc\x81\x1b[?1h\x1b[?2004h\x1b[6;7H")
            return
        if line == b"asks":
            self.say(b"\x05\x1bZ\x1b[c\x1b[>c\x1b[=c\x1b[5n\x1b[6n\x1b[?6n\x1b[?25$p\x1bP$qm\x1b\\\x1b]10;?\a\x1b[18t"
                     b"\x1b[x\x1b]52;c;?\a\x1b]4;1;?\a\x1b[>q\x1b[?u\xc2\x9b6n\x1b[?1004h\x1b[?1003h")
        self.say(b"part%d got %s\n" % (self.number, line.replace(b"\x1d", b"^]")))
        self.prompt()

    def take(self, data):
        self.keep.write(data)
        self.read += data
        while self.read:
            report = REPORT.match(self.read)
            if report:
                self.read = self.read[report.end():]
                if self.asked:
                    self.asked = False
                    self.say(b"size %s %s\n" % report.groups())
                    self.prompt()
                continue
            if b"\x1b[".startswith(self.read) or re.fullmatch(rb"\x1b\[[0-9;]*", self.read):
                break
            key, self.read = self.read[:1], self.read[1:]
            if self.editor:
                if key == b"q":
                    self.editor = False
                    self.say(b"\x1b[?1l\x1b[?2004l\x1b[?1049l")
                    self.run(b"edit done")
            elif key == b"\r":
                self.say(b"\n")
                line, self.line = self.line, b""
                self.run(line)
            else:
                self.line += key
                self.say(key if key >= b" " and key < b"\x7f" else b"?")


def main():
    if any("dumpdtb" in x for x in sys.argv):
        os.execvp("qemu-system-riscv64", ["qemu-system-riscv64", *sys.argv[1:]])
    (path,) = re.findall(r"pipe,[^ ]*path=([^, ]+)", " ".join(sys.argv))
    into, out = os.open(path + ".in", os.O_RDWR), os.open(path + ".out", os.O_RDWR)
    os.write(out, b"OpenSBI v1.8\r\n")
    guests = {number: Guest(number, out) for number in map(int, os.environ["GUESTS"].split())}
    current, escaped = 0, False
    while True:
        select.select([into], [], [])
        for byte in os.read(into, 65536):
            if escaped or byte != ESCAPE:
                if escaped and byte != ESCAPE:
                    current = byte - SOURCE
                elif current in guests:
                    guests[current].take(bytes([byte]))
                escaped = False
            else:
                escaped = True


main()
