# SPDX-License-Identifier: GPL-2.0-only
"""The platforms: a module each, with the same names in it."""

import pytest

import env
import riscv
import x86

ALL = (x86, riscv)

# Those that .config has. What is not built isn't tested.
ENABLED = tuple(p for p in ALL if env.config(p.CONFIG) == "y")


def of(name):
    return next(p for p in ALL if p.NAME == name)


def only(platform):
    """The mark of a module whose tests are one platform's."""
    # Without its kernel and firmware there is nothing to boot. make check builds
    # both platforms unless .config, which somebody wrote by hand then, leaves one out.
    return pytest.mark.skipif(platform not in ENABLED, reason=f"{platform.NAME} is not built")


def each_firmware():
    """Parameters for a test that boots a platform's plan under each of its firmwares."""
    return [pytest.param((p, f), id=f"{p.NAME}-{f}") for p in ENABLED for f in p.FIRMWARES]


def each():
    return [pytest.param(p, id=p.NAME) for p in ENABLED]
