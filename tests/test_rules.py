# SPDX-License-Identifier: GPL-2.0-only
"""tests/rules.mk: a test runs again when something that can break it has changed, and only then. ipi/proofs/once: so
does a proof, in any checkout."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parent.parent

MAKEFILE = """O := out
Q := @
include {rules}
all: check-sample
$(eval $(call test-rule,sample,$(wildcard in/*),tool,COLOUR))
$(call passed,sample):
	$(test-begin)
	@echo ran
	@! grep -q bad in/*
	$(test-end)
.PHONY: $(PHONY)
"""


class Rules(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)
        (self.top / "Makefile").write_text(MAKEFILE.format(rules=TOP / "tests/rules.mk"))
        for name in ("in/one", "in/two", "bin/tool"):
            (self.top / name).parent.mkdir(exist_ok=True)
            (self.top / name).write_text("good\n")
        (self.top / "bin/tool").chmod(0o755)
        # Whatever make has run these tests by is none of that one's business.
        self.env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "TEST")}
        self.env["PATH"] = f"{self.top}/bin:{self.env['PATH']}"

    def ran(self, *args, status=0):
        """Whether the test ran."""
        done = subprocess.run(["make", "--no-print-directory", "check-sample", *args], cwd=self.top, env=self.env,
                              capture_output=True, text=True, check=False)
        self.assertEqual(bool(done.returncode), bool(status), done.stderr)
        return "ran" in done.stdout.split()

    def age(self, *names):
        """Make files newer than anything that is there."""
        for name in names:
            last = max(p.stat().st_mtime_ns for p in self.top.rglob("*"))
            os.utime(self.top / name, ns=(last + 10 ** 7, last + 10 ** 7))

    def passed(self):
        return (self.top / "out/passed/sample").exists()

    def test_an_untouched_tree(self):
        self.assertTrue(self.ran())
        self.assertTrue(self.passed())
        self.assertFalse(self.ran())
        self.assertFalse(self.ran())

    def test_what_makes_it_run_again(self):
        self.ran()
        self.age("in/one")
        self.assertTrue(self.ran(), "an input is newer")
        (self.top / "in/two").unlink()
        self.assertTrue(self.ran(), "an input is gone")
        (self.top / "in/three").write_text("good\n")
        self.assertTrue(self.ran(), "an input is new")
        (self.top / "bin/tool").write_text("another version\n")
        self.assertTrue(self.ran(), "a command is another")
        (self.top / "bin/tool").unlink()
        self.assertTrue(self.ran(), "a command is missing")
        self.assertTrue(self.ran("COLOUR=red"), "a variable has another value")
        self.assertFalse(self.ran("COLOUR=red"))
        self.assertTrue(self.ran("COLOUR=red", "FORCE=1"))
        self.assertFalse(self.ran("COLOUR=red"))

    def test_failing_leaves_nothing(self):
        self.ran()
        (self.top / "in/one").write_text("bad\n")
        self.assertTrue(self.ran("FORCE=1", status=1))
        self.assertFalse(self.passed())
        self.assertTrue(self.ran(status=1))
        (self.top / "in/one").write_text("good\n")
        os.utime(self.top / "in/one", (1, 1))
        self.assertTrue(self.ran(), "the last time it has failed")

    def test_some_of_its_tests_are_not_all(self):
        self.assertTrue(self.ran("TEST=-k one"))
        self.assertFalse(self.passed())


class Proofs(unittest.TestCase):
    """ipi/proofs/once: nothing is proved twice, and nothing else is taken for a proof."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)
        (self.top / "source").write_text("lemma\n")
        self.env = {k: v for k, v in os.environ.items() if k != "FORCE"} | {"BULKHEAD_CACHE": str(self.top / "cache")}

    def runs(self, *inputs, command="grep lemma source; echo x >>ran", status=0, **env):
        """How often the proof has run since the last call."""
        ran = self.top / "ran"
        ran.unlink(missing_ok=True)
        (self.top / "log").unlink(missing_ok=True)
        done = subprocess.run([TOP / "ipi/proofs/once", "log", *(inputs or ["source"]), "--", "sh", "-c", command],
                              cwd=self.top, env=self.env | env, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return len(ran.read_text().split()) if ran.exists() else 0

    def test_once(self):
        self.assertEqual(self.runs(), 1)
        self.assertEqual(self.runs(), 0)
        self.assertEqual((self.top / "log").read_text(), "lemma\n")
        self.assertEqual(self.runs(FORCE="1"), 1)

    def test_of_something_else(self):
        self.runs()
        (self.top / "source").write_text("another lemma\n")
        self.assertEqual(self.runs(), 1)
        self.assertEqual(self.runs("source", "gcc 13"), 1)
        self.assertEqual(self.runs(command="cat source; echo x >>ran"), 1)

    def test_a_proof_that_fails(self):
        for _ in range(2):
            self.assertEqual(self.runs(command="echo x >>ran; false", status=1), 1)

    def test_a_proof_that_fails_when_it_is_repeated(self):
        holds = "echo x >>ran; test ! -e broken"
        self.assertEqual(self.runs(command=holds), 1)
        (self.top / "broken").touch()
        self.assertEqual(self.runs(command=holds, status=1, FORCE="1"), 1)
        self.assertEqual(self.runs(command=holds, status=1), 1)


class Targets(unittest.TestCase):
    def test_all_of_check_fast_are_such_targets(self):
        env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
        text = subprocess.run(["make", "-pqn", "run-check-fast", "run-check-long", "run-check"], cwd=TOP, env=env, capture_output=True,
                              text=True, check=False).stdout
        rules = dict(re.findall(r"^(\S+): ?(.*)$", text, re.M))
        found = {name: re.search(rf"^{name} := (.*)$", text, re.M)[1].split() for name in
                 ("CHECK_FAST", "CHECK_LONG", "CHECK")}
        self.assertGreater(len(found["CHECK_FAST"]), 20)
        for target in [target for targets in found.values() for target in targets]:
            if target == "check-system":	# machines' timing is part of what it tests
                continue
            self.assertIn(f"passed/{target.removeprefix('check-')}", rules[target], target)


if __name__ == "__main__":
    unittest.main()
