# SPDX-License-Identifier: GPL-2.0-only
"""A board that has a U-Boot already: Debian's own build for QEMU, and the recipes of docs/boot.md."""

import pathlib
import subprocess

import pytest

import checks
import platforms
import riscv
from env import OUT, TOP, bulkhead, say
from machine import Machine

pytestmark = [platforms.only(riscv), pytest.mark.own_machine]

# From M-mode: Debian 12's u-boot-qemu.
UBOOT = pathlib.Path("/usr/lib/u-boot/qemu-riscv64/u-boot.bin")

# U-Boot relocates itself with the harts that it has seen by then: one whose thread the host has
# not run yet stays behind, at the address where the firmware is to be. About one boot in 60.
ATTEMPTS = 3

SCRIPT = "load ${devtype} ${devnum}:${distro_bootpart} 0x90000000 ${prefix}plan.itb && bootm 0x90000000"
EXTLINUX = "default plan\nlabel plan\n    kernel /plan.itb\n"


def boot_scr(folder):
    assert SCRIPT in (TOP / "docs/boot.md").read_text(), "the page has another script"
    (folder / "boot.cmd").write_text(SCRIPT + "\n")
    subprocess.run(["mkimage", "-A", "riscv", "-T", "script", "-d", folder / "boot.cmd",
                    folder / "boot.scr"], check=True, stdout=subprocess.DEVNULL)
    return {"boot.scr": folder / "boot.scr"}


def extlinux(folder):
    (folder / "extlinux.conf").write_text(EXTLINUX)
    return {"extlinux/extlinux.conf": folder / "extlinux.conf"}


@pytest.mark.parametrize("recipe", [boot_scr, extlinux], ids=lambda r: r.__name__)
def test_it_starts_the_tour(recipe):
    folder = OUT / f"uboot-{recipe.__name__}-disk"
    folder.mkdir(parents=True, exist_ok=True)
    bulkhead("build", riscv.TOUR, "--fit", "-o", folder / "plan.itb")
    disk = folder / "disk.img"
    disk.unlink(missing_ok=True)
    subprocess.run(["mformat", "-C", "-F", "-T", str(128 << 11), "-i", disk, "::"], check=True)
    subprocess.run(["mmd", "-i", disk, "::extlinux"], check=True)
    for name, path in ({"plan.itb": folder / "plan.itb"} | recipe(folder)).items():
        subprocess.run(["mcopy", "-i", disk, path, f"::{name}"], check=True)
    # The last -bios counts: not SPL, and the card beside it is not looked at.
    qemu = ["-bios", UBOOT, "-drive", f"if=none,id=disk,format=raw,readonly=on,file={disk}",
            "-device", "virtio-blk-device,drive=disk"]
    for attempt in range(ATTEMPTS):
        with Machine(f"uboot-{recipe.__name__}", riscv.TOUR, "spl", qemu_args=qemu) as m:
            try:
                m.up()
            except AssertionError:
                if "has not arrived" not in m.log(riscv.SPEAKER) or attempt + 1 == ATTEMPTS:
                    raise
                say("U-Boot has lost a hart that the host started late")
                continue
            log = m.log(riscv.SPEAKER)
            assert "Hit any key to stop autoboot" in log and "U-Boot SPL" not in log
            for name in m.names:
                checks.check_cpus(m, name)
                checks.check_memory(m, name)
            return
