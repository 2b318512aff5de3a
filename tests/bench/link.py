#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""What programs get of a channel, against the loopback inside one partition: round trips of
64 bytes, and throughput. docs/performance.md says what the figures mean.

link.py BUILD PLATFORM ROUNDS measures, and prints all samples."""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROUNDS = 5
TRIPS = 3000
SIZE = 64
SECONDS = 3			# of each run of iperf3
VSOCK_MIB = 64
CHANNEL = "4M"			# channels that carry much should be large

NEAR, FAR = "near", "far"
ADDRESS = {NEAR: "10.0.3.1", FAR: "10.0.3.2", "loopback": "127.0.0.1"}
PORTS = {"tcp": 7001, "udp": 7002, "vsock": 7003}
SINK = 7004			# of vsock's throughput

GOAL_RTT = "at most 0.5"
GOAL_TPUT = "at least 0.8"


class Link:
    """Two partitions with a CPU each, a channel, and servers for everything.

    @polling: their CPUs poll when they have nothing to do, and don't halt
    @installed: the installed emulator, even where figures are measured on a newer one
    """

    def __init__(self, build, platform, polling, installed=False):
        # The machine that the system tests boot: its consoles are driven in the same way. Their
        # modules have some of the names of those here: this runs in a process of its own.
        os.environ["BULKHEAD_BUILD"] = os.path.abspath(build)
        sys.path.insert(0, os.path.join(HERE, "..", "system"))
        import machine		# pylint: disable=import-outside-toplevel
        import platforms	# pylint: disable=import-outside-toplevel
        platform = platforms.of(platform)
        what = "cpus: 1, memory: 384M" + (f", cmdline: {platform.IDLE_POLLS}" if polling else "")
        text = machine.plan(platform, "cpus: 2, memory: 1G", {name: what for name in (NEAR, FAR)},
                            initrd="tools")
        text += f"channels:\n  - {{ between: [{NEAR}, {FAR}], size: {CHANNEL} }}\n"
        self.machine = machine.Machine(f"bench-{platform.NAME}", text,
                                       qemu=None if installed else platform.bench_qemu())
        self.cid = self.machine.blob[FAR].id

    def __enter__(self):
        self.machine.__enter__()
        try:
            self.machine.up()
            self.serve(NEAR, FAR, [f"tcp {ADDRESS['loopback']}", "vsock -"])
            self.serve(FAR, NEAR, [f"tcp {ADDRESS[FAR]}", f"udp {ADDRESS[FAR]}", "vsock -"])
            self.sh(f"bh-guest rtt serve frames /dev/bulkhead/{NEAR} >/dev/null 2>&1 & true", FAR)
        except BaseException:
            self.machine.__exit__()
            raise
        return self

    def __exit__(self, *what):
        self.machine.__exit__(*what)

    def sh(self, command, name=NEAR):
        return self.machine.sh(name, command, timeout=120)

    def serve(self, name, other, ways):
        self.sh(f"ip link set lo up; ip addr add {ADDRESS[name]}/24 dev bh-{other}; "
                f"ip link set bh-{other} up; iperf3 -s -D", name)
        for way in ways:
            kind, where = way.split()
            self.sh(f"bh-guest rtt serve {kind} {where} {PORTS[kind]} >/dev/null 2>&1 & true", name)
        self.sh(f"socat -u -b 65536 VSOCK-LISTEN:{SINK},fork OPEN:/dev/null,wronly >/dev/null 2>&1 & true", name)

    def rtt(self, way):
        """Nanoseconds: the median of some round trips."""
        said = self.sh(f"bh-guest rtt ask {TRIPS} {SIZE} {way}")
        return int(re.search(r"median (\d+)", said)[1])

    def iperf3(self, address):
        """Bits a second that arrive."""
        said = json.loads(self.sh(f"iperf3 -J -t {SECONDS} -c {address}"))
        return said["end"]["sum_received"]["bits_per_second"]

    def vsock(self, cid):
        """Bits a second, by socat."""
        said = self.sh(f"time -p socat -u -b 65536 OPEN:/dev/zero,readbytes={VSOCK_MIB << 20} "
                       f"VSOCK-CONNECT:{cid}:{SINK}")
        return (VSOCK_MIB << 23) / float(re.search(r"real\s+([\d.]+)", said)[1])

    def ways(self):
        """Everything that is measured, by name."""
        return {
            "rtt.loopback": lambda: self.rtt(f"tcp {ADDRESS['loopback']} {PORTS['tcp']}"),
            "rtt.frames": lambda: self.rtt(f"frames /dev/bulkhead/{FAR}"),
            "rtt.vsock": lambda: self.rtt(f"vsock {self.cid} {PORTS['vsock']}"),
            "rtt.udp": lambda: self.rtt(f"udp {ADDRESS[FAR]} {PORTS['udp']}"),
            "rtt.tcp": lambda: self.rtt(f"tcp {ADDRESS[FAR]} {PORTS['tcp']}"),
            "rtt.vsock_loopback": lambda: self.rtt(f"vsock 1 {PORTS['vsock']}"),
            "tput.loopback": lambda: self.iperf3(ADDRESS["loopback"]),
            "tput.net": lambda: self.iperf3(ADDRESS[FAR]),
            "tput.vsock_loopback": lambda: self.vsock(1),
            "tput.vsock": lambda: self.vsock(self.cid),
        }


def measure(build, platform, rounds):
    """{name: [a sample a round]}; everything by turns in one run of the machine."""
    samples = {}
    for prefix, polling, installed in (("polling.", True, False), ("", False, False), ("old.", True, True)):
        if installed and platform != "riscv64":
            continue
        with Link(build, platform, polling, installed) as link:
            for round_ in range(rounds):
                print(f"bench: link, {platform}, {'polling' if polling else 'halting'}"
                      f"{', the installed QEMU' if installed else ''}: round {round_ + 1} of {rounds}",
                      file=sys.stderr, flush=True)
                for name, sample in link.ways().items():
                    if not polling or name in ("rtt.loopback", "rtt.frames"):
                        samples.setdefault(f"{prefix}{name}", []).append(sample())
    return samples


def ratios(samples, over, under):
    return [a / b for a, b in zip(samples[over], samples[under])]


def median_us(samples, name):
    return f"{statistics.median(samples[name]) / 1000:.0f} us"


def gbits(samples, name):
    return f"{statistics.median(samples[name]) / 1e9:.2f} Gbit/s"


def rows(samples, figure, prefix, platform):
    """The report's rows. Every ratio is of one round."""
    found = []
    for way, over, under, goal, what in [
            ("ratio", "polling.rtt.frames", "polling.rtt.loopback", GOAL_RTT,
             "frames of /dev/bulkhead/PEER, CPUs that poll when they are idle"),
            ("halting.ratio", "rtt.frames", "rtt.loopback", "", "frames, CPUs that halt"),
            ("vsock.ratio", "rtt.vsock", "rtt.loopback", "", "AF_VSOCK, stream, CPUs that halt"),
            ("udp.ratio", "rtt.udp", "rtt.loopback", "", "UDP over the channel, CPUs that halt"),
            ("tcp.ratio", "rtt.tcp", "rtt.loopback", "", "TCP over the channel, CPUs that halt")]:
        found.append(figure(f"{prefix}link.rtt.{way}", ratios(samples, over, under), "ratio", goal,
                            f"{SIZE} bytes there and back between programs of two partitions, {what} "
                            f"({median_us(samples, over)}) / TCP loopback inside one "
                            f"({median_us(samples, under)}); {platform}, TCG"))
    if "old.rtt.frames" in samples:
        found.append(figure(f"{prefix}link.rtt.installed.ratio", ratios(samples, "old.rtt.frames", "old.rtt.loopback"),
                            "ratio", "", f"link.rtt.ratio on the installed QEMU ({median_us(samples, 'old.rtt.frames')} "
                            f"/ {median_us(samples, 'old.rtt.loopback')}); 7.2 empties its TLB whenever a kernel "
                            "opens or closes user memory to itself (SUM)"))
    found.append(figure(f"{prefix}net.tput.ratio", ratios(samples, "tput.net", "tput.loopback"),
                        "ratio", GOAL_TPUT,
                        f"iperf3 between partitions ({gbits(samples, 'tput.net')}) / on loopback inside one "
                        f"({gbits(samples, 'tput.loopback')}); {platform}, TCG"))
    found.append(figure(f"{prefix}vsock.tput.ratio",
                        ratios(samples, "tput.vsock", "tput.vsock_loopback"), "ratio", "",
                        f"socat over AF_VSOCK between partitions ({gbits(samples, 'tput.vsock')}) / to CID 1 "
                        f"inside one ({gbits(samples, 'tput.vsock_loopback')}); {platform}, TCG"))
    return found


def bench_link(build, platform, prefix, figure, rounds=ROUNDS):
    done = subprocess.run([sys.executable, os.path.abspath(__file__), build, platform, str(rounds)],
                          stdout=subprocess.PIPE, check=True, text=True)
    return rows(json.loads(done.stdout.splitlines()[-1]), figure, prefix, platform)


def table(samples):
    """What was measured, for people: a line a way."""
    for name, values in samples.items():
        unit, scale = ("us", 1e-3) if "rtt" in name else ("Gbit/s", 1e-9)
        values = [value * scale for value in values]
        yield f"{name:<24} {statistics.median(values):8.2f} {unit:<7} ({min(values):.2f} to {max(values):.2f})"


def main():
    parser = argparse.ArgumentParser(description="What programs get of a channel, in QEMU: medians and spreads, "
                                                 "and all samples in one line of JSON (ns, bit/s).")
    parser.add_argument("build", help="where the images are; `make initrd-tools` is needed")
    parser.add_argument("platform", choices=["x86-64", "riscv64"])
    parser.add_argument("rounds", type=int, help="how often everything is measured")
    args = parser.parse_args()
    if args.rounds < 1:
        parser.error("there has to be a round")
    samples = measure(args.build, args.platform, args.rounds)
    for line in table(samples):
        print(line)
    print(json.dumps(samples))


if __name__ == "__main__":
    main()
