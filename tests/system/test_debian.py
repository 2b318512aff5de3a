# SPDX-License-Identifier: GPL-2.0-only
"""Debian with systemd as a partition of our kernel, beside one with the initrd `tools`: the plan and
the conversation of docs/debian.md."""

import re

import pytest

import checks
import documents
import platforms
from env import BOOT_TIME, KERNEL, TOP
from machine import Machine

PAGE = "docs/debian.md"
DEBIAN, TOOLS = "debian", "tools"


def plan_text(platform):
    (text,) = re.findall(r"<<'EOF'\n(.*?)^    EOF$", (TOP / PAGE).read_text(), re.M | re.S)
    text = re.sub("^    ", "", text, flags=re.M)
    return text.replace("platform: x86-64", f"platform: {platform.NAME}").replace("kernel: linux", f"kernel: {KERNEL}")


@pytest.fixture(scope="module", params=platforms.each())
def pair(request):
    platform = request.param
    with Machine(f"debian-{platform.NAME}", plan_text(platform)) as m:
        m.up(TOOLS)
        with m.explained("Debian did not come up"):
            m.console(DEBIAN).expect(r"root@debian:~# ", timeout=2 * BOOT_TIME)
            m.console(DEBIAN).take_lines()
        yield m


def test_systemd_is_content(pair):
    """Every unit that Debian starts has started: nothing is degraded."""
    state = pair.sh(DEBIAN, "systemctl is-system-running --wait", timeout=BOOT_TIME, check=False).strip()
    failed = pair.sh(DEBIAN, "systemctl --failed --no-legend --plain")
    assert (state, failed) == ("running", "")
    units = "multi-user.target ssh dbus systemd-logind systemd-udevd systemd-journald"
    assert set(pair.sh(DEBIAN, f"systemctl is-active {units}").split()) == {"active"}


def confined(pair, properties, command, check=True):
    asked = " ".join(f"-p '{p}'" for p in properties.split())
    return pair.sh(DEBIAN, f"systemd-run --quiet --wait --pipe --collect {asked} sh -c '{command}' 2>&1", timeout=60, check=check)


def test_units_are_confined(pair):
    """What units ask of the kernel: a network of their own, less memory, fewer calls and devices."""
    assert re.findall(r"^(\S+)", confined(pair, "PrivateNetwork=yes", "ip -brief -color=never link"), re.M) == ["lo"]
    group = 'cd "/sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)" && cat memory.max cpu.max pids.max'
    assert confined(pair, "MemoryMax=64M CPUQuota=50% TasksMax=7", group).split() == \
        [str(64 << 20), "50000", "100000", "7"]
    for properties, command in [("SystemCallFilter=~@chown SystemCallErrorNumber=EPERM", "chown 1 /tmp"),
                                ("DevicePolicy=closed", "dd if=/dev/kmsg bs=8192 count=1 of=/dev/null")]:
        assert "Operation not permitted" in confined(pair, properties, command, check=False)
        assert "Operation not permitted" not in confined(pair, "Nice=1", command)


def test_modules(pair):
    """The kernel's modules are behind the root: what they need is found, and they do their work."""
    pair.sh(DEBIAN, "modprobe -a ext4 vfat loop virtio_blk virtio_net nvme fuse", timeout=60)
    pair.sh(DEBIAN, "modprobe -a nft_masq nft_fib_inet nft_compat br_netfilter veth macvlan tun sch_htb", timeout=60)
    pair.sh(DEBIAN, "(cd /tmp; mkdir low up work all; echo below >low/file; "
                    "mount -t overlay -o lowerdir=low,upperdir=up,workdir=work overlay all; "
                    "echo above >all/file)")
    assert pair.sh(DEBIAN, "cat /tmp/low/file /tmp/up/file").split() == ["below", "above"]
    pair.sh(DEBIAN, "ip link add one type veth peer name two && ip link del one")


def test_conversation(pair):
    """ssh there and back, over the channel's Ethernet."""
    said = documents.type_lines(pair, documents.section(PAGE, "A first conversation"))

    def output(name, begin):
        (found,) = [output for where, command, output in said if where == name and command.startswith(begin)]
        return found

    assert "3 packets received" in output(TOOLS, "ping")
    assert "active" in output(TOOLS, "ssh").splitlines()
    assert TOOLS in output(DEBIAN, "ssh -o").splitlines()
    # ip has colours for a terminal.
    links = output(DEBIAN, "systemd-run")
    assert "UNKNOWN" in links and "bh-" not in links, links


def test_the_logs_complain_of_nothing(pair):
    for name in (DEBIAN, TOOLS):
        checks.check_quiet(pair, name, "quarantined", "left alone")
