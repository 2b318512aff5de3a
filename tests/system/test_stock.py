# SPDX-License-Identifier: GPL-2.0-only
"""Must hold 2: Debian 12's kernel, unpatched, with two CPUs beside one of ours."""

import pytest

import checks
import platforms
import x86
from env import EXAMPLES
from machine import Machine

pytestmark = platforms.only(x86)


@pytest.fixture(scope="module")
def stock():
    with Machine("stock", EXAMPLES / "two-stock.yaml") as m:
        yield m.up()


def test_debians_kernel_is_debians(stock):
    release = stock.sh("debian", "cat /proc/version")
    assert "debian-kernel@lists.debian.org" in release and "Linux version 6.1." in release
    assert "debian" not in stock.sh("control", "cat /proc/version")


def test_both_have_their_cpus_and_memory(stock):
    assert len(stock.blob["debian"].cpus) == 2
    for name in stock.names:
        checks.check_cpus(stock, name)
        checks.check_memory(stock, name)


def test_debians_second_cpu_works(stock):
    ran = stock.sh("debian", "taskset 2 awk '{ print $39 }' /proc/self/stat")
    assert ran.split() == ["1"]


def test_debian_is_told_who_it_is(stock):
    checks.check_tree(stock, "debian")


def test_iasl_accepts_the_tables(stock):
    x86.check_devices(stock, "debian")


def test_nothing_unexplained_in_the_logs(stock):
    for name in stock.names:
        checks.check_kernel_log(stock, name)
