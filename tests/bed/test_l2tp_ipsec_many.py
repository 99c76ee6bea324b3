# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""L2TP inside IPsec that is not alone: other VPNs of ours, other clients behind our NAT, an
administrator's own IPsec; and nobody learns the key."""

import json
import subprocess

import pytest

from bed import LNS, run, wait_for
from l2tp_ipsec import PSK, Wire, add, assert_nothing_secret_left, connect, ike
from service import cli, status
from strongswan import Admins, Charon, Probe, assert_nowhere, lns_conf, two_lns_conf
from xl2tpd import Lac, Lns

def test_two_lnss(bed, ours, lns_charon, lns, service):
    """At once, with a key of its own each, both from port 1701."""
    bed.add_address("10.9.0.3")
    lns_charon.load(two_lns_conf())
    other = Lns(bed, listen="10.9.0.3", name="lns2", network="10.78.0").start()
    add(bed, "one", psk="one")
    add(bed, "two", gateway="10.9.0.3", psk="two")
    wire = Wire(bed)
    for name in ("one", "two"):
        cli(bed, "up", name, "-w", "0")
    for name, address in (("one", lns.address), ("two", other.address)):
        wait_for(lambda: status(bed, name)["state"] == "connected", 20, name)
        assert status(bed, name)["local_port"] == 1701
        bed.ping(address)
    cli(bed, "down", "one", check=True)
    bed.ping(other.address)
    cli(bed, "down", "two", check=True)
    wire.assert_never_in_clear()
    assert_nothing_secret_left(ours)
    bed.assert_nothing_left(service)


class Neighbour:
    """Another machine behind our NAT: strongSwan and xl2tpd from port 1701, in a namespace of its
    own."""

    def __init__(self, bed):
        for command in ("netns add lac2",
                        "link add w1 netns lac type veth peer name w2 netns lac2",
                        "-n lac addr add 10.8.0.1/24 dev w1", "-n lac2 addr add 10.8.0.2/24 dev w2",
                        "-n lac link set w1 up", "-n lac2 link set w2 up", "-n lac2 link set lo up",
                        "-n lac2 route add default via 10.8.0.1"):
            run("ip", *command.split())
        bed.exec("lac", "sysctl", "-qw", "net.ipv4.ip_forward=1")
        self.charon = Charon(bed, "lac2").start()
        self.probe = Probe(bed, "neighbour", ns="lac2", socket=self.charon.socket, ipsec_psk=PSK,
                           local="10.8.0.2 1701")
        self.bed = bed

    def connect(self):
        self.probe.up()

        class Other(Lac):
            ns = "lac2"
        self.lac = Other(self.bed, port=1701, listen="10.8.0.2").start()
        self.lac.connect()
        wait_for(lambda: "inet " in self.bed.exec("lac2", "ip", "-4", "addr", "show", "type", "ppp"), 30,
                 "the neighbour's PPP")

    def ping(self, address):
        self.bed.ping(address, ns="lac2")

    def close(self):
        self.lac.stop()
        self.charon.process.stop()
        run("ip", "netns", "del", "lac2")


def test_two_behind_one_nat(bed, ours, lns_charon, lns, service):
    """The LNS tells them apart by their ports: the second one has another one than 1701."""
    subprocess.run(["modprobe", "-qa", "iptable_nat", "xt_nat", "xt_udp", "xt_tcpudp",
                    "nf_conntrack"], check=False)
    bed.add_address("10.9.0.11/24", "lac")
    for port in (500, 4500):
        bed.exec("lac", "iptables-legacy", "-t", "nat", "-A", "POSTROUTING", "-o", "v0", "-p", "udp",
                 "--dport", port, "-j", "SNAT", "--to", "10.9.0.11")
    lns_charon.load(lns_conf())
    neighbour = Neighbour(bed)
    neighbour.connect()
    neighbour.ping(lns.address)
    add(bed, "work", "ephemeral-port=yes")
    connect(bed)
    assert status(bed, "work")["local_port"] != 1701
    for _ in range(3):
        bed.ping(lns.address)
        neighbour.ping(lns.address)
    cli(bed, "down", "work", check=True)
    neighbour.ping(lns.address)
    neighbour.close()
    assert_nothing_secret_left(ours)
    bed.assert_nothing_left(service)


def test_foreign_connection(bed, ours, lns_charon, lns, service):
    """An administrator's own IPsec sees nothing of it, from the first packet to the last."""
    admins = Admins(bed, ours, lns_charon)
    admins.load_lns(lns_conf())
    add(bed)
    connect(bed)
    bed.ping(lns.address)
    admins.assert_untouched()
    cli(bed, "down", "work", check=True)
    admins.assert_untouched()
    add(bed, "wrong", psk="wr0ng")
    assert cli(bed, "up", "wrong").rc != 0
    admins.assert_untouched()
    admins.assert_known()
    assert "l2tp-client" not in ours.swanctl("--list-conns") + ours.swanctl("--list-sas")
    bed.assert_nothing_left(service)


def test_canary(bed, ours, lns_charon, lns, service):
    """The key is in the profile, and in nothing else that a file, a process or a log shows."""
    canary = "canary-" + "4f1c9be7"  # not even in this file
    lns_charon.load(lns_conf(psk=canary))
    add(bed, psk=canary)
    connect(bed)
    assert_nowhere(bed, canary)
    assert canary not in cli(bed, "show", "work", check=True).stdout
    cli(bed, "down", "work", check=True)
    assert_nowhere(bed, canary)
    assert canary not in service.log and canary not in ours.process.log


@pytest.mark.parametrize("version", (1, 2))
def test_one_lns_twice(bed, ours, lns_charon, lns, service, version):
    """Two users of one LNS, at once, with the same key: two SAs that have nothing in common."""
    lns_charon.load(lns_conf(version=version))
    wire = Wire(bed)
    for name in ("one", "two"):
        add(bed, name, ike(version))
        cli(bed, "up", name, "-w", "0")
    for name in ("one", "two"):
        wait_for(lambda: status(bed, name)["state"] == "connected", 20, name)
        assert status(bed, name)["secured"]
    for name in ("one", "two"):
        bed.exec("lac", "ping", "-n", "-c", "1", "-W", "5", "-I", status(bed, name)["interface"],
                 lns.address)
    cli(bed, "down", "one", check=True)
    bed.ping(lns.address)
    cli(bed, "down", "two", check=True)
    wire.assert_never_in_clear()
    assert_nothing_secret_left(ours)
    bed.assert_nothing_left(service)


def test_one_lns_with_two_keys(bed, ours, lns_charon, lns, service):
    """IKEv1: the LNS has one key for our address. Whoever else has another one is told so, by its own
    key, never by the other one's."""
    lns_charon.load(lns_conf())
    wire = Wire(bed)
    add(bed, "right")
    add(bed, "wrong", psk="wr0ng")
    connect(bed, "right")
    refused = cli(bed, "up", "wrong")
    assert refused.rc != 0 and "“right” is up with another key" in refused.stderr, refused
    bed.ping(lns.address)
    cli(bed, "down", "right", check=True)
    cli(bed, "up", "wrong", "-w", "0")
    service.wait_for_log("initiating Main Mode IKE_SA l2tp-client")
    cli(bed, "up", "right", "-w", "0")
    wait_for(lambda: status(bed, "wrong")["state"] == "failed", 20, "a key that is refused")
    assert "AuthFailed" in json.dumps(status(bed, "wrong")), status(bed, "wrong")
    wait_for(lambda: status(bed, "right")["state"] == "connected", 20, "the right key's turn")
    bed.ping(lns.address)
    cli(bed, "down", "right", check=True)
    wire.assert_never_in_clear()
    assert_nothing_secret_left(ours)
    bed.assert_nothing_left(service)


BY_NAME = """
secrets {
  ike-1 {
    id = user1.example
    secret = one
  }
  ike-2 {
    id = user2.example
    secret = two
  }
}
"""


def test_one_lns_with_two_identities(bed, ours, lns_charon, lns, service):
    """IKEv2: the LNS tells its users apart by their identities, each with a key."""
    conf = lns_conf(version=2, local="id = lns.example").split("secrets")[0]
    lns_charon.load(conf + BY_NAME)
    for user, psk in (("user1", "one"), ("user2", "two")):
        add(bed, user, ike(2), f"ipsec-group-name={user}.example", "ipsec-remote-id=lns.example",
            psk=psk)
        cli(bed, "up", user, "-w", "0")
    for user in ("user1", "user2"):
        wait_for(lambda: status(bed, user)["state"] == "connected", 20, user)
        bed.exec("lac", "ping", "-n", "-c", "1", "-W", "5", "-I", status(bed, user)["interface"],
                 lns.address)
    assert ours.swanctl("--list-sas").count("ESTABLISHED") == 2
    for user in ("user1", "user2"):
        cli(bed, "down", user, check=True)
    assert_nothing_secret_left(ours)
    bed.assert_nothing_left(service)
