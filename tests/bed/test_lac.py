# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""What a good LAC does on the wire: the cases LAC-1…LAC-21 and what belongs to them, against
an LNS that loses, repeats, delays, floats, asks for nonsense, and says nothing (tests/bus/lns.py).
Nobody speaks PPP here: a call that was accepted stays in stage ppp."""

import re
import time

import pytest

import lns
import wire
from bed import LNS, wait_for
from lns import Behaviour, lost, stop, twice
from peer import OTHER
from service import cli
from wire import Avp, message, u16, u32

UNKNOWN = Avp(200, b"?")


# Addresses

def test_other_port(peer):
    """HDR-12: the answer comes from a port of its own; everything else goes there."""
    server = peer.call(answer_from=(LNS, 0))
    peer.still_up(server)
    port = server.tunnel.sock.getsockname()[1]
    assert port != lns.PORT
    server.do(server.tunnel.hello)
    server.expect_acked()
    tunnel = peer.shared.properties("work", "Tunnel")
    assert tunnel["LocalPort"] == server.received(wire.SCCRQ)[0].peer[1]
    assert tunnel["PeerPort"] == port


def test_other_address(peer):
    """HDR-14, FZ-88: SCCRP from another address is dropped; the one from the right address is not."""
    def foreign(tunnel, _):
        false = message(wire.SCCRP, Avp(2, b"\1\0"), u32(3, 3), Avp(7, b"evil"), u16(9, 0x6666),
                        tunnel_id=tunnel.peer_id, nr=1)
        tunnel.lns.inject(tunnel.lns.open(OTHER, lns.PORT), tunnel.peer, false.encode())
        tunnel.lns.after(0.2, lambda: tunnel.on_sccrq(tunnel.heard[wire.SCCRQ][0]))
    server = peer.call(instead={wire.SCCRQ: foreign})
    peer.still_up(server)
    assert peer.shared.properties("work", "Tunnel")["PeerTunnelId"] == server.tunnel.id


def test_foreign_after_the_lock(peer):
    """HDR-14, FZ-85, FZ-86: a StopCCN from another port or address is nobody's."""
    server = peer.call()
    tunnel = server.tunnel
    false = message(wire.STOPCCN, wire.result_code(6), u16(9, tunnel.id), tunnel_id=tunnel.peer_id,
                    ns=tunnel.ns, nr=tunnel.nr).encode()
    for address, port in ((LNS, 0), (OTHER, lns.PORT)):
        server.do(lambda: server.inject(server.open(address, port), tunnel.peer, false))
    server.do(tunnel.hello)
    peer.still_up(server)


# Timing and loss

@pytest.mark.parametrize("settings", [{}, {"ack_delay": 0.5}, {"window": 1}],
                         ids=["LAC-1", "LAC-2", "window-1"])
def test_no_timer_on_the_path(peer, settings):
    """LAC-1, LAC-2, XPRT-7, XPRT-24: two round trips, whoever is slow to acknowledge."""
    server = peer.call(**settings)
    start, end = (server.received(kind)[0].time for kind in (wire.SCCRQ, wire.ICCN))
    assert end - start < 0.25
    assert not any(len(server.received(kind)) > 1 for kind in (wire.SCCCN, wire.ICRQ, wire.ICCN))


def test_window_of_one(peer):
    """LAC-11, XPRT-11: ICRQ waits for the acknowledgement of SCCCN, and no longer."""
    server = peer.call(window=1, ack_delay=0.4)
    acked = next(record.time for record in server.records
                 if record.direction == "out" and record.message.nr == 2)
    icrq = server.received(wire.ICRQ)[0].time
    assert acked <= icrq < acked + 0.2


def never_first(kind):
    return Behaviour(deaf=lambda heard, times: heard.type == kind and times == 0)


LOSSES = {f"lost-{wire.NAMES[kind]}": never_first(kind)
          for kind in (wire.SCCRQ, wire.SCCCN, wire.ICRQ, wire.ICCN)}
LOSSES |= {f"{how}-{wire.NAMES[kind]}": Behaviour(carry={kind: carry})
           for kind in (wire.SCCRP, wire.ICRP)
           for how, carry in (("lost", lost()), ("twice", twice), ("late", lns.late(0.3)))}


@pytest.mark.parametrize("case", LOSSES)
def test_loss(peer, case):
    """XPRT-4, XPRT-8: one datagram less or more costs a retransmission and nothing else."""
    server = peer.start(LOSSES[case])
    peer.up()
    server.wait_for(lambda: server.tunnels and wire.ICCN in server.tunnel.heard, 5, "ICCN")
    peer.still_up(server)


# During a call

def harmless():
    """Messages that a client acknowledges and otherwise ignores."""
    def to_session(kind, *avps, **more):
        return lambda session: message(kind, *avps, session_id=session.peer_id, **more)

    def to_tunnel(kind, *avps, **more):
        return lambda session: message(kind, *avps, **more)
    accm = Avp(wire.ACCM, b"\0\0" + b"\xff" * 8)
    return {
        "HELLO": to_tunnel(wire.HELLO), "FZ-54": to_tunnel(wire.HELLO, session_id=9),
        "LAC-9": to_session(wire.SLI, accm), "FZ-80": to_session(
            wire.WEN, Avp(wire.CALL_ERRORS, bytes(26))),
        "LAC-10": to_tunnel(wire.HELLO, Avp(1, b"?", m=False, vendor=9)),
        "LAC-18": to_tunnel(wire.CSURQ, Avp(97, bytes(10)), m=False),
        "CSUN": to_tunnel(wire.CSUN, Avp(97, bytes(10)), m=False),
        "FSQ": to_tunnel(wire.FSQ, Avp(79, bytes(10)), m=False),
        "HDR-29": to_session(99, Avp(200, b"?"), m=False),
        "HDR-30": to_tunnel(wire.HELLO, u16(wire.WINDOW, 4)),
        "FZ-55": lambda _: message(wire.ICRP, u16(wire.SESSION_ID, 5), session_id=1),
        "FZ-73": to_tunnel(wire.CDN, wire.result_code(3), u16(wire.SESSION_ID, 1)),
        "SES-2": lambda _: message(wire.CDN, wire.result_code(3), u16(14, 1), session_id=1),
    }


def test_harmless_messages(peer):
    """LAC-9, LAC-10, LAC-18, SES-14, SES-15, XPRT-7: acknowledged at once, and the call lives."""
    server = peer.call()
    server.expect_acked()
    session = server.tunnel.session_of()
    for name, build in harmless().items():
        began = time.monotonic()
        server.do(lambda: server.tunnel.send(build(session)))
        server.expect_acked()
        assert time.monotonic() - began < 0.5, name
        # FZ-55 may be answered by a CDN to the stranger.
        ended = [each for each in server.received(wire.CDN) if each.message.session_id != 5]
        assert not ended and not server.received(wire.STOPCCN), name
    peer.assert_at_ppp()


def test_hellos_out_of_order(peer):
    """LAC-8, XPRT-5: both are taken, in order, and the first one is not asked for again."""
    server = peer.call()
    server.expect_acked()
    before = server.mark()
    server.do(server.tunnel.swapped_hellos)
    peer.still_up(server)
    sent = [record for record in server.records[before:] if record.direction == "out"]
    acks = [record.message.nr for record in server.received(wire.ZLB, before)]
    first = sent[1].message.ns
    assert len(sent) == 2 and acks[-1] == (first + 2) & 0xFFFF
    assert (first + 1) & 0xFFFF not in acks or acks.index((first + 1) & 0xFFFF) < len(acks) - 1


def test_duplicates_are_acknowledged_again(peer):
    """XPRT-4: every time."""
    server = peer.call()
    server.do(server.tunnel.hello)
    server.expect_acked()
    tunnel = server.tunnel
    copy = message(wire.HELLO, tunnel_id=tunnel.peer_id, ns=(tunnel.ns - 1) & 0xFFFF, nr=tunnel.nr)
    for _ in range(3):
        before = server.mark()
        server.do(tunnel.inject, copy.encode())
        assert server.expect(wire.ZLB, since=before).message.nr == tunnel.ns
    peer.still_up(server)


def test_counters_out_of_range(peer):
    """FZ-81, FZ-83, FZ-84, HDR-15, HDR-6: dropped, or counted for nothing."""
    server = peer.call()
    server.expect_acked()
    tunnel = server.tunnel
    before = server.mark()

    def hello(**more):
        header = dict(tunnel_id=tunnel.peer_id, ns=tunnel.ns, nr=tunnel.nr) | more
        return message(wire.HELLO, **header).encode()
    for octets in (
            hello(ns=(tunnel.ns + 20000) & 0xFFFF), hello(tunnel_id=0), hello(word=0xC803),
            hello(tunnel_id=tunnel.peer_id ^ 1), hello(word=0x8802), hello(length=9),
            wire.Message(tunnel_id=tunnel.peer_id, ns=tunnel.ns + 9, nr=tunnel.nr + 50).encode()):
        server.do(tunnel.inject, octets)
    server.do(tunnel.hello)
    peer.still_up(server)
    assert {record.message.nr for record in server.received(wire.ZLB, before)} <= {
        tunnel.ns, tunnel.ns - 1}


def refused_call(peer, outgoing, wanted):
    """LAC-20: the CDN goes to the id in the LNS's message, and only that call is refused."""
    server = peer.call()
    server.do(server.tunnel.send, outgoing)
    told = server.expect(wire.CDN).message
    assert told.result[:2] in wanted, told
    assert told.session_id == 9 and told.number(wire.SESSION_ID), told
    assert told.number(wire.SESSION_ID) != server.tunnel.session_of().peer_id
    server.expect_acked()
    assert not server.received(wire.STOPCCN) and len(server.received(wire.CDN)) == 1
    peer.assert_at_ppp()


def test_ocrq(peer):
    """SES-21, FZ-61"""
    refused_call(peer, message(
        wire.OCRQ, u16(14, 9), u32(15, 1), u32(16, 1), u32(17, 1), u32(18, 1), u32(19, 1),
        Avp(21, b"555")), [(5, None), (5, 0), (4, None), (4, 0)])


def test_icrq(peer):
    """SES-20, FZ-60"""
    refused_call(peer, message(wire.ICRQ, u16(14, 9), u32(15, 1)),
                 [(4, None), (4, 0), (2, 6)])


ENDS_TUNNEL = {
    "FZ-62": (lambda: message(wire.SCCRQ, Avp(2, b"\1\0"), u32(3, 3), Avp(7, b"l"), u16(9, 5)),
              (7, None)),
    "FZ-63": (lambda: message(wire.SCCRP, Avp(2, b"\1\0"), u32(3, 3), Avp(7, b"l"), u16(9, 5)),
              (7, None)),
    "TUN-16": (lambda: message(wire.SCCCN), (7, None)),
    "HDR-29": (lambda: message(99), (2, 8)), "HDR-24": (lambda: message(wire.HELLO, UNKNOWN), (2, 8)),
    "HDR-21": (lambda: message(wire.HELLO, Avp(8, length=3)), (2, 2)),
    "MSG-17": (lambda: message(5), (2, 8)),
}


@pytest.mark.parametrize("case", ENDS_TUNNEL)
def test_ends_the_tunnel(peer, case):
    """TUN-16, HDR-24, HDR-29, ERR-32, ERR-33: StopCCN with the code; acknowledged first."""
    build, (result, error) = ENDS_TUNNEL[case]
    server = peer.call()
    server.do(server.tunnel.send, build())
    told = server.expect(wire.STOPCCN).message
    assert told.result[0] == result and (error is None or told.result[1] == error), told
    peer.failed()
    server.expect_acked()


ENDS_CALL = {
    "FZ-59": (lambda: message(wire.ICRP, u16(14, 5)), (2, 6)),
    "SES-11": (lambda: message(wire.ICCN, u32(24, 1), u32(19, 1)), (2, 6)),
    "HDR-24": (lambda: message(wire.SLI, Avp(wire.ACCM, bytes(10)), UNKNOWN), (2, 8)),
    "FZ-78": (lambda: message(wire.SLI, Avp(wire.ACCM, bytes(9))), (2, 2)),
}


@pytest.mark.parametrize("case", ENDS_CALL)
def test_ends_the_call(peer, case):
    """SES-11, HDR-24, HDR-25: CDN with the code."""
    build, wanted = ENDS_CALL[case]
    server = peer.call()
    server.do(server.tunnel.send, build(), server.tunnel.session_of().peer_id)
    assert server.expect(wire.CDN).message.result[:2] == wanted
    peer.failed()
    server.expect_acked()


# Ends

def test_down(peer):
    """LAC-15, SES-28, ERR-30, MSG-14: CDN 3 with AVP 46, then StopCCN 1, at once."""
    server = peer.call()
    began = time.monotonic()
    cli(peer.bed, "down", "work", check=True)
    assert time.monotonic() - began < 4
    cdn, stopccn = server.expect(wire.CDN), server.expect(wire.STOPCCN)
    assert cdn.time <= stopccn.time and stopccn.message.result[:2] in ((1, 0), (1, None))
    assert cdn.message.result[:2] in ((3, 0), (3, None)), cdn
    session = server.received(wire.ICRQ)[0].message.number(wire.SESSION_ID)
    assert cdn.message.number(wire.SESSION_ID) == session
    assert cdn.message.get(wire.PPP_CAUSE).value[:5] == b"\0\3\0\0\2"


def test_down_before_icrp(peer):
    """SES-9, MSG-24: session id 0 in the header, AVP 14 tells which call."""
    server = peer.start(unanswered=(wire.ICRQ,))
    peer.up()
    icrq = server.expect(wire.ICRQ).message
    peer.shared.down("work")
    cdn = server.expect(wire.CDN).message
    assert cdn.session_id == 0 and cdn.number(wire.SESSION_ID) == icrq.number(wire.SESSION_ID)
    assert cdn.result[0] == 3
    server.expect(wire.STOPCCN)


def test_down_before_sccrp(peer):
    """TUN-11, MSG-24: tunnel id 0 in the header, AVP 9 tells which tunnel."""
    server = peer.start(unanswered=(wire.SCCRQ,))
    peer.up()
    sccrq = server.expect(wire.SCCRQ).message
    peer.shared.down("work")
    told = server.expect(wire.STOPCCN).message
    assert told.tunnel_id == 0 and told.number(wire.TUNNEL_ID) == sccrq.number(wire.TUNNEL_ID)
    assert told.result[0] in (1, 6)


def test_down_is_heard_at_last(peer):
    """XPRT-13: `down` does not wait for the acknowledgement; the StopCCN is repeated."""
    server = peer.call(deaf=lambda heard, times: heard.type == wire.STOPCCN and times == 0)
    peer.shared.down("work")
    server.expect(wire.STOPCCN, count=2)
    server.wait_for(lambda: server.tunnel.stopped, 5, "StopCCN heard")


def test_repeats_after_the_end(peer):
    """XPRT-14: who repeats its StopCCN is told again."""
    server = peer.start(instead={wire.SCCRQ: stop(6)})
    peer.fail()
    server.expect_acked()
    tunnel = server.tunnel
    copy = message(wire.STOPCCN, wire.result_code(6), u16(9, tunnel.id), tunnel_id=tunnel.peer_id,
                   ns=(tunnel.ns - 1) & 0xFFFF, nr=tunnel.nr)
    before = server.mark()
    server.do(tunnel.inject, copy.encode())
    assert server.expect(wire.ZLB, since=before).message.nr == tunnel.ns


def test_port_closes_for_a_moment(peer):
    """XPRT-22: one ICMP does not end an established tunnel. ICRQ is repeated until it is heard."""
    server = peer.start(deaf=lambda heard, times: heard.type == wire.ICRQ and times == 0)
    peer.up()
    server.expect(wire.ICRQ)
    server.do(server.close_port)
    wait_for_icmp(peer)
    server.do(server.reopen_port)
    server.expect(wire.ICCN)
    peer.still_up(server)


def wait_for_icmp(peer):
    """Until something has come to the closed port; the LNS's kernel counts its refusals."""
    def refusals():
        text = peer.bed.exec("lns", "nstat", "-asz", "IcmpOutDestUnreachs")
        return int(re.search(r"IcmpOutDestUnreachs\s+(\d+)", text).group(1))
    before = refusals()
    wait_for(lambda: refusals() > before, 10, "ICMP", interval=0.1)


def test_hello(peer):
    """XPRT-16, XPRT-17, LAC-12, LAC-13: asked after silence; repeated if unanswered; alive after an
    answer."""
    peer.shared.add("hello", "hello-interval=1")
    try:
        server = peer.call(name="hello")
        server.expect(wire.HELLO)
        peer.still_up(server)
        server.do(lambda: setattr(server.tunnel, "mute", True))
        before = server.mark()
        one, two = (server.expect(wire.HELLO, count=count, since=before) for count in (1, 2))
        assert one.message.ns == two.message.ns
        server.do(lambda: setattr(server.tunnel, "mute", False))
        server.expect(wire.HELLO, count=3, since=before)
        peer.still_up(server)
    finally:
        cli(peer.bed, "delete", "hello", check=True)
        peer.running.clear()


def test_service_stops(peer):
    """LAC-15, ERR-31: StopCCN 6. The last test here: the service is gone."""
    server = peer.call()
    peer.shared.service.stop()
    assert server.expect(wire.STOPCCN).message.result[0] == 6
    peer.running.clear()
    peer.shared.ready()
