# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors
"""A private system bus with the stand-in of the service, and the tests that share it, as TAP.

Environment: L2TP_CLIENT, the binary; L2TP_XML, the directory of the interface XML.
"""

import json
import os
import pathlib
import pty
import re
import select
import subprocess
import sys
import time
import traceback
import unittest

HERE = pathlib.Path(__file__).resolve().parent
CLIENT = os.environ.get("L2TP_CLIENT")
XML = os.environ.get("L2TP_XML")
TIMEOUT = 60
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]")


def run_on_terminal(env, *args, dialog=(), uid=None, program=CLIENT):
    """Runs the client with a terminal as all three streams; returns output and exit status.

    The dialog is pairs of what is waited for, behind what was waited for last, and what is typed
    then: a text, or a function that is called."""
    pid, master = pty.fork()
    if pid == 0:
        if uid is not None:
            os.setuid(uid)
        os.execve(program, [program, *args], env)
    output, seen, dialog = b"", 0, list(dialog)
    while select.select([master], [], [], TIMEOUT)[0]:
        try:
            chunk = os.read(master, 4096)
        except OSError:
            break
        if not chunk:
            break
        output += chunk
        while dialog and dialog[0][0].encode() in output[seen:]:
            wanted, typed = dialog.pop(0)
            seen = output.index(wanted.encode(), seen) + len(wanted.encode())
            if callable(typed):
                typed(pid)
            else:
                os.write(master, typed.encode())
    os.close(master)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert not dialog, (dialog, output)
    return output.decode(), status


class Bus:
    """A private bus, and the stand-in on it as long as it is wanted."""

    def __init__(self):
        self.daemon = subprocess.Popen(
            ["dbus-daemon", f"--config-file={HERE / 'bus.conf'}", "--nofork", "--print-address"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        address = self.daemon.stdout.readline().strip()
        self.env = dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=address, LC_ALL="C.UTF-8",
                        TERM="xterm")
        self.env.pop("NO_COLOR", None)
        self.stand_in = None

    def start(self):
        self.stop_service()
        self.stand_in = subprocess.Popen([sys.executable, HERE / "stand_in.py", XML],
                                         env=self.env, stdout=subprocess.PIPE, text=True)
        line = self.stand_in.stdout.readline()
        assert line == "READY\n", line

    def stop_service(self):
        if self.stand_in:
            self.stand_in.kill()
            self.stand_in.wait()
            self.stand_in.stdout.close()
        self.stand_in = None

    def stop(self):
        self.stop_service()
        self.daemon.terminate()
        self.daemon.wait()

    def run(self, *args, stdin="", env=None):
        return subprocess.run([CLIENT, *args], input=stdin, env=env or self.env,
                              capture_output=True, text=True, timeout=TIMEOUT)

    def ok(self, *args, **kwargs):
        done = self.run(*args, **kwargs)
        assert done.returncode == 0, (args, done)
        return done.stdout

    def fails(self, status, *args, **kwargs):
        done = self.run(*args, **kwargs)
        assert done.returncode == status, (args, done)
        return done

    def json(self, *args):
        return json.loads(self.ok(*args, "--json"))

    def add(self, name, gateway, *args, **kwargs):
        return self.ok("add", name, f"gateway={gateway}", *args, **kwargs)

    def added(self):
        """Returns what the last AddConnection carried, as the stand-in tells."""
        return self.stand_in.stdout.readline()

    def popen(self, *args):
        return subprocess.Popen([CLIENT, *args], env=self.env, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def wait_for(self, name, state):
        deadline = time.monotonic() + TIMEOUT
        while self.json("status", name)["state"] != state:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def run_tests(names):
    """Runs the test_ functions of a file on one bus; returns the exit status."""
    tests = [(n, f) for n, f in names.items() if n.startswith("test_")]
    bus = Bus()
    failed = 0
    print(f"1..{len(tests)}", flush=True)
    try:
        for number, (name, test) in enumerate(tests, 1):
            try:
                test(bus)
                verdict = "ok"
            except unittest.SkipTest as skip:
                verdict, name = "ok", f"{name} # SKIP {skip}"
            except Exception:
                verdict, failed = "not ok", failed + 1
                for line in traceback.format_exc().splitlines():
                    print("#", line)
            print(f"{verdict} {number} - {name[5:]}: {test.__doc__}", flush=True)
    finally:
        bus.stop()
    return 1 if failed else 0

