# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""A dead LNS, one that has lost its memory, one that has lost the session alone: how fast it is
noticed and what it costs. False alarms are in test_false_alarms.py."""

import time

import pytest

from bed import L2TP_PORT, LNS, run, wait_for
from service import cli, status
from shaper import Shaper, is_control
from test_pppd import ifindex
from test_transport import FIXED, LNS_B, name_for
from traffic import Sessions, Traffic, assert_moved, state_is, tell, up
from xl2tpd import Lns

NOTICED = 15  # seconds, under traffic


def restart(bed, lns, before, timeout):
    """The LNS, without memory; returns when there is another tunnel than that of the status."""
    lns.kill()
    killed = time.monotonic()
    lns.start()
    wait_for(lambda: status(bed, "work")["tunnel_id"] not in (before["tunnel_id"], 0) and
             status(bed, "work")["state"] == "connected", timeout, "another tunnel")
    tell(bed, outage=time.monotonic() - killed)


@pytest.mark.parametrize("options", [(), (FIXED,)])
def test_restarted_at_once(bed, lns, service, options):
    """Without memory, under traffic; from any port, and from one of the user's choice (KRN-7)."""
    before = up(bed, *options)
    index = ifindex(bed, before["interface"])
    bed.exec("lac", "ip", "route", "add", "10.88.0.0/16", "dev", before["interface"])
    traffic = Traffic(bed, lns.address)
    traffic.wait_after(0, 5)
    with Sessions():
        lns.kill()
        killed = time.time()
        lns.start()
        tell(bed, outage=traffic.wait_after(killed, NOTICED))
    wait_for(lambda: status(bed, "work")["state"] == "connected", 5, "connected")
    after = assert_moved(bed, before)
    assert after["local_port"] == L2TP_PORT or not options
    assert ifindex(bed, before["interface"]) == index
    assert "10.88.0.0/16" in bed.exec("lac", "ip", "route", "show", "dev", before["interface"])
    cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(service)


def test_back_when_it_answers(bed, lns, service):
    """LAC-17: its port is closed for a while; the VPN is back as soon as it is open again."""
    before = up(bed, "persist=yes")
    traffic = Traffic(bed, lns.address)
    traffic.wait_after(0, 5)
    lns.kill()
    killed = time.time()
    state_is(bed, "reconnecting", NOTICED)
    noticed = time.time() - killed
    lns.start()
    answers = time.time()
    back = traffic.wait_after(answers, 5)
    tell(bed, noticed=noticed, back=back)
    assert back < 2.5  # 0.8 to 1.2 s on a machine that has nothing else to do
    wait_for(lambda: status(bed, "work")["state"] == "connected", 5, "connected")
    after = status(bed, "work")
    assert after["interface"] == before["interface"] and after["addresses"] == before["addresses"]


@pytest.mark.parametrize("options", [
    ("lcp-echo-interval=5",),
    ("lcp-echo-interval=0", "hello-interval=5")])  # XPRT-18 the other way: the Hello finds out
def test_restarted_while_idle(bed, lns, service, options):
    """Nobody sends anything but pppd its LCP echoes, or not even that."""
    before = up(bed, *options)
    restart(bed, lns, before, 30)
    assert_moved(bed, before)
    bed.ping(lns.address)


def test_silent_for_good(bed, lns, service):
    """XPRT-9: the Hello's 31 s are the end of the call, and another one is dialled; no new session is
    asked for meanwhile. It is up again when the LNS is."""
    up(bed)
    Traffic(bed, lns.address).wait_after(0, 5)
    dump = bed.capture("silent", device="v0", expression="udp port 1701")
    bed.netem(loss=100)
    noticed = state_is(bed, "reconnecting", NOTICED)
    error = status(bed, "work")["last_error"]
    assert error["name"] == "org.l2tp.Error.Timeout", error
    begun = time.monotonic()
    wait_for(lambda: status(bed, "work")["retry_count"], 60, "another attempt")
    tell(bed, noticed=noticed, ended=noticed + time.monotonic() - begun)
    error = status(bed, "work")["last_error"]
    assert error["name"] == "org.l2tp.Error.Timeout", error
    dump.stop()
    messages = bed.exec("lac", "tcpdump", "-nvr", bed.out / "silent.pcap")
    assert "MSGTYPE(ICRQ)" not in messages
    bed.netem()
    state_is(bed, "connected", 20)
    bed.ping(lns.address)
    cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(service)


def test_silent_and_given_up_by_the_user(bed, lns, service):
    """`down` in the middle of a trial leaves nothing behind."""
    up(bed)
    Traffic(bed, lns.address).wait_after(0, 5)
    lns.kill()
    service.wait_for_log("→ trial", NOTICED)
    start = time.monotonic()
    cli(bed, "down", "work", check=True)
    assert time.monotonic() - start < 4  # SES-28
    bed.assert_nothing_left(service)


def test_echoes_fail_first(bed, lns, service):
    """ERR-55: pppd gives up before anybody was suspicious. The dying tunnel is asked, not redialled."""
    before = up(bed, "lcp-echo-interval=1", "lcp-echo-failure=2")
    bed.ping(lns.address)
    restart(bed, lns, before, 20)
    bed.ping(lns.address)
    assert service.log.count("wait-tunnel -> wait-reply") == 2, "one ICRQ too many"
    cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(service)


def test_address_changed(bed, lns, service):
    """Our own: the LNS would not know the old tunnel by it."""
    before = up(bed)
    traffic = Traffic(bed, lns.address)
    traffic.wait_after(0, 5)
    run("ip", "-n", "lac", "addr", "add", "10.9.0.4/24", "dev", "v0")
    run("ip", "-n", "lac", "addr", "del", "10.9.0.1/24", "dev", "v0")
    run("ip", "-n", "lac", "addr", "add", "10.9.0.4/24", "dev", "v0", check=False)
    changed = time.time()
    tell(bed, outage=traffic.wait_after(changed + 0.2, NOTICED) + 0.2)
    wait_for(lambda: status(bed, "work")["state"] == "connected", 5, "connected")
    after = status(bed, "work")
    assert after["tunnel_id"] != before["tunnel_id"] and after["interface"] == before["interface"]
    cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(service)


def test_session_lost_alone(bed, lns, service):
    """LAC-6 and worse: the LNS acknowledges everything, and has no session."""
    known = set()

    def session_of(datagram):  # HDR-2
        return datagram[6:8] if datagram[0] & 0x40 else datagram[4:6]

    def remember(datagram, to_lns):
        if not is_control(datagram):
            known.add(session_of(datagram))
        return 0

    def forget(datagram, to_lns):
        return None if not is_control(datagram) and session_of(datagram) in known else 0

    bed.add_address(f"{LNS_B}/24")
    with Shaper(LNS_B, rule=remember) as shaper:
        before = up(bed, gateway=LNS_B)
        traffic = Traffic(bed, lns.address)
        traffic.wait_after(0, 5)
        shaper.rule = forget
        began = time.time()
        tell(bed, outage=traffic.wait_after(began + 0.5, 40) + 0.5)
        wait_for(lambda: status(bed, "work")["state"] == "connected", 5, "connected")
        after = status(bed, "work")
        assert after["tunnel_id"] == before["tunnel_id"] and after["session_id"] != before["session_id"]
        assert after["interface"] == before["interface"]
        cli(bed, "down", "work", check=True)


def has_route(address):
    """By the uplink, made by the service."""
    return f"{address} via " in run("ip", "-n", "lac", "route", "show", "proto", "76")


def test_second_address(bed, service):
    """The first address dies with its LNS, the second one works: the uplink leads there although all
    is routed into the VPN that may be dead."""
    first, second = "192.0.2.1", "192.0.2.2"
    for address in (first, second):
        run("ip", "-n", "lns", "addr", "add", f"{address}/32", "dev", "lo")
    run("ip", "-n", "lac", "route", "add", "default", "via", LNS)
    lns_a = Lns(bed, listen=first).start()
    lns_b = Lns(bed, name="lns-b", listen=second, network="10.78.0").start()
    before = up(bed, "default-route=yes", "kill-switch=yes", gateway=name_for(first, second))
    assert before["peer_address"] == first
    Traffic(bed, lns_a.address).wait_after(0, 5)
    assert has_route(first) and not has_route(second)
    lns_a.kill()
    killed = time.time()
    wait_for(lambda: status(bed, "work")["peer_address"] == second and
             status(bed, "work")["state"] == "connected", NOTICED + 5, "the second LNS")
    tell(bed, outage=time.time() - killed)
    assert status(bed, "work")["addresses"][0].startswith("10.78.0.")
    assert has_route(second) and not has_route(first)
    bed.ping(lns_b.address)
    cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(service)
