#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Measure what the project promises. Writes BUILD/bench/report.json, a list of
{name, value, unit, goal, how}, and prints it as a table.

Times on a shared host are noisy: what is compared is measured by turns in one
run, and the median is reported; the spread stands in `how`."""

import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import console
import link
import ring
import riscv

ROUNDS = 5
NAMES = ("one", "two", "three", "four")


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def figure(name, samples, unit, goal, how, digits=3):
    """The median of some samples as a row of the report."""
    spread = f"{min(samples):.{digits}f} to {max(samples):.{digits}f}"
    return {
        "name": name,
        "value": round(statistics.median(samples), digits),
        "unit": unit,
        "goal": goal,
        "how": f"{how}; median of {len(samples)}, {spread}",
    }


def met(row):
    """A goal is a bound: 'at most X' or 'at least X'. Without one there is nothing to be met."""
    if not row["goal"]:
        return None
    words = row["goal"].split()
    bound = float(words[2])
    return row["value"] <= bound if words[1] == "most" else row["value"] >= bound


def boot_plan(count):
    """N partitions of one CPU on a machine of four: the same machine for every N."""
    lines = ["bulkhead: 1", "machine: { platform: x86-64, qemu: { cpus: 4, memory: 2G } }",
             "partitions:"]
    for name in NAMES[:count]:
        devices = ", devices: [legacy, pci]" if name == NAMES[0] else ""
        lines.append(f"  {name}: {{ cpus: 1, memory: 256M, kernel: linux, initrd: demo{devices} }}")
    return "\n".join(lines) + "\n"


class Boot:
    """`bulkhead run` on an image that is built beforehand."""

    def __init__(self, build, directory, count):
        self.bulkhead = os.path.join(build, "bulkhead")
        self.count = count
        self.plan = os.path.join(directory, f"boot-{count}.yaml")
        self.image = os.path.join(directory, f"boot-{count}.img")
        self.logs = os.path.join(directory, f"logs-{count}")
        with open(self.plan, "w", encoding="utf-8") as file:
            file.write(boot_plan(count))
        subprocess.run([self.bulkhead, "build", self.plan, "-o", self.image], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def once(self):
        """Seconds from power-on to the last partition up, and the boot stage's report."""
        done = subprocess.run(
            [self.bulkhead, "run", self.plan, "--image", self.image, "--accel", "tcg", "--json",
             "--expect", "up after [0-9.]+ s", "--timeout", "240", "--log-dir", self.logs],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
            check=True, text=True)
        with open(os.path.join(self.logs, "boot.log"), encoding="utf-8", errors="replace") as file:
            report = re.search(r"stage (\d+) us \+ hash (\d+) us \+ copy (\d+) us; "
                               r"resident (\d+) bytes", file.read())
        if report is None:
            raise RuntimeError("the boot stage did not report its times")
        return json.loads(done.stdout)["seconds"], [int(n) for n in report.groups()]


def bench_boot(build, directory):
    cores = len(os.sched_getaffinity(0))
    one, four = Boot(build, directory, 1), Boot(build, directory, 4)
    ratios, stages, resident = [], [], []
    share = max(1.0, 4 / cores)
    for round_ in range(ROUNDS):
        say(f"boot 1 and 4 partitions, round {round_ + 1} of {ROUNDS}")
        single, _ = one.once()
        several, report = four.once()
        ratios.append(several / (single * share))
        stages.append(report[0] / 1000)
        resident.append(report[3])
    return [
        figure("boot.parallel", ratios, "ratio", "at most 1.15",
               f"T(4) / (T(1) * max(1, 4 / {cores} cores)), power-on to the last partition up, "
               "SeaBIOS, TCG"),
        figure("boot.stage_ms", stages, "ms", "at most 50",
               "the boot stage's own report of 4 partitions, without hashing and copying"),
        figure("boot.resident_bytes", resident, "bytes", "at most 65536",
               "the boot stage's own report of 4 partitions", 0),
    ]


def large_machine(cpus):
    """Two packages' worth of cores with two threads, four nodes, 2 TiB."""
    gib = 1 << 30
    nodes = 4
    per_node = cpus // nodes
    lines = ["bulkhead-machine: 1", "platform: x86-64", "cpus:"]
    for cpu in range(cpus):
        bsp = ", bsp: true" if cpu == 0 else ""
        lines.append(f"  - {{ id: {cpu}, package: {cpu // per_node}, core: {cpu // 2}, "
                     f"node: {cpu // per_node}{bsp} }}")
    lines.append("memory:")
    lines.append("  - { base: 0x1000, size: 0x9e000, node: 0 }")
    lines.append("  - { base: 0x100000, size: 0x7ff00000, node: 0 }")
    for node in range(nodes):
        lines.append(f"  - {{ base: {(4 + node * 512) * gib:#x}, size: {512 * gib:#x}, node: {node} }}")
    return "\n".join(lines) + "\n"


def large_plan(partitions, cpus):
    lines = ["bulkhead: 1", "machine: { platform: x86-64 }", "partitions:"]
    for index in range(partitions):
        devices = ", devices: [legacy, pci]" if index == 0 else ""
        lines.append(f"  p{index}: {{ cpus: {cpus // partitions}, memory: 8G, kernel: linux, "
                     f"initrd: demo, console: none{devices} }}")
    return "\n".join(lines) + "\n"


def bench_check(build, directory):
    plan, machine = (os.path.join(directory, name) for name in ("large.yaml", "machine.yaml"))
    with open(plan, "w", encoding="utf-8") as file:
        file.write(large_plan(64, 1024))
    with open(machine, "w", encoding="utf-8") as file:
        file.write(large_machine(1024))
    command = [os.path.join(build, "bulkhead"), "check", plan, "--machine", machine]
    samples = []
    for _ in range(20):
        begin = time.perf_counter()
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              check=False, text=True)
        samples.append((time.perf_counter() - begin) * 1000)
    # A machine has low slices for nine partitions: the others are told so, and that is all.
    errors = [line for line in done.stderr.splitlines() if " error: " in line]
    others = [line for line in errors if "are left for partition" not in line]
    if not errors or others:
        raise RuntimeError(f"check of the large plan: {(others or ['no error at all'])[0]}")
    return [figure("check.ms", samples, "ms", "at most 20",
                   "bulkhead check, the whole command, 64 partitions on 1,024 CPUs in 4 nodes "
                   f"({len(errors)} of them refused for want of a low slice)")]


# (kind, goal in minutes, what that means)
TOOK = (("warm", 18, "kernels, firmware and downloads in the cache"), ("cold", 50, "with an empty cache"))


def check_minutes(build):
    """What `make check` has noted of itself (tests/took), the last time that it ran all tests."""
    rows = []
    for kind, goal, what in TOOK:
        try:
            with open(os.path.join(build, f"check-took.{kind}"), encoding="utf-8") as file:
                seconds, date, cpus = file.read().split()
        except FileNotFoundError:
            say(f"check.minutes.{kind}: no such run of `make check` in {build}: left out")
            continue
        rows.append({"name": f"check.minutes.{kind}", "value": round(int(seconds) / 60, 1), "unit": "min",
                     "goal": f"at most {goal}", "how": f"make check, {what}; on {date}, {cpus} CPUs"})
    return rows


def check_fast():
    """CPU time of `make check-fast` with nothing changed since it passed."""
    env = {name: value for name, value in os.environ.items()
           if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "TEST", "FORCE")}
    say("make check-fast, and again with nothing changed")
    used = []
    for _ in range(2):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(["make", "check-fast"], check=True, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return [{"name": "checkfast.cpu_s", "value": round(used[1], 1), "unit": "s", "goal": "at most 60",
             "how": f"make check-fast with nothing changed, user and system time ({used[0]:.1f} the time before)"}]


def table(rows):
    width = max(len(row["name"]) for row in rows)
    for row in rows:
        mark = {True: "met", False: "MISSED", None: ""}[met(row)]
        print(f"{row['name']:<{width}}  {row['value']:>10} {row['unit']:<6} {row['goal']:<16} {mark:<7} {row['how']}")


def main():
    build = sys.argv[1] if len(sys.argv) > 1 else "build"
    rows = check_minutes(build) + check_fast()
    with tempfile.TemporaryDirectory(prefix="bulkhead-bench.") as directory:
        for bench in (bench_check, ring.bench_ring, bench_boot):
            rows += bench(build, directory)
        if os.path.exists(os.path.join(riscv.images(build), "linux")):
            rows += riscv.bench_riscv(build, directory, figure, say)
            rows += link.bench_link(build, "riscv64", "riscv.", figure)
            rows += console.bench_console(build, "riscv64", "riscv.", figure, say)
        rows += link.bench_link(build, "x86-64", "", figure)
        rows += console.bench_console(build, "x86-64", "", figure, say)
    os.makedirs(os.path.join(build, "bench"), exist_ok=True)
    path = os.path.join(build, "bench", "report.json")
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(rows, file, indent=2)
        file.write("\n")
    os.replace(path + ".new", path)
    table(rows)


if __name__ == "__main__":
    main()
