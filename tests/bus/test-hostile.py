# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors
"""Whatever comes over the bus is answered, with a result or with an error that has a name, and the
service lives, small and with a readable log. Of root, where the test may be it, and of a user.

Environment: of null_service.py; L2TP_HOSTILE_SEED, to see a failure again.
"""

import contextlib
import os
import pathlib
import random
import re
import sys
import time
import xml.etree.ElementTree as ET

from gi.repository import Gio, GLib

from null_service import CONTROLS, MANAGER, NOBODY, ROOT, Caller, running
from private_bus import XML, run_tests

MIB = 1 << 20
AT_ONCE = 40  # the gate takes 64 of one caller
SECONDS = 5  # for what is random
MEMORY_KIB = 64 << 10
NAMED = re.compile(r"org\.(l2tp|freedesktop\.DBus)\.Error\.[A-Z]\w+$")
# Named, and yet no answer of the service's.
NO_ANSWER = {"org.freedesktop.DBus.Error." + name
             for name in ("NoReply", "Timeout", "TimedOut", "Disconnected", "ServiceUnknown")}
TEXTS = ["", " ", "\n", "\x1b[2J\x1b]0;x\x07", "a\tb\r", "\x7f\u0080\u009b31m", "\u202eevil\u2066",
         "%s%n%x", "../../etc/shadow", "/proc/self/mem", "/dev/zero", "-oProxyCommand=x", "\ufeff",
         "a" * 256, "é" * 300, "a" * MIB, "[::1", "[]", "%eth0", "1e999", "-1", "0x10",
         "4294967296", "NaN", "yes\n", "user\nplugin /tmp/x.so", "connect-delay 5000", "\U0010ffff"]
NUMBERS = {"y": (0, 255), "n": (-32768, 32767), "q": (0, 65535), "i": (-1 << 31, (1 << 31) - 1),
           "u": (0, (1 << 32) - 1), "x": (-1 << 63, (1 << 63) - 1), "t": (0, (1 << 64) - 1)}
TYPES = [*NUMBERS, "s", "b", "d", "o", "g", "v", "as", "ay", "a{sv}", "(ss)", "a{us}", "av"]
DOUBLES = [0.0, -0.0, float("nan"), float("inf"), -float("inf"), 1e308]


def methods():
    """(interface, method, signature of its arguments) of the XML."""
    found = []
    for path in sorted(pathlib.Path(XML).glob("org.l2tp.*.xml")):
        for interface in ET.parse(path).getroot().iter("interface"):
            for method in interface.iter("method"):
                signature = "".join(arg.get("type") for arg in method.iter("arg")
                                    if arg.get("direction", "in") == "in")
                found.append((interface.get("name"), method.get("name"), signature))
    return found


def properties():
    found = []
    for path in sorted(pathlib.Path(XML).glob("org.l2tp.*.xml")):
        for interface in ET.parse(path).getroot().iter("interface"):
            found += [(interface.get("name"), item.get("name"))
                      for item in interface.iter("property")]
    return found


def option_keys():
    table = (pathlib.Path(XML) / "l2tp-options.def").read_text(encoding="utf-8")
    keys = re.findall(r'^X \(\w+, "([^"]+)"', table, re.M)
    assert len(keys) > 50, keys
    return keys


class Maker:
    """Hostile values, from a seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.keys = option_keys()
        self.huge = 0  # they take most of the time
        self.ten_thousand = self.many(10000)

    def text(self):
        text = self.random.choice(TEXTS)
        if len(text) == MIB:
            self.huge += 1
            return text if self.huge % 20 == 1 else text[:5000]
        return text

    def deep(self, depth):
        value = GLib.Variant("s", self.text()[:300])
        for _ in range(depth):
            value = GLib.Variant("v", value)
        return value

    def many(self, number):
        builder = GLib.VariantBuilder(GLib.VariantType("a{sv}"))
        text = GLib.Variant("v", GLib.Variant("s", "x" * 50))
        for each in range(number):
            builder.add_value(GLib.Variant.new_dict_entry(GLib.Variant("s", f"key{each}"), text))
        return builder.end()

    def dictionary(self):
        if self.random.random() < 0.02:
            return self.ten_thousand
        builder = GLib.VariantBuilder(GLib.VariantType("a{sv}"))
        known = ("name", "gateway", "bind", "persist", "private", "source", "no-agent")
        for _ in range(self.random.choice((0, 1, 1, 2, 3, 8))):
            key = self.random.choice((*known, self.random.choice(self.keys), self.text()[:300]))
            value = self.value(self.random.choice([kind for kind in TYPES if kind != "a{sv}"]))
            builder.add_value(GLib.Variant.new_dict_entry(
                GLib.Variant("s", key), GLib.Variant("v", value)))
        return builder.end()

    def value(self, kind):
        if kind in NUMBERS:
            low, high = NUMBERS[kind]
            return GLib.Variant(kind, self.random.choice((low, high, 0, 1, high // 2)))
        if kind == "v":
            return GLib.Variant("v", self.deep(self.random.choice((0, 1, 25))))
        if kind == "a{sv}":
            return self.dictionary()
        if kind == "ay":
            octets = b"\0\xff" * self.random.choice((0, 1, 50000))
            return GLib.Variant.new_from_bytes(GLib.VariantType("ay"), GLib.Bytes(octets), True)
        return GLib.Variant(kind, {
            "s": self.text, "b": lambda: self.random.random() < 0.5,
            "d": lambda: self.random.choice(DOUBLES),
            "o": lambda: self.random.choice(("/", MANAGER, "/a" * 500, "/etc/passwd")),
            "g": lambda: self.random.choice(("", "a{sv}", "(" * 20 + "i" + ")" * 20)),
            "as": lambda: [self.text() for _ in range(self.random.choice((0, 1, 20)))],
            "(ss)": lambda: (self.text(), self.text()),
            "a{us}": lambda: {7: self.text()},
            "av": lambda: [self.deep(20)],
        }[kind]())

    def right(self, signature):
        """Arguments of the right types."""
        kinds = re.findall(r"a\{sv\}|as|.", signature)
        return GLib.Variant.new_tuple(*(self.value(kind) for kind in kinds)) if kinds else None

    def wrong(self):
        """Arguments of any types."""
        kinds = self.random.choices(TYPES, k=self.random.choice((0, 1, 2, 3, 4)))
        return GLib.Variant.new_tuple(*(self.value(kind) for kind in kinds))


class Victim:
    """The service, those who call it, and what is true of every answer."""

    def __init__(self, service):
        self.service = service
        address = self.service.address
        self.callers = [Caller(address)] + ([Caller(address, NOBODY)] if ROOT else [])
        self.calls = self.refused = 0
        self.pending = []
        self.paths = [self.add("memory"), self.add("disk")]

    def add(self, persist):
        values = {"name": GLib.Variant("s", persist), "gateway": GLib.Variant("s", "127.0.0.1"),
                  "port": GLib.Variant("u", 9)}
        error, result = self.callers[0].manager(
            "AddConnection", "(a{sv}a{sv}a{sv})", values, {},
            {"persist": GLib.Variant("s", persist), "private": GLib.Variant("b", False)})
        assert error is None, result
        return result[0]

    def send(self, path, interface, method, args, caller=None, random_caller=random):
        caller = caller or random_caller.choice(self.callers)
        self.pending.append((caller.start(path, interface, method, args),
                             (path[:50], interface, method, args)))
        if len(self.pending) >= AT_ONCE:
            self.settle()

    def settle(self):
        """Every call is answered; what was made goes again."""
        pending, self.pending = self.pending, []
        self.callers[0].wait(*(answer for answer, _ in pending), [True])
        for (error, result), (path, interface, method, args) in pending:
            self.calls += 1
            if error is None:
                if method in ("AddConnection", "ConnectTransient"):
                    self.callers[0].start(result[0], "org.l2tp.Connection", "Delete",
                                          GLib.Variant("(a{sv})", ({},)))
                continue
            self.refused += 1
            # GLib repeats the names of interfaces and properties that it does not know.
            fine = "freedesktop" in error or len(result) < 2000 and not CONTROLS.search(result)
            assert fine and NAMED.match(error) and error not in NO_ANSWER, (
                path, interface, method, args and args.print_(False)[:300], error, result[:2000])
        assert not self.service.ended(), self.service.log.read_text()[-8000:]


@contextlib.contextmanager
def scene(bus):
    seed = os.environ.get("L2TP_HOSTILE_SEED") or str(random.randrange(1 << 32))
    try:
        with running(bus, users=True) as service:
            victim = Victim(service)
            yield victim, Maker(seed)
            victim.settle()
            print(f"# {victim.calls} calls, {victim.refused} refused", flush=True)
    except BaseException:
        print(f"# L2TP_HOSTILE_SEED={seed}", flush=True)
        raise


def test_options(bus):
    """Every option with a value of every type, and every hostile text"""
    with scene(bus) as (victim, maker):
        base = {"name": GLib.Variant("s", "memory"), "gateway": GLib.Variant("s", "127.0.0.1")}
        for key in maker.keys:
            values = [maker.value(kind) for kind in TYPES]
            values += [GLib.Variant("s", text) for text in TEXTS if len(text) < MIB]
            for value in values:
                args = GLib.Variant("(a{sv}a{sv}a{sv})", ({**base, key: value}, {}, {}))
                victim.send(victim.paths[0], "org.l2tp.Connection", "Update", args,
                            random_caller=maker.random)
            args = GLib.Variant("(a{sv}a{sv})", ({key: maker.value("s")}, {}))
            victim.send(victim.paths[1], "org.l2tp.Connection", "SetSecrets", args,
                        random_caller=maker.random)


def send_anything(victim, maker, calls):
    pick = maker.random.choice
    interface, method, signature = pick(calls)
    path = MANAGER if interface == "org.l2tp.Manager" else pick(victim.paths)
    shape = maker.random.random()
    if shape < 0.6:
        args = maker.right(signature)
    elif shape < 0.9:
        args = maker.wrong()
    else:
        args, path = maker.wrong(), pick(("/", "/org/l2tp", "/org/l2tp/connections/4294967296",
                                          "/x" * 300, MANAGER, *victim.paths))
        method = pick((method, "NoSuchMethod", "Introspect", "A" * 250))
        interface = pick((interface, "org.l2tp.No", "org.freedesktop.DBus.Properties",
                          "org.freedesktop.DBus.ObjectManager"))
    if method in ("Connect", "ConnectTransient", "Delete") and shape < 0.6:
        path = path if method != "Delete" else victim.paths[-1] + "0"
    victim.send(path, interface, method, args, random_caller=maker.random)


def test_methods(bus):
    """Every method with wrong types, huge and hostile values, and messages that fit nothing"""
    with scene(bus) as (victim, maker):
        calls = methods()
        assert len(calls) >= 19, calls
        for interface, method, _ in calls:  # each at least once
            for args in (None, maker.wrong(), maker.wrong()):
                victim.send(MANAGER if "Manager" in interface else victim.paths[0], interface,
                            method, args)
        victim.settle()
        before = victim.service.resident_kib()
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            send_anything(victim, maker, calls)
        victim.settle()
        grown = victim.service.resident_kib() - before
        print(f"# grown by {grown} KiB", flush=True)
        # A sanitizer keeps what was freed.
        sanitized = b"libasan" in (victim.service.proc / "maps").read_bytes()
        assert sanitized or grown < MEMORY_KIB, grown


def test_properties(bus):
    """No property can be set, with any type; none that is not there can be read"""
    with scene(bus) as (victim, maker):
        bus_properties = "org.freedesktop.DBus.Properties"
        for interface, name in properties():
            path = MANAGER if interface == "org.l2tp.Manager" else victim.paths[0]
            for kind in ("s", "u", "a{sv}", "d"):
                args = GLib.Variant.new_tuple(GLib.Variant("s", interface), GLib.Variant("s", name),
                                              GLib.Variant("v", maker.value(kind)))
                refused = victim.refused
                victim.settle()
                victim.send(path, bus_properties, "Set", args)
                victim.settle()
                assert victim.refused == refused + 1, (interface, name)
        for text in TEXTS:
            for interface in (text, "org.l2tp.Manager"):
                victim.send(MANAGER, bus_properties, "Get",
                            GLib.Variant("(ss)", (interface, text)))
            victim.send(MANAGER, bus_properties, "GetAll", GLib.Variant("(s)", (text,)))


def test_flood(bus):
    """More calls at once than anybody needs, and calls that want no answer, are bounded"""
    with scene(bus) as (victim, _):
        nothing = GLib.Variant("(a{sv})", ({},))
        for caller in victim.callers:
            answers = [caller.start(MANAGER, "org.l2tp.Manager", "ListConnections", nothing)
                       for _ in range(500)]
            caller.wait(*answers)
            errors = {error for error, _ in answers}
            assert errors <= {None, "org.l2tp.Error.Busy",
                              "org.freedesktop.DBus.Error.LimitsExceeded"}, errors
            for _ in range(500):
                message = Gio.DBusMessage.new_method_call("org.l2tp", victim.paths[0],
                                                          "org.l2tp.Connection", "GetSettings")
                message.set_flags(Gio.DBusMessageFlags.NO_REPLY_EXPECTED)
                message.set_body(nothing)
                caller.connection.send_message(message, Gio.DBusSendMessageFlags.NONE)
            assert caller.manager("ListConnections")[0] in (None, "org.l2tp.Error.Busy")
            caller.leave()
        victim.callers = [Caller(victim.service.address)]
        error, result = victim.callers[0].manager("ListConnections")
        assert (error, len(result[0])) == (None, 2), (error, result)


if __name__ == "__main__":
    sys.exit(run_tests(globals()))
