# SPDX-License-Identifier: GPL-2.0-only
"""Must hold 6: install into a system with GRUB, boot the entry, uninstall: all as before."""

import re

import pytest

import checks
import platforms
import x86
from disk import System, own_mounts
from env import say
from machine import Machine

pytestmark = platforms.only(x86)
PLAN = x86.TOUR


@pytest.fixture(scope="module")
def system(tmp_path_factory):
    mounts = own_mounts()
    if not mounts:
        # Debian's update-grub has to see the tree as /, with the host's programs in it. What the
        # command itself does with a root, tests/tool tries without.
        # CI is root and always runs it.
        pytest.skip("needs root, or namespaces of users")
    return System(tmp_path_factory.mktemp("system"), mounts)


def boot(system, name):
    """Boot the tree as a disk; the machine has no other medium that boots."""
    blank = system.folder / "blank"
    blank.write_bytes(bytes(1 << 20))
    disk = system.disk(name)
    return Machine(f"install-{name}", PLAN, image=blank,
                   qemu_args=["-drive", f"file={disk},format=raw,if=virtio,snapshot=on"])


def alone(m):
    """The old default: one kernel with the whole machine, on COM1."""
    m.up("control")
    assert m.sh("control", "cat /proc/sys/kernel/hostname").strip() == "alone"
    ids = sorted(m.platform.cpu_ids(m, "control"))
    memory = sum(size for _, size, what in checks.iomem(m, "control") if what == "System RAM")
    cmdline = m.sh("control", "cat /proc/cmdline")
    assert not m.log("rt") and not m.log("app")
    return ids, memory, cmdline


def test_install_boot_uninstall(system):
    before, menu = system.snapshot(), system.menu
    assert "Test GNU/Linux" in menu and "bulkhead" not in menu.replace("bulkhead.partition", "")
    with boot(system, "before") as m:
        old = alone(m)

    say(system.bulkhead("install", PLAN, "--root", system.root).strip())
    assert len(re.findall(r"^menuentry 'Bulkhead", system.menu, re.M)) == 1
    with boot(system, "default") as m:
        assert alone(m) == old, "install changed what boots by default"

    system.editenv("set", "next_entry=bulkhead")
    with boot(system, "entry") as m:
        m.up()
        for name in m.names:
            checks.check_cpus(m, name)
            checks.check_memory(m, name)
    system.editenv("unset", "next_entry")

    say(system.bulkhead("uninstall", "--root", system.root).strip())
    assert system.snapshot() == before, "uninstall did not leave the bytes of before"
    with boot(system, "after") as m:
        assert alone(m) == old


def test_install_as_default_and_update_grub(system):
    before = system.snapshot()
    system.bulkhead("install", PLAN, "--root", system.root, "--default")
    # What the next kernel's package does.
    system.run("/usr/sbin/chroot", system.root, "/usr/sbin/update-grub")
    with boot(system, "as-default") as m:
        m.up()
        for name in m.names:
            checks.check_cpus(m, name)
    system.bulkhead("uninstall", "--root", system.root)
    assert system.snapshot() == before
