# SPDX-License-Identifier: GPL-2.0-only
"""Flattened device trees, read (devicetree specification v0.4, chapter 5).

Small and on its own on purpose: the tests must not read a blob with the same
library that wrote it.
"""

import struct

MAGIC = 0xD00DFEED
BEGIN_NODE, END_NODE, PROP, NOP, END = 1, 2, 3, 4, 9


class Node:
    """A node: `props` maps names to bytes, `children` names to nodes, in order."""

    def __init__(self, name):
        self.name = name
        self.props = {}
        self.children = {}

    def __getitem__(self, path):
        node = self
        for part in path.strip("/").split("/"):
            if part:
                node = node.children[part]
        return node

    def __contains__(self, prop):
        return prop in self.props

    def text(self, prop):
        data = self.props[prop]
        assert data.endswith(b"\0"), f"{self.name}: {prop} is no string"
        return data[:-1].decode()

    def texts(self, prop):
        data = self.props.get(prop, b"")
        return [t.decode() for t in data.split(b"\0")[:-1]]

    def cells(self, prop):
        data = self.props.get(prop, b"")
        return list(struct.unpack(f">{len(data) // 4}I", data))

    def cell(self, prop):
        (value,) = self.cells(prop)
        return value

    def ranges(self, prop):
        """[(base, size)] of two cells each."""
        data = self.props.get(prop, b"")
        wide = struct.unpack(f">{len(data) // 8}Q", data)
        return list(zip(wide[::2], wide[1::2]))

    def of(self, kind):
        """Children called KIND@..."""
        return [c for n, c in self.children.items() if n.split("@")[0] == kind]


def size_of(data):
    """The whole tree's bytes, from its header."""
    magic, size = struct.unpack_from(">2I", data)
    assert magic == MAGIC, f"no device tree: magic 0x{magic:x}"
    return size


def parse(data):
    (magic, _total, at, strings, _rsv, _version, compatible, _cpu, _nstrings,
     _nstruct) = struct.unpack_from(">10I", data)
    assert magic == MAGIC, f"no device tree: magic 0x{magic:x}"
    assert compatible <= 17
    stack, root = [], None
    while True:
        (token,) = struct.unpack_from(">I", data, at)
        at += 4
        if token == BEGIN_NODE:
            end = data.index(b"\0", at)
            node = Node(data[at:end].decode())
            at = (end + 4) & ~3
            if stack:
                assert node.name not in stack[-1].children, f"two nodes {node.name}"
                stack[-1].children[node.name] = node
            else:
                root = node
            stack.append(node)
        elif token == END_NODE:
            stack.pop()
        elif token == PROP:
            length, name = struct.unpack_from(">2I", data, at)
            at += 8
            end = data.index(b"\0", strings + name)
            key = data[strings + name:end].decode()
            assert key not in stack[-1].props, f"two properties {key}"
            stack[-1].props[key] = bytes(data[at:at + length])
            at = (at + length + 3) & ~3
        elif token == END:
            assert not stack
            return root
        else:
            assert token == NOP, f"unknown token {token}"
