# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors
"""Eight programs do to the service what comes into their heads, all at the same time, and nothing
is left of it. No kernel, no pppd: see ../null.

Environment: of null_service.py; L2TP_RACES_SEED, to see a failure again: as far as the programs'
own decisions go.
"""

import os
import random
import re
import signal
import subprocess
import sys
import uuid

from gi.repository import Gio, GLib

from lns import Lns
from null_service import NOBODY, TIMEOUT, WRAPPER, Caller, running, wait_for
from private_bus import HERE, run_tests

CLIENTS, STEPS, ADDED = 8, 150, 7
NAMES = [f"vpn{number}" for number in range(40)]
USERS = ["alice"] * 5 + ["killed", "restless", "refused"]
CONNECTION = "org.l2tp.Connection"
OURS = re.compile(r"org\.l2tp\.Error\.[A-Z]\w+$")
# What the bus says of an object that another program has deleted.
GONE = "org.freedesktop.DBus.Error.UnknownMethod"
AGENT = Gio.DBusNodeInfo.new_for_xml(
    "<node><interface name='org.l2tp.Agent'>"
    "<method name='RequestSecrets'><arg type='o' direction='in'/><arg type='as' direction='in'/>"
    "<arg type='a{sv}' direction='in'/><arg type='a{sv}' direction='out'/></method>"
    "<method name='Cancel'><arg type='o' direction='in'/></method>"
    "<method name='Release'/></interface></node>").interfaces[0]


def variants(**values):
    kinds = {bool: "b", str: "s", int: "u"}
    return {key.replace("_", "-"): GLib.Variant(kinds[type(value)], value)
            for key, value in values.items()}


class Client:
    """One of the eight."""

    def __init__(self, seed, address, port, closed_port):
        self.random = random.Random(seed)
        self.address, self.ports = address, [port] * 9 + [closed_port]
        self.caller = Caller(address)
        self.agents, self.held, self.added = [], [], 0

    def check(self, answer):
        error, result = answer
        assert error is None or OURS.match(error) or error == GONE, (error, result)
        return result if error is None else None

    def manager(self, method, signature="(a{sv})", *args):
        return self.check(self.caller.manager(method, signature, *args))

    def paths(self):
        return self.manager("ListConnections")[0]

    def on_some(self, method, *args):
        """Of one connection or, without waiting in between, of a few."""
        signature = {0: "(a{sv})", 1: "(a{sv}a{sv})", 2: "(a{sv}a{sv}a{sv})"}[len(args)]
        paths = self.paths()
        chosen = self.random.sample(paths, min(len(paths), self.random.choice((1, 1, 4))))
        options = {}
        if method == "Connect":
            options = variants(bind=self.chance(0.2), no_agent=self.chance(0.5))
        answers = [self.caller.start(path, CONNECTION, method,
                                     GLib.Variant(signature, (*args, options)))
                   for path in chosen]
        if answers:
            self.caller.wait(*answers)
        for answer in answers:
            self.check(answer)

    def chance(self, share):
        return self.random.random() < share

    def settings(self):
        values = {"name": self.random.choice(NAMES), "gateway": "127.0.0.1",
                  "port": self.random.choice(self.ports), "user": self.random.choice(USERS)}
        if self.chance(0.3):
            values["persist"] = True
        if self.chance(0.2):
            values["password_flags"] = 2
        return variants(**values)

    def secrets(self):
        return variants(password="s3cret") if self.chance(0.8) else {}

    def add(self):
        options = variants(persist=self.random.choice(("disk", "disk", "memory")),
                           private=self.chance(0.5))
        made = self.manager("AddConnection", "(a{sv}a{sv}a{sv})", self.settings(),
                            self.secrets(), options)
        self.added += made is not None

    def connect_transient(self):
        self.manager("ConnectTransient", "(a{sv}a{sv}a{sv})", self.settings(), self.secrets(),
                     variants(bind=self.chance(0.7)))

    def update(self):
        self.on_some("Update", self.settings(), self.secrets())

    def register(self):
        path = f"/agent{len(self.agents)}"
        self.caller.connection.register_object(path, AGENT, self.on_question, None, None)
        self.agents.append(path)
        self.manager("RegisterAgent", "(oa{sv})", path, {})

    def on_question(self, connection, sender, path, interface, method, args, invocation):
        if method != "RequestSecrets":
            invocation.return_value(None)
        elif self.chance(0.5):
            names = args.unpack()[1]
            invocation.return_value(GLib.Variant("(a{sv})", ({
                name: GLib.Variant("s", "typed") for name in names},)))
        elif self.chance(0.5):
            invocation.return_dbus_error("org.l2tp.Error.AgentCanceled", "no")
        else:
            self.held.append(invocation)  # for ever

    def unregister(self):
        if self.agents:
            self.manager("UnregisterAgent", "(oa{sv})", self.random.choice(self.agents), {})

    def leave(self):
        """In the middle of something, perhaps."""
        paths = self.paths()
        if paths and self.chance(0.7):
            self.caller.start(self.random.choice(paths), CONNECTION,
                              self.random.choice(("Connect", "Disconnect", "Delete")),
                              GLib.Variant("(a{sv})", ({},)))
        self.caller.connection.flush_sync(None)
        self.caller.leave()
        self.agents, self.held = [], []
        self.caller = Caller(self.address)

    def step(self):
        act = self.random.choices([
            (6, self.add), (3, self.connect_transient), (5, self.update), (2, self.register),
            (1, self.unregister), (1, self.leave),
            (16, lambda: self.on_some("Connect")), (8, lambda: self.on_some("Disconnect")),
            (6, lambda: self.on_some("Delete")), (4, lambda: self.on_some("GetStatistics")),
            (4, lambda: self.on_some("GetSettings")), (1, lambda: self.manager("Reload")),
            (4, lambda: self.on_some("SetSecrets", variants(password="an0ther"))),
            (2, lambda: self.caller.objects()),
            (1, lambda: self.manager("FindByName", "(sa{sv})", self.random.choice(NAMES), {})),
            (1, lambda: self.manager("GetConnectionByUuid", "(sa{sv})", str(uuid.uuid4()), {})),
        ], weights=[16, 3, 5, 2, 1, 1, 16, 8, 5, 4, 4, 1, 4, 2, 1, 1])[0]
        act[1]()

    def storm(self):
        steps = 0
        while steps < STEPS or self.added < ADDED:
            self.step()
            steps += 1
            while GLib.MainContext.default().iteration(False):
                pass

    def delete_all(self):
        """At the same time as all others."""
        while paths := self.paths():
            self.on_some("Delete")


def run_client(*args):
    """Storm and deletion, each when a line comes."""
    client = Client(args[0], args[1], int(args[2]), int(args[3]))
    for act in (client.storm, client.delete_all):
        input()
        act()
        print(client.added, flush=True)
    input()


class Clients:
    def __init__(self, seed, *args):
        self.all = [subprocess.Popen(
            [sys.executable, __file__, "--client", f"{seed}.{number}", *map(str, args)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for number in range(CLIENTS)]

    def act(self):
        """All of them; returns what they say."""
        self.go_on()
        lines = [client.stdout.readline() for client in self.all]
        assert all(lines), f"programs that failed: {[i for i, l in enumerate(lines) if not l]}"
        return [int(line) for line in lines]

    def go_on(self):
        for client in self.all:
            client.stdin.write("\n")
            client.stdin.flush()

    def end(self):
        self.go_on()
        assert [client.wait(TIMEOUT) for client in self.all] == [0] * CLIENTS

    def kill(self):
        for client in self.all:
            client.kill()
            client.wait()
            client.stdin.close()
            client.stdout.close()


def compare_with_disk(service):
    """What the service shows is what the next one will read."""
    shown = {}
    for interfaces in service.caller.objects().values():
        info = interfaces.get(CONNECTION)
        if info and info["Source"] == "disk":
            shown[info["Filename"]] = (info["Uuid"], info["Name"], info["Owner"])
    stored = {}
    for path in service.profiles():
        text = path.read_text(encoding="utf-8")
        stored[str(path)] = tuple(re.search(f"^{key}=(.*)$", text, re.M)[1]
                                  for key in ("uuid", "name"))
    known = {(path, *info[:2]) for path, info in shown.items()}
    if differ := known ^ {(path, *info) for path, info in stored.items()}:
        return f"only shown {differ & known}, only stored {differ - known}"
    names = sorted(info[1:] for info in shown.values())
    return f"used twice in {names}" if len(names) > len(set(names)) else ""


def closed_port():
    """A UDP port where nobody listens."""
    import socket
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def race(service, seed):
    with Lns(address="127.0.0.1", port=0) as lns:
        clients = Clients(seed, service.address, lns.port, closed_port())
        try:
            added = clients.act()
            assert sum(added) >= CLIENTS * ADDED, added
            assert not service.ended(), service.log.read_text()[-8000:]
            wait_for(lambda: compare_with_disk(service), TIMEOUT, "objects and files")
            clients.act()
            clients.end()
            wait_for(lambda: service.left_behind(linger=False), TIMEOUT, "left behind")
            manager = service.caller.objects()["/org/l2tp/Manager"]["org.l2tp.Manager"]
            assert (manager["State"], manager["ActiveConnections"]) == (0, []), manager
            wait_for(lambda: [each.id for each in lns.tunnels.values()
                              if not each.stopped and not each.dead], TIMEOUT, "tunnels")
            # The last UDP sockets, and the idle threads of GLib's pool (XPRT-13: 31 s).
            wait_for(lambda: service.left_behind(linger=True), 60, "left behind")
            print(f"# {sum(added)} connections, {len(lns.tunnels)} tunnels", flush=True)
            assert not lns.complaints and not lns.errors, (lns.complaints[:5], lns.errors[:5])
        finally:
            clients.kill()


def test_races(bus):
    """Of what eight programs do at random nothing stays: no object, file, descriptor, thread"""
    seed = os.environ.get("L2TP_RACES_SEED") or str(random.randrange(1 << 32))
    try:
        with running(bus) as service:
            race(service, seed)
    except Exception:
        print(f"# L2TP_RACES_SEED={seed}", flush=True)
        raise


def test_transient(bus):
    """A connection that was only to connect goes with its maker, or at once if it cannot"""
    with running(bus) as service:
        maker, other = Caller(service.address), Caller(service.address)
        args = (variants(name="once", gateway="127.0.0.1", port=closed_port(), user="alice"), {},
                variants(bind=True))
        error, text = maker.manager("ConnectTransient", "(a{sv}a{sv}a{sv})", *args)
        assert error == "org.l2tp.Error.NoSecrets", (error, text)
        assert len(service.caller.objects()) == 1
        args[1].update(variants(password="s3cret"))
        error, result = maker.manager("ConnectTransient", "(a{sv}a{sv}a{sv})", *args)
        assert error is None, (error, result)

        def state():
            return service.caller.objects()[result[0]][CONNECTION]["State"]
        wait_for(lambda: state() != 7 and state(), TIMEOUT, "failure: nobody listens")
        # Somebody else's bond is not the maker's.
        error, text = other.call(result[0], CONNECTION, "Connect",
                                 GLib.Variant("(a{sv})", (variants(bind=True),)))
        assert error is None, text
        maker.leave()
        wait_for(lambda: len(service.caller.objects()) > 1 and "still there", TIMEOUT, "the end")
        other.leave()


def test_uuid_is_public(bus):
    """Who takes the UUID of an administrator's file beforehand does not become its connection"""
    with running(bus, users=True) as service:
        wanted = str(uuid.uuid4())
        path = service.directory / "etc" / "work.conf"

        def found():
            shown = [(place, each[CONNECTION]) for place, each in service.caller.objects().items()
                     if each.get(CONNECTION, {}).get("Uuid") == wanted]
            return shown[0] if shown else (None, {"Gateway": "none", "State": None})
        with Lns(address="127.0.0.1", port=0) as lns:
            squatter = Caller(service.address, NOBODY)
            error, result = squatter.manager(
                "ConnectTransient", "(a{sv}a{sv}a{sv})",
                variants(name="mine", uuid=wanted, gateway="127.0.0.1", port=lns.port,
                         user="alice"),
                variants(password="s3cret"), variants(bind=True))
            assert error is None, result
            wait_for(lambda: found()[1]["State"] != 4 and found(), TIMEOUT, "connected")
            path.write_text(f"[connection]\nuuid={wanted}\nname=work\ngateway=vpn.example.org\n",
                            encoding="utf-8")
            path.chmod(0o600)
            wait_for(lambda: found()[1]["Gateway"] != "vpn.example.org" and found(), TIMEOUT,
                     "the file's")
            place, info = found()
            assert place != result[0], "the same object"
            assert (info["State"], info["Source"], info["Filename"]) == (1, "disk", str(path)), info
            squatter.leave()
            service.caller.manager("Reload")
            assert found()[0] == place, "it went with the squatter"
            # Its UUID changes while it is wanted: the new one comes when the old one has gone.
            error, text = service.caller.call(place, CONNECTION, "Connect",
                                              GLib.Variant("(a{sv})", ({},)))
            assert error is None, text
            path.write_text(path.read_text(encoding="utf-8").replace(wanted, str(uuid.uuid4())),
                            encoding="utf-8")
            wait_for(lambda: [each[CONNECTION]["Name"]
                              for each in service.caller.objects().values()
                              if each.get(CONNECTION, {}).get("Uuid") not in (None, wanted)]
                     != ["work"] and "not there", TIMEOUT, "the new one")


def test_connect_while_stopping(bus):
    """A Connect that comes while the service stops is refused, and does not keep it from its end"""
    with running(bus, users=True) as service:
        caller, asked = service.caller, []

        def add(name, port, **secrets):
            error, result = caller.manager(
                "AddConnection", "(a{sv}a{sv}a{sv})",
                variants(name=name, gateway="127.0.0.1", port=port, user="alice"),
                variants(**secrets), variants(persist="memory"))
            assert error is None, result
            return result[0]

        def connect(path):
            return caller.call(path, CONNECTION, "Connect", GLib.Variant("(a{sv})", ({},)))

        def state(path):
            return caller.objects()[path][CONNECTION]["State"]
        with Lns(address="127.0.0.1", port=0) as lns:
            slow, late = add("slow", lns.port, password="s3cret"), add("late", lns.port)
            caller.connection.register_object("/agent", AGENT, lambda *args: asked.append(args),
                                              None, None)
            caller.manager("RegisterAgent", "(oa{sv})", "/agent", {})
            assert connect(slow)[0] is None
            wait_for(lambda: state(slow) != 4 and state(slow), TIMEOUT, "connected")
            lns.tunnel.mute = True  # its end takes a moment
            service.process.send_signal(signal.SIGTERM)
            wait_for(lambda: state(slow) != 6 and state(slow), TIMEOUT, "disconnecting")
            error, text = connect(late)
            assert error == "org.l2tp.Error.Busy" and "stops" in text, (error, text)
            assert state(late) == 1 and not asked
            wait_for(lambda: not service.ended() and "it runs", 5 if not WRAPPER else TIMEOUT,
                     "the service's end")


def share_file(service):
    """The only profile, by its administrator, from its owner to everybody; returns its path."""
    path, = service.profiles()
    text = path.read_text(encoding="utf-8")
    path.write_text(text[:text.index("[permissions]")], encoding="utf-8")
    return path


def test_other_owner(bus):
    """Who was asked for his own connection has no leave for what has become everybody's"""
    with running(bus, users=True) as service:

        def tell(method, signature, *args):
            error, result = service.caller.call(
                "/org/freedesktop/PolicyKit1/Authority", "org.freedesktop.DBus.Mock", method,
                GLib.Variant(signature, args), dest="org.freedesktop.PolicyKit1")
            assert error is None, result
            return result
        user = Caller(service.address, NOBODY)
        error, result = user.manager("AddConnection", "(a{sv}a{sv}a{sv})",
                                     variants(name="mine", gateway="127.0.0.1"), {},
                                     variants(private=True))
        assert error is None, result
        tell("SetAllowed", "(as)", ["org.l2tp.modify-own"])
        tell("SimulateHangActions", "(as)", ["org.l2tp.modify-own"])
        answer = user.start(result[0], CONNECTION, "Delete", GLib.Variant("(a{sv})", ({},)))
        wait_for(lambda: not tell("HaveHangingCalls", "()")[0] and "no question", TIMEOUT,
                 "the question")
        path = share_file(service)
        wait_for(lambda: service.caller.objects()[result[0]][CONNECTION]["Owner"] != 0xffffffff
                 and "not everybody's", TIMEOUT, "the new owner")
        tell("ReleaseHangingCalls", "()")
        error, text = user.wait(answer)
        assert error == "org.l2tp.Error.NotAuthorized", (error, text)
        assert service.profiles() == [path]


def test_handed_over(bus):
    """A secret that its user keeps does not go to others with the connection"""
    with running(bus, users=True) as service:
        user = Caller(service.address, NOBODY)
        error, result = user.manager(
            "AddConnection", "(a{sv}a{sv}a{sv})",
            variants(name="mine", gateway="127.0.0.1", port=closed_port(), user="alice",
                     password_flags=1), variants(password="s3cret"), variants(private=True))
        assert error is None, result
        share_file(service)
        wait_for(lambda: service.caller.objects()[result[0]][CONNECTION]["Owner"] != 0xffffffff
                 and "not everybody's", TIMEOUT, "the new owner")
        error, text = service.caller.call(result[0], CONNECTION, "Connect", GLib.Variant(
            "(a{sv})", (variants(no_agent=True),)))
        assert error == "org.l2tp.Error.NoSecrets", (error, text)


def test_last_error(bus):
    """A Connect that is refused clears LastError, as any other does"""
    with running(bus) as service:
        caller = service.caller

        def connect():
            return caller.call(path, CONNECTION, "Connect", GLib.Variant(
                "(a{sv})", (variants(no_agent=True),)))[0]
        error, result = caller.manager(
            "AddConnection", "(a{sv}a{sv}a{sv})",
            variants(name="mine", gateway="127.0.0.1", port=closed_port(), user="alice"),
            variants(password="s3cret"), variants(persist="memory"))
        assert error is None, result
        path = result[0]
        assert connect() is None
        wait_for(lambda: caller.objects()[path][CONNECTION]["State"] != 7 and "no failure",
                 TIMEOUT, "failure")
        assert caller.objects()[path][CONNECTION]["LastError"][0].startswith("org.l2tp.Error.")
        error, text = caller.call(path, CONNECTION, "SetSecrets", GLib.Variant(
            "(a{sv}a{sv})", (variants(password=""), {})))
        assert error is None, text
        assert connect() == "org.l2tp.Error.NoSecrets"
        assert caller.objects()[path][CONNECTION]["LastError"] == ("", "")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--client"]:
        run_client(*sys.argv[2:])
    else:
        sys.exit(run_tests(globals()))
