# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""service/ipsec through a NAT, which is a namespace of its own between lac and lns: with the
clients behind it, lac and lac2, or with the LNS."""

import subprocess

import pytest

from bed import LAC, LNS, run
from strongswan import (Charon, Client, Probe, assert_answers, assert_nothing_left, lns_conf,
                        nothing_in_clear, start_echo)

PSK = "s3cret-psk"
INSIDE = {"lac": "10.8.1.2", "lac2": "10.8.2.2", "lns": "10.8.3.2"}


class Nat:
    """Takes the place of the side that is behind it, with its address."""

    def __init__(self, outer):
        subprocess.run(["modprobe", "-qa", "iptable_nat", "iptable_filter", "xt_nat", "xt_udp",
                        "xt_tcpudp", "xt_MASQUERADE", "nf_conntrack"], check=False)
        ns, device, address = {"lac": ("lac", "v0", LAC), "lns": ("lns", "v1", LNS)}[outer]
        run("ip", "netns", "add", "nat")
        run("ip", "-n", ns, "link", "set", device, "netns", "nat", "name", "outer")
        self._up("nat", "outer", address)
        run("ip", "netns", "exec", "nat", "sysctl", "-qw", "net.ipv4.ip_forward=1")
        self.iptables("-A", "POSTROUTING", "-o", "outer", "-j", "MASQUERADE")
        self.spaces = ["nat"]

    @staticmethod
    def _up(ns, device, address):
        run("ip", "-n", ns, "-batch", "-",
            input=f"addr add {address}/24 dev {device}\nlink set {device} up\n")

    @staticmethod
    def iptables(*args):
        run("ip", "netns", "exec", "nat", "iptables-legacy", "-t", "nat", *args)

    def attach(self, ns, device):
        """Who is behind it: a link to the NAT, and the way to everything else through it."""
        if ns == "lac2":
            run("ip", "netns", "add", ns)
            run("ip", "-n", ns, "link", "set", "lo", "up")
            self.spaces.append(ns)
        gateway = INSIDE[ns].rsplit(".", 1)[0] + ".1"
        run("ip", "link", "add", device, "netns", ns, "type", "veth", "peer", "name", f"to-{ns}",
            "netns", "nat")
        self._up(ns, device, INSIDE[ns])
        self._up("nat", f"to-{ns}", gateway)
        run("ip", "-n", ns, "route", "add", "default", "via", gateway)

    def close(self):
        for ns in self.spaces:
            run("ip", "netns", "del", ns)


@pytest.fixture
def client_nat(bed):
    nat = Nat("lac")
    nat.attach("lac", "v0")
    nat.attach("lac2", "v0")
    yield nat
    nat.close()


@pytest.fixture
def lns_nat(bed):
    nat = Nat("lns")
    nat.attach("lns", "v1")
    for port in ("500", "4500"):
        nat.iptables("-A", "PREROUTING", "-i", "outer", "-p", "udp", "--dport", port, "-j", "DNAT",
                     "--to", INSIDE["lns"])
    yield nat
    nat.close()


def make_probe(bed, version, ns="lac", port=1701, **options):
    return Probe(bed, f"probe-{ns}", ns=ns, ipsec_psk=PSK, guard="yes",
                 ipsec_ikev2="yes" if version == 2 else "no",
                 **{"local": f"{INSIDE[ns]} {port}", **options})


def assert_works(bed, probe, local, remote, nat):
    """nat: who is behind one, we and the LNS, as the probe says it."""
    client = Client(address=local)
    with nothing_in_clear(bed, address=local):
        status = probe.up()
        assert status["encap"] == "1" and status["nat"] == nat, status
        assert status["remote"] == remote, status
        assert_answers(client)
        assert client.ask(size=1300)
        probe.down()
        assert not client.ask(0.3), "sent without an SA"
    client.close()


@pytest.mark.parametrize("version", (1, 2))
def test_client_behind_nat(bed, ours, lns_charon, client_nat, version):
    lns_charon.load(lns_conf(version=version))
    start_echo(bed)
    assert_works(bed, make_probe(bed, version), INSIDE["lac"], LNS, "10")
    assert_nothing_left(ours)


@pytest.mark.parametrize("version", (1, 2))
def test_lns_behind_nat(bed, ours, lns_charon, lns_nat, version):
    """Its identity is an address that we do not know."""
    lns_charon.load(lns_conf(version=version, address=INSIDE["lns"]))
    start_echo(bed, INSIDE["lns"])
    probe = make_probe(bed, version, local=f"{LAC} 1701")
    assert_works(bed, probe, LAC, INSIDE["lns"], "01")
    assert_nothing_left(ours)


@pytest.mark.parametrize("version", (1, 2))
def test_two_clients(bed, ours, lns_charon, client_nat, version):
    """The second one with a port of its own in the selectors: both work at once."""
    lns_charon.load(lns_conf(version=version))
    theirs = Charon(bed, "lac2").start()
    start_echo(bed)
    first = make_probe(bed, version)
    second = make_probe(bed, version, "lac2", 45702, socket=theirs.socket)
    clients = [Client(address=INSIDE["lac"]), Client(45702, INSIDE["lac2"], "lac2")]
    with (nothing_in_clear(bed, address=INSIDE["lac"]),
          nothing_in_clear(bed, "lac2", INSIDE["lac2"])):
        for probe, client in zip((first, second), clients):
            status = probe.up()
            assert status["encap"] == "1" and status["nat"] == "10", status
            assert_answers(client)
        for _ in range(5):
            assert all(client.ask() for client in clients)
        # One goes, the other one stays.
        second.down()
        assert clients[0].ask() and not clients[1].ask(0.3)
        second.up()
        assert_answers(clients[1])
        assert clients[0].ask()
        assert not first.heard("lost") and not second.heard("lost")
        for probe, client in zip((first, second), clients):
            probe.down()
            client.close()
    assert_nothing_left(ours)


@pytest.mark.parametrize("version", (1, 2))
def test_two_clients_on_1701(bed, ours, lns_charon, client_nat, version):
    """What the LNS cannot tell apart: neither end hears of it, the last one gets every answer. That
    is why a client behind a NAT has a port of its own."""
    lns_charon.load(lns_conf(version=version))
    theirs = Charon(bed, "lac2").start()
    start_echo(bed)
    first, second = make_probe(bed, version), make_probe(bed, version, "lac2", socket=theirs.socket)
    clients = [Client(address=INSIDE["lac"]), Client(1701, INSIDE["lac2"], "lac2")]
    assert first.up()["nat"] == "10"
    assert_answers(clients[0])
    assert second.up()["nat"] == "10"
    assert_answers(clients[1])
    assert not clients[0].ask(0.5), "this LNS can tell them apart: the option has lost its reason"
    assert not first.heard("lost")
    for probe, client in zip((first, second), clients):
        probe.down()
        client.close()
    assert_nothing_left(ours)


@pytest.mark.parametrize("version", (1, 2))
def test_own_port_refused(bed, ours, lns_charon, client_nat, version):
    """An LNS that takes 1701 only: the client is told, and is served from 1701."""
    lns_charon.load(lns_conf(version=version, remote_ts="dynamic[17/1701]"))
    start_echo(bed)
    probe = make_probe(bed, version, port=45702)
    failure, _, message = probe.fail()
    assert failure == "selectors" and "local-port=1701" in message, message
    probe.quit()
    probe = make_probe(bed, version)
    assert probe.up()["nat"] == "10"
    client = Client(address=INSIDE["lac"])
    assert_answers(client)
    client.close()
    probe.down()
    assert_nothing_left(ours)
