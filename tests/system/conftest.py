# SPDX-License-Identifier: GPL-2.0-only
"""Consoles go into the report of a test that fails."""

import pytest

import env
import machine


def pytest_configure(config):
    if not env.BULKHEAD.exists():
        raise pytest.UsageError(f"{env.BULKHEAD} is not there: run make first")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if not report.failed:
        return
    for value in getattr(item, "funcargs", {}).values():
        if isinstance(value, machine.Machine):
            report.sections.append((f"consoles of {value.name}", value.tails()))
