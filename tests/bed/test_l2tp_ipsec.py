# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""The main job inside IPsec: the service, strongSwan on either side, and xl2tpd."""

import re
import subprocess

import pytest

from bed import LAC, LNS
from l2tp_ipsec import (Wire, add, add_with_certificate, assert_nothing_secret_left, connect, end,
                        ike)
from service import cli, status
from strongswan import lns_conf

@pytest.mark.parametrize("version", (1, 2))
def test_psk(bed, ours, lns_charon, lns, service, version):
    """IPS-1, IPS-2, IPS-3, IPS-6: transport mode first, then SCCRQ, and nothing in clear."""
    lns_charon.load(lns_conf(version=version))
    add(bed, "work", ike(version))
    wire = Wire(bed)
    up = connect(bed)
    assert "ipsec" in up, up
    info = status(bed, "work")
    assert info["local_port"] == 1701, info
    bed.ping(lns.address, count=3)
    end(bed, ours, service, wire)
    service.stop()


@pytest.mark.parametrize("version", (1, 2))
def test_certificates(bed, ours, lns_charon, lns, service, pki, version):
    pki.give(lns_charon, "lns")
    lns_charon.load(lns_conf(version=version, auth="pubkey",
                             local="certs = lns.pem;id = lns.example", remote="cacerts = ca.pem"))
    add_with_certificate(bed, pki, ike(version))
    wire = Wire(bed)
    connect(bed)
    bed.ping(lns.address)
    cli(bed, "down", "work", check=True)
    wire.assert_never_in_clear()
    assert_nothing_secret_left(ours)
    assert "has private key" not in ours.swanctl("--list-certs"), "our key is still there"
    bed.assert_nothing_left(service)


@pytest.mark.parametrize("side", ("client", "lns"))
def test_nat(bed, ours, lns_charon, lns, service, side):
    """IPS-5: either end behind a NAT."""
    subprocess.run(["modprobe", "-qa", "iptable_nat", "xt_nat", "xt_udp", "xt_tcpudp",
                    "nf_conntrack"], check=False)
    inside, outside, ns, device = ((LAC, "10.9.0.11", "lac", "v0") if side == "client"
                                   else (LNS, "10.9.0.22", "lns", "v1"))
    bed.add_address(f"{outside}/24", ns)
    for port in (500, 4500):
        rule = (("-A", "POSTROUTING", "-o", device, "-s", inside, "-p", "udp", "--dport", port, "-j",
                 "SNAT", "--to", outside) if side == "client" else
                ("-A", "PREROUTING", "-i", device, "-d", outside, "-p", "udp", "--dport", port, "-j",
                 "DNAT", "--to", inside))
        bed.exec(ns, "iptables-legacy", "-t", "nat", *rule)
    lns_charon.load(lns_conf())
    add(bed, gateway=outside if side == "lns" else LNS)
    wire = Wire(bed)
    connect(bed)
    info = status(bed, "work")
    assert info["encap"] == "esp-in-udp" and info["secured"], info
    bed.ping(lns.address, count=3)
    cli(bed, "down", "work", check=True)
    clear, _ = wire.stop()
    assert not clear, clear
    assert_nothing_secret_left(ours)
    bed.assert_nothing_left(service)


def test_mtu(bed, ours, lns_charon, lns, service):
    """IPS-8: on a narrow path what fits is sent, and through a NAT's ESP, too."""
    for ns, device in (("lac", "v0"), ("lns", "v1")):
        bed.exec(ns, "ip", "link", "set", device, "mtu", "1300")
    lns_charon.load(lns_conf())
    add(bed, "work", "ipsec-forceencaps=yes")
    connect(bed)
    interface = status(bed, "work")["interface"]
    mtu = int(re.search(r"mtu (\d+)", bed.exec("lac", "ip", "link", "show", interface))[1])
    assert 1100 < mtu < 1300 - 28 - 8 - 4 - 38, mtu  # IP, UDP, L2TP, PPP, ESP in UDP at the least
    bed.exec("lac", "ping", "-n", "-c", "2", "-W", "5", "-M", "do", "-s", mtu - 28, lns.address)
    cli(bed, "down", "work", check=True)
