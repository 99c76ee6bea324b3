#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""nm-l2tp-service between a test that plays NetworkManager and the stand-in of the service.

Environment: NM_L2TP_SERVICE, the program; L2TP_XML, the directory of the interface XML."""

import contextlib
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import tap
from gi.repository import Gio, GLib

HERE = Path(__file__).resolve().parent
PROGRAM = os.environ["NM_L2TP_SERVICE"]
XML = os.environ["L2TP_XML"]
STAND_IN = HERE.parent / "bus/stand_in.py"
BUS_CONF = HERE.parent / "bus/bus.conf"
NAME = "org.freedesktop.NetworkManager.l2tp.Connection_7"
PATH = "/org/freedesktop/NetworkManager/VPN/Plugin"
INTERFACE = "org.freedesktop.NetworkManager.VPN.Plugin"
ERROR = "org.freedesktop.NetworkManager.VPN.Error."
STARTING, STARTED, STOPPING, STOPPED = 3, 4, 5, 6
LOGIN_FAILED, CONNECT_FAILED = 0, 1
TIMEOUT = 30
AT_ONCE = 0.1  # s

BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><include>{conf}</include><listen>unix:path={dir}/bus</listen>
<servicedir>{dir}</servicedir></busconfig>"""
ACTIVATION = "[D-BUS Service]\nName=org.l2tp\nExec={dir}/service\n"
START = '#!/bin/sh\nexec {python} {program} {xml} >>{dir}/said 2>&1\n'


def number(address):
    return struct.unpack("=I", socket.inet_aton(address))[0]


class Bridge:
    """The program on a bus of its own, on which the stand-in is started by whoever calls it."""

    def __init__(self, directory, *args):
        self.dir = directory
        self.address = f"unix:path={directory}/bus"
        self.env = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": self.address, "LC_ALL": "C.UTF-8"}
        for name, text in (("bus.conf", BUS), ("org.l2tp.service", ACTIVATION), ("service", START)):
            (directory / name).write_text(text.format(
                conf=BUS_CONF, dir=directory, python=sys.executable, program=STAND_IN, xml=XML))
        (directory / "service").chmod(0o755)
        self.daemon = subprocess.Popen(
            ["dbus-daemon", f"--config-file={directory}/bus.conf", "--nofork", "--print-address"],
            stdout=subprocess.PIPE, env=self.env, text=True)
        self.daemon.stdout.readline()
        self.bus = self.connect()
        self.log = open(directory / "log", "w+", encoding="utf-8")
        self.program = subprocess.Popen([PROGRAM, "--bus-name", NAME, "--debug", *args],
                                        env=self.env, stderr=self.log, stdout=self.log)
        self.signals = []
        self.bus.signal_subscribe(NAME, INTERFACE, None, PATH, None, Gio.DBusSignalFlags.NONE,
                                  lambda *a: self.signals.append((a[4], a[5].unpack())))
        self.wait(lambda: self.owner(NAME), "the program's name")

    def connect(self):
        flags = (Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
                 | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
        return Gio.DBusConnection.new_for_address_sync(self.address, flags, None, None)

    def close(self):
        service = self.owner("org.l2tp")
        if service:
            os.kill(service, signal.SIGKILL)
        self.program.kill()
        self.program.wait()
        self.daemon.terminate()
        self.daemon.wait()
        self.daemon.stdout.close()
        self.log.close()

    def owner(self, name):
        """The process of a name, or None."""
        try:
            return self.bus.call_sync(
                "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "GetConnectionUnixProcessID",
                GLib.Variant("(s)", (name,)), None, 0, -1, None).unpack()[0]
        except GLib.Error:
            return None

    def wait(self, condition, what):
        deadline = time.monotonic() + TIMEOUT
        context = GLib.MainContext.default()
        while not condition():
            assert time.monotonic() < deadline, (what, self.signals, self.logged())
            if not context.iteration(False):
                time.sleep(0.005)

    def wait_for(self, name, *args):
        """The arguments of the next signal of that name (and those first arguments); what came
        before it is forgotten."""
        def index():
            return [i for i, (n, a) in enumerate(self.signals) if n == name and a[:len(args)] == args]
        self.wait(index, (name, *args))
        found = index()[0]
        result = self.signals[found][1]
        self.signals[:found + 1] = []
        return result

    def logged(self):
        return Path(self.log.name).read_text(encoding="utf-8")

    def said(self):
        """What the stand-in got, if it has been started."""
        said = self.dir / "said"
        return said.read_text(encoding="utf-8") if said.exists() else ""

    def call(self, method, *args, bus=None):
        return (bus or self.bus).call_sync(NAME, PATH, INTERFACE, method,
                                           args[0] if args else None, None, 0, 10000, None)

    def start(self, connection, method="Connect", bus=None):
        if method == "Connect":
            self.call(method, GLib.Variant("(a{sa{sv}})", (connection,)), bus=bus)
        else:
            self.call(method, GLib.Variant("(a{sa{sv}}a{sv})", (connection, {})), bus=bus)

    def ended(self):
        assert self.program.wait(TIMEOUT) == 0, self.logged()


@contextlib.contextmanager
def bridge(*args):
    with tempfile.TemporaryDirectory() as directory:
        the_bridge = Bridge(Path(directory), *args)
        try:
            yield the_bridge
        finally:
            the_bridge.close()


def profile(gateway, password="s3cret", permissions=(), persistent=False, **data):
    """As NetworkManager sends it."""
    data = {"gateway": gateway, "user": "alice", **data}
    vpn = {"service-type": GLib.Variant("s", "org.freedesktop.NetworkManager.l2tp"),
           "data": GLib.Variant("a{ss}", {k.replace("_", "-"): v for k, v in data.items()}),
           "persistent": GLib.Variant("b", persistent)}
    if password:
        vpn["secrets"] = GLib.Variant("a{ss}", {"password": password})
    return {"connection": {
        "id": GLib.Variant("s", "work"), "type": GLib.Variant("s", "vpn"),
        "uuid": GLib.Variant("s", "5d40cd0f-8dd1-4c0b-b8f9-dd2d1b0ad6a5"),
        "permissions": GLib.Variant("as", permissions)}, "vpn": vpn,
        "ipv4": {"method": GLib.Variant("s", "auto")},
        "ipv6": {"method": GLib.Variant("s", "auto")}}


def test_connects():
    """Config, Ip4Config, started: in that order; the service is told whose VPN it is"""
    with bridge() as nm:
        nm.start(profile("ok.test"))
        config, = nm.wait_for("Config")
        ip4, = nm.wait_for("Ip4Config")
        nm.wait_for("StateChanged", STARTED)
        assert config == {"tundev": "ppp0", "gateway": number("192.0.2.1"), "mtu": 1400,
                          "has-ip4": True, "has-ip6": False, "can-persist": True}, config
        # libnm adds what Config said.
        assert {k: v for k, v in ip4.items() if k not in config} == {
            "address": number("10.77.0.10"), "prefix": 32, "mss": 1360, "ptp": number("10.77.0.1"),
            "dns": [number("10.77.0.1"), number("10.77.0.2")]}, ip4
        said = nm.said()
        assert "'bind': True" in said and "'source': 'networkmanager'" in said, said
        assert "'ip-config': 'external'" in said and "'reconnect-limit'" in said, said
        assert "{'password': 's3cret'}" in said and "owner" not in said, said


def test_both_families():
    """IPv6 where there is some"""
    with bridge() as nm:
        nm.start(profile("dual.test"))
        config, = nm.wait_for("Config")
        ip6, = nm.wait_for("Ip6Config")
        assert config["has-ip4"] and config["has-ip6"], config
        assert bytes(ip6["address"]) == socket.inet_pton(socket.AF_INET6, "fd00::2"), ip6
        assert ip6["prefix"] == 128 and len(ip6["dns"]) == 1, ip6


def test_comes_back():
    """What is lost starts again, and has a fresh configuration"""
    with bridge() as nm:
        nm.start(profile("lost.test"))
        nm.wait_for("StateChanged", STARTED)
        nm.wait_for("StateChanged", STARTING)
        nm.wait_for("Config")
        ip4, = nm.wait_for("Ip4Config")
        assert ip4["address"] == number("10.77.0.11"), ip4
        nm.wait_for("StateChanged", STARTING)
        again, = nm.wait_for("Ip4Config")
        # NetworkManager would not apply the same once more.
        assert again["address"] == ip4["address"] and again != ip4, (ip4, again)
        assert "pppd was killed" in nm.logged()


def test_service_dies():
    """It is started anew, once; a VPN that was never up has failed"""
    with bridge() as nm:
        nm.start(profile("ok.test"))
        nm.wait_for("StateChanged", STARTED)
        os.kill(nm.owner("org.l2tp"), signal.SIGKILL)
        nm.wait_for("StateChanged", STARTING)
        nm.wait_for("Ip4Config")
    with bridge() as nm:
        nm.start(profile("vanish.test"))
        assert nm.wait_for("Failure") == (CONNECT_FAILED,)
        nm.wait_for("StateChanged", STOPPED)
        nm.ended()


def assert_fails(gateway, reason, *texts):
    with bridge() as nm:
        nm.start(profile(gateway))
        nm.wait_for("StateChanged", STOPPING)
        assert nm.wait_for("Failure") == (reason,)
        nm.wait_for("StateChanged", STOPPED)
        nm.ended()
        assert not [s for s in nm.signals if s[0] == "Failure"], nm.signals
        for text in texts:
            assert text in nm.logged(), nm.logged()


def test_failures():
    """One reason only, the last word; the stage's text and where there is more are in the log"""
    assert_fails("auth.test", LOGIN_FAILED, "work: ppp: the LNS rejected user name or password")
    assert_fails("refused.test", CONNECT_FAILED, "no resources", "Ask its administrator.",
                 "journalctl L2TP_CONNECTION=")


def test_asks_again():
    """A refused password is told of and asked for, and the new one counts"""
    with bridge() as nm:
        nm.start(profile("expired.test"), "ConnectInteractive")
        message, hints = nm.wait_for("SecretsRequired")
        assert "work" in message and hints == ["password"], (message, hints)
        nm.call("NewSecrets", GLib.Variant("(a{sa{sv}})", (profile("expired.test", "first"),)))
        message, hints = nm.wait_for("SecretsRequired")
        assert "refuses the user name or the password" in message, message
        assert "expired" in message and hints == ["password"], (message, hints)
        nm.call("NewSecrets", GLib.Variant("(a{sa{sv}})", (profile("expired.test", "second"),)))
        nm.wait_for("StateChanged", STARTED)
        assert "s3cret" not in nm.logged() and "second" not in nm.logged()


def test_question_is_dropped():
    """Disconnect while somebody is asked"""
    with bridge() as nm:
        nm.start(profile("ask.test"), "ConnectInteractive")
        nm.wait_for("SecretsRequired")
        nm.call("Disconnect")
        nm.wait_for("StateChanged", STOPPED)
        nm.ended()


def connections(nm):
    return nm.bus.call_sync("org.l2tp", "/org/l2tp/Manager", "org.l2tp.Manager", "ListConnections",
                            GLib.Variant("(a{sv})", ({},)), None, 0, -1, None).unpack()[0]


def test_disconnect():
    """At once, with nothing left behind"""
    for gateway, state in (("slow.test", STARTING), ("ok.test", STARTED)):
        with bridge() as nm:
            nm.start(profile(gateway))
            nm.wait_for("StateChanged", state)
            nm.call("Disconnect")
            nm.wait_for("StateChanged", STOPPED)
            nm.ended()
            nm.wait(lambda: not connections(nm), "the connection is deleted")


def test_disconnect_before_reply():
    """What is made after Disconnect does not stay: who asked for it has ended, or deletes it"""
    for args in ((), ("--persist",)):
        with bridge(*args) as nm:
            connections(nm)
            service = nm.owner("org.l2tp")
            os.kill(service, signal.SIGSTOP)
            nm.start(profile("slow.test"))
            nm.call("Disconnect")
            nm.wait_for("StateChanged", STOPPED)
            if not args:
                nm.ended()
            os.kill(service, signal.SIGCONT)
            nm.wait(lambda: "TRANSIENT" in nm.said(), "ConnectTransient arrives")
            nm.wait(lambda: not connections(nm), "the connection is deleted")


def test_disconnect_before_service():
    """The same while the bus still starts the service, and a VPN afterwards"""
    with bridge("--persist") as nm:
        nm.start(profile("slow.test"))
        nm.call("Disconnect")
        nm.wait_for("StateChanged", STOPPED)
        nm.wait(lambda: "TRANSIENT" in nm.said(), "ConnectTransient arrives")
        nm.wait(lambda: not connections(nm), "the connection is deleted")
        nm.start(profile("ok.test"))
        nm.wait_for("StateChanged", STARTED)


def seconds(function, *args):
    begun = time.monotonic()
    function(*args)
    return time.monotonic() - begun


def test_at_once():
    """Connect and Disconnect wait for nobody: the service does not answer at all"""
    took = []
    for _ in range(5):
        with bridge() as nm:
            connections(nm)
            os.kill(nm.owner("org.l2tp"), signal.SIGSTOP)
            took.append(max(seconds(nm.start, profile("ok.test")), seconds(nm.call, "Disconnect")))
            nm.ended()
    # The fastest: the machine has other things to do.
    assert min(took) < AT_ONCE, took


def test_networkmanager_leaves():
    """Its end is the VPN's"""
    with bridge() as nm:
        other = nm.connect()
        nm.start(profile("ok.test"), bus=other)
        nm.wait_for("StateChanged", STARTED)
        other.close_sync(None)
        nm.ended()
        nm.wait(lambda: not connections(nm), "the connection is deleted")


def test_is_terminated():
    """SIGTERM: NetworkManager is told, and nothing is left behind"""
    with bridge() as nm:
        nm.start(profile("ok.test"))
        nm.wait_for("StateChanged", STARTED)
        nm.program.terminate()
        nm.wait_for("StateChanged", STOPPED)
        nm.ended()
        nm.wait(lambda: not connections(nm), "the connection is deleted")


def test_persists():
    """--persist: the next VPN may come"""
    with bridge("--persist") as nm:
        nm.start(profile("refused.test"))
        nm.wait_for("StateChanged", STOPPED)
        assert nm.program.poll() is None
        nm.start(profile("ok.test"))
        nm.wait_for("StateChanged", STARTED)


def test_profile_is_refused():
    """Connect says which key and why"""
    for data, said in (({"x_colour": "blue"}, "x-colour: there is no such key"),
                       ({"mtu": "1400 foo"}, "mtu: "), ({"routes": "10.0.0.0/8"}, "ipv4.routes")):
        with bridge() as nm:
            try:
                nm.start(profile("ok.test", **data))
                raise AssertionError("it was accepted")
            except GLib.Error as error:
                assert Gio.DBusError.get_remote_error(error) == ERROR + "BadArguments", error
                assert said in error.message and said in nm.logged(), (error, nm.logged())


def test_private_profile():
    """The user whose it is, is the owner; a user who does not exist is a failure"""
    with bridge() as nm:
        nm.start(profile("ok.test", permissions=["user:nobody:"]))
        nm.wait_for("StateChanged", STARTED)
        assert "'owner': 65534" in nm.said(), nm.said()
    with bridge() as nm:
        nm.start(profile("ok.test", permissions=["user:no-such-user:"]))
        assert nm.wait_for("Failure") == (CONNECT_FAILED,)


def test_needs_secrets():
    """A password that is missing"""
    for password, setting in ((None, "vpn"), ("s3cret", "")):
        with bridge() as nm:
            reply = nm.call("NeedSecrets",
                            GLib.Variant("(a{sa{sv}})", (profile("ok.test", password),)))
            assert reply.unpack() == (setting,), reply


if __name__ == "__main__":
    sys.exit(tap.run(globals()))
