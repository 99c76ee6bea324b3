# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""The LNS of tests/bus at its place on the bed, and one service that all tests of a module share:
what they are about takes a few packets, a bed of its own would take longer."""

import os
import re
import shutil
from collections import namedtuple
from contextlib import ExitStack
from pathlib import Path
from subprocess import DEVNULL
from subprocess import run as run_process

from gi.repository import Gio, GLib

import lns
import netns
import wire
from bed import LNS, PROFILES, Bed, run, wait_for
from lns import Behaviour
from service import BUS_SOCKET, Result, Service, cli

SECRET = b"tunnel-s3cret"
OTHER = "10.9.0.3"  # another address of the LNS's machine
CONNECT_FAILED, AUTH_FAILED = 4, 5
STATES = ["unknown", "disconnected", "connecting", "need-secrets", "connected", "reconnecting",
          "disconnecting", "failed"]
Error = namedtuple("Error", "name message remedy")
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Shared:
    """The bed and the service of a whole module. Connections: work; proof, with a secret."""

    def __init__(self, name):
        out = Path(os.environ.get("BED_OUT", "/tmp/bed-out")) / name
        shutil.rmtree(out, ignore_errors=True)
        self.bed = Bed(out)
        run("ip", "-n", "lns", "addr", "add", f"{OTHER}/24", "dev", "v1")
        self.service = self.bus = None
        self.paths = {}

    def ready(self):
        """Starts the service, for the first time or because a test has ended it."""
        if self.service and self.service.alive():
            return
        for directory in PROFILES:  # of the one before
            shutil.rmtree(directory, ignore_errors=True)
        self.service = Service(self.bed)
        # A process for each question would take most of the time.
        flags = Gio.DBusConnectionFlags
        self.bus = Gio.DBusConnection.new_for_address_sync(
            f"unix:path={BUS_SOCKET}",
            flags.AUTHENTICATION_CLIENT | flags.MESSAGE_BUS_CONNECTION, None, None)
        secret = self.bed.scratch / "secret"
        secret.write_bytes(SECRET + b"\n")
        self.add("work")
        self.add("proof", "--tunnel-secret-file", secret)
        self.service.first_descriptors = self.service.descriptors()

    def add(self, name, *options):
        cli(self.bed, "add", name, f"gateway={LNS}", "user=alice", *options,
            "--password-file", "-", stdin="s3cret\n", check=True)
        found = self.call("/org/l2tp/Manager", "org.l2tp.Manager.FindByName", "(sa{sv})", name, {})
        self.paths[name], = found

    def call(self, path, method, signature, *arguments):
        """A method's first result, without D-Bus types."""
        interface, method = method.rsplit(".", 1)
        answer = self.bus.call_sync("org.l2tp", path, interface, method,
                                    GLib.Variant(signature, arguments), None, 0, 10000, None)
        return answer.unpack()[0] if answer.n_children() else None

    def properties(self, name, interface="Connection"):
        return self.call(self.paths[name], "org.freedesktop.DBus.Properties.GetAll", "(s)",
                         f"org.l2tp.{interface}")

    def state(self, name):
        return STATES[self.properties(name)["State"]]

    def down(self, name):
        """Like l2tp-client down; nothing to do is fine. True if there was."""
        active = self.state(name) not in ("failed", "disconnected")
        if active:
            self.call(self.paths[name], "org.l2tp.Connection.Disconnect", "(a{sv})", {})
        wait_for(lambda: self.state(name) in ("failed", "disconnected"), 10, "down", interval=0.005)
        return active


class Peer:
    """One test's LNS, and what the user does to the service meanwhile."""

    def __init__(self, shared, stack):
        self.shared, self.bed, self.stack = shared, shared.bed, stack
        self.name, self.running, self.servers = "work", [], []

    def start(self, behaviour=None, name="work", port=lns.PORT, **settings):
        self.name = name
        server = lns.Lns(behaviour or Behaviour(**settings), LNS, port,
                         lambda *arguments: netns.socket_in("lns", *arguments),
                         self.bed.out / "lns.jsonl")
        self.servers.append(self.stack.enter_context(server))
        return server

    def up(self):
        """Asks for the connection and does not wait."""
        self.running.append(self.name)
        self.shared.call(self.shared.paths[self.name], "org.l2tp.Connection.Connect", "(a{sv})", {})

    def call(self, behaviour=None, **settings):
        """As far as this LNS goes: ICCN came, the service is at PPP."""
        server = self.start(behaviour, **settings)
        self.up()
        server.expect(wire.ICCN)
        return server

    def last_error(self):
        """(name without its prefix, message, remedy) of a failed connection, safe to print."""
        info = self.shared.properties(self.name)
        assert STATES[info["State"]] == "failed", info
        name, text = info["LastError"]
        error = Error(name.removeprefix("org.l2tp.Error."), *text.split("\n"))
        assert not CONTROLS.search(error.message + error.remedy), error
        assert error.remedy and len(error.message) < 600, error
        return error

    def fail(self, name=""):
        """`up` fails: what the CLI and the bus say of it, which is the same."""
        up = cli_directly(self.bed, "up", self.name, "-w", "20")
        error = self.last_error()
        lines = up.stderr.splitlines()
        assert not CONTROLS.search("".join(lines)), up
        assert f"error: {error.message}" in lines and f"hint: {error.remedy}" in lines, up
        assert name in ("", error.name), error
        return up, error

    def failed(self):
        """What is under way fails."""
        wait_for(lambda: self.shared.state(self.name) == "failed", 10, "failure", interval=0.005)
        return self.last_error()

    def assert_at_ppp(self):
        info = self.shared.properties(self.name)
        assert (STATES[info["State"]], info["Phase"]) == ("connecting", "ppp"), info

    def still_up(self, server):
        """The call lives: nothing but acknowledgements came, and the service is still at PPP."""
        server.expect_acked()
        assert not server.received(wire.STOPCCN) and not server.received(wire.CDN), server.records
        self.assert_at_ppp()

    def close(self):
        """Ends what is up, and waits for its end on the wire, not to disturb the next test."""
        for name in self.running:
            if self.shared.down(name):
                tunnel = self.servers[-1].tunnel
                self.servers[-1].wait_for(lambda: tunnel.stopped, 5, "StopCCN")

    def check(self):
        """What must be true after every test. A complaint is something the client sent."""
        for server in self.servers:
            assert not server.errors, server.errors
            assert not server.complaints, server.complaints
        assert self.shared.service.alive(), self.shared.service.log
        self.bed.assert_nothing_left(self.shared.service)


def cli_directly(bed, *args):
    """cli() without a namespace, which the bus does not need."""
    done = run_process(["l2tp-client", *args], stdin=DEVNULL, text=True, capture_output=True,
                       timeout=60, check=False)
    with open(bed.out / "cli.log", "a", encoding="utf-8") as log:
        log.write(f"$ {' '.join(args)}\n{done.stdout}{done.stderr}[{done.returncode}]\n")
    return Result(done.returncode, done.stdout, done.stderr)


def run_with_peer(shared):
    """The body of the fixture `peer`."""
    shared.ready()
    with ExitStack() as stack:
        peer = Peer(shared, stack)
        yield peer
        peer.close()
        peer.check()
