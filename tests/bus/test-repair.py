#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors
"""What the whole service does about an LNS that comes and goes. The LNS is ours; no kernel, no pppd:
see ../null. Speaks TAP. Environment: of null_service.py."""

import contextlib
import sys
import time

from gi.repository import Gio, GLib

import wire
from lns import Lns
from null_service import TIMEOUT, NullService, polkit, wait_for
from private_bus import run_tests

CONNECTION = "org.l2tp.Connection"
DISCONNECTED, CONNECTED, RECONNECTING, FAILED = 1, 4, 5, 7
AGENT = Gio.DBusNodeInfo.new_for_xml(
    "<node><interface name='org.l2tp.Agent'>"
    "<method name='RequestSecrets'><arg type='o' direction='in'/><arg type='as' direction='in'/>"
    "<arg type='a{sv}' direction='in'/><arg type='a{sv}' direction='out'/></method>"
    "</interface></node>").interfaces[0]


class Work:
    """A connection that is up."""

    def __init__(self, bus, lns, user="alice", persist="memory", autostart=False, **options):
        self.service, self.lns = NullService(bus), lns
        values = {"name": GLib.Variant("s", "work"), "gateway": GLib.Variant("s", "127.0.0.1"),
                  "user": GLib.Variant("s", user), "autostart": GLib.Variant("b", autostart)}
        for key, number in {"port": lns.port, **options}.items():
            values[key.replace("_", "-")] = GLib.Variant("u", number)
        error, result = self.service.caller.manager(
            "AddConnection", "(a{sv}a{sv}a{sv})", values, {"password": GLib.Variant("s", "s3cret")},
            {"persist": GLib.Variant("s", persist)})
        assert error is None, result
        self.path = result[0]
        self.ask("Connect")
        self.wait_state(CONNECTED)

    def ask(self, method):
        error, text = self.service.caller.call(self.path, CONNECTION, method,
                                               GLib.Variant("(a{sv})", ({},)))
        assert error is None, text

    def find(self):
        """Its path at another service."""
        self.path, = self.service.caller.manager("ListConnections")[1][0]

    def info(self):
        return self.service.caller.objects()[self.path][CONNECTION]

    def wait_state(self, state):
        wait_for(lambda: self.info()["State"] != state and self.info(), TIMEOUT, str(state))


@contextlib.contextmanager
def work(bus, **options):
    with polkit(bus), Lns(address="127.0.0.1", port=0) as lns:
        the_work = Work(bus, lns, **options)
        try:
            yield the_work
        finally:
            the_work.service.stop()


def test_cdn_after_silence(bus):
    """A CDN is the first thing that an LNS says after a silence: the session is dialled anew"""
    with work(bus, hello_interval=1) as it:
        it.lns.behaviour.deaf = (wire.HELLO, wire.SCCRQ)
        it.wait_state(RECONNECTING)
        tunnel = next(each for each in it.lns.tunnels.values() if each.sessions)

        def speak():
            it.lns.behaviour.deaf = ()
            tunnel.clear(tunnel.session_of(), 2, 6)
        it.lns.do(speak)
        it.lns.expect(wire.ICRQ, count=2)
        it.wait_state(CONNECTED)


def test_up_for_a_moment(bus):
    """What was up but for a moment is no success, however long its end took: pauses grow"""
    with work(bus, retry_timeout=4, max_retries=1) as it:
        for failures in (2, 3):
            def stop():
                it.lns.behaviour.deaf = (wire.SCCRQ,)
                it.lns.tunnel.stop(6)
            it.lns.do(stop)
            wait_for(lambda: it.info()["RetryCount"] == 0 and it.info(), TIMEOUT, "a failure")
            assert it.info()["RetryCount"] == failures, it.info()
            it.lns.behaviour.deaf = ()
            it.wait_state(CONNECTED)


def test_fickle(bus):
    """What only changes its addresses is up for as long as before: its failures are forgotten"""
    with work(bus, user="fickle", retry_timeout=4, max_retries=1) as it:
        for seconds in (0, 11):
            time.sleep(seconds)  # what is measured is time

            def stop():
                it.lns.behaviour.deaf = (wire.SCCRQ,)
                it.lns.tunnel.stop(6)
            it.lns.do(stop)
            wait_for(lambda: it.info()["RetryCount"] == 0 and it.info(), TIMEOUT, "a failure")
            assert it.info()["RetryCount"] == 2, it.info()
            it.lns.behaviour.deaf = ()
            it.wait_state(CONNECTED)


def test_cdn_without_pppd(bus):
    """A CDN after a silence, when pppd has gone: the session is dialled anew in the same call"""
    with work(bus, user="unheard", hello_interval=1) as it:
        it.lns.behaviour.deaf = (wire.HELLO, wire.SCCRQ)
        it.wait_state(RECONNECTING)
        tunnel = next(each for each in it.lns.tunnels.values() if each.sessions)
        assert "session lost" in it.service.log.read_text()

        def speak():
            it.lns.behaviour.deaf = (wire.SCCRQ,)
            tunnel.clear(tunnel.session_of(), 2, 6)
        it.lns.do(speak)
        it.lns.expect(wire.ICRQ, count=2)
        it.wait_state(CONNECTED)


def test_typed_for_another_service(bus):
    """A password that only the service before knew is asked for: no login goes without it"""
    with work(bus) as it:
        questions = []

        def ask(connection, sender, path, interface, method, args, invocation):
            questions.append(args.unpack()[1])
            invocation.return_value(GLib.Variant("(a{sv})", (
                {"password": GLib.Variant("s", "s3cret")},)))
        it.service.again(bus)
        it.service.caller.connection.register_object("/agent", AGENT, ask, None, None)
        error, text = it.service.caller.manager("RegisterAgent", "(oa{sv})",
                                                "/agent", {})
        assert error is None, text
        it.wait_state(CONNECTED)
        assert questions == [["password"]], questions
        assert len(it.lns.received(wire.SCCRQ)) == 2


def test_nobody_to_ask(bus):
    """Where nobody can be asked for it, there is no attempt at all"""
    with work(bus) as it:
        it.service.again(bus)
        it.wait_state(FAILED)
        name, text = it.info()["LastError"]
        assert name.endswith(".NoSecrets") and text.startswith("password: is missing"), (name, text)
        assert len(it.lns.received(wire.SCCRQ)) == 1


def test_put_down(bus):
    """What starts by itself, and the user has put down, is not started by the next service"""
    with work(bus, persist="disk", autostart=True) as it:
        it.ask("Disconnect")
        it.wait_state(DISCONNECTED)
        for _ in range(2):
            it.service.again(bus)
            it.find()
            it.wait_state(DISCONNECTED)
        assert len(it.lns.received(wire.SCCRQ)) == 1
        it.ask("Connect")
        it.wait_state(CONNECTED)
        it.service.again(bus)
        it.find()
        it.wait_state(CONNECTED)
        it.ask("Disconnect")
        it.wait_state(DISCONNECTED)
        state, = it.service.states()
        state.unlink()
        it.service.again(bus)
        it.find()
        it.wait_state(CONNECTED)
        it.ask("Disconnect")
        it.ask("Delete")
        wait_for(it.service.states, TIMEOUT, "no state")


def test_clean_up_by_hand(bus):
    """It takes nothing from a service that runs"""
    with work(bus) as it:
        status, text = it.service.clean_up(bus)
        assert status == 1 and "Stop it first" in text, (status, text)
        it.service.process.kill()
        it.service.process.wait()
        status, text = it.service.clean_up(bus)
        assert status == 0, (status, text)
        it.service.again(bus)


if __name__ == "__main__":
    sys.exit(run_tests(globals()))
