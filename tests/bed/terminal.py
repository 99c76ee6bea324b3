# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""A program on a terminal, and the person at it."""

import os
import pty
import select
import termios
import time

import netns
from bed import wait_for
from service import as_user

CTRL_C = "\x03"


class Terminal:
    """argv in lac, as root or as the user. What is shown is in output, and in OUT/terminal.log when
    it has ended."""

    def __init__(self, bed, *argv, user=None):
        self.bed, self.argv = bed, [str(word) for word in argv]
        command = as_user(user, *self.argv) if user else self.argv
        self.output = ""
        self.seen = 0
        with netns.inside("lac"):
            self.pid, self.fd = pty.fork()
            if self.pid == 0:
                os.execvp(command[0], command)

    def _read(self, deadline):
        """Returns False at the end, or when the time is over."""
        if not select.select([self.fd], [], [], max(0, deadline - time.monotonic()))[0]:
            return False
        try:
            data = os.read(self.fd, 4096)
        except OSError:  # the last one has closed it
            return False
        self.output += data.decode(errors="replace")
        return bool(data)

    def expect(self, text, timeout=20):
        """Behind what was expected last."""
        deadline = time.monotonic() + timeout
        while text not in self.output[self.seen:]:
            assert self._read(deadline), f"no “{text}” within {timeout} s:\n{self.output}"
        self.seen = self.output.index(text, self.seen) + len(text)

    def type(self, text):
        os.write(self.fd, text.encode())

    def answer(self, question, text):
        """Types the secret once it is not shown: what comes before is thrown away."""
        self.expect(question)
        wait_for(lambda: not termios.tcgetattr(self.fd)[3] & termios.ECHO, 10, "no echo")
        self.type(text + "\n")

    def wait(self, timeout=60):
        """The exit status; negative for a signal."""
        deadline = time.monotonic() + timeout
        while self._read(deadline):
            pass
        os.close(self.fd)  # hangs up on whoever is still there
        with open(self.bed.out / "terminal.log", "a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(self.argv)}\n{self.output}\n")
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
