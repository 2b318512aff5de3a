# SPDX-License-Identifier: GPL-2.0-only
"""A real terminal, of which can be seen what is on it: tmux."""

import os
import re
import subprocess
import time


class Terminal:
    """A shell in tmux, with a server of its own."""

    def __init__(self, folder, rows, columns=80):
        self.folder, self.socket = folder, folder / "tmux"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", columns, "-y", rows,
                  "env", "PS1=shell> ", "ENV=", "sh")
        self.wait(r"^shell>$")

    def tmux(self, *args):
        return subprocess.run(["tmux", "-S", self.socket, *map(str, args)], check=True, capture_output=True,
                              text=True, timeout=10, env={**os.environ, "LC_ALL": "C.UTF-8"}).stdout

    def screen(self, *args):
        return self.tmux("capture-pane", "-p", *args)

    def history(self):
        return self.screen("-S", "-")

    def ask(self, what):
        return self.tmux("display-message", "-p", f"#{{{what}}}").strip()

    def wait(self, regex, seconds=30):
        end = time.monotonic() + seconds
        while not re.search(regex, self.screen(), re.M):
            assert time.monotonic() < end, f"no /{regex}/ on\n{self.screen()}"
            time.sleep(0.02)

    def until(self, holds, seconds=30):
        """Wait for something that is drawn in more than one piece."""
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, f"it does not come to what is expected:\n{self.screen('-e')}"
            time.sleep(0.02)

    def cursor(self):
        return self.ask("cursor_x"), self.ask("cursor_y")

    def keys(self, *keys):
        """All of them at once: nothing of ours may depend on a pause."""
        self.tmux("send-keys", *keys)

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def line(self, text):
        self.tmux("send-keys", "-l", text + "\r")

    def size(self, rows):
        """Wait until our line is in the last row."""
        self.wait(rf"\A(.*\n){{{rows - 1}}}\w+ \(\d+ of \d+\)")

    def resize(self, rows, columns):
        self.tmux("resize-window", "-x", columns, "-y", rows)

    def start(self, command):
        """Run it in the shell; end() is its end."""
        (self.folder / "run").write_text(f"{command} 2>{self.folder}/errors; echo status $?\n")
        self.line(f"stty -a >{self.folder}/before; clear; . {self.folder}/run")

    def end(self, status=0):
        """The shell is back, on a terminal as before, and was typed nothing by anybody."""
        self.wait(rf"^status {status}\n(.*\n)*shell>$")
        time.sleep(0.3)
        assert self.screen().rstrip("\n").endswith("shell>"), self.screen()
        self.line(f"stty -a >{self.folder}/after; echo all is well")
        self.wait("^all is well$")
        before, after = (re.sub(r"rows \d+; columns \d+", "", (self.folder / when).read_text())
                         for when in ("before", "after"))
        assert before == after
        for flag, want in (("alternate_on", "0"), ("cursor_flag", "1"), ("wrap_flag", "1"), ("mouse_any_flag", "0"),
                           ("keypad_cursor_flag", "0"), ("insert_flag", "0"), ("pane_in_mode", "0")):
            assert self.ask(flag) == want, flag
        assert "^[" not in self.history(), self.history()
        assert not (self.folder / "errors").read_text(), (self.folder / "errors").read_text()

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], check=False)
