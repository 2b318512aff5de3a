# SPDX-License-Identifier: GPL-2.0-only
"""Two siblings with a channel between them, neither of which manages the other. The third
partition owns the devices."""


LEFT, RIGHT = "left", "right"
ADDRESS = {LEFT: "10.0.3.1", RIGHT: "10.0.3.2"}
OTHER = {LEFT: RIGHT, RIGHT: LEFT}


def plan_text(platform, machine_plan, initrd, size="1M"):
    text = machine_plan(platform, "cpus: 3, memory: 2G",
                        {"control": "cpus: 1, memory: 256M, initrd: demo, kernel: linux, devices: [legacy]",
                         LEFT: f"cpus: 1, memory: 256M, initrd: {initrd}, kernel: linux",
                         RIGHT: f"cpus: 1, memory: 256M, initrd: {initrd}, kernel: linux"})
    return text + f"channels:\n  - {{ between: [{LEFT}, {RIGHT}], size: {size} }}\n"


def network_up(m):
    for end in (LEFT, RIGHT):
        interface_up(m, end)


def interface_up(m, end):
    m.sh(end, f"ip link set lo up; ip addr add {ADDRESS[end]}/24 dev bh-{OTHER[end]}; "
              f"ip link set bh-{OTHER[end]} up")


def cid(m, name):
    return m.blob[name].id
