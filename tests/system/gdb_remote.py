# SPDX-License-Identifier: GPL-2.0-only
"""A debugger of an emulated machine: stops one CPU where it is and lets the others go on.

It speaks to QEMU's -gdb in the remote serial protocol of GDB's manual (appendix E): what is said is
$PACKET#SUM, and each packet is acknowledged with +. A thread is a CPU, from 1 on.
"""

import re
import socket
import time

CTRL_C = b"\x03"


class Debugger:
    """Connecting stops the machine. Use as a context manager: what was stopped goes on."""

    def __init__(self, path, timeout=30):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(str(path))
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.send("D")
        self.socket.close()

    def send(self, packet):
        data = packet.encode()
        self.socket.sendall(b"$%s#%02x" % (data, sum(data) & 0xff))

    def receive(self):
        while not (found := re.search(rb"\$([^#]*)#..", self.pending)):
            more = self.socket.recv(4096)
            assert more, "QEMU has gone"
            self.pending += more
        self.pending = self.pending[found.end():]
        self.socket.sendall(b"+")
        return found[1].decode()

    def ask(self, packet, answer="OK"):
        self.send(packet)
        # That connecting has stopped the machine is told at any time.
        while (said := self.receive()).startswith("T02"):
            pass
        assert said == answer, f"{packet}: {said}"

    def run_to(self, address):
        """All CPUs, until one is about to execute what is there; returns its thread."""
        self.ask(f"Z0,{address:x},1")
        self.send("vCont;c")
        said = self.receive()
        self.ask(f"z0,{address:x},1")
        return int(re.search(r"thread:([0-9a-f]+);", said)[1], 16)

    def run_only(self, threads, seconds):
        """These alone, for so long."""
        self.send("vCont;" + ";".join(f"c:{thread:x}" for thread in threads))
        time.sleep(seconds)
        self.socket.sendall(CTRL_C)
        self.receive()
