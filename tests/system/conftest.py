# SPDX-License-Identifier: GPL-2.0-only
"""What all tests here have in common: consoles go into the report of a test that fails, and tests that
share a machine run in one process."""

import pytest

import env
import machine


def pytest_configure(config):
    if not env.BULKHEAD.exists():
        raise pytest.UsageError(f"{env.BULKHEAD} is not there: run make first")
    for line in ("timed: compares durations or gaps: no other machine runs beside it",
                 "own_machine: each test boots a machine of its own"):
        config.addinivalue_line("markers", line)


def word(parameter):
    """A parameter in the name of a group: a platform is its name."""
    if isinstance(parameter, tuple):
        return "-".join(map(word, parameter))
    return str(getattr(parameter, "NAME", parameter))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Group tests by the machine that they share: that of their module, one for each of its parameters."""
    for item in items:
        if item.get_closest_marker("own_machine"):
            continue
        call = getattr(item, "callspec", None)
        shared = [word(call.params[name]) for name, scope in call._arg2scope.items()
                  if scope.value == "module"] if call else []
        item.add_marker(pytest.mark.xdist_group("-".join([item.module.__name__, *shared])))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if not report.failed:
        return
    for value in getattr(item, "funcargs", {}).values():
        if isinstance(value, machine.Machine):
            report.sections.append((f"consoles of {value.name}", value.tails()))
