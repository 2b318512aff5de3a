# SPDX-License-Identifier: GPL-2.0-only
"""A medium that the command has built, with files of it changed."""

import subprocess


class Medium:
    """An image, taken apart, and put together with files changed."""

    def __init__(self, image, folder):
        self.image, self.folder = image, folder
        self.changes = []

    def xorriso(self, *args):
        done = subprocess.run(["xorriso", *map(str, args)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def read(self, name):
        path = self.folder / "read"
        path.unlink(missing_ok=True)
        self.xorriso("-osirrox", "on", "-indev", self.image, "-extract", name, path)
        path.chmod(0o644)
        return path.read_bytes()

    def write(self, name, data):
        path = self.folder / f"write-{len(self.changes)}"
        path.write_bytes(data)
        self.changes += ["-map", path, name]

    def remove(self, name):
        self.changes += ["-rm", name, "--"]

    def done(self):
        out = self.folder / "changed.iso"
        self.xorriso("-indev", self.image, "-outdev", out, "-boot_image", "any", "replay",
                     *self.changes)
        return out
