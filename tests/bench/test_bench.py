#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The report says what was measured: medians, bounds, rows with all five keys."""

import contextlib
import io
import os
import subprocess
import tempfile
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

    def test_what_make_check_has_noted(self):
        """tests/took: warm, cold, and what says nothing of others."""
        took = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../took")
        with tempfile.TemporaryDirectory() as top:
            build, cache, passed = (os.path.join(top, name) for name in ("build", "cache", "build/passed"))
            env = {name: value for name, value in os.environ.items() if name != "FORCE"}

            def run(during, **more):
                """What make bench says then, {name: minutes}"""
                for how in ("begin", "end"):
                    subprocess.run([took, how, build, cache], check=True, stdout=subprocess.DEVNULL,
                                   env={**env, **more})
                    if how == "begin":
                        during()
                with contextlib.redirect_stderr(io.StringIO()):
                    return {row["name"]: row["value"] for row in bench.check_minutes(build)}

            def build_kernel(name):
                return lambda: os.makedirs(os.path.join(cache, "linux/images", name))

            def leave_stamp():
                os.makedirs(passed)
                with open(os.path.join(passed, "unit"), "w", encoding="utf-8"):
                    pass

            self.assertEqual(run(lambda: None).keys(), {"check.minutes.cold"})
            os.unlink(os.path.join(build, "check-took.cold"))
            self.assertEqual(run(build_kernel("one")), {"check.minutes.cold": 0.0})
            self.assertEqual(run(build_kernel("two")).keys(), {"check.minutes.cold"})
            self.assertEqual(run(leave_stamp).keys(), {"check.minutes.cold", "check.minutes.warm"})
            os.unlink(os.path.join(build, "check-took.warm"))
            self.assertEqual(run(lambda: None).keys(), {"check.minutes.cold"})
            self.assertEqual(run(lambda: None, FORCE="1").keys(), {"check.minutes.cold", "check.minutes.warm"})
            with open(os.path.join(build, "check-took.warm"), "w", encoding="utf-8") as file:
                file.write("1260 2026-11-22 2\n")
            (warm,) = [r for r in bench.check_minutes(build) if r["name"] == "check.minutes.warm"]
            self.assertEqual((warm["value"], bench.met(warm)), (21.0, False))

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
