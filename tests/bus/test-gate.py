# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors
"""The gate of the bus, around a toy (gate-toy.c), against dbusmock's polkitd on a private bus.

Whoever runs it as root calls as nobody, too, because root needs no polkit. What only the real
polkitd does, questions and details, is in ../bed/test_polkit.py.

Environment: L2TP_GATE_TOY, the program.
"""

import contextlib
import os
import pwd
import subprocess
import sys
import tempfile
import time

from gi.repository import Gio, GLib

from private_bus import run_tests

TOY = os.environ["L2TP_GATE_TOY"]
ROOT = os.geteuid() == 0
USER = pwd.getpwnam("nobody").pw_uid if ROOT else os.getuid()
STRANGER = USER + 1
TIMEOUT = 30

ALL, MANAGER = "/org/l2tp/connections/1", "/org/l2tp/Manager"
PRIVATE = "/org/l2tp/connections/2"
DENIED = "org.l2tp.Error.NotAuthorized"
POLKIT = "org.freedesktop.PolicyKit1"
AUTHORITY = "/org/freedesktop/PolicyKit1/Authority"
EMPTY = {path: GLib.Variant("(a{sv})", ({},)) for path in (ALL, PRIVATE, MANAGER)}


def spin_until(done, what):
    """Runs the main loop until something is so."""
    context = GLib.MainContext.default()
    deadline = time.monotonic() + TIMEOUT
    tick = GLib.timeout_add(10, lambda: True)
    try:
        while not done():
            assert time.monotonic() < deadline, what
            context.iteration(True)
    finally:
        GLib.source_remove(tick)


class Answer:
    """What comes of a call: an error's name, or None; its text."""

    def __init__(self):
        self.done, self.error, self.text = False, None, ""

    def take(self, connection, result):
        self.done = True
        try:
            connection.call_finish(result)
        except GLib.Error as error:
            self.error = Gio.DBusError.get_remote_error(error) or "local"
            self.text = error.message.removeprefix(f"GDBus.Error:{self.error}: ")

    def wait(self):
        spin_until(lambda: self.done, "an answer")
        return self


class Caller:
    """A program on the bus, of a user."""

    def __init__(self, bus, uid=None):
        uid = os.geteuid() if uid is None else uid
        own = os.geteuid()
        # The bus asks the socket who has opened it.
        if own == 0:
            os.seteuid(uid)
        try:
            self.connection = Gio.DBusConnection.new_for_address_sync(
                bus.env["DBUS_SYSTEM_BUS_ADDRESS"],
                Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
                | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        finally:
            if own == 0:
                os.seteuid(0)

    def start(self, path, method, args=None, interactive=False, dest="org.l2tp", interface=None):
        answer = Answer()
        interface = interface or ("org.l2tp.Manager" if path == MANAGER else "org.l2tp.Connection")
        flags = Gio.DBusCallFlags.NO_AUTO_START
        if interactive:
            flags |= Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION
        self.connection.call(dest, path, interface, method, args or EMPTY.get(path), None, flags,
                             TIMEOUT * 1000, None, answer.take)
        return answer

    def call(self, *args, **kwargs):
        return self.start(*args, **kwargs).wait()

    def has_owner(self, name):
        reply = self.connection.call_sync(
            "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner",
            GLib.Variant("(s)", (name,)), None, Gio.DBusCallFlags.NONE, TIMEOUT * 1000, None)
        return reply.unpack()[0]

    def leave(self):
        self.connection.close_sync(None)


class Mock:
    """dbusmock's polkitd: denies what it has not been told to allow."""

    def __init__(self, bus):
        self.control = Caller(bus)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dbusmock", "--system", "--template", "polkitd"],
            env=bus.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        spin_until(lambda: self.control.has_owner(POLKIT), "the mock")

    def tell(self, method, signature="()", *args):
        answer = self.control.call(AUTHORITY, method, GLib.Variant(signature, args), dest=POLKIT,
                                   interface="org.freedesktop.DBus.Mock")
        assert answer.error is None, answer.text

    def allow(self, *actions):
        self.tell("SetAllowed", "(as)", [f"org.l2tp.{action}" for action in actions])

    def hang(self, *actions):
        self.tell("SimulateHangActions", "(as)", [f"org.l2tp.{action}" for action in actions])

    def hangs(self):
        """Whether somebody waits for it."""
        reply = self.control.connection.call_sync(
            POLKIT, AUTHORITY, "org.freedesktop.DBus.Mock", "HaveHangingCalls", None, None,
            Gio.DBusCallFlags.NONE, TIMEOUT * 1000, None)
        return reply.unpack()[0]

    def release(self):
        """Answers what hangs, and at once what is still on its way."""
        self.hang()
        self.tell("ReleaseHangingCalls")

    def stop(self):
        self.process.kill()
        self.process.wait()
        spin_until(lambda: not self.control.has_owner(POLKIT), "the mock gone")


class Toy:
    def __init__(self, bus, deadline_ms=20000, owner=USER):
        self.log = tempfile.NamedTemporaryFile(mode="r")
        self.process = subprocess.Popen(
            [TOY, str(deadline_ms), str(owner)], env=bus.env, text=True,
            stdout=subprocess.PIPE, stderr=open(self.log.name, "w"))
        self.expect("READY")

    def expect(self, *lines):
        """What was let through, and nothing else."""
        for line in lines:
            assert (seen := self.process.stdout.readline()) == line + "\n", (seen, line)

    def wait_for_log(self, text):
        seen = ""

        def logged():
            nonlocal seen
            seen += self.log.read()
            return text in seen
        spin_until(logged, text)

    def stop(self):
        self.process.kill()
        rest, _ = self.process.communicate()
        assert rest == "", rest
        self.log.close()


@contextlib.contextmanager
def scene(bus, *allowed, polkit=True, **kwargs):
    """The toy and, unless it is to be missing, polkit."""
    mock = Mock(bus) if polkit else None
    toy = Toy(bus, **kwargs)
    try:
        if mock:
            mock.allow(*allowed)
        yield toy, mock, Caller(bus, USER)
        toy.stop()
    finally:
        if toy.process.poll() is None:
            toy.process.kill()
            toy.process.communicate()
        if mock:
            mock.stop()


def add(private=None):
    options = {} if private is None else {"private": GLib.Variant("b", private)}
    return GLib.Variant("(a{sv}a{sv}a{sv})", ({"name": GLib.Variant("s", "new")}, {}, options))


def test_allowed(bus):
    """What polkit allows is done, with the caller's user"""
    with scene(bus, "connect", "modify-own") as (toy, _, user):
        for path, method, args in ((ALL, "Connect", None), (PRIVATE, "Connect", None),
                                   (PRIVATE, "Delete", None), (MANAGER, "AddConnection", add()),
                                   (MANAGER, "AddConnection", add(True))):
            answer = user.call(path, method, args)
            assert answer.error is None, answer.text
            toy.expect(f"{method} {USER}")


def test_denied(bus):
    """What it does not allow is answered with the action and a remedy"""
    with scene(bus, "connect", "modify-own", owner=STRANGER) as (toy, mock, user):
        for path, method, args, action in (
                (ALL, "Delete", None, "modify-system"),
                (PRIVATE, "Connect", None, "modify-system"),
                (PRIVATE, "GetSettings", None, "modify-system"),
                (MANAGER, "AddConnection", add(False), "modify-system"),
                (MANAGER, "Reload", None, "manage")):
            answer = user.call(path, method, args)
            assert answer.error == DENIED, (method, answer.error)
            assert answer.text.startswith(f"org.l2tp.{action}: "), answer.text
            assert "\n" in answer.text
        mock.allow("modify-system", "manage")
        assert user.call(PRIVATE, "GetSettings").error is None
        assert user.call(MANAGER, "Reload").error is None
        toy.expect(f"GetSettings {USER}", f"Reload {USER}")


def test_without_polkit(bus):
    """Without polkit root may do everything, and everybody what needs no action"""
    with scene(bus, polkit=False) as (toy, _, user):
        assert user.call(MANAGER, "ListConnections").error is None
        assert user.call(ALL, "GetSettings").error is None
        toy.expect(f"ListConnections {USER}", f"GetSettings {USER}")
        pending = [user.start(ALL, "Connect") for _ in range(3)]
        for answer in pending:
            answer.wait()
            assert answer.error == DENIED, answer.error
            assert "polkit does not run" in answer.text and "\nInstall" in answer.text, answer.text
        if ROOT:
            assert Caller(bus).call(ALL, "Connect").error is None
            assert Caller(bus).call(MANAGER, "Reload").error is None
            toy.expect("Connect 0", "Reload 0")
        mock = Mock(bus)
        try:
            mock.allow("connect")
            assert user.call(ALL, "Connect").error is None
            toy.expect(f"Connect {USER}")
        finally:
            mock.stop()


def test_polkit_restarts(bus):
    """A polkitd that comes again is asked again, one that dies with a question is no yes"""
    with scene(bus, "connect") as (toy, mock, user):
        assert user.call(ALL, "Connect").error is None
        mock.stop()
        mock.__init__(bus)
        mock.allow("connect")
        assert user.call(ALL, "Connect").error is None
        toy.expect(f"Connect {USER}", f"Connect {USER}")
        mock.hang("connect")
        pending = user.start(ALL, "Connect")
        spin_until(mock.hangs, "the question")
        mock.stop()
        assert pending.wait().error == DENIED
        assert "polkit does not run" in pending.text


def test_hanging_polkit(bus):
    """A question that nobody answers ends by itself, unless a person is asked"""
    with scene(bus, "connect", deadline_ms=300) as (toy, mock, user):
        mock.hang("connect")
        asked = user.start(ALL, "Disconnect", interactive=True)
        answer = user.call(ALL, "Connect")
        assert answer.error == DENIED and "does not answer" in answer.text, answer.text
        assert not asked.done
        mock.release()
        assert asked.wait().error is None
        toy.expect(f"Disconnect {USER}")


def test_overtaking(bus):
    """An open question holds up nobody else's call, nor the caller's own"""
    with scene(bus, "connect") as (toy, mock, user):
        mock.hang("connect")
        asked = user.start(ALL, "Connect", interactive=True)
        spin_until(mock.hangs, "the question")
        assert user.call(ALL, "GetSettings").error is None
        assert Caller(bus, USER).call(MANAGER, "ListConnections").error is None
        toy.expect(f"GetSettings {USER}", f"ListConnections {USER}")
        mock.release()
        assert asked.wait().error is None
        toy.expect(f"Connect {USER}")


def test_order(bus):
    """The calls of a caller that nobody asks polkit for are done in their order"""
    with scene(bus) as (toy, _, user):
        caller = Caller(bus) if ROOT else user
        methods = ["GetStatistics", "GetSettings", *(["Connect", "SetSecrets"] if ROOT else [])] * 8
        secrets = GLib.Variant("(a{sv}a{sv})", ({}, {}))
        pending = [caller.start(ALL, method, secrets if method == "SetSecrets" else None)
                   for method in methods]
        for answer in pending:
            assert answer.wait().error is None, answer.text
        toy.expect(*(f"{method} {0 if ROOT else USER}" for method in methods))


def test_gone(bus):
    """An object that has gone while polkit was asked is not found"""
    with scene(bus, "connect", "modify-own") as (toy, mock, user):
        mock.hang("connect")
        asked = user.start(PRIVATE, "Connect", interactive=True)
        spin_until(mock.hangs, "the question")
        assert user.call(PRIVATE, "Delete").error is None
        toy.expect(f"Delete {USER}")
        mock.release()
        assert asked.wait().error == "org.l2tp.Error.NotFound", asked.error


def test_caller_leaves(bus):
    """What a caller has asked for is not done once it has left"""
    with scene(bus, "connect") as (toy, mock, user):
        mock.hang("connect")
        leaver = Caller(bus, USER)
        leaver.start(ALL, "Connect", interactive=True)
        spin_until(mock.hangs, "the question")
        leaver.leave()
        toy.wait_for_log("has left while polkit was asked for org.l2tp.connect")
        mock.release()
        assert user.call(ALL, "Disconnect").error is None
        toy.expect(f"Disconnect {USER}")


def test_too_many(bus):
    """A caller has 64 calls at the gate and no more; others are not held up"""
    with scene(bus, "connect") as (toy, mock, user):
        mock.hang("connect")
        pending = [user.start(ALL, "Connect", interactive=True) for _ in range(64)]
        answer = user.call(ALL, "GetSettings")
        assert answer.error == "org.l2tp.Error.Busy", answer.error
        assert Caller(bus, USER).call(ALL, "GetSettings").error is None
        mock.release()
        for answer in pending:
            assert answer.wait().error is None
        assert user.call(ALL, "GetSettings").error is None
        toy.expect(f"GetSettings {USER}", *[f"Connect {USER}"] * 64, f"GetSettings {USER}")


sys.exit(run_tests(globals()))
