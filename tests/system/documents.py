# SPDX-License-Identifier: GPL-2.0-only
"""Sections of the documents, and what they tell people to type in partitions."""

import re

from env import TOP

LINE = re.compile(r"^    ([a-z]+)# (.*)$", re.M)


def section(page, title):
    (text,) = re.findall(rf"^## {title}$(.*?)(?=^## |\Z)", (TOP / page).read_text(), re.M | re.S)
    return text


def block(text, begin):
    """The one indented block that begins so, without the indentation."""
    (found,) = re.findall(rf"^    {begin}.*\n(?:    .*\n)*", text, re.M)
    return re.sub("^    ", "", found, flags=re.M)


def type_lines(m, text):
    """[(partition, command, output)]"""
    typed = []
    for name, command in LINE.findall(text):
        # What goes on behind a prompt would else write between the next lines.
        command = re.sub(r" &$", " >/tmp/behind 2>&1 & sleep 1", command) if ">" not in command else \
            re.sub(r" &$", " & sleep 1", command)
        typed.append((name, command, m.sh(name, command, timeout=60)))
    return typed
