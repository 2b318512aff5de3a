#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The figures of the ring core, out of what build/bench/ring-bench has measured. What they
mean is said in docs/performance.md.

ring.py BUILD [--rounds N] [--plots DIR] measures, prints the figures, and draws the
pictures into DIR."""

import argparse
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SIZES = (8, 64, 256, 1024)
OURS = "bulkhead"


def measure(build, rounds):
    command = [os.path.join(build, "bench", "ring-bench"), "--rounds", str(rounds)]
    ringtest = os.path.join(build, "bench", "ringtest")
    if os.path.exists(os.path.join(ringtest, "ring")):
        command += ["--ringtest", ringtest]
    # Nothing else may hold a CPU; where that can't be asked for, disturbed samples are dropped.
    for extra in (["--realtime"], []):
        done = subprocess.run(command + extra, stdout=subprocess.PIPE, check=False, text=True)
        if done.returncode == 0:
            return json.loads(done.stdout)
    raise RuntimeError(f"ring-bench ended with {done.returncode}")


class Results:
    """Rows of ring-bench by what they are; rows without a sample that counts are missing."""

    def __init__(self, rows):
        self.rows = [row for row in rows if row["kept"]]

    def find(self, part, name, size=None):
        return [row for row in self.rows if row["part"] == part and row["name"] == name and
                size in (None, row["size"])]

    def one(self, part, name, size=None):
        rows = self.find(part, name, size)
        if not rows:
            raise RuntimeError(f"no sample of {part} {name} counts: the machine was too busy")
        return min(rows, key=lambda row: row["median"])

    def best_peer(self, size, ring=None):
        """The fastest of the others, with one ring or each with that which suits it best."""
        peers = [row for row in self.rows if row["part"] == "stream" and row["size"] == size and
                 not row["name"].startswith(OURS) and ring in (None, row["room"])]
        if not peers:
            raise RuntimeError(f"no peer was measured with {size} bytes")
        return min(peers, key=lambda row: row["median"])


def row(name, value, unit, goal, how, digits=3):
    return {"name": name, "value": round(value, digits), "unit": unit, "goal": goal, "how": how}


def spread(sample):
    return (f"median of {sample['kept']} of {sample['all']}, quartiles "
            f"{sample['low']:.4g} to {sample['high']:.4g}")


def room(sample):
    return f"{sample['room'] >> 10} KiB" if sample["room"] else "no ring"


def small_ratio(results, size):
    """The ratio in the smallest ring: not a figure, but what a channel of that size has."""
    smallest = min(row["room"] for row in results.find("stream", OURS, size))
    ours = [row for row in results.find("stream", OURS, size) if row["room"] == smallest]
    best = results.best_peer(size, smallest)
    return f"{ours[0]['median'] / best['median']:.3f} to {best['name']} in {room(best)}"


def stream_rows(results):
    rows = []
    for size in SIZES:
        ours, best = results.one("stream", OURS, size), results.best_peer(size)
        rows.append(row(f"ring.stream.{size}", ours["median"], "ns", f"at most {best['median']:.3f}",
                        f"a message of {size} bytes, ring of {room(ours)}; {spread(ours)}"))
        rows.append(row(f"ring.stream.{size}.ratio", ours["median"] / best["median"], "ratio",
                        "at most 1.0", f"to {best['name']}, {best['median']:.3f} ns in "
                        f"{room(best)}; {spread(best)}; {small_ratio(results, size)}"))
    return rows


def trip_rows(results):
    lines = results.one("trip", "lines")
    rows = []
    for name, figure in (("cells-polled", "ring.rtt.56"), ("cells", "ring.rtt.56.may_sleep")):
        cells = results.one("trip", name)
        rows.append(row(f"{figure}.ratio", cells["median"] / lines["median"], "ratio", "at most 1.1",
                        f"{cells['median']:.1f} ns, {cells['what']}, over {lines['median']:.1f} ns "
                        f"where {lines['what']}; {spread(cells)}"))
    return rows


def other_rows(results):
    ring, bare = results.one("large", "ring"), results.one("large", "memcpy")
    local = results.one("large", "memcpy-local")
    bells = results.one("bells", "per-message")
    trip, bell = results.one("bells", "ring"), results.one("bells", "eventfd")
    return [
        row("ring.memcpy.64k", bare["median"] / ring["median"], "ratio", "at least 0.8",
            f"{1 / ring['median']:.1f} GB/s of {1 / bare['median']:.1f} with {bare['what']}; one CPU "
            f"alone copies {1 / local['median']:.1f}; {spread(ring)}"),
        row("ring.doorbells_per_msg", bells["median"], "", "at most 0.01",
            f"{bells['what']}, 64 bytes, the reader sleeps whenever there is nothing; {spread(bells)}", 6),
        row("ring.wakeup", trip["median"] / bell["median"], "bells", "at most 1.5",
            f"{trip['what']}, {trip['median'] / 1000:.1f} us, over {bell['what']}, "
            f"{bell['median'] / 1000:.1f} us; {spread(trip)}"),
    ]


def figures(measured):
    results = Results(measured)
    return stream_rows(results) + trip_rows(results) + other_rows(results)


def bench_ring(build, _directory, rounds=9):
    print("bench: the ring core and its peers", file=sys.stderr, flush=True)
    measured = measure(build, rounds)
    os.makedirs(os.path.join(build, "bench"), exist_ok=True)
    with open(os.path.join(build, "bench", "ring.json"), "w", encoding="utf-8") as file:
        json.dump(measured, file, indent=1)
    return figures(measured)


def plot(measured, directory):
    """A file of data a curve, and gnuplot."""
    results = Results(measured)
    data = os.path.join(directory, ".ring-data")
    os.makedirs(data, exist_ok=True)
    for part, name in (("trip", "frames"), ("trip", "pipe"), ("trip", "socket"), ("batch", "frames")):
        with open(os.path.join(data, f"{part}-{name}"), "w", encoding="utf-8") as file:
            for found in results.find(part, name):
                file.write(f"{found['size']} {found['median']} {found['low']} {found['high']}\n")
    subprocess.run(["gnuplot", "-e", f"data='{data}'; out='{directory}'",
                    os.path.join(HERE, "ring.gp")], check=True)
    for name in os.listdir(data):
        os.unlink(os.path.join(data, name))
    os.rmdir(data)


def main():
    import bench  # pylint: disable=import-outside-toplevel # it imports this file
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--plots", metavar="DIR")
    options = parser.parse_args()
    bench.table(bench_ring(options.build, None, options.rounds))
    if options.plots:
        with open(os.path.join(options.build, "bench", "ring.json"), encoding="utf-8") as file:
            plot(json.load(file), options.plots)


if __name__ == "__main__":
    main()
