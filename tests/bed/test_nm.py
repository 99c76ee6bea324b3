# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""VPNs of the real NetworkManager, by way of our plugin, with the real service behind it:
addresses and routes."""

import uuid

import pytest

from bed import LNS, run, wait_for
from nm import NetworkManager
from service import status
from xl2tpd import Lns

LNS_2 = "10.9.0.3"


@pytest.fixture
def nm(bed, service):
    return NetworkManager(bed)


def test_what_networkmanager_knows(bed, service, nm):
    """Address, name servers, MTU, and that the connection is NetworkManager's."""
    Lns(bed, dns=("10.77.0.53", "10.77.0.54")).start()
    nm.add(data=("mtu=1300", "mru=1300"))
    nm.up(check=True)
    shown = nm.nmcli("-t", "connection", "show", "work", check=True).stdout
    assert "IP4.ADDRESS[1]:10.77.0.10/32" in shown, shown
    assert "IP4.DNS[1]:10.77.0.53" in shown and "IP4.DNS[2]:10.77.0.54" in shown, shown
    interface, = bed.ppp_interfaces()
    assert "mtu 1300" in run("ip", "-n", "lac", "link", "show", interface)
    assert status(bed, "work")["source"] == "networkmanager"
    nm.down(check=True)
    nm.assert_all_gone(service)


def test_two_at_once(bed, lns, service, nm):
    """To two LNSs; the end of one does not touch the other. They may even have one name."""
    bed.add_address(f"{LNS_2}/24")
    second = Lns(bed, listen=LNS_2, name="lns2", network="10.78.0").start()
    never = ("method=auto", "never-default=true")
    first_id, second_id = str(uuid.uuid4()), str(uuid.uuid4())
    nm.add(uid=first_id, ipv4=never)
    nm.add("second", uid=second_id, gateway=LNS_2, ipv4=(*never, "route1=10.78.0.0/24"))
    nm.nmcli("connection", "modify", second_id, "connection.id", "work", check=True)
    nm.up(first_id, check=True)
    nm.up(second_id, check=True)
    assert len(bed.ppp_interfaces()) == 2 and len(nm.plugins()) == 2
    bed.ping(lns.address)
    bed.ping(second.address)
    nm.down(first_id, check=True)
    wait_for(lambda: len(bed.ppp_interfaces()) == 1, 10, "the first is gone")
    bed.ping(second.address)
    nm.down(second_id, check=True)
    nm.assert_all_gone(service)


def test_split_tunnel(bed, lns, service, nm):
    """never-default: what is behind the VPN goes there, and nothing else."""
    nm.add(ipv4=("method=auto", "never-default=true", "route1=192.0.2.0/24"))
    nm.up(check=True)
    interface, = bed.ppp_interfaces()
    assert nm.default_routes() == {"v0": 100}, nm.routes()
    assert any(line.startswith(f"192.0.2.0/24 dev {interface} ") and "metric 50" in line
               for line in nm.routes()), nm.routes()
    bed.ping(lns.address)
    nm.down(check=True)
    nm.assert_all_gone(service)


def test_manual_address(bed, lns, service, nm):
    """The profile's own address is what NetworkManager sets."""
    nm.add(ipv4=("method=manual", "address1=10.77.0.200/32", "never-default=true",
                 "route1=192.0.2.0/24"))
    nm.up(check=True)
    interface, = bed.ppp_interfaces()
    assert "10.77.0.200" in run("ip", "-n", "lac", "addr", "show", interface)
    assert any(line.startswith(f"192.0.2.0/24 dev {interface} ") for line in nm.routes())
    nm.down(check=True)
    nm.assert_all_gone(service)
