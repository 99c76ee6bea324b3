# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""Name servers with the real systemd-resolved, which lives in the first network namespace: so does
the VPN here, a dummy interface. Runs with `run --systemd`."""

import os
import socket
import sys
import threading
from pathlib import Path

import pytest

from bed import run, wait_for

sys.path.append(str(Path(__file__).resolve().parent.parent / "bus"))
import mocks

mocks.PROBE = Path(os.environ["BED_BUILD"]) / "tests/bed/ip-probe"
UNIT = "systemd-resolved.service"
SERVER = "10.77.0.53"


@pytest.fixture(scope="module")
def resolved():
    assert Path("/proc/1/comm").read_text().strip() == "systemd", "run with tests/bed/run --systemd"
    run("systemd-sysusers")
    run("systemctl", "daemon-reload")
    run("systemctl", "reload", "dbus.service")
    run("systemctl", "start", UNIT)
    yield UNIT
    run("systemctl", "stop", UNIT)


@pytest.fixture
def vpn():
    run("ip", "link", "add", "vpn0", "type", "dummy")
    run("ip", "link", "set", "vpn0", "up")
    run("ip", "addr", "add", f"{SERVER}/32", "dev", "vpn0")
    yield "vpn0"
    run("ip", "link", "del", "vpn0")


def told(what):
    """What resolvectl says of the VPN's interface."""
    return run("resolvectl", "--no-pager", what, "vpn0").split(":", 1)[1].strip()


class NameServer(threading.Thread):
    """Refuses every question, and remembers the names."""

    def __init__(self):
        super().__init__()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((SERVER, 53))
        self.names = set()
        self.start()

    def run(self):
        while True:
            question, sender = self.socket.recvfrom(4096)
            if not question:
                return
            labels, at = [], 12
            while question[at]:
                labels.append(question[at + 1:at + 1 + question[at]].decode())
                at += 1 + question[at]
            self.names.add(".".join(labels))
            self.socket.sendto(question[:2] + b"\x81\x85" + question[4:], sender)

    def asked(self, name):
        run("resolvectl", "--cache=no", "query", name, check=False)
        return name in self.names

    def close(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", (SERVER, 53))
        self.join()
        self.socket.close()


@pytest.fixture
def server(vpn):
    the_server = NameServer()
    yield the_server
    the_server.close()


def start(options):
    probe = mocks.Probe(dict(os.environ))
    assert probe.do(f"config ip-config=service {options}") == "done"
    probe.do("uplink 192.0.2.1")
    return probe


def test_everything(resolved, server):
    with start("default-route=yes") as probe:
        assert not server.asked("a.everywhere.test")
        assert probe.do(f"up vpn0 dns={SERVER} dns=fd00::53") == "done"
        assert told("dns") == f"{SERVER} fd00::53"
        assert (told("domain"), told("default-route")) == ("~.", "yes")
        assert server.asked("b.everywhere.test")
        assert probe.do("down") == "done"
        assert told("dns") == "" and told("domain") == ""
        assert not server.asked("c.everywhere.test")


def test_some_domains(resolved, server):
    with start(f"dns={SERVER} dns-domains=corp.test,~lab.test") as probe:
        assert probe.do("up vpn0 dns=10.99.0.1") == "done"
        assert told("dns") == SERVER
        assert (told("domain"), told("default-route")) == ("corp.test ~lab.test", "no")
        assert server.asked("a.corp.test") and server.asked("a.lab.test")
        assert not server.asked("a.elsewhere.test")
        assert probe.do("hold") == "done"
        assert told("dns") == ""


def test_restart(resolved, vpn):
    """systemd-resolved keeps what it was told, and what it no longer knows can still be reverted."""
    with start("default-route=yes") as probe:
        assert probe.do(f"up vpn0 dns={SERVER}") == "done"
        run("systemctl", "restart", UNIT)
        wait_for(lambda: told("dns") == SERVER, 10, "the name server after a restart")
        state = probe.do("state")
    with start("default-route=yes") as probe:
        assert probe.do(f"adopt {state}") == "done"
        run("systemctl", "stop", UNIT)
        assert probe.do("down") == "done"
        run("systemctl", "start", UNIT)


def test_interface_gone(resolved, vpn):
    with start("default-route=yes") as probe:
        assert probe.do(f"up vpn0 dns={SERVER}") == "done"
        run("ip", "link", "del", "vpn0")
        assert probe.do("down") == "done"
        run("ip", "link", "add", "vpn0", "type", "dummy")
