# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""The service dies, the VPN does not: design section 6, KRN-20."""

import os
import re
import signal
import time
from pathlib import Path

import pytest

import netns
from bed import wait_for
from service import BUS_NAME, DAEMON, Client, Service, cli, status
from test_connect import add
from test_network import INNER, ours

STATES = Path("/run/l2tp-client")
KEPT = ("tunnel_id", "peer_tunnel_id", "session_id", "peer_session_id", "interface", "addresses",
        "local_port", "pppd_pid", "since")


def up(bed, name="work", *options, **keywords):
    add(bed, name, *options, **keywords)
    cli(bed, "up", name, check=True)
    return status(bed, name)


def again(bed, service, number=signal.SIGKILL):
    """Ends the service by a signal, starts another one; the measured time goes to times.log."""
    service.signal(number)
    assert service.wait() == (0 if number == signal.SIGUSR1 else -number)
    began = time.monotonic()
    new = Service(bed)
    with open(bed.out / "times.log", "a", encoding="ascii") as log:
        log.write(f"on the bus after {(time.monotonic() - began) * 1000:.0f} ms\n")
    return new


def states():
    return sorted(STATES.glob("*"))


def assert_same(bed, before, name="work"):
    now = status(bed, name)
    assert now["state"] == "connected"
    assert {key: now[key] for key in KEPT} == {key: before[key] for key in KEPT}


def wait_for_reconnection(bed, before, name="work"):
    def connected():
        info = status(bed, name)
        return info["state"] == "connected" and info["tunnel_id"] != before["tunnel_id"] and info
    return wait_for(connected, 15, "another tunnel")


class Ping:
    """One packet every 10 ms, and how many were lost."""

    def __init__(self, bed, address):
        self.process = bed.start("ping", "lac", "ping", "-n", "-i", "0.01", address)
        wait_for(lambda: len(self.answers()) > 10, 5, "the first answers")

    def answers(self):
        """The numbers of those that were answered; the last line may be half a one."""
        return [int(number) for number in
                re.findall(r"bytes from .* icmp_seq=(\d+) .*\n", self.process.log)]

    def stop(self):
        """The one that is under way then is not waited for, and counts for nothing."""
        answered = len(self.answers())
        wait_for(lambda: len(self.answers()) > answered + 10, 5, "more answers")
        self.process.kill()
        answers = self.answers()
        return answers[-1] - len(set(answers))


def control_messages(bed, name):
    """(from the LNS?, Ns, Nr, message or "ZLB") of each."""
    text = bed.exec("lac", "tcpdump", "-nvr", bed.out / f"{name}.pcap")
    found = []
    for line in text.splitlines():
        match = re.search(r"(\S+) > \S+: +l2tp:\[T\w*\]\(\d+/\d+\)Ns=(\d+),Nr=(\d+) *"
                          r"(?:\*MSGTYPE\((\w+)\)|ZLB)", line)
        if match:
            source, ns, nr, message = match.groups()
            found.append((source.startswith("10.9.0.2"), int(ns), int(nr), message or "ZLB"))
    return found


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGUSR1, signal.SIGSEGV])
def test_no_packet_is_lost(bed, lns, service, number):
    before = up(bed)
    dump = bed.capture("control", device="v0", expression="udp port 1701 and udp[8] & 128 != 0")
    ping = Ping(bed, lns.address)
    for _ in range(3):
        service = again(bed, service, number)
        assert_same(bed, before)
    assert ping.stop() == 0
    dump.stop()
    assert not [m for m in control_messages(bed, "control") if m[3] not in ("HELLO", "ZLB")]
    cli(bed, "down", "work", check=True)
    assert not states()
    bed.assert_nothing_left(service)
    wait_for(lambda: not lns.pppds(), 5, "the LNS has heard the end")
    service.stop()


def test_persist(bed, lns, service):
    """The stand-by pppd goes with its service; there is another one afterwards, and it works."""
    before = up(bed, "work", "persist=yes")
    wait_for(lambda: len(netns.processes("lac", "pppd")) == 2, 10, "a stand-by pppd")
    service = again(bed, service)
    assert_same(bed, before)
    wait_for(lambda: len(netns.processes("lac", "pppd")) == 2, 10, "one stand-by pppd")
    os.kill(before["pppd_pid"], signal.SIGKILL)
    wait_for(lambda: status(bed, "work")["state"] == "connected"
             and status(bed, "work")["pppd_pid"] != before["pppd_pid"], 15, "another pppd")
    after = status(bed, "work")
    assert after["session_id"] == before["session_id"]
    assert after["interface"] == before["interface"]
    bed.ping(lns.address)


def test_another_service(bed, lns, service):
    """It ends at once, and takes nothing from the one that runs."""
    before = up(bed, "work", "persist=yes")
    wait_for(lambda: len(netns.processes("lac", "pppd")) == 2, 10, "a stand-by pppd")
    pppds = netns.processes("lac", "pppd")
    another = bed.start("another", "lac", DAEMON)
    assert another.wait() == 1
    assert another.log.startswith("l2tp-clientd: another l2tp-clientd runs")
    assert another.log.endswith("Stop it first: systemctl stop l2tp-client\n")
    assert netns.processes("lac", "pppd") == pppds
    assert_same(bed, before)
    bed.ping(lns.address)


def test_bus_dies(bed, lns, service):
    """The service cannot be asked any more and leaves; the next one has the VPN."""
    before = up(bed, "work", "persist=yes")
    ping = Ping(bed, lns.address)
    next(process for process in bed.processes if process.name == "dbus").kill()
    assert service.wait() == 1
    service = Service(bed)
    assert_same(bed, before)
    assert ping.stop() == 0
    cli(bed, "down", "work", check=True)
    assert not states()


def ask_bus(method, signature, *args):
    return Client.ask("org.freedesktop.DBus", "/org/freedesktop/DBus",
                      f"org.freedesktop.DBus.{method}", signature, *args)[0]


def test_name_refused(bed, lns, service):
    """What it has adopted by then stays up."""
    before = up(bed)
    service.kill()
    wait_for(lambda: ask_bus("RequestName", "su", BUS_NAME, 4) == 1, 5, "the name is ours")
    refused = bed.start("refused", "lac", DAEMON)
    assert refused.wait() == 1 and "does not give us the name" in refused.log
    ask_bus("ReleaseName", "s", BUS_NAME)
    service = Service(bed)
    assert_same(bed, before)
    bed.ping(lns.address)


def test_pppd_ends_after_adoption(bed, lns, service):
    """No child of the new service: its exit status comes by the link."""
    before = up(bed)
    service = again(bed, service)
    for pid in lns.pppds():
        os.kill(pid, signal.SIGTERM)
    wait_for(lambda: status(bed, "work")["state"] == "connected"
             and status(bed, "work")["pppd_pid"] != before["pppd_pid"], 15, "another session")
    assert status(bed, "work")["tunnel_id"] == before["tunnel_id"]
    bed.ping(lns.address)


def test_two(bed, lns, service):
    one = up(bed, "one")
    two = up(bed, "two", "local-port=1701")
    service = again(bed, service)
    assert_same(bed, one, "one")
    assert_same(bed, two, "two")
    cli(bed, "down", "one", check=True)
    assert_same(bed, two, "two")
    bed.ping(lns.address)
    service = again(bed, service, signal.SIGUSR1)
    assert_same(bed, two, "two")
    cli(bed, "down", "two", check=True)
    bed.assert_nothing_left(service)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGUSR1])
def test_routes(bed, lns, service, number):
    """They stay as they are, not one is made anew, and they go with the connection."""
    before = up(bed, "work", f"routes={INNER}", "default-route=yes", "kill-switch=yes")
    shown = ours()
    assert f"{INNER} dev {before['interface']}" in shown
    monitor = bed.start("monitor", "lac", "ip", "-4", "monitor", "route")
    mark = ["ip", "route", "replace", "dev", "v0"]

    def marked():
        bed.exec("lac", *mark, "192.0.2.98")
        bed.exec("lac", "ip", "route", "del", "192.0.2.98")
        return "192.0.2.98" in monitor.log
    wait_for(marked, 5, "the monitor")
    service = again(bed, service, number)
    assert_same(bed, before)
    bed.exec("lac", *mark, "192.0.2.99")
    monitor.wait_for_log("192.0.2.99")
    bed.exec("lac", "ip", "route", "del", "192.0.2.99")
    monitor.kill()
    assert not re.search(rf"{INNER}|0\.0\.0\.0/1", monitor.log)
    assert ours() == shown
    cli(bed, "down", "work", check=True)
    assert ours() == ""
    bed.assert_nothing_left(service)
