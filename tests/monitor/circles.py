#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Which files of a folder need each other in a circle?

    circles.py symbols MAX OBJECT...	by what object files define and leave undefined
    circles.py sources MAX FILE...	by headers that are included and functions that are named

A source needs the sources whose functions it calls, and any file the headers that it
includes. The largest set of files each of which needs all others, in however many steps,
may have MAX of them.
"""

import pathlib
import re
import subprocess
import sys

FUNCTION = re.compile(r"^(?!static|typedef|#|extern)[a-z_][\w \t*()]*?[ *](\w+)\([^;{]*\)\n\{", re.M)
NOT_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.S)


def by_symbols(objects):
    """{file: (names that it defines, names that it needs)}"""
    found = {}
    for path in objects:
        defines, needs = set(), set()
        for line in subprocess.run(["nm", path], check=True, capture_output=True,
                                   text=True).stdout.splitlines():
            kind, name = line.split()[-2:]
            if kind == "U":
                needs.add(name)
            elif kind.isupper():
                defines.add(name)
        found[pathlib.Path(path).stem] = defines, needs
    return found


def by_sources(files):
    found = {}
    for path in map(pathlib.Path, files):
        text = path.read_text()
        needs = set(re.findall(r'^#include "(?:[^"]*/)?([^"/]+)"', text, re.M))
        defines = {path.name}
        if path.suffix == ".c":
            code = NOT_CODE.sub("", text)
            defines |= {f"{name}()" for name in FUNCTION.findall(code)}
            needs |= {f"{name}()" for name in re.findall(r"\b(\w+)\b", code)}
        found[path.name] = defines, needs
    return found


def edges(found):
    return {a: {b for b in found if a != b and found[a][1] & found[b][0]} for a in found}


def reach(graph, start):
    seen, todo = set(), [start]
    while todo:
        for other in graph[todo.pop()] - seen:
            seen.add(other)
            todo.append(other)
    return seen


def main(how, most, *paths):
    found = {"symbols": by_symbols, "sources": by_sources}[how](paths)
    graph = edges(found)
    assert sum(map(len, graph.values())) >= len(graph) // 2, f"nothing needs anything: {graph}"
    reached = {a: reach(graph, a) for a in graph}
    circles = {frozenset({a} | {b for b in reached[a] if a in reached[b]}) for a in graph}
    bad = [c for c in circles if len(c) > int(most)]
    for circle in bad:
        print(f"these need each other, in a circle ({how}):", file=sys.stderr)
        for a in sorted(circle):
            for b in sorted(graph[a] & circle):
                names = ", ".join(sorted(found[a][1] & found[b][0])[:4])
                print(f"  {a} needs {b} for {names}", file=sys.stderr)
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
