#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors
"""Sleep, as logind tells of it. Speaks TAP. Environment: that of mocks.py."""

import sys
import time

import private_bus
from mocks import TIMEOUT, Mock, Probe

LOGIND = ("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager",
          "logind")


def inhibitors(logind):
    return logind.call(logind.interface, "ListInhibitors").count("l2tp-client")


def wait_inhibitors(logind, number):
    deadline = time.monotonic() + TIMEOUT
    while inhibitors(logind) != number:
        assert time.monotonic() < deadline, f"not {number} inhibitors: {inhibitors(logind)}"
        time.sleep(0.02)


def wait_holding(probe, answer):
    deadline = time.monotonic() + TIMEOUT
    while probe.do("holding") != answer:
        assert time.monotonic() < deadline, f"not {answer}"
        time.sleep(0.02)


def test_sleep(bus):
    """the inhibitor is let go when we are ready, and taken again on waking"""
    with Mock(bus, *LOGIND) as logind, Probe(bus.env) as probe:
        probe.do("sleep")
        wait_holding(probe, "yes")
        assert "'sleep', 'l2tp-client', " in logind.call(logind.interface, "ListInhibitors")
        assert "'delay'" in logind.call(logind.interface, "ListInhibitors")
        for _ in range(2):
            logind.emit("PrepareForSleep", "b", "<true>")
            probe.expect("sleep prepare")
            assert inhibitors(logind) == 1 and probe.do("holding") == "yes"
            assert probe.do("ready") == "done" and probe.do("holding") == "no"
            wait_inhibitors(logind, 0)
            logind.emit("PrepareForSleep", "b", "<false>")
            probe.expect("sleep resumed")
            wait_holding(probe, "yes")
            assert inhibitors(logind) == 1


def test_not_ready(bus):
    """who is never ready holds the machine for three seconds"""
    with Mock(bus, *LOGIND) as logind, Probe(bus.env) as probe:
        probe.do("sleep")
        wait_holding(probe, "yes")
        start = time.monotonic()
        logind.emit("PrepareForSleep", "b", "<true>")
        probe.expect("sleep prepare")
        wait_inhibitors(logind, 0)
        assert 2 < time.monotonic() - start < 5


def test_repeated(bus):
    """a signal that says what is known already, or has other arguments, changes nothing"""
    with Mock(bus, *LOGIND) as logind, Probe(bus.env) as probe:
        probe.do("sleep")
        wait_holding(probe, "yes")
        logind.emit("PrepareForSleep", "b", "<false>")
        logind.emit("PrepareForSleep", "s", "<'true'>")
        logind.emit("PrepareForSleep", "b", "<true>")
        logind.emit("PrepareForSleep", "b", "<true>")
        probe.expect("sleep prepare")
        assert probe.do("ready") == "done"
        assert [line for line in probe.seen if line.startswith("sleep ")] == [
            "sleep done", "sleep prepare"]


def test_restart(bus):
    """another logind gets another inhibitor; one that ends while we sleep is a waking"""
    with Probe(bus.env) as probe:
        assert probe.do("sleep") == "done" and probe.do("holding") == "no"
        with Mock(bus, *LOGIND):
            wait_holding(probe, "yes")
        wait_holding(probe, "no")
        with Mock(bus, *LOGIND) as logind:
            wait_holding(probe, "yes")
            logind.emit("PrepareForSleep", "b", "<true>")
            probe.expect("sleep prepare")
        probe.expect("sleep resumed")
        with Mock(bus, *LOGIND) as logind:
            wait_holding(probe, "yes")
            assert inhibitors(logind) == 1


def test_no_bus(bus):
    """without a system bus there is nothing to tell, and no error"""
    with Probe(dict(bus.env, DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nonexistent")) as probe:
        assert probe.do("sleep") == "done"
        assert probe.do("holding") == "no" and probe.do("ready") == "done"


if __name__ == "__main__":
    sys.exit(private_bus.run_tests(globals()))
