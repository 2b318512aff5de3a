# SPDX-License-Identifier: GPL-2.0-only
"""riscv64: cards, FITs, keys, and QEMU's command line. QEMU only tells its device tree here."""

import hashlib
import importlib.util
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import stat
import struct
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
TOOL = pathlib.Path(os.environ["BULKHEAD_TOOL"])
QEMU = "qemu-system-riscv64"
SECTOR, FIT_AT = 512, 0x800 * 512


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


plans = load(TOP / "tests/plans/run.py")
fdt = load(TOP / "tests/system/fdt.py")

PLAN = """
bulkhead: 1
machine: { platform: riscv64, qemu: { cpus: 4, memory: 2G } }
partitions:
  control: { cpus: 1, memory: 256M, kernel: ./image, initrd: ./initrd, manages: [rt] }
  rt:      { cpus: "3", memory: 256M, kernel: ./image, initrd: ./initrd, console: none }
  app:     { cpus: 2, memory: 256M, kernel: ./other }
channels:
  - { between: [control, rt], size: 256K }
"""


def run(*args, status=0, env=None, **more):
    done = subprocess.run([TOOL / "bulkhead", *map(str, args)], capture_output=True, text=True,
                          timeout=120, env={**os.environ, **(env or {})}, check=False, **more)
    assert done.returncode == status, f"{args}: status {done.returncode}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    work = tmp_path_factory.mktemp("riscv")
    for name, size in [("image", 8 << 20), ("other", 9 << 20)]:
        (work / name).write_bytes(plans.riscv_image(image_size=size) + name.encode() * 99)
        (work / f"{name}.config").write_text(plans.GOOD_RISCV_CONFIG)
    (work / "initrd").write_bytes(bytes(range(256)) * 100)
    (work / "firmware").write_bytes(b"firmware" * 1000)
    (work / "spl").write_bytes(b"spl, or " * 500)
    (work / "plan.yaml").write_text(PLAN)
    run("keygen", work / "keys")
    return work


def ours(work):
    return ["--boot-stage", work / "firmware", "--spl", work / "spl"]


def build(work, out, *args, plan="plan.yaml", **more):
    return run("build", work / plan, "-o", out, *ours(work), *args, **more)


@pytest.fixture(scope="module")
def blob(work):
    run("compile", work / "plan.yaml", "-o", work / "blob", "--trees", work / "trees")
    return fdt.parse((work / "blob").read_bytes())


def pieces(fit):
    """{name: (node, bytes)} of a FIT's images."""
    root = fdt.parse(fit)
    start = (struct.unpack_from(">I", fit, 4)[0] + 3) & ~3
    return {name: (node, fit[start + node.cell("data-offset"):][:node.cell("data-size")])
            for name, node in root["images"].children.items()}


def wide(node, prop):
    return struct.unpack(">Q", node.props[prop])[0]


def wanted(work, blob):
    """What the plan's blob says of each piece: {name: (address, bytes)}."""
    monitor = blob["monitor"]
    want = {"firmware": (monitor.ranges("firmware")[0][0], (work / "firmware").read_bytes()),
            "tree": (monitor.ranges("tree")[0][0], (work / "trees/firmware.dtb").read_bytes())}
    for image in blob["images"].of("image"):
        name = pathlib.Path(image.text("label")).name
        want[f"image-{image.cell('reg')}"] = (image.ranges("memory")[0][0],
                                             (work / name).read_bytes())
    for part in blob["partitions"].of("partition"):
        tree = work / f"trees/partition-{part.text('label')}.dtb"
        want[f"tree-{part.cell('reg')}"] = (part.ranges("private")[0][0], tree.read_bytes())
    return want


def test_the_file_beside_is_no_input(work, tmp_path):
    """FILE.spl is written too: nobody's own SPL is lost by that, nor a plan."""
    for name, what in (("card.spl", "the U-Boot SPL"), ("firmware.spl", "what starts the partitions")):
        mine = tmp_path / name
        mine.write_bytes((work / "spl").read_bytes())
        stage, spl = (work / "firmware", mine) if name == "card.spl" else (mine, work / "spl")
        done = run("build", work / "plan.yaml", "-o", mine.with_suffix(""), "--boot-stage", stage, "--spl", spl, status=2)
        assert f"{mine} is {what}" in done.stderr
        assert mine.read_bytes() == (work / "spl").read_bytes() and not mine.with_suffix("").exists()


def test_card(work, blob, tmp_path):
    out = tmp_path / "card.img"
    said = build(work, out).stdout
    assert "3 images" in said and "not signed" in said
    card = out.read_bytes()
    assert len(card) & (len(card) - 1) == 0 and out.stat().st_blocks * 512 < len(card)
    assert card[510:512] == b"\x55\xaa" and card[450] == 0xda
    first, count = struct.unpack_from("<II", card, 454)
    fit = card[FIT_AT:][:count * SECTOR]
    assert first * SECTOR == FIT_AT and not any(card[FIT_AT + count * SECTOR:])

    want = wanted(work, blob)
    have = pieces(fit)
    assert have.keys() == want.keys() | {"start"}
    for name, (address, data) in want.items():
        node, bytes_there = have[name]
        assert bytes_there == data, name
        assert wide(node, "load") == address, name
        assert node.cell("data-offset") % SECTOR == 0
        assert node["hash-1"].props["value"] == hashlib.sha256(data).digest()
    assert have["start"][1] == want["firmware"][1]
    assert wide(have["firmware"][0], "entry") == want["firmware"][0]
    # SPL jumps to what is U-Boot's, and looks for more after what is OpenSBI's
    assert [n for n, (node, _) in have.items() if "os" in node and node.text("os") == "u-boot"] == \
        ["firmware"]

    conf = fdt.parse(fit)["configurations/plan"]
    assert conf.text("firmware") == "firmware" and conf.text("fdt") == "tree"
    assert sorted(conf.texts("loadables")) == sorted(want.keys() - {"firmware", "tree"})
    assert "signature-1" not in conf.children


def control(work, path):
    spl, whole = (work / "spl").read_bytes(), path.read_bytes()
    assert whole.startswith(spl)
    return fdt.parse(whole[len(spl):])


def test_spl(work, tmp_path):
    build(work, tmp_path / "card.img")
    tree = control(work, tmp_path / "card.img.spl")
    assert "signature" not in tree.children
    assert not {"rng-seed", "kaslr-seed"} & tree["chosen"].props.keys()
    assert len([n for n in tree["cpus"].children if n.startswith("cpu@")]) == 4


def test_signed(work, tmp_path):
    out = tmp_path / "card.img"
    done = build(work, out, "--key", work / "keys", "--json")
    assert json.loads(done.stdout)["signed"]
    assert sorted(f.name for f in tmp_path.iterdir()) == ["card.img", "card.img.spl"]
    modulus = subprocess.run(["openssl", "x509", "-in", work / "keys/bulkhead.crt", "-noout",
                              "-modulus"], capture_output=True, text=True, check=True).stdout
    (key,) = control(work, tmp_path / "card.img.spl")["signature"].children.values()
    assert key.name == "key-bulkhead" and key.text("required") == "conf"
    assert key.props["rsa,modulus"].hex() == modulus.strip().split("=")[1].lower()

    fit = out.read_bytes()[FIT_AT:]
    conf = fdt.parse(fit)["configurations/plan"]
    signature = conf["signature-1"]
    assert signature.text("algo") == key.text("algo") == "sha256,rsa4096"
    assert len(signature.props["value"]) == 512
    hashed = set(signature.texts("hashed-nodes"))
    assert hashed == {"/", "/configurations/plan"} | \
        {f"/images/{name}{sub}" for name in pieces(fit) for sub in ("", "/hash-1")}


@pytest.mark.parametrize("args", [[], ["--key", "KEYS"], ["--fit"]])
def test_reproducible(work, tmp_path, args):
    args = [work / "keys" if a == "KEYS" else a for a in args]
    for name, zone in [("one", "UTC"), ("two", "Asia/Tokyo")]:
        (tmp_path / name).mkdir()
        build(work, tmp_path / name / "x.img", *args,
              env={"TZ": zone, "TMPDIR": str(tmp_path / name)})
    one, two = ({f.name: f.read_bytes() for f in (tmp_path / n).iterdir()} for n in ("one", "two"))
    assert one.keys() == {"x.img"} if "--fit" in args else {"x.img", "x.img.spl"}
    assert one == two


def test_fit(work, blob, tmp_path):
    """What a board's U-Boot loads by bootm: a kernel, its tree, and things beside it."""
    build(work, tmp_path / "plan.itb", "--fit")
    fit = (tmp_path / "plan.itb").read_bytes()
    have, want = pieces(fit), wanted(work, blob)
    node, data = have[fdt.parse(fit)["configurations/plan"].text("kernel")]
    assert node.text("type") == "kernel" and node.text("os") == "linux"
    assert data == want["firmware"][1] and wide(node, "entry") == want["firmware"][0]
    for name in want:
        kind = "flat_dt" if name == "tree" else "firmware"
        assert have[name][0].text("type") == kind
    listed = subprocess.run(["dumpimage", "-l", tmp_path / "plan.itb"], capture_output=True,
                            text=True, check=True).stdout
    assert listed.count("Hash value:") == len(want) + 1


def test_build_refuses(work, tmp_path):
    out = tmp_path / "x"
    said = build(work, out, "--key", tmp_path / "none", status=3).stderr
    assert "keygen" in said
    (tmp_path / "small").mkdir()
    subprocess.run(["openssl", "req", "-batch", "-new", "-x509", "-newkey", "rsa:1024", "-nodes",
                    "-subj", "/CN=x", "-keyout", tmp_path / "small/bulkhead.key", "-out",
                    tmp_path / "small/bulkhead.crt"], check=True, capture_output=True)
    assert "2048" in build(work, out, "--key", tmp_path / "small", status=3).stderr
    (work / "far.yaml").write_text(PLAN.replace("cpus: 4,", "cpus: 34,").replace('"3"', '"33"'))
    assert "hart 33" in build(work, out, plan="far.yaml", status=3).stderr
    assert "--boot-stage" in run("build", work / "plan.yaml", "-o", out, status=3,
                                 env={"BULKHEAD_IMAGES": str(tmp_path)}).stderr
    assert not out.exists()
    build(work, out, "--fit", plan="far.yaml")


@pytest.mark.parametrize("args", [[], ["--fit"]])
def test_build_names_what_it_was_told(work, tmp_path, args):
    """Not the file beside it that becomes the image."""
    nowhere = tmp_path / "nowhere/x"
    said = build(work, nowhere, *args, status=3).stderr
    assert said == f"bulkhead: error: {nowhere}: No such file or directory\n"
    said = build(work, tmp_path, *args, status=3).stderr
    assert f"{tmp_path} is no regular file" in said
    assert not list(tmp_path.iterdir())


def test_too_many_to_sign(work, tmp_path):
    lines = ["bulkhead: 1", "machine: { platform: riscv64, qemu: { cpus: 24, memory: 4G } }",
             "partitions:"]
    for i in range(24):
        (work / f"image{i}").write_bytes(plans.riscv_image(image_size=8 << 20) + bytes([i]))
        (work / f"image{i}.config").write_text(plans.GOOD_RISCV_CONFIG)
        lines.append(f"  p{i}: {{ cpus: 1, memory: 64M, kernel: ./image{i} }}")
    (work / "many.yaml").write_text("\n".join(lines))
    said = build(work, tmp_path / "x", "--key", work / "keys", plan="many.yaml", status=3).stderr
    assert "51 images and trees" in said and "49" in said
    build(work, tmp_path / "x", plan="many.yaml")


def on_small_disk(folder, size, *args, **env):
    """Run the command with a disk of so many bytes at folder; what is left there ends the output."""
    folder.mkdir(exist_ok=True)
    # Under chroot nobody gets a namespace of users, and root needs none.
    unshare = ["unshare", "--mount"] + (["--map-root-user"] if os.geteuid() else [])
    if subprocess.run([*unshare, "mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True,
                      check=False).returncode:
        # Who may not mount has no small disk to fill; the command's answer is the same for all. CI is
        # root and always runs it.
        pytest.skip("needs root, or namespaces of users")
    return subprocess.run(
        [*unshare, "sh", "-c",
         'mount -t tmpfs -o size=$1 tmpfs "$0" && { shift; "$@"; status=$?; ls -A "$0"; exit $status; }',
         *map(str, [folder, size, TOOL / "bulkhead", *args])],
        env={**os.environ, **env}, capture_output=True, text=True, timeout=120, check=False)


def test_full_disk(work, tmp_path):
    """A FIT that does not fit says so, in the folder for temporary files and where it goes."""
    small = tmp_path / "small"
    # QEMU's device tree has to fit, and takes a MiB.
    (work / "large").write_bytes(bytes(6 << 20))
    (work / "large.yaml").write_text(PLAN.replace("./initrd", "./large"))
    for tmp, args in (small, ["-o", tmp_path / "card.img"]), (tmp_path, ["--fit", "-o", small / "fit"]):
        done = on_small_disk(small, "4m", "build", work / "large.yaml", *ours(work), *args,
                             TMPDIR=str(tmp))
        assert done.returncode == 3, done.stderr
        assert "No space left" in done.stderr and not done.stdout
    done = on_small_disk(small, "4m", "build", work / "large.yaml", *ours(work), "-o", small / "card.img",
                         TMPDIR=str(tmp_path))
    assert done.stderr == f"bulkhead: error: {small}/card.img: No space left on device\n"
    assert not done.stdout
    assert not (tmp_path / "card.img").exists()


def test_options_are_riscvs(work, tmp_path):
    (work / "kernel").write_bytes(plans.bzimage())
    (work / "kernel.config").write_text(plans.GOOD_CONFIG)
    (work / "x86.yaml").write_text(
        "bulkhead: 1\nmachine: { platform: x86-64, qemu: { cpus: 2, memory: 1G } }\n"
        "partitions:\n  one: { cpus: 1, memory: 256M, kernel: ./kernel }\n")
    for option in ["--fit"], ["--key", work / "keys"]:
        assert "riscv64" in run("build", work / "x86.yaml", "-o", tmp_path / "x", *option,
                                status=2).stderr
    assert "spl" not in run("run", work / "x86.yaml", "--firmware", "spl", "--dry-run",
                            status=2).stderr.split("--firmware is")[1].split(",")[0]
    root = tmp_path / "root"
    root.mkdir()
    said = run("install", work / "plan.yaml", "--root", root, status=1).stderr
    assert "GRUB" in said and "bulkhead build" in said


def test_keygen(tmp_path):
    keys = tmp_path / "keys"
    run("keygen", keys)
    mode = {f.name: stat.S_IMODE(f.stat().st_mode) for f in keys.iterdir()}
    assert mode == {"bulkhead.key": 0o600, "bulkhead.crt": 0o644}
    assert stat.S_IMODE(keys.stat().st_mode) == 0o700
    before = {f.name: f.read_bytes() for f in keys.iterdir()}
    assert "already" in run("keygen", keys, status=3).stderr
    (keys / "bulkhead.key").rename(tmp_path / "elsewhere")
    assert "already" in run("keygen", keys, status=3).stderr     # half of one is one too
    assert {f.name for f in keys.iterdir()} == {"bulkhead.crt"}
    assert (keys / "bulkhead.crt").read_bytes() == before["bulkhead.crt"]
    assert "openssl" in run("keygen", tmp_path / "x", status=3, env={"PATH": str(tmp_path)}).stderr
    run("keygen", status=2)


def no_large_files(size):
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return limit


# The secret half is some 3,270 bytes of text.
@pytest.mark.parametrize("size", [0, 1000])
def test_keygen_short_file(tmp_path, size):
    """openssl's own -out says nothing of a file that it could not write."""
    keys = tmp_path / "keys"
    done = run("keygen", keys, status=3, preexec_fn=no_large_files(size))
    assert done.stderr == f"bulkhead: error: {keys}/bulkhead.key: File too large\n" and not done.stdout
    assert not keys.exists()
    keys.mkdir()
    run("keygen", keys, status=3, preexec_fn=no_large_files(size))
    assert not list(keys.iterdir())


# One page takes the secret half and not the public one: with a folder that was there, and one that was not.
@pytest.mark.parametrize("where", [".", "keys"])
def test_keygen_full_disk(tmp_path, where):
    small = tmp_path / "small"
    done = on_small_disk(small, "4k", "keygen", small / where)
    assert done.returncode == 3, done.stderr
    assert re.fullmatch(r"bulkhead: error: \S*/bulkhead.crt: No space left on device\n", done.stderr)
    assert not done.stdout


def test_keygen_keeps_secrets(tmp_path):
    """What openssl printed before it failed may be half a key."""
    (tmp_path / "openssl").write_text("#!/bin/sh\necho half a key\necho why >&2\nexit 5\n")
    (tmp_path / "openssl").chmod(0o755)
    done = run("keygen", tmp_path / "keys", status=3, env={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert "status 5\nwhy" in done.stderr and "half" not in done.stderr + done.stdout


# --- run, as far as it goes without a machine ---

def dry(work, *args, status=0, plan="plan.yaml", env=None):
    return run("run", work / plan, "--dry-run", "--json", *ours(work), *args, status=status,
               env={"BULKHEAD_CACHE": str(work / "cache"), **(env or {})})


def after(args, option):
    return args[args.index(option) + 1]


def test_run_by_spl(work):
    args = json.loads(dry(work).stdout)
    assert args[0] == QEMU and after(args, "-machine") == "virt,aia=aplic-imsic"
    drive = after(args, "-drive")
    card = pathlib.Path(drive.split("file=")[1])
    assert "snapshot=on" in drive and card.parent == work / "cache/boot-images"
    assert after(args, "-bios") == f"{card}.spl" and pathlib.Path(after(args, "-bios")).exists()
    assert [a for a in args if a.startswith("sdhci-pci,capareg=") or a == "sd-card,drive=boot"] == \
        ["sdhci-pci,capareg=0x157834b4", "sd-card,drive=boot"]
    assert args.count("-serial") == 1
    before = card.stat().st_ino     # the second time it is there already
    dry(work)
    assert card.stat().st_ino == before
    os.remove(f"{card}.spl")
    dry(work)
    assert pathlib.Path(f"{card}.spl").exists()


def test_run_directly(work, blob):
    args = json.loads(dry(work, "--firmware", "direct").stdout)
    want = wanted(work, blob)
    assert after(args, "-bios") == "none"
    assert pathlib.Path(after(args, "-dtb")).read_bytes() == want.pop("tree")[1]
    loads = {}
    for arg in args:
        found = re.fullmatch(r"loader,file=(.*),addr=(0x[0-9a-f]+),force-raw=on", arg)
        if found:
            loads[int(found[2], 16)] = pathlib.Path(found[1]).read_bytes()
    assert loads == dict(want.values())
    # auipc t0, OFFSET; jr t0: from where the harts begin to the firmware
    reset, code = next(re.fullmatch(r"loader,addr=(0x\w+),data=(0x\w+),data-len=8", a).groups()
                       for a in args if a.startswith("loader,addr="))
    low, high = int(code, 16) & 0xffffffff, int(code, 16) >> 32
    assert low & 0xfff == 0x297 and high == 0x28067
    assert int(reset, 16) == blob["monitor"].ranges("memory")[0][0]
    assert int(reset, 16) + (low & ~0xfff) == want["firmware"][0]


def test_run_another_qemu(work, tmp_path):
    """The machine's tree has to come from the same QEMU."""
    other = tmp_path / "qemu"
    other.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/log\nexec {shutil.which(QEMU)} "$@"\n')
    other.chmod(0o755)
    assert json.loads(dry(work, "--qemu", other).stdout)[0] == str(other)
    assert "dumpdtb=" in (tmp_path / "log").read_text()
    args = json.loads(dry(work, env={"BULKHEAD_QEMU": str(other)}).stdout)
    assert args[0] == str(other)
    assert "nowhere" in dry(work, "--qemu", tmp_path / "nowhere", status=3).stderr


@pytest.mark.parametrize("which", ["installed", "made old"])
def test_run_without_smepmp(work, tmp_path, which):
    """An old QEMU speaks of globals and properties; the command says what to do."""
    (work / "smepmp.yaml").write_text(PLAN.replace("cpus: 4,", "cpus: 4, smepmp: true,"))
    qemu = shutil.which(QEMU)
    version = subprocess.run([qemu, "--version"], capture_output=True, text=True, check=True).stdout
    if which == "made old":
        old = tmp_path / "qemu"
        old.write_text(f'#!/bin/sh\ncase "$*" in *smepmp*) echo not found >&2; exit 1 ;; esac\nexec {qemu} "$@"\n')
        old.chmod(0o755)
        qemu = old
    elif int(re.search(r"version (\d+)", version)[1]) > 7:
        # From Debian 13 on the installed one has Smepmp; the other case stands for those before.
        pytest.skip("this host's QEMU has Smepmp")
    env = {"BULKHEAD_QEMU": str(qemu)}
    (tmp_path / "x.img").touch()
    (tmp_path / "x.img.spl").touch()
    for args in [], ["--firmware", "direct"], ["--image", tmp_path / "x.img"]:
        said = dry(work, *args, plan="smepmp.yaml", status=3, env=env).stderr
        assert f"{qemu} ({version.splitlines()[0]}) has no Smepmp" in said
        assert "newer QEMU by BULKHEAD_QEMU" in said and "not found" not in said
    assert "no Smepmp" in run("build", work / "smepmp.yaml", "-o", tmp_path / "y.img", *ours(work),
                              status=3, env=env).stderr
    assert not (tmp_path / "y.img").exists()
    # Anything else is QEMU's to explain.
    bad = tmp_path / "bad"
    bad.write_text("#!/bin/sh\necho out of paper >&2\nexit 1\n")
    bad.chmod(0o755)
    said = dry(work, plan="smepmp.yaml", status=3, env={"BULKHEAD_QEMU": str(bad)}).stderr
    assert "out of paper" in said and "no Smepmp" not in said


def test_run_refuses(work, tmp_path):
    assert "spl or direct" in dry(work, "--firmware", "bios", status=2).stderr
    assert "M-mode" in dry(work, "--accel", "kvm", status=3).stderr
    (tmp_path / "x.img").write_bytes(b"")
    assert "x.img.spl" in dry(work, "--image", tmp_path / "x.img", status=3).stderr
    said = dry(work, "--image", tmp_path / "x.img", "--firmware", "direct", status=3).stderr
    assert "no --image" in said
    (work / "far.yaml").write_text(PLAN.replace("cpus: 4,", "cpus: 34,").replace('"3"', '"33"'))
    dry(work, status=3, plan="far.yaml")
    dry(work, "--firmware", "direct", plan="far.yaml")
