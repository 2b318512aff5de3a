# SPDX-License-Identifier: GPL-2.0-only
"""Must hold 7 on RISC-V: whichever hart wins OpenSBI's lottery, all partitions come up.

The emulator decides who comes first, and mostly decides the same. Each boot
here lets another set of harts take part (docs/firmware.md), by the
cold-boot-harts of a machine that is the plan's own otherwise.
"""

import re
import subprocess

import pytest

import fdt
import platforms
import riscv
from env import bulkhead, say
from machine import Machine, plan
from probe import PAYLOAD, Probe

pytestmark = [platforms.only(riscv), pytest.mark.own_machine]

BOOTS = 20
CPUS = 5
PARTITIONS = {
    "one": f"cpus: [1, 0], memory: 32M, kernel: {PAYLOAD}",
    "two": f"cpus: [3, 2], memory: 32M, kernel: {PAYLOAD}",
    "three": f"cpus: \"4\", memory: 32M, kernel: {PAYLOAD}",
}


def trees(folder):
    """OpenSBI's tree of the plan, and its harts' phandles."""
    text = folder / "plan.yaml"
    text.write_text(plan(riscv, f"cpus: {CPUS}, memory: 512M", PARTITIONS))
    bulkhead("compile", text, "-o", folder / "blob.dtb", "--trees", folder)
    tree = folder / "firmware.dtb"
    cpus = fdt.parse(tree.read_bytes())["cpus"].of("cpu")
    return tree, {c.cell("reg"): c.cell("phandle") for c in cpus}


def test_twenty_winners(tmp_path):
    tree, phandles = trees(tmp_path)
    assert len(phandles) == CPUS
    winners = set()
    for number in range(BOOTS):
        # Each alone, so that it has to win; then all of them, and whoever is first wins.
        harts = [number] if number < CPUS else \
            [h for h in phandles if number >> h & 1] or list(phandles)
        subprocess.run(["fdtput", "-t", "u", tree, "/chosen/opensbi-config", "cold-boot-harts",
                        *[str(phandles[h]) for h in harts]], check=True)
        with Machine("lottery", tmp_path / "plan.yaml", "direct",
                     qemu_args=["-dtb", tree]) as m:
            for name in m.names:
                Probe(m, name).up()
            won = m.log(riscv.SPEAKER)
            (winner,) = re.findall(r"^Boot HART ID +: (\d+)", won, re.M)
            assert int(winner) in harts, f"hart {winner} won among {harts}"
            winners.add(int(winner))
            for part in m.blob.partitions:
                assert f"probe: {part.name}: up on hart {part.cpus[0]} " in m.log(part.name)
        say(f"boot {number + 1}: of {harts} hart {winner} won, all are up")
    assert winners == set(phandles), f"only {winners} ever won"
