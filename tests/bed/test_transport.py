# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""What is below L2TP: local ports that the user chose, LNSs that answer from another port, both
address families."""

import time
from pathlib import Path

import pytest

from bed import L2TP_PORT, LNS, LNS6, wait_for
from service import cli, status
from test_connect import add
from test_failures import CONNECT_FAILED
from xl2tpd import Lac, Lns

FIXED = f"local-port={L2TP_PORT}"
LNS_B = "10.9.0.3"
FLOATED_PORT = 40000


def two_lns(bed):
    """Each with inner addresses of its own."""
    bed.add_address(f"{LNS_B}/24")
    return (Lns(bed).start(),
            Lns(bed, name="lns-b", listen=LNS_B, network="10.78.0").start())


def assert_busy(bed, name, words, remedy):
    up = cli(bed, "up", name)
    assert up.rc == CONNECT_FAILED, up
    error = status(bed, name)["last_error"]
    assert error["name"] == "org.l2tp.Error.Busy"
    assert error["message"].startswith(f"tunnel: local-port {L2TP_PORT}: ")
    assert words in error["message"] and remedy in error["remedy"]
    assert words in up.stderr and remedy in up.stderr


def connected(bed, name):
    return wait_for(lambda: status(bed, name)["state"] == "connected", 20, f"{name} is up")


def name_for(*addresses):
    """A host name with these addresses."""
    hosts = Path("/etc/hosts")
    hosts.write_text(hosts.read_text() +
                     "".join(f"{address} vpn.bed.example\n" for address in addresses))
    return "vpn.bed.example"


def test_auto_is_any_port(bed, lns, service):
    add(bed, "work", "local-port=auto")
    cli(bed, "up", "work", check=True)
    assert status(bed, "work")["local_port"] not in (0, L2TP_PORT)
    bed.ping(lns.address)


def test_one_port_two_lnss(bed, service):
    """KRN-7: the kernel tells tunnels from one port apart by their LNSs; and only by them."""
    lns_a, lns_b = two_lns(bed)
    add(bed, "a", FIXED)
    add(bed, "b", FIXED, gateway=LNS_B)
    add(bed, "a-again", FIXED)
    cli(bed, "up", "a", check=True)
    cli(bed, "up", "b", check=True)
    assert {status(bed, name)["local_port"] for name in "ab"} == {L2TP_PORT}
    bed.ping(lns_a.address, count=3)
    bed.ping(lns_b.address, count=3)
    assert_busy(bed, "a-again", "another connection uses this UDP port", "local-port=auto")
    bed.ping(lns_a.address, count=3)
    cli(bed, "down", "a", check=True)
    cli(bed, "up", "a-again", check=True)
    bed.ping(lns_a.address)
    bed.ping(lns_b.address)
    for name in ("a-again", "b"):
        cli(bed, "down", name, check=True)
    bed.assert_nothing_left(service)


def test_ending_tunnel_gives_its_port(bed, lns, service):
    """A StopCCN that the LNS does not acknowledge keeps nobody from connecting anew."""
    add(bed, "work", FIXED)
    cli(bed, "up", "work", check=True)
    lns.freeze()
    cli(bed, "down", "work", check=True)
    cli(bed, "up", "work", "-w", "0", check=True)
    wait_for(lambda: status(bed, "work")["phase"] == "tunnel", 5, "SCCRQ sent")
    lns.thaw()
    connected(bed, "work")
    assert status(bed, "work")["local_port"] == L2TP_PORT
    bed.ping(lns.address)


def test_port_of_another_program(bed, lns, service):
    """xl2tpd shares its port with anybody; we must not take it at its word."""
    lac = Lac(bed, port=L2TP_PORT).start()
    add(bed, "work", FIXED)
    assert_busy(bed, "work", "another program uses this UDP port", "local-port=auto")
    bed.assert_nothing_left(service)
    lac.stop()
    cli(bed, "up", "work", check=True)
    bed.ping(lns.address)


@pytest.mark.parametrize("address", [LNS, LNS6])
def test_lns_answers_from_another_port(bed, service, address):
    """HDR-12: what it answers from is where everything goes from then on."""
    bed.add_address(f"{LNS_B}/24")
    lns = Lns(bed, listen=LNS_B).start()
    bed.relay("--answer-from", FLOATED_PORT, address, L2TP_PORT, LNS_B, L2TP_PORT)
    add(bed, gateway=address)
    cli(bed, "up", "work", check=True)
    assert status(bed, "work")["peer_port"] == FLOATED_PORT
    bed.ping(lns.address, count=3)
    cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(service)


def test_ipv6_fixed_port(bed, lns, service):
    bed.relay(LNS6, L2TP_PORT, LNS, L2TP_PORT)
    add(bed, "work", FIXED, gateway=LNS6)
    cli(bed, "up", "work", check=True)
    assert status(bed, "work")["local_port"] == L2TP_PORT
    bed.ping(lns.address)
    cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(service)


def test_ipv6_link_local(bed, lns, service):
    """fe80:: says nothing without its interface."""
    bed.exec("lac", "ip", "link", "add", "other", "type", "dummy")
    bed.exec("lac", "ip", "link", "set", "other", "up")
    bed.exec("lac", "ip", "-6", "route", "add", "fe80::/64", "dev", "other", "metric", "1")
    bed.add_address("fe80::9/64")
    bed.add_address("fe80::1/64", ns="lac")
    bed.relay("fe80::9%v1", L2TP_PORT, LNS, L2TP_PORT)
    add(bed, gateway="fe80::9%v0")
    cli(bed, "up", "work", check=True)
    bed.ping(lns.address)
    cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(service)


def test_both_families_at_once(bed, service):
    """From the same local port, which each family has for itself."""
    lns_a, lns_b = two_lns(bed)
    bed.relay(LNS6, L2TP_PORT, LNS_B, L2TP_PORT)
    add(bed, "a", FIXED)
    add(bed, "b", FIXED, gateway=f"[{LNS6}]")
    cli(bed, "up", "a", check=True)
    cli(bed, "up", "b", check=True)
    assert ":" in status(bed, "b")["peer_address"] and "." in status(bed, "a")["peer_address"]
    bed.ping(lns_a.address, count=3)
    bed.ping(lns_b.address, count=3)


@pytest.mark.parametrize("why", ["port closed", "nobody there", "no route"])
def test_ipv6_address_first(bed, lns, service, why):
    """The AAAA does not work, the A does, long before a timeout."""
    # Addresses of the documentation, because a resolver puts private ones behind IPv4.
    bed.add_address("2001:db8:9::1/64", ns="lac")
    bed.add_address("2001:db8:9::2/64")
    address = {"port closed": "2001:db8:9::2", "nobody there": "2001:db8:9::3"}.get(why)
    if not address:
        address = "2001:db8:a::1"
        bed.exec("lac", "ip", "-6", "route", "add", "unreachable", "2001:db8:a::/64")
    add(bed, gateway=name_for(address, LNS))
    start = time.monotonic()
    cli(bed, "up", "work", check=True)
    assert time.monotonic() - start < 10
    assert status(bed, "work")["peer_address"] == LNS
    bed.ping(lns.address)


def test_no_route(bed, service):
    """Known at once, and said so."""
    add(bed, gateway="192.0.2.1")
    start = time.monotonic()
    up = cli(bed, "up", "work")
    assert time.monotonic() - start < 5
    assert up.rc == CONNECT_FAILED and "tunnel: " in up.stderr
    assert status(bed, "work")["last_error"]["name"] == "org.l2tp.Error.Unreachable"
    bed.assert_nothing_left(service)


def test_local_address_and_interface(bed, lns, service):
    """Ours of two addresses is the second; what is not there fails by the name of its key."""
    second = "10.9.0.77"
    bed.add_address(f"{second}/24", ns="lac")
    add(bed, "work", f"local-address={second}", "interface=v0")
    cli(bed, "up", "work", check=True)
    assert status(bed, "work")["local_address"] == second
    bed.ping(lns.address)
    cli(bed, "down", "work", check=True)
    for name, key in (("a", "local-address=10.9.0.78"), ("b", "interface=none-such"),
                      ("c", "local-address=2001:db8::1")):
        add(bed, name, key)
        up = cli(bed, "up", name)
        assert up.rc == CONNECT_FAILED, up
        assert f"tunnel: {key.partition('=')[0]}" in up.stderr
    bed.assert_nothing_left(service)
