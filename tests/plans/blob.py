#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Hold the blob's schema and include/bulkhead/blob.h against the table of its properties."""

import re
import subprocess
import sys
from pathlib import Path

import yaml

CONTRACT = Path(__file__).resolve().parent.parent.parent / "include/bulkhead"
SCHEMA = CONTRACT / "schemas/bulkhead,blob.yaml"
HEADER = CONTRACT / "blob.h"
TYPE = "/schemas/types.yaml#/definitions/"


def shape(field):
    """What the schema says of a property of this type. dt-schema has types of its own for
    properties called memory and cpus, and finds out by itself that ranges are ranges."""
    count = len(field["words"])
    return {
        "name": {"$ref": TYPE + "string"},
        "string": {"$ref": TYPE + "string"},
        "word": {"$ref": TYPE + "string", "enum": field["words"]},
        "flag": {"$ref": TYPE + "string", "enum": field["words"]},
        "words": {"$ref": TYPE + "string-array", "minItems": 1, "maxItems": count,
                  "items": {"enum": field["words"]}},
        "cell": {"$ref": TYPE + "uint32"},
        "size": {"$ref": TYPE + "uint64"},
        "address": {"$ref": TYPE + "uint64"},
        "range": {"maxItems": 1},
        "ranges": {"minItems": 1, "maxItems": 16},
        "cpus": {"minItems": 1},
        "files": {"$ref": TYPE + "uint64-array", "minItems": 1, "maxItems": 4096},
        "image": {"$ref": TYPE + "uint32"},
        "pair": {"$ref": TYPE + "uint32-array", "minItems": 2, "maxItems": 2},
        "partitions": {"$ref": TYPE + "uint32-array", "minItems": 1, "maxItems": 64},
        "digest": {"$ref": TYPE + "uint8-array", "minItems": 32, "maxItems": 32},
    }[field["type"]]


def rows(bulkhead):
    """{node: {property: row}}"""
    out = subprocess.run([bulkhead, "blob-fields"], capture_output=True, text=True,
                         check=True).stdout
    nodes = {}
    for line in out.splitlines():
        node, name, kind, platforms, need, _, words = line.split("\t")
        nodes.setdefault(node, {})[name] = {
            "type": kind, "platforms": platforms.split(), "required": need == "required",
            "words": words.split()}
    return nodes


def only(field):
    """The platform that alone has it, or None."""
    return field["platforms"][0] if len(field["platforms"]) == 1 else None


def schema_node(schema, node):
    if node in schema["properties"]:
        return schema["properties"][node]
    (child,) = schema["properties"][f"{node}s"]["patternProperties"].values()
    return child


def check_schema(nodes):
    schema = yaml.safe_load(SCHEMA.read_text())
    for node, fields in nodes.items():
        said = schema_node(schema, node)
        ids = [] if node in schema["properties"] else ["reg"]
        if sorted(said["properties"]) != sorted([*ids, *fields]):
            yield f"{SCHEMA}: {node} has {sorted(said['properties'])}, the table {sorted(fields)}"
            continue
        required = ids + [name for name, f in fields.items() if f["required"] and not only(f)]
        if said["required"] != required:
            yield f"{SCHEMA}: {node} requires {said['required']}, the table {required}"
        if said.get("additionalProperties") is not False:
            yield f"{SCHEMA}: {node} takes any other property too"
        for name, field in fields.items():
            there = dict(said["properties"][name])
            text = there.pop("description", "")
            if there != shape(field):
                yield f"{SCHEMA}: {node}: {name} is {there}, the table says {shape(field)}"
            mark = re.search(r" \(([\w-]+)\)\.$", text)
            if (mark[1] if mark else None) != only(field):
                yield f"{SCHEMA}: {node}: {name} is of {field['platforms']}, described as {text!r}"


def check_header(nodes):
    text = HEADER.read_text()
    for node, fields in nodes.items():
        body = re.search(rf"\b{node}(?:@\d)? {{\n(.*?)\n \*\s*}};", text, re.S)[1]
        there = {}
        for line in body.splitlines():
            code, _, remark = line.partition("//")
            mark = re.match(r"\s*(x86-64|riscv64)\b", remark)
            for name in re.findall(r"([\w,-]+) = [^;]*;", code):
                there[name] = mark[1] if mark else None
        there.pop("reg", None)
        for name in sorted(there.keys() ^ fields.keys()):
            yield f"{HEADER}: {node}: {name} is not in both, the comment and the table"
        for name in there.keys() & fields.keys():
            if there[name] != only(fields[name]):
                yield f"{HEADER}: {node}: {name} is of {fields[name]['platforms']} alone or of all"


def main():
    nodes = rows(sys.argv[1])
    wrong = [*check_schema(nodes), *check_header(nodes)]
    for text in wrong:
        print(text)
    return 1 if wrong or not nodes else 0


if __name__ == "__main__":
    sys.exit(main())
