# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""Bad ways to the LNS, and other ones: the VPN comes up, stays up or comes back. What is blocked or
late for a while is in test_false_alarms.py."""

import re
import time

import pytest

from bed import LNS, run, wait_for
from service import cli, status, wait_for_state
from test_connect import add
from traffic import identity
from xl2tpd import Lns

FAR = "192.0.2.1"  # an LNS behind a router
INNER = "10.88.0.0/16"
BAD = {
    "loss": "loss 10%",
    "reordering": "delay 20ms 10ms reorder 50% 50%",
    "duplication": "duplicate 50%",
    "delay": "delay 500ms",
    "all": "delay 100ms 50ms reorder 25% loss 10% duplicate 25%",
}


def netem(words):
    for ns, device in (("lac", "v0"), ("lns", "v1")):
        run("tc", "-n", ns, "qdisc", "add", "dev", device, "root", "netem", *words.split())


def answers(bed, address, count):
    """How many of so many pings were answered; none where there is no route at the moment."""
    text = bed.exec("lac", "ping", "-n", "-c", count, "-i", "0.2", "-W", "3", address, check=False)
    found = re.search(r"(\d+) received", text)
    return int(found.group(1)) if found else 0


@pytest.mark.parametrize("what", BAD)
def test_bad_path(bed, lns, service, what):
    """It comes up on such a path, stays up on it, and ends in order. A Configure-Request that comes
    late makes IPCP begin again: the pppd, its interface and the tunnel stay."""
    netem(BAD[what])
    add(bed, "work", "persist=yes")
    cli(bed, "up", "work", "-w", "90", check=True, timeout=100)
    before = wait_for_state(bed, "work", "connected", 30)
    wait_for(lambda: answers(bed, lns.address, 20) >= 5, 60, "answers through the VPN")
    after = status(bed, "work")
    assert after["state"] == "connected" and identity(after) == identity(before)
    assert after["retry_count"] == 0
    cli(bed, "down", "work", check=True)
    cli(bed, "delete", "work", check=True)
    bed.assert_nothing_left(service, timeout=40)


def ours():
    return run("ip", "-n", "lac", "route", "show", "proto", "76")


@pytest.mark.parametrize("options", [("default-route=yes",), (f"routes={INNER}", "kill-switch=yes")])
def test_default_route_moves(bed, service, options):
    """To another interface and back: the LNS's own route goes along, and so does the VPN."""
    run("ip", "-n", "lns", "addr", "add", f"{FAR}/32", "dev", "lo")
    bed.add_uplink()
    run("ip", "-n", "lac", "route", "add", "default", "via", LNS, "dev", "v0", "metric", "100")
    lns = Lns(bed, listen=FAR).start()
    add(bed, "work", *options, gateway=FAR)
    cli(bed, "up", "work", check=True)
    bed.ping(lns.address)

    def arrived(gateway, source):
        return (re.search(rf"^{FAR} via {gateway} ", ours(), re.M)
                and status(bed, "work")["state"] == "connected"
                and status(bed, "work")["local_address"] == source)
    for command, gateway, source in (("add", "10.8.0.2", "10.8.0.1"), ("del", LNS, "10.9.0.1")):
        run("ip", "-n", "lac", "route", command, "default", "via", "10.8.0.2", "dev", "w0",
            "metric", "90")
        wait_for(lambda: arrived(gateway, source), 30, f"connected by way of {gateway}")
        bed.ping(lns.address)
    cli(bed, "down", "work", check=True)
    assert ours() == ""
    bed.assert_nothing_left(service)


def mtu_of(bed):
    device = status(bed, "work")["interface"]
    shown = run("ip", "-n", "lac", "link", "show", device)
    return int(re.search(r" mtu (\d+)", shown).group(1)), status(bed, "work")["mtu"]


@pytest.mark.parametrize("options, wide", [((), 1400), (("mtu=auto",), 1462)])
def test_mtu(bed, service, options, wide):
    """What the way has room for, now and later: it becomes narrower by its link, and by what a
    router has told, and the largest packet still goes through in one piece."""
    lns = Lns(bed, mtu=1500).start()
    add(bed, "work", *options)
    cli(bed, "up", "work", check=True)
    assert mtu_of(bed) == (wide, wide)
    fragments = bed.capture("fragments", "lns", "v1", "ip[6:2] & 0x3fff != 0")

    def largest_goes_through():
        size = mtu_of(bed)[0] - 28
        bed.exec("lac", "ping", "-n", "-c", "1", "-W", "5", "-M", "do", "-s", size, lns.address)
    largest_goes_through()
    run("ip", "-n", "lac", "link", "set", "v0", "mtu", "1300")
    wait_for(lambda: mtu_of(bed) == (1262, 1262), 10, "the narrower MTU")
    largest_goes_through()
    run("ip", "-n", "lac", "link", "set", "v0", "mtu", "1500")
    wait_for(lambda: mtu_of(bed) == (wide, wide), 10, "the wider MTU")
    run("ip", "-n", "lac", "route", "change", "10.9.0.0/24", "dev", "v0", "proto", "kernel",
        "scope", "link", "src", "10.9.0.1", "mtu", "1200")
    wait_for(lambda: mtu_of(bed) == (1162, 1162), 10, "the path's MTU")
    largest_goes_through()
    fragments.stop()
    assert run("tcpdump", "-n", "-r", bed.out / "fragments.pcap", stderr=-3) == ""


@pytest.fixture
def router(bed):
    """hop, between w0 of lac and x1 of lns, on the only way to FAR. Yields a function that sets the
    MTU of its second link."""
    run("ip", "netns", "add", "hop")
    try:
        for ns, device, peer_ns, peer in (("lac", "w0", "hop", "w1"), ("hop", "x0", "lns", "x1")):
            run("ip", "link", "add", device, "netns", ns, "type", "veth", "peer", "name", peer,
                "netns", peer_ns)
        for ns, device, address in (("lac", "w0", "10.8.0.1/24"), ("hop", "w1", "10.8.0.2/24"),
                                    ("hop", "x0", "10.7.0.1/24"), ("lns", "x1", "10.7.0.2/24"),
                                    ("lns", "lo", f"{FAR}/32")):
            run("ip", "-n", ns, "addr", "add", address, "dev", device)
            run("ip", "-n", ns, "link", "set", device, "up")
        run("ip", "-n", "lac", "route", "add", "default", "via", "10.8.0.2")
        run("ip", "-n", "lns", "route", "add", "10.8.0.0/24", "via", "10.7.0.1")
        run("ip", "-n", "hop", "route", "add", FAR, "via", "10.7.0.2")
        bed.exec("hop", "sysctl", "-qw", "net.ipv4.ip_forward=1")

        def set_mtu(mtu):
            for ns, device in (("hop", "x0"), ("lns", "x1")):
                run("ip", "-n", ns, "link", "set", device, "mtu", mtu)
        yield set_mtu
    finally:
        run("ip", "netns", "del", "hop")


@pytest.mark.parametrize("options, wide", [((), 1400), (("mtu=auto",), 1462)])
def test_narrow_beyond_a_router(bed, router, service, options, wide):
    """What only a router knows: it tells, and is believed for as long as the kernel believes it."""
    bed.exec("lac", "sysctl", "-qw", "net.ipv4.route.mtu_expires=12")
    lns = Lns(bed, mtu=1500, listen=FAR).start()
    router(1300)
    add(bed, "work", *options, gateway=FAR)
    cli(bed, "up", "work", check=True)
    before = status(bed, "work")
    wait_for(lambda: mtu_of(bed) == (1262, 1262), 10, "the narrower MTU")
    fragments = bed.capture("fragments", "lns", "x1", "ip[6:2] & 0x3fff != 0")
    bed.exec("lac", "ping", "-n", "-c", "1", "-W", "5", "-M", "do", "-s", 1262 - 28, lns.address)
    fragments.stop()
    assert run("tcpdump", "-n", "-r", bed.out / "fragments.pcap", stderr=-3) == ""
    told = time.monotonic()
    wait_for(lambda: mtu_of(bed)[0] != 1262 or time.monotonic() - told > 15, 20,
             "more than the time for which one answer counts", interval=0.2)
    assert mtu_of(bed) == (1262, 1262)
    router(1500)
    wait_for(lambda: mtu_of(bed) == (wide, wide), 30, "the wider MTU")
    assert identity(status(bed, "work")) == identity(before)
    cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(service)


@pytest.mark.parametrize("owner", ["service", "external"])
def test_inside_as_outside(bed, service, owner):
    """The LNS has the same address inside and outside: its packets stay out of the VPN."""
    lns = Lns(bed, settings=[f"local ip = {LNS}"]).start()
    add(bed, "work", f"ip-config={owner}", "lcp-echo-interval=1", "lcp-echo-failure=2")
    cli(bed, "up", "work", check=True)
    before = status(bed, "work")
    assert " dev v0 " in run("ip", "-n", "lac", "route", "get", LNS)
    bed.ping(LNS, count=15)  # for longer than it takes echoes to fail
    assert identity(status(bed, "work")) == identity(before) and lns.pppds()
    cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(service)
    assert ours() == ""
