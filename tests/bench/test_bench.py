#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The report says what was measured: medians, bounds, rows with all five keys."""

import os
import subprocess
import unittest

import bench
import console
import link
import riscv


class Report(unittest.TestCase):
    def test_median_and_spread(self):
        row = bench.figure("x", [3.0, 1.0, 2.0], "ms", "at most 2", "how")
        self.assertEqual(row["value"], 2.0)
        self.assertIn("1.000 to 3.000", row["how"])
        self.assertEqual(sorted(row), ["goal", "how", "name", "unit", "value"])

    def test_goals_are_bounds(self):
        row = {"goal": "at most 2", "value": 2}
        self.assertTrue(bench.met(row))
        self.assertFalse(bench.met({**row, "value": 2.001}))
        self.assertTrue(bench.met({"goal": "at least 0.8", "value": 0.8}))
        self.assertFalse(bench.met({"goal": "at least 0.8", "value": 0.79}))
        self.assertIsNone(bench.met({"goal": "", "value": 1}))

    def test_ratios_of_a_link_are_of_one_round(self):
        """A round in which everything was slower changes no ratio."""
        samples = {name: [value, 3 * value] for value, names in
                   [(4e5, "rtt.loopback"), (2e5, "polling.rtt.loopback"), (5e4, "polling.rtt.frames"),
                    (1e5, "rtt.frames rtt.vsock rtt.udp rtt.tcp"),
                    (4e9, "tput.loopback tput.vsock_loopback"), (5e9, "tput.net tput.vsock")]
                   for name in names.split()}
        found = {row["name"]: row for row in link.rows(samples, bench.figure, "", "x86-64")}
        self.assertEqual(found["link.rtt.ratio"]["value"], 0.25)
        self.assertEqual(found["link.rtt.halting.ratio"]["value"], 0.25)
        self.assertEqual(found["net.tput.ratio"]["value"], 1.25)
        self.assertTrue(bench.met(found["link.rtt.ratio"]))

    def test_links_are_shown_in_units(self):
        """What link.py prints by itself, as docs/performance.md says it is called."""
        self.assertEqual(list(link.table({"polling.rtt.frames": [2e4, 1e4, 4e4], "tput.net": [3e9]})), [
            "polling.rtt.frames          20.00 us      (10.00 to 40.00)",
            "tput.net                     3.00 Gbit/s  (3.00 to 3.00)"])
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "link.py")
        done = subprocess.run([script, "build", "arm", "5"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("riscv64", done.stderr)

    def test_plans_have_the_partitions_asked_for(self):
        self.assertEqual(bench.boot_plan(4).count("kernel: linux"), 4)
        self.assertEqual(bench.boot_plan(1).count("kernel: linux"), 1)
        self.assertEqual(bench.large_plan(64, 1024).count("cpus: 16"), 64)

    def test_what_the_payload_counted(self):
        text = "probe: bench calls=10 null=100 ring=450 failed=0\r\n" * 2
        self.assertEqual(riscv.parse_rounds(text), [(100, 450)] * 2)
        with self.assertRaises(RuntimeError):
            riscv.parse_rounds(text.replace("failed=0", "failed=3"))

    def test_a_paste_is_a_number_a_line(self):
        self.assertEqual(console.parse("[18:00:00] up after 5 s\n5000.5\n7000\n"), [5000.5, 7000.0])

    def test_what_the_firmware_adds(self):
        manifest = "key: x\nsize: 200 20 3 223\nwithout: 100 20 3 123\nfirmware: y\n"
        self.assertEqual(riscv.added_bytes(manifest), 100)


if __name__ == "__main__":
    unittest.main()
