# SPDX-License-Identifier: GPL-2.0-only
"""A small installed system: a tree with GRUB's menu, and a disk made of it.

Needs no root, but a namespace (see own_mounts()): Debian's own grub-mkconfig and its scripts run in
the tree, which borrows /usr from this host for as long. Only grub-probe is
replaced, since no device holds the tree.
"""

import hashlib
import os
import pathlib
import shutil
import struct
import subprocess

from env import BUILD, BULKHEAD, FACTOR

GRUB = pathlib.Path("/usr/lib/grub/i386-pc")
SECTOR = 512
FIRST = 2048			# the partition's first sector; GRUB's core lies before it
SIZE_MIB = 96

# What the tree will be on: the first partition of the first disk, ext2.
PROBE = """#!/bin/sh
for arg; do case $arg in --target=*) what=${arg#*=} ;; -t) next=1 ;; *)
	[ "$next" ] && what=$arg; next= ;; esac; done
case $what in
device) echo /dev/sda1 ;;
fs) echo ext2 ;;
partmap) echo msdos ;;
abstraction) ;;
fs_uuid) echo 2d0c6a8e-0000-4000-8000-b0117ead0000 ;;
hints_string) echo --hint=hd0,msdos1 ;;
bios_hints|compatibility_hint|drive) echo hd0,msdos1 ;;
*) exit 1 ;;
esac
"""
UUID = "2d0c6a8e-0000-4000-8000-b0117ead0000"

DEFAULT_GRUB = """
GRUB_DEFAULT=0
GRUB_TIMEOUT=0
GRUB_DISTRIBUTOR=Test
GRUB_DISABLE_OS_PROBER=true
GRUB_CMDLINE_LINUX="console=uart8250,io,0x3f8,115200n8 bulkhead.partition=alone"
GRUB_TERMINAL="serial console"
GRUB_SERIAL_COMMAND="serial --unit=0 --speed=115200"
"""

# In the tree, as what it will be: the host's programs, its own /etc and /boot.
INSIDE = """
set -e
root=$1 probe=$2; shift 2
for dir in usr dev proc; do mount --rbind /$dir $root/$dir; done
mount --bind $probe $root/usr/sbin/grub-probe
exec "$@"
"""


def own_mounts():
    """What gives a command mounts of its own, or None. A host may deny namespaces of users, even to root."""
    for words in ["unshare", "--mount", "--map-root-user"], ["unshare", "--mount"]:
        if subprocess.run([*words, "mount", "--rbind", "/dev", "/tmp"], capture_output=True,
                          check=False).returncode == 0:
            return words
    return None


class System:
    def __init__(self, folder, mounts):
        """mounts: what own_mounts() found."""
        self.folder, self.mounts = folder, mounts
        self.root = folder / "root"
        self.probe = folder / "grub-probe"
        self.probe.write_text(PROBE)
        self.probe.chmod(0o755)
        for name in ("boot/grub", "etc/default", "etc/grub.d", "dev", "proc", "usr", "tmp",
                     "var/lib", "sys"):
            (self.root / name).mkdir(parents=True)
        for name in ("bin", "lib", "lib64", "sbin"):
            (self.root / name).symlink_to(f"usr/{name}")
        shutil.copy(BUILD / "images/x86-64/linux", self.root / "boot/vmlinuz-7.3-test")
        shutil.copy(BUILD / "images/x86-64/demo", self.root / "boot/initrd.img-7.3-test")
        shutil.copytree(GRUB, self.root / "boot/grub/i386-pc")
        for name in ("00_header", "10_linux", "40_custom"):
            shutil.copy(f"/etc/grub.d/{name}", self.root / "etc/grub.d")
        (self.root / "etc/default/grub").write_text(DEFAULT_GRUB)
        (self.root / "etc/os-release").write_text('ID=test\nNAME="Test"\n')
        self.editenv("create")
        self.run("/usr/sbin/chroot", self.root, "/usr/sbin/update-grub")

    def run(self, *args):
        """Run a command that will chroot into the tree."""
        done = subprocess.run([*self.mounts, "sh", "-c", INSIDE, "sh", self.root, self.probe, *map(str, args)],
                              capture_output=True, text=True, timeout=120 * FACTOR)
        assert done.returncode == 0, f"{args}: {done.stdout}{done.stderr}"
        return done.stdout

    def bulkhead(self, *args):
        return self.run(BULKHEAD, *args)

    def editenv(self, *args):
        subprocess.run(["grub-editenv", self.root / "boot/grub/grubenv", *args], check=True)

    @property
    def menu(self):
        return (self.root / "boot/grub/grub.cfg").read_text()

    def snapshot(self):
        """{path: (mode, contents)}: equal when nothing has changed."""
        found = {}
        for folder, names, files in os.walk(self.root):
            for name in [*names, *files]:
                path = pathlib.Path(folder) / name
                mode = path.lstat().st_mode
                what = os.readlink(path) if path.is_symlink() else \
                    hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
                found[str(path.relative_to(self.root))] = (mode, what)
        return found

    def disk(self, name):
        """The tree as a disk that boots on BIOS: MBR, GRUB, one partition."""
        path, part, core = (self.folder / f"{name}{x}" for x in (".img", ".ext2", ".core"))
        part.unlink(missing_ok=True)
        subprocess.run(["/usr/sbin/mke2fs", "-q", "-t", "ext2", "-U", UUID, "-d", self.root, part,
                        f"{SIZE_MIB}M"], check=True, capture_output=True)
        subprocess.run(["grub-mkimage", "-O", "i386-pc", "-p", "(hd0,msdos1)/boot/grub", "-o", core,
                        "biosdisk", "part_msdos", "ext2"], check=True)
        # boot.img loads sector 1 of its disk, and core.img goes on from sector 2:
        # those are the places that both are linked for.
        mbr = bytearray((GRUB / "boot.img").read_bytes()[:440].ljust(SECTOR, b"\0"))
        struct.pack_into("<B3sB3sII", mbr, 446, 0x80, b"\xfe\xff\xff", 0x83, b"\xfe\xff\xff", FIRST,
                         SIZE_MIB * 1024 * 1024 // SECTOR)
        mbr[510:512] = b"\x55\xaa"
        core_bytes = core.read_bytes()
        assert SECTOR + len(core_bytes) <= FIRST * SECTOR
        with open(path, "wb") as out, open(part, "rb") as data:
            out.write(mbr + core_bytes)
            out.seek(FIRST * SECTOR)
            shutil.copyfileobj(data, out, 1 << 20)
        return path
