# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""What a VPN of NetworkManager's survives."""

import os
import signal

import pytest

import netns
from bed import LNS, run, wait_for
from nm import NetworkManager
from service import status
from xl2tpd import Lns

PERSISTENT = ("persistent=true",)


@pytest.fixture
def nm(bed, service):
    return NetworkManager(bed)


def active_path(nm):
    shown = nm.nmcli("-t", "-f", "GENERAL.DBUS-PATH", "connection", "show", "work", check=True)
    return shown.stdout


def wait_until_back(bed, lns, nm, before, default=True):
    """The same VPN, with its addresses and routes. NetworkManager, told of an interface that goes,
    may call a VPN activated too early: that is not what is waited for."""
    wait_for(lambda: status(bed, "work")["state"] == "connected", 90, "the connection is back", 0.2)
    nm.wait_for_state("activated")
    assert active_path(nm) == before
    interface, = bed.ppp_interfaces()
    wait_for(lambda: default == any(f" {interface} " in line for line in nm.routes("default")), 10,
             "the VPN has the default route")
    wait_for(lambda: interface in "".join(nm.routes(f"{lns.address}/32")), 10, "a route to the LNS")
    bed.ping(lns.address)


def test_pppd_is_killed(bed, lns, service, nm):
    """The same VPN goes on, on the same interface, as often as it may happen."""
    nm.add()
    nm.up(check=True)
    before, interface = active_path(nm), bed.ppp_interfaces()
    for times in range(1, 4):
        pid, = netns.processes("lac", "pppd")
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: nm.log.count("work: reconnecting") == times, 10, "the loss is told")
        wait_until_back(bed, lns, nm, before)
        assert bed.ppp_interfaces() == interface
    nm.down(check=True)
    nm.assert_all_gone(service)


def test_lns_restarts(bed, lns, service, nm):
    """Activating while it is away, and the same VPN afterwards."""
    nm.add(vpn=PERSISTENT)
    nm.up(check=True)
    before = active_path(nm)
    lns.stop()
    nm.wait_for_log("work: reconnecting: ", timeout=60)
    again = Lns(bed).start()
    wait_until_back(bed, again, nm, before)
    nm.down(check=True)
    nm.assert_all_gone(service)


def test_down_while_away(bed, lns, service, nm):
    nm.add(vpn=PERSISTENT)
    nm.up(check=True)
    lns.stop()
    nm.wait_for_log("work: reconnecting", timeout=60)
    nm.down(check=True)
    nm.wait_for_state(None)
    nm.assert_all_gone(service)


def test_way_out_goes_and_returns(bed, lns, service, nm):
    """A persistent VPN outlives the connection below it."""
    nm.add(vpn=PERSISTENT, data=("hello-interval=1",))
    nm.up(check=True)
    before = active_path(nm)
    nm.down("base", check=True)
    nm.wait_for_state("activating", timeout=60)
    nm.up("base", check=True)
    wait_until_back(bed, lns, nm, before)
    nm.down(check=True)
    nm.assert_all_gone(service)


def test_cable(bed, lns, service, nm):
    """The device below it loses its carrier, and NetworkManager the connection on it; both come
    back by themselves, and so does the VPN."""
    nm.add(vpn=PERSISTENT, data=("hello-interval=1",))
    nm.up(check=True)
    before = active_path(nm)
    bed.link(False, ns="lns")
    nm.wait_for_state(None, "base", timeout=60)
    nm.wait_for_state("activating", timeout=60)
    bed.link(True, ns="lns")
    wait_until_back(bed, lns, nm, before)
    nm.down(check=True)
    nm.assert_all_gone(service)


@pytest.mark.parametrize("default", [False, True])
def test_another_way_out(bed, lns, service, nm, default):
    """A persistent VPN moves to another network. NetworkManager gives one that has outlived the
    connection below it no route to the LNS any more, so that the default route would lead it into
    itself: it has one of the service's."""
    run("ip", "link", "add", "v2", "netns", "lac", "type", "veth", "peer", "name", "v3", "netns",
        "lns")
    run("ip", "-n", "lns", "addr", "add", "10.9.1.2/24", "dev", "v3")
    run("ip", "-n", "lns", "link", "set", "v3", "up")
    nm.write_base("other", "v2", "10.9.1.1", "10.9.1.2", "autoconnect=false")
    nm.add(vpn=PERSISTENT, data=("hello-interval=1",),
           ipv4=("method=auto",) if default else ("method=auto", "never-default=true"))
    nm.up(check=True)
    before = active_path(nm)
    nm.down("base", check=True)
    nm.up("other", check=True)
    wait_for(lambda: nm.log.count("work: connected") >= 2, 90, "the connection is back", 0.2)
    wait_until_back(bed, lns, nm, before, default=default)
    assert " dev v2 " in run("ip", "-n", "lac", "route", "get", LNS)
    nm.down(check=True)
    nm.assert_all_gone(service)


def test_ends_with_the_way_out(bed, lns, service, nm):
    """One that is not to persist."""
    nm.add()
    nm.up(check=True)
    nm.down("base", check=True)
    nm.wait_for_state(None)
    nm.assert_all_gone(service)
