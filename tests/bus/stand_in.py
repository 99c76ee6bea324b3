#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors
"""A stand-in for the service: org.l2tp on the system bus, no L2TP behind it.

It loads the interface XML, so it has the shape of the real thing, and plays a part that the
connection's gateway chooses:

  ok.test         connects in four stages
  swift.test      is connected at once
  slow.test       stays in "tunnel" for ever
  refused.test    fails in "tunnel", with cause and remedy
  auth.test       fails in "ppp" with AuthFailed
  escape.test     fails with terminal control characters in the text
  retry.test      fails once, comes back by itself, connects
  denied.test     Connect is not authorised (by the service)
  policy.test     Connect is refused by the bus
  vanish.test     the service dies during Connect
  deleted.test    the connection is deleted during Connect
  nosecret.test   fails with NoSecrets, before the reply of Connect
  busy.test       is already connecting when it is made
  ask.test        needs a password from an agent, and takes any
  two.test        needs two secrets from an agent
  expired.test    refuses the first password with a message full of traps, takes "second"
  again.test      refuses the first password without a word
  impatient.test  takes its question back
  polkit.test     Connect, Disconnect, Update and Delete need interactive authorisation
  strict.test     AddConnection and GetSettings need interactive authorisation
  waiting.test    waits a minute for its next attempt
  dual.test       connects with IPv4 and IPv6
  lost.test       connects, is lost, and comes back with another address, and again with that

Usage: stand_in.py DIRECTORY-OF-XML
"""

import os
import pathlib
import sys
import time
import uuid

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

PREFIX = "org.l2tp.Error."
ROOT = "/org/l2tp"
MANAGER = ROOT + "/Manager"
DISCONNECTED, CONNECTING, NEED_SECRETS, CONNECTED = 1, 2, 3, 4
RECONNECTING, DISCONNECTING, FAILED = 5, 6, 7
ALL_USERS = 0xffffffff

OBJECT_MANAGER = """<node><interface name="org.freedesktop.DBus.ObjectManager">
  <method name="GetManagedObjects"><arg type="a{oa{sa{sv}}}" direction="out"/></method>
  <signal name="InterfacesAdded"><arg type="o"/><arg type="a{sa{sv}}"/></signal>
  <signal name="InterfacesRemoved"><arg type="o"/><arg type="as"/></signal>
</interface></node>"""


class Failure(Exception):
    def __init__(self, name, text):
        super().__init__(text)
        self.name = name if "." in name else PREFIX + name


class Connection:
    def __init__(self, service, path, settings, secrets, owner, source):
        self.service = service
        self.asked = None
        self.path = path
        self.settings = settings
        self.secrets = secrets
        self.timers = []
        self.started = 0
        self.registered = {}
        self.tunnel = None
        self.session = None
        self.props = {
            "Uuid": ("s", settings.get("uuid") or str(uuid.uuid4())),
            "Name": ("s", settings["name"]),
            "Gateway": ("s", settings["gateway"]),
            "UserName": ("s", settings.get("user", "")),
            "Owner": ("u", owner),
            "Autostart": ("b", settings.get("autostart", False)),
            "Source": ("s", source),
            "Filename": ("s", "/var/lib/l2tp-client/connections/%s.conf" % settings["name"]
                         if source == "disk" else ""),
            "State": ("u", DISCONNECTED),
            "StateReason": ("u", 0),
            "Since": ("t", int(time.time() * 1e6)),
            "Phase": ("s", ""),
            "RetryCount": ("u", 0),
            "NextRetry": ("t", 0),
            "LastError": ("(ss)", ("", "")),
            "Interface": ("s", ""),
            "IfIndex": ("i", 0),
            "Ip4Config": ("a{sv}", {}),
            "Ip6Config": ("a{sv}", {}),
            "Timeline": ("a(st)", []),
        }

    def interfaces(self):
        found = {"org.l2tp.Connection": self.props}
        if self.tunnel:
            found["org.l2tp.Tunnel"] = self.tunnel
        if self.session:
            found["org.l2tp.Session"] = self.session
        return found

    def set(self, **changes):
        """Sets properties, announces them, and then the state change."""
        old = self.props["State"][1]
        if "State" in changes:
            changes.setdefault("Since", int(time.time() * 1e6))
        for key, value in changes.items():
            self.props[key] = (self.props[key][0], value)
        announced = {k: GLib.Variant(*self.props[k]) for k in changes if k != "Timeline"}
        self.service.emit(self.path, "org.freedesktop.DBus.Properties", "PropertiesChanged",
                          GLib.Variant("(sa{sv}as)", ("org.l2tp.Connection", announced, [])))
        if "State" in changes:
            self.service.emit(self.path, "org.l2tp.Connection", "StateChanged",
                              GLib.Variant("(uuu)", (changes["State"], old,
                                                     changes.get("StateReason", 0))))

    def later(self, ms, function, *args):
        self.timers.append(GLib.timeout_add(ms, lambda: function(*args) and False))

    def stop_timers(self):
        for timer in self.timers:
            if GLib.MainContext.default().find_source_by_id(timer):
                GLib.source_remove(timer)
        self.timers = []

    def stage_over(self, name, next_phase):
        now = int((time.monotonic() - self.started) * 1e6)
        self.props["Timeline"] = ("a(st)", self.props["Timeline"][1] + [(name, now)])
        if name == "tunnel":
            self.tunnel = {
                "LocalAddress": ("s", "192.0.2.7"), "LocalPort": ("q", 40123),
                "PeerAddress": ("s", "192.0.2.1"), "PeerPort": ("q", 1701),
                "TunnelId": ("u", 4711), "PeerTunnelId": ("u", 12),
                "PeerHostName": ("s", "lns\x1b[31m.example"), "PeerVendor": ("s", "stand-in"),
                "Secured": ("b", True), "Encap": ("s", "esp-in-udp"),
                "Cipher": ("s", "AES_CBC-256/HMAC_SHA2_256_128"),
                "RekeyAt": ("t", int((time.time() + 3600) * 1e6)),
            }
            self.service.added(self, "org.l2tp.Tunnel")
        if name == "session":
            self.session = {
                "SessionId": ("u", 815), "PeerSessionId": ("u", 34), "Interface": ("s", ""),
                "PppPid": ("u", 4242), "Mtu": ("u", 1400),
            }
            self.service.added(self, "org.l2tp.Session")
        self.set(Phase=next_phase)

    def up(self, address="10.77.0.10"):
        now = int((time.monotonic() - self.started) * 1e6)
        self.props["Timeline"] = ("a(st)", self.props["Timeline"][1] + [("connected", now)])
        if self.props["Gateway"][1] == "dual.test":
            self.set(Ip6Config={"address": GLib.Variant("s", "fd00::2"),
                                "peer": GLib.Variant("s", "fd00::1"),
                                "dns": GLib.Variant("as", ["fd00::53"])})
        self.set(State=CONNECTED, StateReason=2, Phase="", Interface="ppp0", IfIndex=7,
                 Ip4Config={"address": GLib.Variant("s", address),
                            "prefix": GLib.Variant("u", 32),
                            "peer": GLib.Variant("s", "10.77.0.1"),
                            "dns": GLib.Variant("as", ["10.77.0.1", "10.77.0.2"]),
                            "mtu": GLib.Variant("u", 1400)})

    def fail(self, name, text):
        self.drop_links()
        self.set(State=FAILED, StateReason=4, Phase="", LastError=(PREFIX + name, text))

    def drop_links(self):
        gone = [n for n in self.interfaces() if n != "org.l2tp.Connection"]
        self.tunnel = self.session = None
        if gone:
            self.service.removed(self, gone)

    def come_back(self):
        self.set(State=RECONNECTING, StateReason=3, RetryCount=1, Phase="tunnel",
                 LastError=(PREFIX + "Unreachable", "tunnel: no answer from 192.0.2.1\nWait."))
        self.later(100, self.up)

    def lose(self):
        self.set(State=RECONNECTING, StateReason=3, Phase="ppp", Ip4Config={},
                 LastError=(PREFIX + "PppFailed", "ppp: pppd was killed\nWait."))
        self.later(100, self.up, "10.77.0.11")
        if self.props["RetryCount"][1] == 0:
            self.set(RetryCount=1)
            self.later(300, self.lose)

    def ask(self, names, hints):
        """Asks the newest agent; what it says goes to answered()."""
        if not self.service.agents:
            self.fail("NoSecrets", "ppp: a password is needed")
            return
        self.asked = list(self.service.agents.items())[-1]
        hints = {"connection": self.settings["name"], "user": self.settings.get("user", ""),
                 "gateway": self.props["Gateway"][1], **hints}
        variants = {k: GLib.Variant("b" if isinstance(v, bool) else "s", v)
                    for k, v in hints.items()}
        self.set(State=NEED_SECRETS, StateReason=6)
        self.service.bus.call(*self.asked, "org.l2tp.Agent", "RequestSecrets",
                              GLib.Variant("(oasa{sv})", (self.path, names, variants)),
                              GLib.VariantType("(a{sv})"), Gio.DBusCallFlags.NONE, 600000, None,
                              self.answered)

    def answered(self, bus, result):
        if self.props["State"][1] != NEED_SECRETS:
            return
        try:
            secrets = bus.call_finish(result).unpack()[0]
        except GLib.Error as error:
            name = Gio.DBusError.get_remote_error(error) or ""
            known = "AgentCanceled" if name.endswith("AgentCanceled") else "NoSecrets"
            self.fail(known, "ppp: no password was given")
            return
        print("ANSWERED", secrets, flush=True)
        part = self.props["Gateway"][1]
        wrong = secrets.get("password") != "second"
        self.set(State=CONNECTING, StateReason=1, Phase="ppp")
        if not self.tunnel:
            self.stage_over("tunnel", "ppp")
        if part == "expired.test" and wrong:
            self.ask(["password"], {"retry": True,
                                    "message": "Password \x1b[2Jexpired\u202e, new one:\nnow"})
        elif part == "again.test" and wrong:
            self.ask(["password"], {"retry": True})
        else:
            self.later(20, self.up)

    def take_back(self):
        self.service.bus.call(*self.asked, "org.l2tp.Agent", "Cancel",
                              GLib.Variant("(o)", (self.path,)), None,
                              Gio.DBusCallFlags.NONE, -1, None, None)

    def connect(self, options):
        part = self.props["Gateway"][1]
        if self.props["State"][1] == CONNECTED:
            raise Failure("AlreadyConnected", "It is connected.")
        if self.props["State"][1] not in (DISCONNECTED, FAILED):
            raise Failure("InProgress", "It is being connected.")
        if part == "denied.test":
            raise Failure("NotAuthorized", "You may not use this connection\nAsk for it.")
        if part == "policy.test":
            raise Failure("org.freedesktop.DBus.Error.AccessDenied",
                          'Rejected send message, 2 matched rules; type="method_call"')
        self.started = time.monotonic()
        self.props["Timeline"] = ("a(st)", [])
        self.set(State=CONNECTING, StateReason=1, Phase="resolve", RetryCount=0,
                 NextRetry=0, LastError=("", ""), Interface="", IfIndex=0, Ip4Config={},
                 Ip6Config={})
        if part == "nosecret.test":
            self.fail("NoSecrets", "ppp: a password is needed\nGive one.")
            return
        if part == "swift.test":
            self.stage_over("resolve", "tunnel")
            self.stage_over("tunnel", "ip")
            self.up()
            return
        if part == "vanish.test":
            self.later(50, os._exit, 0)
        if part == "deleted.test":
            self.later(50, self.delete)
        self.later(20, self.stage_over, "resolve", "tunnel")
        if part == "refused.test":
            self.later(60, self.fail, "TunnelRefused",
                       "tunnel: 192.0.2.1 refused: no resources\nAsk its administrator.")
        if part == "escape.test":
            self.later(60, self.fail, "TunnelRefused",
                       "tunnel: peer says \x1b[2J\x1b]0;owned\x07hello\u009b31m\u202edlrow\n"
                       "Do\x08n't\r trust\tit.")
        if part == "retry.test":
            self.later(60, self.come_back)
        if part == "waiting.test":
            self.later(60, lambda: self.set(
                State=RECONNECTING, StateReason=3, RetryCount=2, Phase="",
                NextRetry=int((time.time() + 60) * 1e6),
                LastError=(PREFIX + "Unreachable", "tunnel: no answer from 192.0.2.1\nWait.")))
        if part in ("ask.test", "two.test", "expired.test", "again.test", "impatient.test"):
            if options.get("no-agent"):
                self.fail("NoSecrets", "ppp: a password is needed")
            else:
                self.later(30, self.ask,
                           ["password", "ipsec-psk"] if part == "two.test" else ["password"], {})
            if part == "impatient.test":
                self.later(400, self.take_back)
            return
        if part in ("ok.test", "auth.test", "polkit.test", "dual.test"):
            self.later(40, self.stage_over, "tunnel", "session")
            self.later(60, self.stage_over, "session", "ppp")
        if part == "auth.test":
            self.later(90, self.fail, "AuthFailed",
                       "ppp: the LNS rejected user name or password\nCheck both.")
        if part == "lost.test":
            self.later(40, self.stage_over, "tunnel", "session")
            self.later(60, self.up)
            self.later(300, self.lose)
        if part in ("ok.test", "polkit.test", "dual.test"):
            self.later(90, self.stage_over, "ppp", "ip")
            self.later(100, self.stage_over, "ip", "ip")
            self.later(120, self.up)

    def down(self):
        if self.props["State"][1] in (DISCONNECTED, FAILED):
            raise Failure("NotConnected", "It is not connected.")
        self.stop_timers()
        self.set(State=DISCONNECTING, StateReason=1, Phase="")
        self.later(80, self.is_down)

    def is_down(self):
        self.drop_links()
        self.set(State=DISCONNECTED, StateReason=1, Interface="", IfIndex=0, Ip4Config={})

    def delete(self):
        self.stop_timers()
        if self.path in self.service.connections:
            self.service.remove(self)

    def update(self, settings, secrets):
        if settings["gateway"] == "wrong.test":
            raise Failure("InvalidSettings", "gateway: the service does not like it\nTake another.")
        print("UPDATED", settings, secrets, flush=True)
        self.settings = settings
        self.set(Name=settings["name"], Gateway=settings["gateway"],
                 UserName=settings.get("user", ""), Autostart=settings.get("autostart", False))

    def call(self, method, args):
        if self.props["Gateway"][1] == "polkit.test" and method in (
                "Connect", "Disconnect", "Update", "Delete"):
            self.service.need_authorization()
        if self.props["Gateway"][1] == "strict.test" and method == "GetSettings":
            self.service.need_authorization()
        if method == "Connect":
            self.connect(args[0])
        elif method == "Update":
            self.update(args[0], args[1])
        elif method == "SetSecrets":
            print("SECRETS", args[0], flush=True)
        elif method == "Disconnect":
            self.down()
        elif method == "Delete":
            self.delete()
        elif method == "GetStatistics":
            if not self.session:
                raise Failure("NotConnected", "There is no session.")
            return GLib.Variant("(a{st})", ({
                "rx-bytes": 123456, "tx-bytes": 0, "rx-packets": 10, "tx-packets": 0,
                "rx-errors": 0, "tx-errors": 0, "control-rx": 5, "control-tx": 6,
                "control-retransmits": 0},))
        elif method == "GetSettings":
            kinds = {bool: "b", int: "u", str: "s"}
            return GLib.Variant("(a{sv})", ({k: GLib.Variant(kinds[type(v)], v)
                                             for k, v in self.settings.items()},))
        return None


class Service:
    def __init__(self, xml):
        self.bus = Gio.bus_get_sync(Gio.BusType.SYSTEM)
        self.infos = {}
        self.connections = {}
        self.counter = 0
        self.agents = {}
        self.invocation = None
        for name in ("Manager", "Connection"):
            node = Gio.DBusNodeInfo.new_for_xml((xml / f"org.l2tp.{name}.xml").read_text())
            self.infos.update({info.name: info for info in node.interfaces})
        objects = Gio.DBusNodeInfo.new_for_xml(OBJECT_MANAGER).interfaces[0]
        self.manager = {"Version": ("s", "0"), "Features": ("as", []), "State": ("u", 0),
                        "ActiveConnections": ("ao", []), "NetworkManagerPresent": ("b", False)}
        self.register(ROOT, objects, lambda: {}, self.call_root)
        self.register(MANAGER, self.infos["org.l2tp.Manager"], lambda: self.manager,
                      self.call_manager)

    def register(self, path, info, properties, handler):
        def on_call(bus, sender, obj, interface, method, args, invocation):
            self.invocation = invocation
            try:
                invocation.return_value(handler(method, args.unpack()))
            except Failure as failure:
                invocation.return_dbus_error(failure.name, str(failure))

        def on_get(bus, sender, obj, interface, name):
            return GLib.Variant(*properties()[name])

        return self.bus.register_object(path, info, on_call, on_get, None)

    def need_authorization(self):
        flag = Gio.DBusMessageFlags.ALLOW_INTERACTIVE_AUTHORIZATION
        if not self.invocation.get_message().get_flags() & flag:
            raise Failure("org.freedesktop.DBus.Error.InteractiveAuthorizationRequired",
                          "Interactive authentication required.")
        print("AUTHORIZED", flush=True)

    def emit(self, path, interface, signal, args):
        self.bus.emit_signal(None, path, interface, signal, args)

    @staticmethod
    def pack(interfaces):
        return {name: {k: GLib.Variant(*v) for k, v in props.items()}
                for name, props in interfaces.items()}

    def export(self, connection, name):
        connection.registered[name] = self.register(
            connection.path, self.infos[name], lambda: connection.interfaces()[name],
            connection.call)

    def added(self, connection, *names):
        for name in names:
            self.export(connection, name)
        some = {n: p for n, p in connection.interfaces().items() if n in names}
        self.emit(ROOT, "org.freedesktop.DBus.ObjectManager", "InterfacesAdded",
                  GLib.Variant("(oa{sa{sv}})", (connection.path, self.pack(some))))

    def removed(self, connection, names):
        for name in names:
            self.bus.unregister_object(connection.registered.pop(name))
        self.emit(ROOT, "org.freedesktop.DBus.ObjectManager", "InterfacesRemoved",
                  GLib.Variant("(oas)", (connection.path, names)))

    def remove(self, connection):
        self.connections.pop(connection.path, None)
        self.removed(connection, list(connection.registered))

    def call_root(self, method, args):
        tree = {MANAGER: self.pack({"org.l2tp.Manager": self.manager})}
        for path, connection in self.connections.items():
            tree[path] = self.pack(connection.interfaces())
        return GLib.Variant("(a{oa{sa{sv}}})", (tree,))

    def call_manager(self, method, args):
        if method == "AddConnection":
            return self.add(*args)
        if method == "ConnectTransient":
            print("TRANSIENT", args[2], flush=True)
            return self.connect_transient(*args)
        if method == "RegisterAgent":
            return self.register_agent(args[0])
        if method == "UnregisterAgent":
            self.agents.pop(self.invocation.get_sender(), None)
            return None
        if method in ("Reload", "SetLogLevel"):
            return None
        found = self.connections.values()
        if method == "GetConnectionByUuid":
            found = [c for c in found if c.props["Uuid"][1] == args[0]]
            if not found:
                raise Failure("NotFound", "There is no such connection.")
            return GLib.Variant("(o)", (found[0].path,))
        if method == "FindByName":
            found = [c for c in found if c.settings["name"] == args[0]]
        return GLib.Variant("(ao)", ([c.path for c in found],))

    def connect_transient(self, settings, secrets, options):
        added = self.add(settings, secrets, {"persist": options.get("source", "memory"),
                                             "private": True})
        connection = self.connections[added.unpack()[0]]
        connection.connect({})
        if options.get("bind"):
            self.on_end(self.invocation.get_sender(), connection.delete)
        return added

    def on_end(self, name, function):
        """Calls it when the name leaves the bus, or has left it already."""
        Gio.bus_watch_name_on_connection(self.bus, name, Gio.BusNameWatcherFlags.NONE, None,
                                         lambda *_: function())

    def register_agent(self, path):
        sender = self.invocation.get_sender()
        if sender in self.agents:
            raise Failure("InProgress", "It is registered already.")
        self.agents[sender] = path
        self.on_end(sender, lambda: self.agents.pop(sender, None))

    def add(self, settings, secrets, options):
        if settings["gateway"] == "strict.test":
            self.need_authorization()
        if any(c.settings["name"] == settings["name"] for c in self.connections.values()):
            raise Failure("InvalidSettings", "name: “%s” is taken" % settings["name"])
        self.counter += 1
        path = f"{ROOT}/connections/{self.counter}"
        owner = os.getuid() if options.get("private") else ALL_USERS
        connection = Connection(self, path, settings, secrets, owner,
                                options.get("persist", "disk"))
        self.connections[path] = connection
        self.added(connection, "org.l2tp.Connection")
        print("ADDED", settings, secrets, options, flush=True)
        if settings["gateway"] == "busy.test":
            connection.set(State=CONNECTING, Phase="tunnel")
        return GLib.Variant("(o)", (path,))


def main():
    service = Service(pathlib.Path(sys.argv[1]))
    loop = GLib.MainLoop()
    Gio.bus_own_name_on_connection(service.bus, "org.l2tp", Gio.BusNameOwnerFlags.NONE,
                                   lambda *_: print("READY", flush=True), lambda *_: loop.quit())
    loop.run()


if __name__ == "__main__":
    main()
