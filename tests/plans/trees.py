#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""`bulkhead compile --trees`, and the schemas: dt-validate takes what the command writes,
and complains about each of a table of faults."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import run

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
SCHEMAS = TOP / "include/bulkhead/schemas"

PLAN = """bulkhead: 1
machine: { platform: riscv64 }
partitions:
  control: { cpus: "3,0", memory: 128M, kernel: linux, initrd: demo, devices: [legacy, pci], manages: [rt] }
  rt:      { cpus: "1-2", memory: 64M, kernel: linux }
channels:
  - { between: [control, rt], size: 256K }
"""

# What a boot stage on x86-64 writes, in short.
X86 = """/dts-v1/;
/ {
	compatible = "bulkhead,machine-v1";
	model = "Bulkhead partition";
	#address-cells = <2>;
	#size-cells = <2>;
	chosen { bootargs = "quiet"; };
	cpus {
		#address-cells = <1>;
		#size-cells = <0>;
		cpu@2 { device_type = "cpu"; reg = <2>; };
	};
	memory@10000000 { device_type = "memory"; reg = <0 0x10000000 0 0x10000000>; };
	bulkhead {
		compatible = "bulkhead,partition-v1";
		label = "rt";
		bulkhead,id = <4>;
		bulkhead,boot-log = <0 0x100000 0 0x1000>;
		bulkhead,status = <0 0x102000 0 0x1000>;
		peers { #address-cells = <1>; #size-cells = <0>; };
		channels { #address-cells = <1>; #size-cells = <0>; };
	};
};
"""

# In the text of which tree, what (a regular expression, once) becomes what.
FAULTS = [
    ("control", r"\tmailbox \{", "\tletterbox {"),
    ("control", r"\n\tmailbox \{[^}]*\};", ""),
    ("control", r"timebase-frequency = [^;]*;", ""),
    ("control", r"riscv,hart-index-bits = [^;]*;", ""),
    ("control", r"riscv,num-ids = [^;]*;", ""),
    ("rt", r"riscv,num-ids = [^;]*;", "riscv,num-ids = <16>;"),
    ("control", r"\"riscv,rpmi-system-msi\"", '"riscv,rpmi-msi"'),
    ("control", r"(status@[^{]*\{\n\s*)reg = [^;]*;", r"\1"),
    ("control", r"(doorbell-4 \{[^}]*)label = [^;]*;", r"\1"),
    ("control", r"(doorbell-4 \{[^}]*bulkhead,peer = )<[^>]*>", r"\1<1>"),
    ("control", r"(doorbell-4 \{[^}]*)interrupts-extended = [^;]*;", r"\1"),
    ("control", r"\t\tinterrupt-controller@28", "clint@2000000 { compatible = \"riscv,clint0\"; reg = <0 0x2000000 0 4096>; };\\g<0>"),
    ("control", r"bulkhead,status = [^;]*;", ""),
    ("control", r"(cpu@3 \{[^{}]*)compatible = [^;]*;", r"\1"),
    ("control", r"\n\tbulkhead \{", "\n\tspare { };\n\tbulkhead {"),
    ("rt", r"bulkhead,status = [^;]*;", "\\g<0> bulkhead,boot-log = <0 0 0 4096>;"),
    ("x86", r"\tchosen", '\tsoc { compatible = "simple-bus"; #address-cells = <2>; #size-cells = <2>; ranges; };\n\tchosen'),
    ("x86", r"device_type = \"cpu\";", "\\g<0> mmu-type = \"riscv,sv48\";"),
    ("x86", r"bulkhead,boot-log = [^;]*;", ""),
    ("x86", r"bulkhead,status = [^;]*;", ""),
    ("blob", r"kind = \"kernel\";", 'kind = "loader";'),
    ("blob", r"(monitor \{[^}]*)memory = [^;]*;", r"\1"),
]


def dtc(source, target, data):
    return subprocess.run(["dtc", "-q", "-I", source, "-O", target, "-"], input=data,
                          capture_output=True, check=True).stdout


def complaints(blobs, folder):
    """{name: what dt-validate says of it}, all in one call: it takes a while to start."""
    folder.mkdir()
    for name, blob in blobs.items():
        (folder / f"{name}.dtb").write_bytes(blob)
    done = subprocess.run(["dt-validate", "-s", SCHEMAS, *sorted(folder.iterdir())],
                          capture_output=True, text=True)
    said = done.stdout + done.stderr
    ours = {name: "\n".join(re.findall(rf"^{re.escape(str(folder / name))}\.dtb: (.*)", said, re.M))
            for name in blobs}
    return dict(ours, schemas="\n".join(re.findall(r"^.*error in schema.*", said, re.M)))


def main():
    bulkhead = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="bulkhead-trees-") as folder:
        work, failed = Path(folder), []
        run.make_images(work / "images")
        env = dict(os.environ, BULKHEAD_IMAGES=str(work / "images"), NO_COLOR="1")
        (work / "plan.yaml").write_text(PLAN)
        (work / "machine.dtb").write_bytes(dtc("dts", "dtb", (TOP / "tests/unit/virt.dts").read_bytes()))

        def compile_to(trees, machine="machine.dtb"):
            return subprocess.run([bulkhead, "compile", "plan.yaml", "-o", "blob.dtb", "--trees", trees,
                                   "--machine", machine], cwd=work, env=env, capture_output=True,
                                  text=True)

        done = compile_to("trees")
        if done.returncode or done.stderr:
            print(f"FAIL compile: {done.stderr}")
            return 1
        if sorted(x.name for x in (work / "trees").iterdir()) != [
                "firmware.dtb", "partition-control.dtb", "partition-rt.dtb"]:
            failed.append("not these files in trees/")
        compile_to("again")
        for path in (work / "trees").iterdir():
            if path.read_bytes() != (work / "again" / path.name).read_bytes():
                failed.append(f"made twice, two different {path.name}")
        if (work / "blob.dtb").read_bytes() not in (work / "trees/firmware.dtb").read_bytes():
            failed.append("firmware.dtb has not the blob in it")

        # A description that is no tree tells where things are, but not how to write them down.
        described = subprocess.run([bulkhead, "machine", "-m", "machine.dtb"], cwd=work, env=env,
                                   capture_output=True, text=True, check=True).stdout
        (work / "machine.yaml").write_text(described)
        done = compile_to("none", "machine.yaml")
        if done.returncode != 1 or "no device tree" not in done.stderr or (work / "none").exists():
            failed.append(f"trees from a description: {done.returncode} {done.stderr}")

        # Pieces of three pages, with a guest's file beside each hart's: the blob has the files
        # where Linux finds them, and the firmware computes none.
        odd, n = re.subn(r"reg = <0x00 0x28000000 0x00 0x4000>;",
                         "reg = <0 0x28000000 0 0x3000 0 0x29000000 0 0x3000>; riscv,guest-index-bits = <1>;",
                         dtc("dtb", "dts", (work / "machine.dtb").read_bytes()).decode())
        (work / "odd.dtb").write_bytes(dtc("dts", "dtb", odd.encode()))
        done = compile_to("odd", "odd.dtb")
        files = re.findall(r"interrupt-files = <([^>]*)>",
                           dtc("dtb", "dts", (work / "blob.dtb").read_bytes()).decode())
        # control has harts 3 and 0, rt 1 and 2
        if n != 1 or done.returncode or [[int(x, 16) for x in f.split()] for f in files] != [
                [0, 0x29002000, 0, 0x28000000], [0, 0x28002000, 0, 0x29000000]]:
            failed.append(f"interrupt files in odd pieces: {n} {files} {done.stderr}")
        compile_to("trees")

        trees = {name: (work / f"trees/partition-{name}.dtb").read_bytes() for name in ("control", "rt")}
        trees["blob"] = (work / "blob.dtb").read_bytes()
        for platform in ("riscv", "x86"):
            subprocess.run([bulkhead, "compile", TOP / f"examples/tour-{platform}.yaml", "-o", "tour.dtb"],
                           cwd=work, env=env, check=True, capture_output=True)
            trees[f"tour-{platform}"] = (work / "tour.dtb").read_bytes()
        trees["x86"] = dtc("dts", "dtb", X86.encode())
        if not shutil.which("dt-validate"):
            print("  SKIP    dt-validate is not there: schemas are not tried")
            faults = []
        else:
            faults = FAULTS
            for name, said in complaints(trees, work / "good").items():
                if said:
                    failed.append(f"dt-validate does not like {name}: {said}")
        broken = {}
        for number, (name, pattern, text) in enumerate(faults):
            changed, n = re.subn(pattern, text, dtc("dtb", "dts", trees[name]).decode(), count=1)
            if n:
                broken[str(number)] = dtc("dts", "dtb", changed.encode())
            else:
                failed.append(f"{name} has no {pattern}")
        said = complaints(broken, work / "bad") if broken else {}
        for number in broken:
            if not said[number]:
                name, pattern, text = faults[int(number)]
                failed.append(f"dt-validate takes a {name} with {pattern} -> {text!r}")
    for text in failed:
        print(f"FAIL {text}")
    if not failed:
        print(f"trees made, {len(faults)} faults found in them")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
