# SPDX-License-Identifier: GPL-2.0-only
"""Must hold 6 on RISC-V: what is damaged, or signed by nobody, does not boot.

SPL verifies a signed FIT; the firmware verifies what it copies even when
nobody signed anything, and reads no plan that it does not know.
"""

import hashlib
import re
import shutil

import pytest

import contract
import platforms
import riscv
from env import BUILD, bulkhead
from machine import Machine, plan
from probe import PAYLOAD, Probe

pytestmark = [platforms.only(riscv), pytest.mark.own_machine]


@pytest.fixture(scope="module")
def cards(tmp_path_factory):
    """The tour's card without a signature, and with one; the key is made for this.

    Tests with machines of their own run in several processes, and each makes these.
    """
    folder = tmp_path_factory.mktemp("cards")
    bulkhead("keygen", folder / "key")
    bulkhead("build", riscv.TOUR, "-o", folder / "plain.img")
    bulkhead("build", riscv.TOUR, "--key", folder / "key", "-o", folder / "signed.img")
    return folder


def changed(cards, tmp_path, which, change):
    path = tmp_path / "card.img"
    data = bytearray((cards / f"{which}.img").read_bytes())
    change(data)
    path.write_bytes(data)
    shutil.copy(cards / f"{which}.img.spl", f"{path}.spl")
    return path


def fit_at(data):
    """Where the FIT lies: the first device tree of the card."""
    return data.index(b"\xd0\x0d\xfe\xed")


def kernel_byte(data):
    """In the middle of the kernel, whose header names itself."""
    at = data.index(b"RISCV\0\0\0RSC\x05")
    data[at + 0x100000] ^= 0x10


def tree_byte(data):
    """A letter of a partition's name in its own tree."""
    at = data.rindex(b"bulkhead.partition=rt")
    data[at + len("bulkhead.partition=r")] ^= 1


def load_address(data):
    """Where an image is to be put."""
    at = fit_at(data)
    strings = at + int.from_bytes(data[at + 12:at + 16], "big")
    name = (data.index(b"\0load\0", strings) + 1 - strings).to_bytes(4, "big")
    for size in (4, 8):
        header = (3).to_bytes(4, "big") + size.to_bytes(4, "big") + name
        if header in data:
            data[data.index(header, at) + len(header) + size - 2] ^= 0x10
            return
    raise AssertionError("no load address in the FIT")


def no_signature(data):
    """The node of the signature gets a name that is none."""
    at = data.index(b"signature", fit_at(data))
    data[at] ^= 0x20


@pytest.mark.parametrize("change", [kernel_byte, tree_byte, load_address, no_signature],
                         ids=lambda c: c.__name__)
def test_spl_refuses_what_is_not_as_it_was_signed(cards, tmp_path, change):
    card = changed(cards, tmp_path, "signed", change)
    with Machine(f"fit-{change.__name__}", riscv.TOUR, "spl", image=card) as m:
        assert m.refused() and "OpenSBI v" not in m.log(riscv.SPEAKER)


def test_spl_with_a_key_refuses_an_unsigned_card(cards, tmp_path):
    card = changed(cards, tmp_path, "plain", lambda data: None)
    shutil.copy(cards / "signed.img.spl", f"{card}.spl")
    with Machine("fit-unsigned", riscv.TOUR, "spl", image=card) as m:
        assert m.refused() and "OpenSBI v" not in m.log(riscv.SPEAKER)


def test_the_signed_card_boots(cards):
    with Machine("fit-signed", riscv.TOUR, "spl", image=cards / "signed.img") as m:
        m.up(m.names[0])


# --- what SPL lets pass, the firmware looks at ---

MIXED = plan(riscv, "cpus: 2, memory: 512M", {
    "bare": f"cpus: 1, memory: 32M, kernel: {PAYLOAD}",
    "linux": "cpus: 1, memory: 128M",
})


def retold(tmp_path, change):
    """OpenSBI's tree of the plan, with the blob in it changed."""
    (tmp_path / "plan.yaml").write_text(MIXED)
    bulkhead("compile", tmp_path / "plan.yaml", "-o", tmp_path / "blob.dtb", "--trees", tmp_path)
    path = tmp_path / "firmware.dtb"
    data, blob = bytearray(path.read_bytes()), (tmp_path / "blob.dtb").read_bytes()
    at = data.index(blob)
    new = bytearray(blob)
    change(new)
    data[at:at + len(blob)] = new
    path.write_bytes(data)
    return path


def other_version(blob):
    value = contract.constant("BH_BLOB_VERSION").to_bytes(4, "big")
    strings = int.from_bytes(blob[12:16], "big")
    name = (blob.index(b"bulkhead,version\0", strings) - strings).to_bytes(4, "big")
    header = (3).to_bytes(4, "big") + (4).to_bytes(4, "big") + name
    at = blob.index(header + value) + len(header)
    blob[at:at + 4] = (77).to_bytes(4, "big")


def no_tree(blob):
    blob[1] ^= 1


def other_platform(blob):
    at = blob.index(b"riscv64\0")
    blob[at:at + 7] = b"riscv65"


@pytest.mark.parametrize("change,reason", [
    (other_version, r"version.*77|77.*version"),
    (no_tree, r"blob|device tree"),
    (other_platform, r"platform|riscv64"),
], ids=["other_version", "no_tree", "other_platform"])
def test_the_firmware_refuses_a_plan_it_does_not_know(tmp_path, change, reason):
    tree = retold(tmp_path, change)
    with Machine(f"plan-{change.__name__}", tmp_path / "plan.yaml", "direct",
                 qemu_args=["-dtb", tree]) as m:
        said = m.refused()
        assert any(re.search(reason, r) for r in said), f"refused, but because of {said}"


def test_a_kernel_that_is_not_the_plans_does_not_start(tmp_path):
    digest = hashlib.sha256((BUILD / "images/riscv64/linux").read_bytes()).digest()

    def other_digest(blob):
        blob[blob.index(digest)] ^= 1

    tree = retold(tmp_path, other_digest)
    with Machine("plan-digest", tmp_path / "plan.yaml", "direct", qemu_args=["-dtb", tree]) as m:
        Probe(m, "bare").up()
        with m.explained("the firmware does not say what is wrong"):
            m.console(riscv.SPEAKER).expect(r"linux: image 'linux' at 0x[0-9a-f]+ has another SHA-256")
        assert "Linux version" not in m.log("linux")
