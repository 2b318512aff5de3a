# SPDX-License-Identifier: GPL-2.0-only
"""The tools that people have, as Debian builds them, between two partitions of which
neither manages the other: ping, iperf3, socat, ssh, ethtool."""

import json
import re

import pytest

import checks
import linked
import platforms
from channels import make_file
from linked import ADDRESS, LEFT, RIGHT
from machine import Machine, plan

MIB = 1 << 20
FILE_MIB = 8


@pytest.fixture(scope="module", params=platforms.each())
def pair(request):
    with Machine(f"tools-{request.param.NAME}", linked.plan_text(request.param, plan, "tools")) as m:
        m.up()
        linked.network_up(m)
        for end in (LEFT, RIGHT):
            make_file(m, end, "/tmp/data", FILE_MIB * MIB)
        m.sh(RIGHT, "iperf3 -s -D")
        yield m


def digest(m, end, path):
    return m.sh(end, f"sha256sum <{path}").split()[0]


def test_they_are_the_real_ones(pair):
    """busybox has a ping too, which its shell prefers."""
    for command, says in [("/bin/ping -V", "iputils"), ("iperf3 --version", "iperf 3"),
                          ("socat -V", "socat version"), ("ssh -V", "Dropbear"),
                          ("ethtool --version", "ethtool version")]:
        assert says in pair.sh(LEFT, command, check=False)


@pytest.mark.parametrize("size", [56, 1400, 20000])
def test_ping(pair, size):
    output = pair.sh(LEFT, f"/bin/ping -c 5 -i 0.2 -w 20 -s {size} {ADDRESS[RIGHT]}")
    assert "5 packets transmitted, 5 received, 0% packet loss" in output


def iperf3(pair, arguments):
    text = pair.sh(LEFT, f"iperf3 -c {ADDRESS[RIGHT]} -t 3 -J {arguments}", timeout=60)
    return json.loads(text)["end"]


@pytest.mark.parametrize("way", ["", "-R", "--bidir", "-P 4"], ids=["there", "back", "both", "four"])
def test_iperf3_tcp(pair, way):
    end = iperf3(pair, way)
    assert end["sum_received"]["bytes"] > MIB
    if way == "--bidir":
        assert end["sum_received_bidir_reverse"]["bytes"] > MIB


@pytest.mark.timed
@pytest.mark.parametrize("way", ["", "-R"], ids=["there", "back"])
def test_iperf3_udp(pair, way):
    """A ring that is full makes the sender wait: at a rate that both keep up with, no
    packet is lost, in whatever order the two are scheduled."""
    end = iperf3(pair, f"-u -b 5M {way}")["sum"]
    assert end["packets"] > 1000 and end["lost_packets"] <= end["packets"] // 100, end


def socat_file(pair, listen, connect):
    tag = pair.console(RIGHT).start(f"rm -f /tmp/got; socat -u {listen} CREATE:/tmp/got")
    # The tool's own patience: nobody has to guess when the other one listens.
    pair.sh(LEFT, f"socat -u OPEN:/tmp/data {connect},retry=100,interval=0.1", timeout=60)
    output, status = pair.console(RIGHT).finish(tag, timeout=60)
    assert status == 0, output
    assert digest(pair, RIGHT, "/tmp/got") == digest(pair, LEFT, "/tmp/data")


def test_socat_tcp(pair):
    socat_file(pair, "TCP-LISTEN:6000,reuseaddr", f"TCP:{ADDRESS[RIGHT]}:6000")


def test_socat_vsock(pair):
    socat_file(pair, "VSOCK-LISTEN:6000", f"VSOCK-CONNECT:{linked.cid(pair, RIGHT)}:6000")


def test_socat_says_who_it_is(pair):
    """The CID that a program sees is the partition's id."""
    tag = pair.console(RIGHT).start("socat VSOCK-LISTEN:6001 SYSTEM:'echo peer $SOCAT_PEERADDR'")
    said = pair.sh(LEFT, f"socat -T 5 VSOCK-CONNECT:{linked.cid(pair, RIGHT)}:6001,retry=100,interval=0.1 "
                         "- </dev/null")
    pair.console(RIGHT).finish(tag)
    assert f"peer {linked.cid(pair, LEFT)}" in said, said


@pytest.fixture(scope="module")
def ssh(pair):
    """A server at the right, a key at the left that it knows; both made now."""
    pair.sh(RIGHT, "mkdir -p ~/.ssh /etc/dropbear; dropbearkey -t ed25519 -f ~/host >/dev/null 2>&1; "
                   "dropbear -r ~/host -s -E 2>/tmp/dropbear.log", timeout=60)
    public = pair.sh(LEFT, "mkdir -p ~/.ssh; dropbearkey -t ed25519 -f ~/key 2>/dev/null | grep ^ssh-",
                     timeout=60).strip()
    pair.sh(RIGHT, f"echo '{public}' >~/.ssh/authorized_keys; chmod -R go= ~/.ssh")
    return f"ssh -y -i ~/key root@{ADDRESS[RIGHT]}"


def test_ssh_runs_a_command(pair, ssh):
    assert pair.sh(LEFT, f"{ssh} 'hostname; exit 0' 2>/tmp/ssh.log", timeout=60).strip() == RIGHT
    assert pair.sh(LEFT, f"{ssh} 'exit 7' 2>/dev/null; echo status $?", timeout=60).strip() == "status 7"


def test_ssh_copies_a_file(pair, ssh):
    pair.sh(LEFT, f"{ssh} 'cat >/tmp/copied' </tmp/data 2>/tmp/ssh.log", timeout=120)
    assert digest(pair, RIGHT, "/tmp/copied") == digest(pair, LEFT, "/tmp/data")
    pair.sh(LEFT, f"{ssh} 'cat /tmp/data' >/tmp/fetched 2>/tmp/ssh.log", timeout=120)
    assert digest(pair, LEFT, "/tmp/fetched") == digest(pair, RIGHT, "/tmp/data")


def test_ssh_keeps_out_who_has_no_key(pair, ssh):
    pair.sh(LEFT, "dropbearkey -t ed25519 -f ~/stranger >/dev/null 2>&1", timeout=60)
    stranger = ssh.replace("~/key", "~/stranger")
    said = pair.sh(LEFT, f"{stranger} true </dev/null; echo status $?", timeout=60)
    assert "status 0" not in said, said


def test_ethtool(pair):
    said = pair.sh(LEFT, f"ethtool -S bh-{RIGHT}; ethtool -i bh-{RIGHT}; ethtool bh-{RIGHT}")
    counts = dict(re.findall(r"^\s*([^:\n]+): (\S.*)$", said, re.M))
    assert int(counts["tx_frames"]) > 100 and int(counts["rx_frames"]) > 100
    assert counts["rx_malformed"] == "0"
    assert counts["driver"] == "bulkhead" and counts["Link detected"] == "yes"


def test_the_logs_complain_of_nothing(pair):
    for name in (LEFT, RIGHT):
        checks.check_quiet(pair, name, "quarantined", "left alone")
