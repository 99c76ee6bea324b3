# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors
"""Services of the system that l2tp-client talks to, by dbusmock, and the probe that talks to them.

Environment: L2TP_IP_PROBE, the program of tests/bed/ip-probe.c.
"""

import os
import queue
import subprocess
import sys
import threading
import time

TIMEOUT = 20
PROBE = os.environ.get("L2TP_IP_PROBE")
MOCK = "org.freedesktop.DBus.Mock"


class Lines:
    """A process whose lines can be waited for."""

    def __init__(self, argv, env=None):
        self.process = subprocess.Popen(argv, env=env, text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.seen = []
        self.queue = queue.Queue()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        for line in self.process.stdout:
            self.queue.put(line.rstrip("\n"))
        self.queue.put(None)

    def expect(self, text, timeout=TIMEOUT):
        """The next line with this text; those before it are passed over."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                line = self.queue.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            assert line is not None, f"no “{text}” after {self.seen[-20:]}"
            self.seen.append(line)
            if text in line:
                return line

    def end(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.end()
        self.thread.join()
        self.process.stdin.close()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Probe(Lines):
    def __init__(self, env, prefix=()):
        super().__init__([*prefix, PROBE], env)
        self.expect("ready")

    def end(self):
        """It ends by itself, so that a leak is told; kill() is for a death."""
        if self.process.returncode is None:
            self.process.stdin.close()
            assert self.process.wait(TIMEOUT) == 0, "\n".join(self.seen + self._rest())

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def _rest(self):
        return list(filter(None, self.queue.queue))

    def send(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def do(self, line, timeout=TIMEOUT):
        """A command whose answer begins with its name; returns the rest of the answer."""
        self.send(line)
        name = line.split()[0] + " "
        while True:
            answer = self.expect(name, timeout)
            if answer.startswith(name):
                return answer[len(name):]


class Mock(Lines):
    """A mocked service, on the bus once this is made."""

    def __init__(self, bus, name, path, interface, template=None):
        self.bus, self.name, self.path, self.interface = bus, name, path, interface
        what = ["--template", template] if template else [name, path, interface]
        super().__init__([sys.executable, "-u", "-m", "dbusmock", "--system", *what], bus.env)
        subprocess.run(["gdbus", "wait", "--system", "--timeout", str(TIMEOUT), name],
                       env=bus.env, check=True)

    def call(self, interface, method, *args):
        return subprocess.run(
            ["gdbus", "call", "--system", "--dest", self.name, "--object-path", self.path,
             "--method", f"{interface}.{method}", *args],
            env=self.bus.env, check=True, capture_output=True, text=True).stdout.strip()

    def add_method(self, name, signature, code=""):
        self.call(MOCK, "AddMethod", self.interface, name, signature, "", code)

    def emit(self, signal, signature, *args):
        self.call(MOCK, "EmitSignal", self.interface, signal, signature, f"[{', '.join(args)}]")
