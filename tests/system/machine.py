# SPDX-License-Identifier: GPL-2.0-only
"""An emulated machine that boots a plan, and the shells in its partitions.

Everything goes through the command's public interface: `bulkhead compile`
says what the plan comes to, `bulkhead run` boots it and offers each console as
a socket. The tests compare what a partition sees with the compiled blob, never
with numbers copied here.
"""

import base64
import contextlib
import ctypes
import fcntl
import gzip
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time

import pexpect
import pexpect.fdpexpect

import fdt
import platforms
from env import ACCEL, BOOT_TIME, BUILD, BULKHEAD, FACTOR, KERNEL, LOCK, OUT, SHELL_TIME, bulkhead, say


def die_with_parent():
    """A machine must not outlive tests that were killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)		# PR_SET_PDEATHSIG


class Partition:
    """One partition of a blob."""

    def __init__(self, node, images):
        self.id = node.cell("reg")
        self.name = node.text("label")
        self.cpus = node.cells("cpus")
        self.memory = node.ranges("memory")
        self.low_slice = node.ranges("low-slice")
        self.status_page = node.ranges("status-page")
        self.bootargs = node.text("bootargs")
        self.kernel = images[node.cell("kernel")]
        self.initrd = images[node.cell("initrd")] if "initrd" in node else None
        self.devices = node.texts("bulkhead,devices")
        self.manages = node.cells("manages")

    @property
    def own(self):
        """Every range of RAM that it may use."""
        return sorted([*self.memory, *self.low_slice])


class Blob:
    def __init__(self, data):
        self.data = data
        self.tree = fdt.parse(data)
        self.platform = platforms.of(self.tree.text("bulkhead,platform"))
        (self.monitor,) = self.tree["monitor"].ranges("memory")
        self.low_page = self.tree["monitor"].ranges("low-page")
        self.images = {n.cell("reg"): n.text("label") for n in self.tree["images"].of("image")}
        self.partitions = [Partition(n, self.images)
                           for n in self.tree["partitions"].of("partition")]
        self.channels = self.tree["channels"].of("channel") if "channels" in \
            self.tree.children else []

    def __getitem__(self, name):
        return next(p for p in self.partitions if p.name == name)

    def by_id(self, ident):
        return next(p for p in self.partitions if p.id == ident)


def compile_plan(plan, into):
    path = into / "blob.dtb"
    bulkhead("compile", plan, "-o", path)
    return Blob(path.read_bytes())


def plan(platform, qemu, partitions, initrd="demo"):
    """The text of a plan: {name: what else}; the first one owns the devices if it says nothing."""
    lines = ["bulkhead: 1", f"machine: {{ platform: {platform.NAME}, qemu: {{ {qemu} }} }}",
             "partitions:"]
    for i, (name, what) in enumerate(partitions.items()):
        kernel = "" if "kernel:" in what else f", kernel: {KERNEL}, initrd: {initrd}"
        devices = "" if i or "devices:" in what else ", devices: [legacy, pci]"
        lines.append(f"  {name}: {{ {what}{kernel}{devices} }}")
    return "\n".join(lines) + "\n"


# Reads lines. One that begins with @ is a command of which the beginning, the end and the status are
# told: that is said here, once, and not typed with each command.
# (r=$? within: busybox' ash loses a redirection of a last subshell in braces.)
READ_LINES = ("while read -r line; do case $line in @*) TAG=${line%% *}; echo \"<<$TAG\"; "
              "{ eval \"${line#* }\"; r=$?; } 2>&1; echo \">>$TAG $r\";; *) eval \"$line\";; esac; done\n")


class Console:
    """A partition's console: a socket, and pexpect over it."""

    def __init__(self, path, deadline):
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            try:
                self.socket.connect(str(path))
                break
            except OSError:
                self.socket.close()
                assert time.monotonic() < deadline, f"{path} does not appear"
                time.sleep(0.02)
        # A test looks at one console at a time, and `run` drops a client that
        # falls too far behind: a thread reads ahead, into a pipe of 1 MiB.
        self.reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 1 << 20)
        self.pump = threading.Thread(target=self.read_ahead, args=(writer,), daemon=True)
        self.pump.start()
        self.spawn = pexpect.fdpexpect.fdspawn(self.reader, timeout=SHELL_TIME)
        self.serial = 0

    def read_ahead(self, writer):
        with contextlib.suppress(OSError), os.fdopen(writer, "wb", buffering=0) as out:
            while data := self.socket.recv(65536):
                out.write(data)

    def type(self, text):
        self.socket.sendall(text.encode())

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        os.close(self.reader)
        self.pump.join(5)
        self.socket.close()

    def expect(self, *patterns, timeout=None):
        """Index of the pattern that came; self.spawn.match has the rest."""
        patterns = [re.compile(p.encode(), re.S) for p in patterns]
        return self.spawn.expect(patterns, timeout=timeout or SHELL_TIME)

    def take_shell(self, timeout):
        """Wait for init, and make its shell read lines without echoing them.

        The console is also the kernel's: only what it says while it dies
        shall come between the lines from here on.
        """
        # A kernel message may come in the middle of any of these: one of them is whole.
        self.expect(r"bulkhead: \S+: up after [0-9.]+ s|BusyBox v[0-9]|Enter 'help' for", timeout=timeout)
        # What is typed before the shell has its terminal may be lost.
        try:
            self.expect(r"\S+# ", timeout=SHELL_TIME / 4)
        except pexpect.TIMEOUT:
            self.type("\n")	# of the prompt there is only one
            self.expect(r"\S+# ")
        self.take_lines()

    def take_lines(self):
        """Make the shell that stands at its prompt read lines."""
        self.type(f"stty -echo; dmesg -n 1; echo shell''-ready; {READ_LINES}")
        self.expect(r"shell-ready\r?\n")

    def start(self, command):
        """Type a command; returns what ends its output."""
        self.serial += 1
        tag = f"@{self.serial}"
        self.type(f"{tag} {command}\n")
        return tag

    def finish(self, tag, timeout=None):
        self.expect(rf"<<{tag}\r?\n(.*?)>>{tag} (\d+)\r?\n", timeout=timeout)
        output, status = self.spawn.match.groups()
        return output.decode(errors="replace").replace("\r\n", "\n"), int(status)

    def sh(self, command, timeout=None, check=True):
        output, status = self.finish(self.start(command), timeout)
        if check:
            assert status == 0, f"{command}: status {status}: {output}"
        return output


class Machine:
    """One run of a plan. Use as a context manager.

    @plan: path of a plan, or its text
    @firmware: one of the platform's; None: its first
    @image: boot this medium instead of the plan's own
    @qemu: this emulator instead of the installed one
    @lifetime: after so many seconds it is ended, whoever has forgotten it
    """

    def __init__(self, name, plan, firmware=None, image=None, qemu_args=(), qemu=None, lifetime=600):
        self.name = name
        self.dir = OUT / name
        self.dir.mkdir(parents=True, exist_ok=True)
        for old in [*self.dir.glob("*.log"), *self.dir.glob("*.sock")]:
            old.unlink()
        if isinstance(plan, str):
            self.plan = self.dir / "plan.yaml"
            self.plan.write_text(plan)
        else:
            self.plan = plan
        self.image = image
        self.qemu_args = qemu_args
        self.qemu = qemu
        self.lifetime = lifetime * FACTOR
        self.blob = compile_plan(self.plan, self.dir)
        self.platform = self.blob.platform
        self.firmware = firmware or self.platform.FIRMWARES[0]
        self.names = [p.name for p in self.blob.partitions]
        self.consoles = {}
        self.process = None
        self.lock = self.turn = None

    def __enter__(self):
        try:
            self.power_on()
        except BaseException:
            self.power_off()
            raise
        return self

    def __exit__(self, *what):
        self.power_off()

    def power_on(self):
        # Two of one name, side by side, would write the same logs.
        self.turn = open(self.dir / "turn", "w")
        try:
            fcntl.flock(self.turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AssertionError(f"another machine is called {self.name}, too") from None
        if LOCK:
            self.lock = open(LOCK, "a")
            fcntl.flock(self.lock, fcntl.LOCK_EX)
        say(f"{self.name}: boot {self.plan.name} ({self.firmware}): {', '.join(self.names)}")
        args = ["run", self.plan, "--accel", ACCEL, "--firmware", self.firmware,
                "--log-dir", self.dir, "--socket-dir", self.dir, "--timeout", self.lifetime]
        if self.image:
            args += ["--image", self.image]
        if self.qemu:
            args += ["--qemu", self.qemu]
        for arg in self.qemu_args:
            args += ["--qemu-arg", arg]
        self.output = open(self.dir / "run.out", "w")
        self.process = subprocess.Popen([BULKHEAD, *map(str, args)], stdin=subprocess.DEVNULL,
                                        stdout=self.output, stderr=subprocess.STDOUT,
                                        start_new_session=True, preexec_fn=die_with_parent)
        self.began = time.monotonic()

    def power_off(self):
        for console in self.consoles.values():
            console.close()
        self.consoles = {}
        if self.process:
            self.note_time()
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
            self.process = None
            self.output.close()
        for lock in filter(None, (self.lock, self.turn)):
            lock.close()
        self.lock = self.turn = None

    def emulator(self):
        """Its process id."""
        run = self.process.pid
        (child,) = pathlib.Path(f"/proc/{run}/task/{run}/children").read_text().split()
        return int(child)

    def note_time(self):
        """Where the time of tests/system goes: a line in OUT/times."""
        with contextlib.suppress(OSError, ValueError), open(OUT / "times", "a") as out:
            state = pathlib.Path(f"/proc/{self.emulator()}/stat").read_text().rpartition(")")[2].split()
            cpu = sum(map(int, state[11:13])) / os.sysconf("SC_CLK_TCK")
            out.write(f"{self.name}: {time.monotonic() - self.began:.1f} s, {cpu:.1f} s of CPU time\n")

    def console(self, name):
        if name not in self.consoles:
            self.consoles[name] = Console(self.dir / f"{name}.sock", self.began + BOOT_TIME)
        return self.consoles[name]

    def up(self, *names):
        """Wait until partitions (default: all) have a shell."""
        names = names or self.names
        for name in names:
            self.console(name)
        for name in names:
            with self.explained(f"{name} did not come up"):
                self.console(name).take_shell(BOOT_TIME)
        say(f"{self.name}: up after {time.monotonic() - self.began:.1f} s: {', '.join(names)}")
        return self

    def restarted(self, *names, by="kexec"):
        """Wait for the next kernel of each of these, and for its shell."""
        for name in names:
            with self.explained(f"{name} did not come back from {by}"):
                self.console(name).expect("Linux version ", timeout=BOOT_TIME)
                self.console(name).take_shell(BOOT_TIME)

    def refused(self):
        """Wait until it is refused to boot; returns the reasons. No kernel may start."""
        console = self.console(self.platform.refuser(self))
        with self.explained("it was not refused"):
            # The second pattern costs a start that should not be no time-out.
            came = console.expect(self.platform.REFUSED, r"Linux version ", timeout=BOOT_TIME)
        said = console.spawn.before.decode(errors="replace")
        assert came == 0, f"a kernel was started:\n{said[-2000:]}"
        self.come_to_rest(1.5)
        for name in [*self.names, self.platform.SPEAKER]:
            assert "Linux version" not in self.log(name), f"{name} was started"
        reasons = re.findall(self.platform.REASON, said)
        say(f"{self.name}: refused: {'; '.join(reasons)}")
        return reasons

    def come_to_rest(self, limit):
        """Wait until no thread of the emulator has anything to do: then nothing will be started any
        more. What waits for the host's CPUs is runnable, and not at rest. Some loaders spin when they
        have given up: after so many seconds that is taken for rest too."""
        def threads_that_run():
            states = [path.read_text().rpartition(")")[2].split()[0]
                      for path in pathlib.Path(f"/proc/{self.emulator()}/task").glob("*/stat")]
            assert states, "the emulator has no threads"
            return sum(state != "S" for state in states)

        end, quiet = time.monotonic() + limit * FACTOR, 0
        while quiet < 20 and time.monotonic() < end:
            time.sleep(0.02)
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):	# a thread that has ended
                quiet = 0 if threads_that_run() else quiet + 1

    @contextlib.contextmanager
    def explained(self, what):
        """A time-out says what did not happen, with all consoles' last lines."""
        try:
            yield
        except (pexpect.TIMEOUT, pexpect.EOF) as problem:
            state = self.process.poll() if self.process else None
            how = f"run ended with status {state}" if state is not None else "the machine runs on"
            raise AssertionError(f"{what} ({type(problem).__name__}; {how})") from None

    def sh(self, name, command, timeout=None, check=True):
        with self.explained(f"{name}: no answer to: {command}"):
            return self.console(name).sh(command, timeout, check)

    def data(self, name, command):
        """What a command in a partition writes to stdout, byte for byte."""
        text = self.sh(name, f"set -o pipefail; {command} | gzip -c | base64")
        return gzip.decompress(base64.b64decode(text))

    def file(self, name, path):
        return self.data(name, f"cat {path}")

    def dmesg(self, name):
        """The kernel's log. Packed: a UART without an interrupt carries 4 KB a second."""
        return self.data(name, "dmesg").decode(errors="replace")

    def peek(self, name, address, length):
        return self.data(name, f"bh-guest peek {address:#x} {length}")

    def log(self, name):
        path = self.dir / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def tails(self, lines=25):
        text = []
        for path in [*sorted(self.dir.glob("*.log")), self.dir / "run.out"]:
            if path.exists():
                tail = path.read_text(errors="replace").splitlines()
                if path.name == "run.out":	# consoles are there already
                    tail = [x for x in tail if not re.match(r"\S+ +\|", x)]
                tail = tail[-lines:]
                text += [f"--- {path.relative_to(BUILD)}, last lines", *tail]
        return "\n".join(text)
