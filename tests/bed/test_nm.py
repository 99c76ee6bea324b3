# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""VPNs of the real NetworkManager, by way of our plugin, with the real service behind it: up and
down, addresses and routes."""

import uuid

import pytest

from bed import LNS, run, wait_for
from nm import NetworkManager
from polkit import Polkit, add_user, as_user, busctl, rule
from service import Service, status
from xl2tpd import Lns

TIMES = 20
LNS_2 = "10.9.0.3"
ALICE = 1234


@pytest.fixture
def nm(bed, service):
    return NetworkManager(bed)


def assert_all_gone(bed, nm, service):
    wait_for(lambda: not nm.plugins(), 10, "the plugin ends")
    bed.assert_nothing_left(service, timeout=10)


def default_routes(nm):
    """Device to metric."""
    lines = [line.split() for line in nm.routes("default")]
    return {line[line.index("dev") + 1]: int(line[line.index("metric") + 1]) for line in lines}


def test_up_and_down(bed, lns, service, nm):
    """Many times, and nothing is left. The full tunnel's routes: everything through the VPN but its
    own packets."""
    nm.add()
    for _ in range(TIMES):
        nm.up(check=True)
        interface, = bed.ppp_interfaces()
        assert nm.active()["work"] == "activated"
        bed.ping(lns.address)
        assert default_routes(nm) == {interface: 50, "v0": 100}, nm.routes()
        assert any(line.startswith(f"{LNS} dev v0 ") and "metric 50" in line
                   for line in nm.routes()), nm.routes()
        nm.down(check=True)
    assert_all_gone(bed, nm, service)
    assert default_routes(nm) == {"v0": 100}


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
    assert_all_gone(bed, nm, service)


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
    assert_all_gone(bed, nm, service)


def test_split_tunnel(bed, lns, service, nm):
    """never-default: what is behind the VPN goes there, and nothing else."""
    nm.add(ipv4=("method=auto", "never-default=true", "route1=192.0.2.0/24"))
    nm.up(check=True)
    interface, = bed.ppp_interfaces()
    assert default_routes(nm) == {"v0": 100}, nm.routes()
    assert any(line.startswith(f"192.0.2.0/24 dev {interface} ") and "metric 50" in line
               for line in nm.routes()), nm.routes()
    bed.ping(lns.address)
    nm.down(check=True)
    assert_all_gone(bed, nm, service)


def test_manual_address(bed, lns, service, nm):
    """The profile's own address is what NetworkManager sets."""
    nm.add(ipv4=("method=manual", "address1=10.77.0.200/32", "never-default=true",
                 "route1=192.0.2.0/24"))
    nm.up(check=True)
    interface, = bed.ppp_interfaces()
    assert "10.77.0.200" in run("ip", "-n", "lac", "addr", "show", interface)
    assert any(line.startswith(f"192.0.2.0/24 dev {interface} ") for line in nm.routes())
    nm.down(check=True)
    assert_all_gone(bed, nm, service)


def test_import(bed, lns, service, nm):
    """A file of NetworkManager-l2tp's, imported and connected."""
    file = bed.scratch / "office.conf"
    file.write_text("#org.freedesktop.NetworkManager.l2tp\n[connection]\nid=Office\n"
                    f"[vpn]\ngateway={LNS}\nuser=alice\nrefuse-eap=true\nlcp-echo-failure=5\n"
                    "lcp-echo-interval=30\nmtu=1350\n[ip4]\nmethod=auto\n")
    nm.nmcli("connection", "import", "type", "l2tp", "file", file, check=True)
    nm.nmcli("connection", "modify", "Office", "+vpn.data", "password-flags=0",
             "vpn.secrets", "password=s3cret", check=True)
    nm.up("Office", check=True)
    bed.ping(lns.address)
    nm.down("Office", check=True)
    assert_all_gone(bed, nm, service)


def test_secondary(bed, lns):
    """The VPN comes up with the connection below it."""
    service, vpn = Service(bed), str(uuid.uuid4())
    nm = NetworkManager(bed, secondaries=(vpn,), start=False)
    nm.add(uid=vpn)
    nm.up("base", check=True)
    nm.wait_for_state("activated")
    bed.ping(lns.address)
    nm.down(check=True)
    assert_all_gone(bed, nm, service)


def test_private_profile(bed, lns):
    """It is its user's in the service, too, and files are read with his rights alone; nobody but
    root may say whose a connection is."""
    add_user("alice", ALICE)
    Polkit(bed, rule("alice", "org.l2tp.connect", "YES"))
    service = Service(bed)
    nm = NetworkManager(bed)
    key = bed.scratch / "user.key"
    key.write_text("root's alone\n")
    key.chmod(0o600)
    own = ("permissions=user:alice:",)
    nm.add(connection=own, data=(f"user-key={key}",))
    assert nm.up().rc != 0
    nm.wait_for_log("work: user-key: ")
    key.chmod(0o644)
    nm.up(check=True)
    assert status(bed, "work")["owner"] == "alice"
    nm.down(check=True)
    assert_all_gone(bed, nm, service)
    settings = ("a{sv}a{sv}a{sv}", "2", "name", "s", "mine", "gateway", "s", LNS, "0")
    for option, value in (("owner", ("u", "0")), ("source", ("s", "networkmanager"))):
        done = as_user("alice", *busctl(False, "/org/l2tp/Manager", "org.l2tp.Manager",
                                        "ConnectTransient", *settings, "1", option, *value))
        assert done.rc != 0 and f"options: {option} is for root only" in done.output, done
