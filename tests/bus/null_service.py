# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors
"""The service without kernel and pppd (../null) on a private bus, and what it has left behind.

Environment: L2TP_NULL_CLIENTD, the program; L2TP_NULL_WRAPPER, words to put in front of it.
"""

import contextlib
import os
import pathlib
import pwd
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from gi.repository import Gio, GLib

PROGRAM = os.environ["L2TP_NULL_CLIENTD"]
WRAPPER = shlex.split(os.environ.get("L2TP_NULL_WRAPPER", ""))
TIMEOUT = 300 if WRAPPER else 30  # seconds
MANAGER = "/org/l2tp/Manager"
ROOT = os.geteuid() == 0
NOBODY = pwd.getpwnam("nobody").pw_uid
ACTIONS = ("connect", "modify-own", "modify-system", "manage")
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def wait_for(condition, seconds, what):
    """Until something is so; a text that is not empty says what is missing."""
    deadline = time.monotonic() + seconds
    while (missing := condition()):
        assert time.monotonic() < deadline, f"{what}: {missing}"
        time.sleep(0.02)


class Caller:
    """A program on the bus, of a user. Its calls never wait, so that it can be an agent, too."""

    def __init__(self, address, uid=None):
        if ROOT and uid is not None:
            os.seteuid(uid)  # the bus asks the socket who has opened it
        try:
            self.connection = Gio.DBusConnection.new_for_address_sync(
                address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
                | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        finally:
            if ROOT:
                os.seteuid(0)

    def start(self, path, interface, method, args=None, dest="org.l2tp"):
        """A list that gets the error's name or None, and the result or the error's text."""
        answer = []

        def take(connection, result):
            try:
                answer.extend((None, connection.call_finish(result).unpack()))
            except GLib.Error as error:
                name = Gio.DBusError.get_remote_error(error) or error.domain
                answer.extend((name, error.message.removeprefix(f"GDBus.Error:{name}: ")))
        self.connection.call(dest, path, interface, method, args, None,
                             Gio.DBusCallFlags.NO_AUTO_START, TIMEOUT * 1000, None, take)
        return answer

    def wait(self, *answers):
        context = GLib.MainContext.default()
        while not all(answers):
            context.iteration(True)
        return answers[0]

    def call(self, *args, **kwargs):
        return self.wait(self.start(*args, **kwargs))

    def manager(self, method, signature="(a{sv})", *args):
        return self.call(MANAGER, "org.l2tp.Manager", method,
                         GLib.Variant(signature, args or ({},)))

    def objects(self):
        error, result = self.call("/org/l2tp", "org.freedesktop.DBus.ObjectManager",
                                  "GetManagedObjects")
        assert error is None, (error, result)
        return result[0]

    def has_owner(self, name):
        return self.call("/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner",
                         GLib.Variant("(s)", (name,)), dest="org.freedesktop.DBus")[1][0]

    def leave(self):
        self.connection.close_sync(None)


@contextlib.contextmanager
def polkit(bus, users=False):
    """dbusmock's, which allows everything; there is none where only root calls."""
    if ROOT and not users:
        yield
        return
    caller = Caller(bus.env["DBUS_SYSTEM_BUS_ADDRESS"])
    process = subprocess.Popen(
        [sys.executable, "-m", "dbusmock", "--system", "--template", "polkitd"],
        env=bus.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    name = "org.freedesktop.PolicyKit1"
    wait_for(lambda: not caller.has_owner(name) and "no polkit", TIMEOUT, "polkit")
    error, text = caller.call("/org/freedesktop/PolicyKit1/Authority",
                              "org.freedesktop.DBus.Mock", "SetAllowed",
                              GLib.Variant("(as)", ([f"org.l2tp.{a}" for a in ACTIONS],)),
                              dest=name)
    assert error is None, text
    caller.leave()
    try:
        yield
    finally:
        process.kill()
        process.wait()


class NullService:
    def __init__(self, bus, debug=True):
        self.address = bus.env["DBUS_SYSTEM_BUS_ADDRESS"]
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="l2tp-null-"))
        self.log = self.directory / "log"
        self.start(bus, debug)
        self.caller.objects()  # what it makes with the first call
        self.first_descriptors = len(self.descriptors())
        self.first_threads = self.threads()

    def start(self, bus, debug=True):
        env = dict(bus.env, L2TP_NULL_DIRECTORY=str(self.directory), G_DEBUG="fatal-criticals")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*WRAPPER, PROGRAM, *(["--debug"] if debug else [])], env=env, stderr=log)
        self.caller = Caller(self.address)
        wait_for(lambda: self.ended() or not self.caller.has_owner("org.l2tp") and "no name",
                 TIMEOUT, "the service")
        assert not self.ended(), self.log.read_text()
        self.proc = pathlib.Path(f"/proc/{self.process.pid}")

    def clean_up(self, bus):
        """Another one by hand: its exit status and what it says."""
        env = dict(bus.env, L2TP_NULL_DIRECTORY=str(self.directory), G_DEBUG="fatal-criticals")
        env.pop("SERVICE_RESULT", None)
        done = subprocess.run([*WRAPPER, PROGRAM, "--clean-up"], env=env, check=False,
                              timeout=TIMEOUT, stderr=subprocess.PIPE, encoding="utf-8")
        return done.returncode, done.stderr

    def again(self, bus):
        """The service is killed, and another one follows: without kernel it finds no call."""
        self.caller.leave()
        self.process.kill()
        self.process.wait()
        self.start(bus)

    def ended(self):
        return self.process.poll() is not None

    def threads(self):
        return len(list((self.proc / "task").iterdir()))

    def children(self):
        return (self.proc / "task" / str(self.process.pid) / "children").read_text()

    def resident_kib(self):
        return int(re.search(r"VmRSS:\s+(\d+)", (self.proc / "status").read_text())[1])

    def profiles(self):
        return sorted((self.directory / "var").iterdir())

    def states(self):
        return sorted((self.directory / "run").glob("**/*.state"))

    def descriptors(self, linger=True):
        """Without linger: but for the UDP sockets that still acknowledge what an LNS repeats."""
        udp = set()
        if not linger:
            for table in ("udp", "udp6"):
                lines = (self.proc / "net" / table).read_text().splitlines()[1:]
                udp |= {f"socket:[{line.split()[9]}]" for line in lines}
        found = []
        for entry in (self.proc / "fd").iterdir():
            try:
                found.append(os.readlink(entry))
            except FileNotFoundError:
                continue
        return [target for target in found if target not in udp]

    def left_behind(self, linger):
        """What there is more than at the start, as a text."""
        parts = []
        if len(now := self.descriptors(linger)) > self.first_descriptors:
            parts.append(f"{len(now)} descriptors, not {self.first_descriptors}: {sorted(now)}")
        if linger and self.threads() > self.first_threads:
            parts.append(f"{self.threads()} threads, not {self.first_threads}")
        if children := self.children():
            parts.append(f"children {children}")
        if profiles := self.profiles():
            parts.append(f"profiles {profiles}")
        if len(objects := self.caller.objects()) > 1:
            parts.append(f"objects {sorted(objects)}")
        return "; ".join(parts)

    def stalls(self):
        """Since the last question, the longest turn of the main loop in ms, by the clock and by
        the processor's time; how many turns, and how many of more than 5 ms."""
        path = self.directory / "stalls"
        path.unlink(missing_ok=True)
        os.kill(self.process.pid, signal.SIGUSR2)
        wait_for(lambda: not path.exists() and "no answer", TIMEOUT, "stalls")
        longest, cpu, turns, late = map(int, path.read_text().split())
        return longest / 1e6, cpu / 1e6, turns, late

    def check_log(self):
        """Nothing that is our fault, nothing that a terminal would obey."""
        text = self.log.read_text(encoding="utf-8")
        assert "critical: " not in text, text[-4000:]
        assert not CONTROLS.search(text), [line for line in text.splitlines()
                                           if CONTROLS.search(line)][:5]

    def stop(self):
        """In order, with what the sanitizers have to say."""
        self.caller.leave()
        if not self.ended():
            self.process.terminate()
        try:
            status = self.process.wait(TIMEOUT)
            assert status == 0, f"the service ended with {status}\n{self.log.read_text()[-8000:]}"
            self.check_log()
        finally:
            if not self.ended():
                self.process.kill()
                self.process.wait()
            shutil.rmtree(self.directory)


@contextlib.contextmanager
def running(bus, users=False, **options):
    """A NullService for root, or users as well."""
    with polkit(bus, users):
        service = NullService(bus, **options)
        try:
            yield service
        finally:
            service.stop()
