# SPDX-License-Identifier: GPL-2.0-only
"""RISC-V's figures: what partitions cost to boot, to ring, and in firmware."""

import os
import re
import select
import subprocess
import time

ROUNDS = 5
QEMU = os.environ.get("BULKHEAD_QEMU", "qemu-system-riscv64")
MACHINE = ["-machine", "virt,aia=aplic-imsic", "-accel", "tcg,thread=multi", "-display", "none",
           "-monitor", "none"]
UP = "up after [0-9.]+ s"
TIMEOUT = 240

RINGS = 5000
DOORBELL_PLAN = """bulkhead: 1
machine: {{ platform: riscv64, qemu: {{ cpus: 2, memory: 256M }} }}
partitions:
  rings: {{ cpus: "0", memory: 32M, kernel: {payload}, cmdline: "probe=bench,4,{rings},{rounds}" }}
  hears: {{ cpus: "1", memory: 32M, kernel: {payload}, cmdline: "probe=listen,3,0x28001000,60000" }}
channels:
  - {{ between: [rings, hears], size: 64K }}
"""


def images(build):
    return os.path.join(build, "images", "riscv64")


def tour_machine(plan):
    """(CPUs, memory) of the plan's emulated machine."""
    with open(plan, encoding="utf-8") as file:
        text = file.read()
    return (re.search(r"^    cpus: (\d+)", text, re.M)[1],
            re.search(r"^    memory: (\w+)", text, re.M)[1])


def boot_tour(build, plan, logs):
    """Seconds from power-on to the last partition up."""
    done = subprocess.run(
        [os.path.join(build, "bulkhead"), "run", plan, "--firmware", "direct", "--accel", "tcg",
         "--json", "--expect", UP, "--timeout", str(TIMEOUT), "--log-dir", logs],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=True,
        text=True)
    return re.search(r'"seconds": *([\d.]+)', done.stdout)[1]


def boot_plain(build, cpus, memory):
    """The same kernel, initrd and OpenSBI with the whole machine, and nothing of ours below."""
    at = images(build)
    begin = time.monotonic()
    qemu = subprocess.Popen(
        [QEMU, *MACHINE, "-smp", cpus, "-m", memory, "-bios", os.path.join(at, "opensbi.bin"),
         "-kernel", os.path.join(at, "linux"), "-initrd", os.path.join(at, "demo"),
         "-append", "earlycon=sbi console=hvc0 bulkhead.partition=plain", "-serial", "stdio"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    text = b""
    try:
        while not re.search(UP.encode(), text):
            ready, _, _ = select.select([qemu.stdout], [], [], TIMEOUT)
            data = os.read(qemu.stdout.fileno(), 65536) if ready else b""
            if not data:
                raise RuntimeError(f"the plain kernel did not come up: {text[-300:]!r}")
            text += data
        return time.monotonic() - begin
    finally:
        qemu.kill()
        qemu.wait()
        qemu.stdout.close()


def bench_boot(build, directory, figure, say):
    plan = os.path.join("examples", "tour-riscv.yaml")
    cpus, memory = tour_machine(plan)
    cores = len(os.sched_getaffinity(0))
    share = max(1.0, PARTITIONS / cores)
    ratios = []
    for round_ in range(ROUNDS):
        say(f"RISC-V: boot a plain kernel and the tour, round {round_ + 1} of {ROUNDS}")
        plain = boot_plain(build, cpus, memory)
        ratios.append(float(boot_tour(build, plan, os.path.join(directory, "riscv"))) /
                      (plain * share))
    return [figure("riscv.boot_ratio", ratios, "ratio", GOAL_BOOT,
                   f"T(the tour's {PARTITIONS}, direct) / (T(one plain kernel, the same OpenSBI and machine of "
                   f"{cpus} harts) * max(1, {PARTITIONS} / {cores} cores)), TCG")]


def parse_rounds(text):
    """[(null calls' time, rings' time)] as the payload counted them."""
    rounds = []
    for null, ring, failed in re.findall(
            r"probe: bench calls=\d+ null=(\d+) ring=(\d+) failed=(\d+)", text):
        if failed != "0":
            raise RuntimeError(f"{failed} calls failed")
        rounds.append((int(null), int(ring)))
    return rounds


def bench_doorbell(build, directory, figure, say):
    say("RISC-V: null calls and rings by turns")
    plan, logs = os.path.join(directory, "doorbell.yaml"), os.path.join(directory, "doorbell")
    with open(plan, "w", encoding="utf-8") as file:
        file.write(DOORBELL_PLAN.format(
            payload=os.path.abspath(os.path.join(build, "tests/payload/payload.Image")),
            rings=RINGS, rounds=ROUNDS))
    subprocess.run(
        [os.path.join(build, "bulkhead"), "run", plan, "--firmware", "direct", "--accel", "tcg",
         "--expect", "rings=bench over", "--timeout", str(TIMEOUT), "--log-dir", logs],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=True)
    with open(os.path.join(logs, "rings.log"), encoding="utf-8", errors="replace") as file:
        rounds = parse_rounds(file.read())
    with open(os.path.join(logs, "hears.log"), encoding="utf-8", errors="replace") as file:
        if "listening error=0" not in file.read():
            raise RuntimeError("nobody listened to the rings")
    if len(rounds) != ROUNDS:
        raise RuntimeError(f"the payload reported {len(rounds)} rounds of {ROUNDS}")
    return [figure("riscv.doorbell_ratio", [ring / null for null, ring in rounds], "ratio",
                   GOAL_DOORBELL, f"a ring that is delivered / a null SBI call, {RINGS} of each, TCG", 2)]


def added_bytes(manifest):
    """text, data and bss of ours, less those of the same OpenSBI without us."""
    sums = {key: int(re.search(rf"^{key}: .* (\d+)$", manifest, re.M)[1])
            for key in ("size", "without")}
    return sums["size"] - sums["without"]


def bench_bytes(build, figure):
    with open(os.path.join(images(build), "firmware.manifest"), encoding="utf-8") as file:
        return [figure("firmware.added_bytes", [added_bytes(file.read())], "bytes", GOAL_BYTES,
                       "text, data and bss of the firmware over the same OpenSBI without the platform", 0)]


PARTITIONS = 3			# of the tour
GOAL_BOOT = "at most 1.3"
GOAL_DOORBELL = "at most 10"
GOAL_BYTES = "at most 81920"


def bench_riscv(build, directory, figure, say):
    return bench_boot(build, directory, figure, say) + \
        bench_doorbell(build, directory, figure, say) + bench_bytes(build, figure)
