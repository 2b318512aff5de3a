#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Figures of the ring from what was measured: the best peer counts, and only samples that do."""

import unittest

import bench
import ring


def sample(part, name, size, median, kept=5, room=262144):
    return {"part": part, "name": name, "what": name, "size": size, "room": room, "median": median,
            "low": median, "high": median, "kept": kept, "all": 5, "placement": 100.0}


def whole():
    rows = [sample("trip", "lines", 8, 100.0), sample("trip", "cells-polled", 56, 105.0),
            sample("trip", "cells", 56, 120.0), sample("large", "ring", 65536, 0.02),
            sample("large", "memcpy", 65536, 0.018), sample("large", "memcpy-local", 65536, 0.01),
            sample("bells", "per-message", 64, 0.001), sample("bells", "ring", 56, 6000.0),
            sample("bells", "eventfd", 0, 5000.0)]
    for size in ring.SIZES:
        rows += [sample("stream", "bulkhead", size, 2.0), sample("stream", "bulkhead-bell", size, 0.1),
                 sample("stream", "spsc", size, 4.0), sample("stream", "dpdk", size, 2.5),
                 sample("stream", "dpdk", size, 1.6, room=4194304),
                 sample("stream", "fastforward", size, 0.2, kept=0)]
    return rows


class Figures(unittest.TestCase):
    def setUp(self):
        self.rows = {row["name"]: row for row in ring.figures(whole())}

    def test_ratio_is_to_the_best_peer_in_its_best_ring(self):
        """Not to a stream of our own, nor to one of which no sample counts."""
        self.assertEqual(self.rows["ring.stream.64.ratio"]["value"], 1.25)
        self.assertIn("to dpdk, 1.600 ns in 4096 KiB", self.rows["ring.stream.64.ratio"]["how"])
        self.assertIn("0.800 to dpdk in 256 KiB", self.rows["ring.stream.64.ratio"]["how"])
        self.assertFalse(bench.met(self.rows["ring.stream.64.ratio"]))
        self.assertFalse(bench.met(self.rows["ring.stream.64"]))

    def test_bounds(self):
        self.assertTrue(bench.met(self.rows["ring.rtt.56.ratio"]))
        self.assertFalse(bench.met(self.rows["ring.rtt.56.may_sleep.ratio"]))
        self.assertEqual(self.rows["ring.memcpy.64k"]["value"], 0.9)
        self.assertEqual(self.rows["ring.wakeup"]["value"], 1.2)

    def test_without_samples_there_is_no_figure(self):
        rows = [row if row["name"] != "lines" else {**row, "kept": 0} for row in whole()]
        with self.assertRaisesRegex(RuntimeError, "trip lines"):
            ring.figures(rows)


if __name__ == "__main__":
    unittest.main()
