#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors
"""The examples of org.l2tp(5) against the stand-in service. Speaks TAP.

Environment: L2TP_EXAMPLES, where they are, and that of private_bus.py.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import unittest

import private_bus
from private_bus import TIMEOUT, run_on_terminal

EXAMPLES = pathlib.Path(os.environ["L2TP_EXAMPLES"])


def read_lines(process, until):
    """What it prints up to the first line that ends like this; a line that never comes is the
    business of the test's time limit."""
    lines = []
    while not lines or not lines[-1].endswith(until):
        line = process.stdout.readline()
        assert line, (lines, until)
        lines.append(line.rstrip("\n"))
    return lines


def busctl_started(bus, *args):
    if not shutil.which("busctl"):
        raise unittest.SkipTest("no busctl")
    return subprocess.Popen(["sh", EXAMPLES / "busctl.sh", *args], env=bus.env, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def busctl(bus, *args):
    process = busctl_started(bus, *args)
    stdout, stderr = process.communicate(timeout=TIMEOUT)
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def test_watch(bus):
    """watch.py lists, and tells every change of state"""
    bus.start()
    bus.add("work", "ok.test")
    bus.add("refused", "refused.test")
    watch = subprocess.Popen([sys.executable, EXAMPLES / "watch.py"], env=bus.env, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    listed = [watch.stdout.readline().rstrip("\n") for _ in range(2)]
    assert sorted(listed) == ["refused refused.test disconnected", "work ok.test disconnected"], \
        listed
    bus.ok("up", "work")
    assert read_lines(watch, "connected") == ["work: disconnected -> connecting",
                                              "work: connecting -> connected"]
    bus.fails(4, "up", "refused")
    assert read_lines(watch, "no resources") == [
        "refused: disconnected -> connecting", "refused: connecting -> failed",
        "org.l2tp.Error.TunnelRefused: tunnel: 192.0.2.1 refused: no resources"]
    bus.add("later", "ok.test")
    assert read_lines(watch, "disconnected")[-1] == "later ok.test disconnected"
    watch.send_signal(signal.SIGINT)
    assert watch.wait(TIMEOUT) == 0 and watch.stderr.read() == ""


def test_busctl_list(bus):
    """busctl.sh lists paths, names and gateways"""
    listed = busctl(bus)
    assert listed.returncode == 0 and listed.stderr == "", listed
    assert listed.stdout.splitlines() == [
        '/org/l2tp/connections/1 "work" "ok.test"',
        '/org/l2tp/connections/2 "refused" "refused.test"',
        '/org/l2tp/connections/3 "later" "ok.test"'], listed


def test_busctl_connect(bus):
    """busctl.sh NAME connects, and tells why if it cannot"""
    connected = busctl(bus, "later")
    assert (connected.returncode, connected.stdout) == (0, 'connected: "ppp0"\n'), connected
    assert bus.json("status", "later")["state"] == "connected"
    refused = busctl(bus, "refused")
    assert refused.returncode == 1 and "TunnelRefused" in refused.stderr, refused
    assert busctl(bus, "nobody").returncode == 1


def test_busctl_waits(bus):
    """busctl.sh waits while an agent is asked, and goes on with the answer"""
    def start(pid):
        started.append(busctl_started(bus, "ask"))

    def look(pid):
        try:
            started[0].wait(2)  # longer than it waits between two looks
            raise AssertionError(started[0].communicate())
        except subprocess.TimeoutExpired:
            pass

    def finish(pid):
        ended.extend(started[0].communicate(timeout=TIMEOUT))
        os.kill(pid, signal.SIGINT)
    started, ended = [], []
    bus.add("ask", "ask.test")
    run_on_terminal(bus.env, "agent", dialog=[("are asked for here", start), ("password: ", look),
                                              ("", "one\n"), ("", finish)])
    assert ended == ['connected: "ppp0"\n', ""], ended


if __name__ == "__main__":
    sys.exit(private_bus.run_tests(globals()))
