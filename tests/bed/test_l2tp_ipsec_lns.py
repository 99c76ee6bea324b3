# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""L2TP inside IPsec whose LNS ends the tunnel, falls silent in it, or sends us to another one."""

import time

import lns as lns_of_tests
import netns
import wire
from bed import LNS
from l2tp_ipsec import Wire, add, connect, connected, end, wait_for_tunnel
from service import status, wait_for_state
from strongswan import lns_conf, policies, sas, two_lns_conf
from traffic import Traffic, tell
from xl2tpd import Lns

MUTE = 15  # seconds until an LNS that IKE still answers for is given up, under traffic


def mute(bed, lns):
    lns.freeze()
    bed.exec("lns", "sysctl", "-qw", "net.ipv4.icmp_echo_ignore_all=1")


def unmute(bed, lns):
    lns.thaw()
    bed.exec("lns", "sysctl", "-qw", "net.ipv4.icmp_echo_ignore_all=0")


def test_stopccn(bed, ours, lns_charon, lns, service):
    """Another tunnel, at once and in the same call, and it is as protected as the first one."""
    wire_, before = connected(bed, lns_charon)
    traffic = Traffic(bed, lns.address)
    traffic.wait_after(0, 5)
    lns.stop()
    lns.start()
    began = time.time()
    after = wait_for_tunnel(bed, before, 30)
    tell(bed, stopccn=traffic.wait_after(began, 5))
    assert "attempt 1 in" in service.log and "; dialling a new one" in service.log
    assert after["secured"] and after["interface"] == before["interface"], after
    assert sas("lac") == 2 and policies("lac").count("action block") == 2, policies("lac")
    traffic.stop()
    end(bed, ours, service, wire_)


def test_mute(bed, ours, lns_charon, lns, service):
    """ERR-36, XPRT-22: the SA lives, and nothing comes through it any more."""
    wire_, before = connected(bed, lns_charon)
    traffic = Traffic(bed, lns.address)
    traffic.wait_after(time.time() + 3, 10)  # so that it is known to be answered
    frozen = time.monotonic()
    mute(bed, lns)
    service.wait_for_log("liveness: silent → tunnel gone", MUTE + 10)
    noticed = time.monotonic() - frozen
    tell(bed, mute=noticed)
    assert noticed < MUTE
    unmute(bed, lns)
    after = wait_for_tunnel(bed, before, 60)
    assert after["secured"], after
    bed.ping(lns.address)
    traffic.stop()
    end(bed, ours, service, wire_)


def test_short_silence(bed, ours, lns_charon, lns, service):
    """One that answers again in time has lost nothing."""
    lns_charon.load(lns_conf())
    add(bed)
    connect(bed)
    before = status(bed, "work")
    traffic = Traffic(bed, lns.address)
    traffic.wait_after(0, 5)
    mute(bed, lns)
    service.wait_for_log("liveness: trial → silent", 15)
    unmute(bed, lns)
    after = wait_for_state(bed, "work", "connected", 15)
    assert (after["tunnel_id"], after["pppd_pid"]) == (before["tunnel_id"], before["pppd_pid"])
    traffic.wait_after(time.time(), 5)
    traffic.stop()


def test_try_another(bed, ours, lns_charon, service):
    """TUN-30: followed, with an SA and a guard for the LNS that it names."""
    bed.add_address("10.9.0.3")
    lns_charon.load(two_lns_conf().replace("secret = two", "secret = one"))
    other = Lns(bed, listen="10.9.0.3", name="lns2", network="10.78.0").start()
    behaviour = lns_of_tests.Behaviour(
        instead={wire.SCCRQ: lambda tunnel, message: tunnel.stop(2, 7, b"10.9.0.3")})
    add(bed, psk="one")
    wire_ = Wire(bed)
    with lns_of_tests.Lns(behaviour, LNS, lns_of_tests.PORT,
                          lambda *arguments: netns.socket_in("lns", *arguments)):
        connect(bed)
    assert "sends us to 10.9.0.3" in service.log
    info = status(bed, "work")
    assert info["secured"] and sas("lac") == 2, info
    guards = [block for block in policies("lac").split("src ") if "action block" in block]
    assert len(guards) == 2 and all("10.9.0.3" in block for block in guards), guards
    bed.ping(other.address)
    end(bed, ours, service, wire_)
