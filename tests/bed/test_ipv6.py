# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""IPv6 inside the VPN: IPv6CP with a real pppd, a router behind it, routes, and no trace later."""

import os
import signal
import socket
import struct
from pathlib import Path

import pytest

import netns
from bed import L2TP_PORT, LAC, run, wait_for
from service import cli, status
from test_adopt import Ping
from test_connect import add
from xl2tpd import Lns

NETWORK = "fd66::"
BEHIND = "fd77::"


def lns_with_ipv6(bed, **more):
    return Lns(bed, options=["+ipv6", "ipv6cp-accept-local"], **more).start()


def router_address(device):
    text = run("ip", "-n", "lns", "-6", "-o", "addr", "show", "dev", device, "scope", "link")
    return text.split("inet6 ")[1].split("/")[0].split()[0]


def advertise(bed):
    """A router on the LNS's end: an address from NETWORK, and itself as the way to everything."""
    device, = bed.ppp_interfaces("lns")
    prefix = struct.pack("!BBBBIII", 3, 4, 64, 0xc0, 3600, 3600, 0) + socket.inet_pton(
        socket.AF_INET6, NETWORK)
    with netns.socket_in("lns", socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as sock:
        index = netns.call_in("lns", lambda: socket.if_nametoindex(device))
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        sock.sendto(struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) + prefix,
                    ("ff02::1", 0, 0, index))


def lac(*words):
    return run("ip", "-n", "lac", "-6", *words)


def routes():
    return lac("route", "show", "table", "all", "proto", "76") + lac("route", "show", "default")


def addresses(bed):
    """Those of IPv6 that the service tells of."""
    return [each for each in status(bed, "work")["addresses"] if ":" in each]


def wait_ipv6(bed):
    return wait_for(lambda: addresses(bed), 10, "IPv6CP")


def wait_ping(bed):
    device = status(bed, "work")["interface"]
    theirs, = bed.ppp_interfaces("lns")
    wait_for(lambda: " 0% packet loss" in bed.exec(
        "lac", "ping", "-6", "-n", "-c", "1", "-W", "1", f"{router_address(theirs)}%{device}",
        check=False), 15, "IPv6 through the VPN")


def has_network(bed):
    advertise(bed)
    return NETWORK in lac("addr", "show", "dev", status(bed, "work")["interface"], "-tentative")


def test_addresses_and_routes(bed, service):
    """A link-local address on the bus, a router's advertisement taken but for its default route,
    the user's routes; all of it gone with the VPN."""
    lns_with_ipv6(bed)
    before = routes()
    add(bed, "work", "ipv6=yes", f"routes={BEHIND}/64")
    cli(bed, "up", "work", check=True)
    told = wait_ipv6(bed)
    device = status(bed, "work")["interface"]
    own = lac("-o", "addr", "show", "dev", device, "scope", "link").split("inet6 ")[1].split("/")[0]
    assert told == [own.split()[0]], (own, told)
    theirs, = bed.ppp_interfaces("lns")
    bed.exec("lac", "ping", "-6", "-n", "-c", "1", "-W", "5", f"{router_address(theirs)}%{device}")
    wait_for(lambda: f"{BEHIND}/64 dev {device}" in routes(), 5, "the route")
    run("ip", "-n", "lns", "addr", "add", f"{NETWORK}1/64", "dev", theirs, "nodad")
    run("ip", "-n", "lns", "addr", "add", f"{BEHIND}1/128", "dev", "lo", "nodad")
    wait_for(lambda: has_network(bed), 15, "an address from the router", interval=0.2)
    assert "proto ra" not in lac("route", "show", "default", "dev", device)
    bed.ping(f"{NETWORK}1")
    bed.ping(f"{BEHIND}1")
    cli(bed, "down", "work", check=True)
    assert routes() == before
    assert not addresses(bed)
    bed.assert_nothing_left(service)


def test_solicits(bed, service):
    """The kernel asks for a router by itself: advertisements are accepted before IPv6CP is up."""
    lns_with_ipv6(bed)
    add(bed, "work", "ipv6=yes")
    capture = bed.capture("solicits", "lns", "any", "icmp6 and ip6[40] == 133")
    cli(bed, "up", "work", check=True)
    wait_for(lambda: "solicitation" in run("tcpdump", "-n", "-r", bed.out / "solicits.pcap"), 10,
             "a router solicitation")
    capture.stop()


def test_default_route(bed, service):
    """Everything goes through the VPN, IPv6 as well as IPv4."""
    lns_with_ipv6(bed)
    add(bed, "work", "ipv6=yes", "default-route=yes")
    cli(bed, "up", "work", check=True)
    wait_ipv6(bed)
    device = status(bed, "work")["interface"]
    wait_for(lambda: f"8000::/1 dev {device}" in routes(), 5, "the routes")
    assert f"::/1 dev {device}" in routes() and "0.0.0.0/1" in run(
        "ip", "-n", "lac", "route", "show", "proto", "76")


def test_off(bed, service):
    """Without ipv6=yes there is none, whatever the LNS offers."""
    lns_with_ipv6(bed)
    add(bed, "work", f"routes={BEHIND}/64")
    cli(bed, "up", "work", check=True)
    bed.ping(Lns.address)
    assert "inet6" not in lac("addr", "show", "dev", status(bed, "work")["interface"])
    assert not addresses(bed) and "dev ppp" not in routes()


def test_refused(bed, service):
    """An LNS without IPv6: the VPN is up, with IPv4 alone."""
    lns = Lns(bed, options=["noipv6"]).start()
    add(bed, "work", "ipv6=yes", f"routes={BEHIND}/64,10.88.0.0/16")
    cli(bed, "up", "work", check=True)
    bed.ping(lns.address)
    assert not addresses(bed) and "dev ppp" not in routes()
    assert status(bed, "work")["state"] == "connected"


def test_external(bed, service):
    """Somebody else's business: nothing but what PPP itself agrees on."""
    lns_with_ipv6(bed)
    add(bed, "work", "ipv6=yes", "ip-config=external", f"routes={BEHIND}/64")
    before = routes()
    cli(bed, "up", "work", check=True)
    wait_ipv6(bed)
    device = status(bed, "work")["interface"]
    default = bed.exec("lac", "sysctl", "-n", "net.ipv6.conf.default.accept_ra")
    assert bed.exec("lac", "sysctl", "-n", f"net.ipv6.conf.{device}.accept_ra") == default
    assert routes() == before


def test_pppd_dies(bed, service):
    """The next pppd takes the interface over, and IPv6 is there again."""
    lns_with_ipv6(bed)
    add(bed, "work", "ipv6=yes", "persist=yes", f"routes={BEHIND}/64")
    cli(bed, "up", "work", check=True)
    wait_ipv6(bed)
    wait_ping(bed)  # not while the kernel of either end still looks for a twin of the address
    old = status(bed, "work")
    os.kill(old["pppd_pid"], signal.SIGKILL)
    wait_for(lambda: (now := status(bed, "work"))["state"] == "connected"
             and now["pppd_pid"] != old["pppd_pid"], 20, "another pppd")
    wait_ipv6(bed)
    device = status(bed, "work")["interface"]
    assert device == old["interface"] and f"{BEHIND}/64 dev {device}" in routes()
    # With the dead one's beside it, half of what we say comes from where nobody answers to.
    assert lac("-o", "addr", "show", "dev", device, "scope", "link").count("inet6 ") == 1
    wait_ping(bed)


RESOLVCONF = Path("/usr/sbin/resolvconf")


@pytest.fixture
def resolvconf(bed):
    """Stands in for the real one, and notes when it was called."""
    calls = bed.out / "resolvconf.calls"
    RESOLVCONF.write_text(f'#!/bin/sh\necho "$@" >>{calls}\ncat >/dev/null\n')
    RESOLVCONF.chmod(0o755)
    yield calls
    RESOLVCONF.unlink()


def end_ipv6cp(info):
    """The LNS asks for the end of IPv6CP alone. Both pppds negotiate it anew by themselves."""
    data = struct.pack("!HHH", 2, info["tunnel_id"], info["session_id"]) + bytes.fromhex(
        "ff038057 05770004")
    with netns.socket_in("lns", socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP) as sock:
        sock.sendto(struct.pack("!HHHH", L2TP_PORT, info["local_port"], 8 + len(data), 0) + data,
                    (LAC, 0))


def test_comes_and_goes(bed, resolvconf, service):
    """Again and again: IPv4 does not notice, in no packet, no route and no name server."""
    lns = lns_with_ipv6(bed, dns=["10.77.0.1"])
    add(bed, "work", "ipv6=yes", f"routes={BEHIND}/64,10.88.0.0/16")
    cli(bed, "up", "work", check=True)
    wait_ipv6(bed)
    wait_for(lambda: f"{BEHIND}/64" in routes(), 5, "the route")
    before = status(bed, "work")
    assert before["mtu"] == 1400 and resolvconf.read_text() == f"-a {before['interface']}.l2tp\n"
    monitor = bed.start("monitor", "lac", "ip", "-4", "monitor", "route", "address")
    ping = Ping(bed, lns.address)
    for _ in range(3):
        end_ipv6cp(before)
        wait_for(lambda: not addresses(bed), 10, "the end of IPv6CP")
        wait_for(lambda: f"{BEHIND}/64" not in routes(), 5, "the end of its route")
        wait_ipv6(bed)
        wait_for(lambda: f"{BEHIND}/64" in routes(), 5, "the route again")
    assert ping.stop() == 0
    monitor.kill()
    assert monitor.log == ""
    after = status(bed, "work")
    assert (after["since"], after["mtu"]) == (before["since"], before["mtu"])
    assert len(resolvconf.read_text().splitlines()) == 1
    cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(service)
