#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors
"""The whole service when the machine goes to sleep and wakes. Logind is dbusmock's, the LNS is ours;
no kernel, no pppd: see ../null. Speaks TAP. Environment: of null_service.py."""

import contextlib
import sys
import time

from gi.repository import GLib

import wire
from lns import Lns
from mocks import Mock
from null_service import TIMEOUT, NullService, polkit, wait_for
from private_bus import run_tests

LOGIND = ("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager",
          "logind")
CONNECTION = "org.l2tp.Connection"
DISCONNECTED, CONNECTING, CONNECTED, RECONNECTING = 1, 2, 4, 5
REASON_SLEEP = 8


class Night:
    def __init__(self, bus, lns):
        self.logind = Mock(bus, *LOGIND)
        self.service = NullService(bus)
        self.lns, self.paths = lns, {}
        wait_for(lambda: self.inhibitors() != 1 and "none", TIMEOUT, "an inhibitor")

    def inhibitors(self):
        return self.logind.call(self.logind.interface, "ListInhibitors").count("l2tp-client")

    def add(self, name):
        values = {"name": GLib.Variant("s", name), "gateway": GLib.Variant("s", "127.0.0.1"),
                  "port": GLib.Variant("u", self.lns.port), "user": GLib.Variant("s", "alice")}
        error, result = self.service.caller.manager(
            "AddConnection", "(a{sv}a{sv}a{sv})", values, {"password": GLib.Variant("s", "s3cret")},
            {"persist": GLib.Variant("s", "memory")})
        assert error is None, result
        self.paths[name] = result[0]

    def ask(self, method, name):
        error, text = self.service.caller.call(self.paths[name], CONNECTION, method,
                                               GLib.Variant("(a{sv})", ({},)))
        assert error is None, text

    def info(self, name):
        return self.service.caller.objects()[self.paths[name]][CONNECTION]

    def wait_state(self, name, state):
        wait_for(lambda: self.info(name)["State"] != state and self.info(name), TIMEOUT, str(state))

    def up(self, name):
        self.ask("Connect", name)
        self.wait_state(name, CONNECTED)

    def prepare(self, start):
        self.logind.emit("PrepareForSleep", "b", "<true>" if start else "<false>")

    def wait_let_go(self):
        wait_for(lambda: self.inhibitors() and "held", TIMEOUT, "the inhibitor is let go")


@contextlib.contextmanager
def night(bus):
    with polkit(bus), Lns(address="127.0.0.1", port=0) as lns:
        the_night = Night(bus, lns)
        try:
            yield the_night
        finally:
            the_night.service.stop()
            the_night.logind.stop()


def test_sleep(bus):
    """It leaves in order before the machine sleeps, does nothing meanwhile, and is back after it"""
    with night(bus) as it:
        it.add("work")
        it.up("work")
        for number in (1, 2):
            began = time.monotonic()
            it.prepare(True)
            it.wait_let_go()
            assert time.monotonic() - began < 2.5, "let go by the deadline alone"
            info = it.info("work")
            assert (info["State"], info["StateReason"], info["Phase"]) == (
                RECONNECTING, REASON_SLEEP, "sleep"), info
            assert len(it.lns.received(wire.CDN)) == len(it.lns.received(wire.STOPCCN)) == number
            assert len(it.lns.received(wire.SCCRQ)) == number
            it.prepare(False)
            it.wait_state("work", CONNECTED)
            info = it.info("work")
            assert (info["RetryCount"], info["LastError"], info["Phase"]) == (0, ("", ""), ""), info
            assert len(it.lns.received(wire.SCCRQ)) == number + 1
            wait_for(lambda: it.inhibitors() != 1 and "none", TIMEOUT, "an inhibitor again")


def test_nothing_to_do(bus):
    """The machine does not wait for a connection that is down"""
    with night(bus) as it:
        it.add("work")
        it.prepare(True)
        it.wait_let_go()
        it.prepare(False)
        assert it.info("work")["State"] == DISCONNECTED


def test_what_is_asked_meanwhile(bus):
    """While it sleeps a Disconnect is done at once, and a Connect when it is awake"""
    with night(bus) as it:
        it.add("work")
        it.add("home")
        it.up("work")
        it.prepare(True)
        it.wait_let_go()
        it.ask("Connect", "work")  # it is on its way back already
        it.ask("Connect", "home")
        assert it.info("work")["State"] == RECONNECTING
        home = it.info("home")
        assert (home["State"], home["Phase"]) == (CONNECTING, "sleep"), home
        it.ask("Disconnect", "work")
        it.wait_state("work", DISCONNECTED)
        assert len(it.lns.received(wire.SCCRQ)) == 1
        it.prepare(False)
        it.wait_state("home", CONNECTED)
        assert it.info("work")["State"] == DISCONNECTED
        assert len(it.lns.received(wire.SCCRQ)) == 2


def test_disconnect_on_the_way(bus):
    """A Disconnect while the connection is leaving for the sleep is the end of it"""
    with night(bus) as it:
        it.add("work")
        it.up("work")
        it.lns.tunnel.mute = True
        it.prepare(True)
        wait_for(lambda: it.info("work")["Phase"] != "sleep" and "awake", TIMEOUT, "leaving")
        it.ask("Disconnect", "work")
        it.wait_state("work", DISCONNECTED)
        it.prepare(False)
        it.up("work")


def test_silent_lns(bus):
    """An LNS that does not answer keeps no machine awake, and it is dialled anew after the sleep"""
    with night(bus) as it:
        it.add("work")
        it.up("work")
        it.lns.tunnel.mute = True
        began = time.monotonic()
        it.prepare(True)
        it.wait_let_go()
        assert time.monotonic() - began < 4.5
        it.prepare(False)
        it.wait_state("work", CONNECTED)
        assert len(it.lns.tunnels) == 2


def test_stop_while_asleep(bus):
    """A service that is stopped while the machine sleeps ends, and dials nobody"""
    with night(bus) as it:
        it.add("work")
        it.up("work")
        it.prepare(True)
        it.wait_let_go()
        it.service.process.terminate()
        wait_for(lambda: not it.service.ended() and "it runs", TIMEOUT, "the service's end")
        assert len(it.lns.received(wire.SCCRQ)) == 1


if __name__ == "__main__":
    sys.exit(run_tests(globals()))
