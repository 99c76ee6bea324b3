# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""The service against an LNS that refuses, forges and garbles (tests/bus/lns.py): every failure has
a name, and nothing from the peer gets through unsafe. What a client has to do is in the reference
under the IDs named here; tests/bus/judge.py judges every datagram. Nobody speaks PPP here: a call
that was accepted stays in stage ppp."""

import re
import select
import time

import pytest

import lns
import wire
from lns import clear, plus, replaced, stop, tail, without
from peer import AUTH_FAILED, CONNECT_FAILED, CONTROLS, OTHER, SECRET
from wire import Avp, message, u16, u32

# What the LNS says for No, ERR-1…ERR-9. Words that have to be in the message.

STOP_RESULTS = {1: "clear", 3: "already exists", 4: "authori", 5: "version", 6: "shutting down",
                7: "state machine", 8: "DSCP", 99: "99"}
CDN_RESULTS = {1: "carrier", 3: "administrative", 4: "temporar", 5: "permanent",
               6: "destination", 7: "carrier", 8: "busy", 9: "dial tone", 10: "timeout",
               11: "framing", 12: "DSCP", 13: "13", 16: "16", 99: "99"}
ERRORS = {0: "general error", 1: "no control connection", 2: "length", 3: "range", 4: "resources",
          5: "session id", 6: "vendor", 7: "try another", 8: "unknown mandatory AVP",
          9: "try another", 10: "next hop", 11: "next hop", 12: "busy", 77: "77"}
CODES = [(result, None) for result in STOP_RESULTS] + [(2, error) for error in ERRORS]
CALL_CODES = [(result, None) for result in CDN_RESULTS] + [(2, error) for error in ERRORS]


def assert_names(text, results, result, error):
    """The words and the number."""
    word = results[result] if error is None else ERRORS[error]
    number = result if error is None else error
    assert word.lower() in text.lower() and (str(number) in text or error == 0), text


@pytest.mark.parametrize("result,error", CODES)
def test_tunnel_refused(peer, result, error):
    """TUN-9, ERR-10, XPRT-14: any StopCCN is acknowledged, believed, and told."""
    server = peer.start(instead={wire.SCCRQ: stop(result, error)})
    up, last = peer.fail("TunnelRefused")
    assert up.rc == CONNECT_FAILED and last.message.startswith("tunnel: ")
    assert_names(last.message, STOP_RESULTS, result, error)
    server.expect_acked()
    assert len(server.received(wire.SCCRQ)) == 1 and not server.received(wire.STOPCCN)


@pytest.mark.parametrize("result,error", CALL_CODES)
def test_call_refused(peer, result, error):
    """SES-8, ERR-10: any CDN; then the tunnel is closed, nothing else being in it."""
    server = peer.start(instead={wire.ICRQ: clear(result, error)})
    up, last = peer.fail("SessionRefused")
    assert up.rc == CONNECT_FAILED and last.message.startswith("session: ")
    assert_names(last.message, CDN_RESULTS, result, error)
    assert server.expect(wire.STOPCCN).message.result[0] == 1
    server.expect_acked()
    assert not server.received(wire.CDN)


def test_try_another(peer):
    """TUN-30: not followed on a network that nothing protects; the user sees where to."""
    with peer.bed.silent_lns(address=OTHER) as other:
        peer.start(instead={wire.SCCRQ: stop(2, 7, OTHER.encode())})
        _, last = peer.fail()
        assert OTHER in last.message, last
        assert not select.select([other], [], [], 0)[0]


STOP_LATER = [(wire.SCCCN, "tunnel|session"), (wire.ICRQ, "tunnel|session"),
              (wire.ICCN, "tunnel|ppp")]


@pytest.mark.parametrize("point,stage", STOP_LATER)
def test_tunnel_closed_later(peer, point, stage):
    """TUN-17, TUN-27: StopCCN after SCCCN, instead of ICRP and after ICCN; no CDN, no StopCCN."""
    server = peer.start(instead={point: stop(6, 0, b"maintenance")})
    up, last = peer.fail()
    assert up.rc == CONNECT_FAILED
    assert re.match(f"({stage}): .*shutting down.*maintenance", last.message), last
    server.expect_acked()
    assert not server.received(wire.CDN) and not server.received(wire.STOPCCN)


def test_call_closed_later(peer):
    """SES-10: CDN after ICCN."""
    server = peer.start(instead={wire.ICCN: clear(3, 0, b"bye")})
    up, last = peer.fail("SessionRefused")
    assert up.rc == CONNECT_FAILED and "administrative" in last.message, last
    server.expect(wire.STOPCCN)
    assert not server.received(wire.CDN)


def test_ppp_cause(peer):
    """AVP-46, ERR-22: RFC 3145 says more than the result does."""
    peer.start(instead={wire.ICRQ: clear(2, 6, b"no", wire.ppp_cause(16, 0xC223, 1))})
    _, last = peer.fail()
    assert "authentication failed" in last.message and "no" in last.message, last


def test_short_ppp_cause(peer):
    """FZ-76, ERR-24: fewer than 5 octets are ignored."""
    peer.start(instead={wire.ICRQ: clear(3, 0, b"", Avp(wire.PPP_CAUSE, b"\0\1\2", m=False))})
    _, last = peer.fail("SessionRefused")
    assert "administrative" in last.message


@pytest.mark.parametrize("value", [b"\0\x10\x45normal", b"\0\x10"])
def test_q931_cause(peer, value):
    """AVP-12, FZ-77: the call is gone whether the AVP is right or not; the tunnel is not blamed."""
    server = peer.start(instead={wire.ICRQ: clear(3, 0, b"", Avp(wire.Q931_CAUSE, value))})
    _, last = peer.fail("SessionRefused")
    assert "administrative" in last.message
    assert server.expect(wire.STOPCCN).message.result[0] == 1


ODD_REFUSALS = {
    "FZ-66": [u16(wire.TUNNEL_ID, 1)], "FZ-67": [wire.result_code(6)],
    "FZ-68": [wire.result_code(6), u16(wire.TUNNEL_ID, 1)],
    "FZ-70": [Avp(wire.RESULT_CODE, b"\0\6\0"), u16(wire.TUNNEL_ID, 1)],
    "FZ-71": [Avp(wire.RESULT_CODE, b"\6"), u16(wire.TUNNEL_ID, 1)],
}


@pytest.mark.parametrize("case", ODD_REFUSALS)
def test_odd_stopccn(peer, case):
    """TUN-26: an end is an end, whatever its AVPs."""
    avps = ODD_REFUSALS[case]
    server = peer.start(instead={wire.ICCN: lns.sends(lambda *_: message(wire.STOPCCN, *avps))})
    peer.fail("TunnelRefused")
    server.expect_acked()
    assert not server.received(wire.STOPCCN)


@pytest.mark.parametrize("edit", [without(wire.RESULT_CODE), without(wire.SESSION_ID),
                                  replaced(u16(wire.SESSION_ID, 1))],
                         ids=["FZ-75", "no-id", "FZ-74"])
def test_odd_cdn(peer, edit):
    """SES-23: the header's session id decides."""
    server = peer.start(instead={wire.ICCN: clear(3)}, edit={wire.CDN: edit})
    peer.fail("SessionRefused")
    server.expect_acked()
    assert not server.received(wire.CDN)


# Words of the peer

HOSTILE = {
    "escape": b"\x1b[2J\x1b]0;owned\x07\x1b[31mred", "lines": b"one\r\nerror: two\n\thint: three",
    "utf8": b"caf\xe9 \xff\xfe\xc0\xaf\xed\xa0\x80", "c1": "a\u0085b\u009b31mc".encode(),
    "bidi": "abc\u202edef\u2066".encode(), "nul": b"a\0b", "markup": b"<b>&amp;</b>",
    "long": b"x" * 1000,
}


@pytest.mark.parametrize("words", HOSTILE)
def test_texts_are_made_safe(peer, words):
    """ERR-10, FZ-72: fail() looks at the CLI's lines and at last_error."""
    text = HOSTILE[words]
    point = wire.SCCRQ if words in ("escape", "long", "bidi") else wire.ICRQ
    how = stop if point == wire.SCCRQ else clear
    peer.start(instead={point: how(2, 6, text)})
    up, last = peer.fail()
    starts = [line.split(":")[0] for line in up.stderr.splitlines()]
    assert starts.count("error") == starts.count("hint") == 1 and len(last.message) < 400, up


@pytest.mark.parametrize("words", ["escape", "utf8", "bidi"])
def test_names_are_made_safe(peer, words):
    """AVP-7, AVP-8, on the bus and in the log."""
    name = HOSTILE[words]
    peer.call(host_name=name, edit={wire.SCCRP: plus(Avp(wire.VENDOR_NAME, name, m=False))})
    tunnel = peer.shared.properties("work", "Tunnel")
    assert not CONTROLS.search(tunnel["PeerHostName"] + tunnel["PeerVendor"]), tunnel
    assert not CONTROLS.search(peer.shared.service.log.replace("\n", ""))


# Tunnel authentication, section 7

def test_both_prove_themselves(peer):
    """AUTH-1, AUTH-2"""
    server = peer.call(name="proof", secret=SECRET, challenge=True)
    proof = wire.challenge_response(wire.SCCCN, SECRET, server.tunnel.challenge)
    assert server.received(wire.SCCCN)[0].message.get(wire.RESPONSE).value == proof
    peer.still_up(server)


def test_challenge_is_random(peer):
    """AUTH-5, MSG-23: challenges and ids are new for each attempt."""
    server = peer.start(name="proof", instead={wire.SCCRQ: stop(1)})
    for _ in range(3):
        peer.fail()
    sccrqs = [record.message for record in server.received(wire.SCCRQ)]
    challenges = {each.get(wire.CHALLENGE).value for each in sccrqs}
    assert len(challenges) == 3 and all(len(value) >= 16 for value in challenges)
    assert len({each.number(wire.TUNNEL_ID) for each in sccrqs}) == 3


UNPROVEN = {
    "FZ-46": dict(secret=b"wrong"), "FZ-45": dict(),
    "role": dict(secret=SECRET, edit={wire.SCCRP: replaced(Avp(wire.RESPONSE, b"\1" * 16))}),
}


@pytest.mark.parametrize("case", UNPROVEN)
def test_lns_cannot_prove_the_secret(peer, case):
    """AUTH-3, TUN-32: StopCCN 4, no SCCCN."""
    server = peer.start(name="proof", **UNPROVEN[case])
    up, last = peer.fail("AuthFailed")
    assert up.rc == AUTH_FAILED and "secret" in last.message, up
    assert "tunnel-secret" in last.remedy, last
    assert server.expect(wire.STOPCCN).message.result[0] == 4
    assert not server.received(wire.SCCCN)


@pytest.mark.parametrize("result,error,text", [
    (4, None, b""), (4, 0, b"wrong secret"), (2, 6, b"Invalid challenge authentication")])
def test_lns_finds_our_secret_wrong(peer, result, error, text):
    """TUN-33: it has proved itself, and rejects our proof; xl2tpd does so with 2/6."""
    peer.start(name="proof", secret=SECRET, challenge=True,
               instead={wire.SCCCN: stop(result, error, text)})
    up, last = peer.fail("AuthFailed")
    assert up.rc == AUTH_FAILED and "secret" in last.message + last.remedy, up


def test_secret_missing(peer):
    """TUN-29, FZ-49"""
    server = peer.start(secret=SECRET, challenge=True)
    up, last = peer.fail("NoSecrets")
    assert up.rc == AUTH_FAILED and "secret" in last.message, up
    result, _, text = server.expect(wire.STOPCCN).message.result
    assert result == 4 and text
    assert not server.received(wire.SCCCN)


def test_no_challenge_from_lns(peer):
    """TUN-31: like l2tpns; our own challenge was answered."""
    server = peer.call(name="proof", secret=SECRET)
    assert server.received(wire.SCCCN)[0].message.get(wire.RESPONSE) is None


@pytest.mark.parametrize("avps", [
    [wire.TUNNEL_ID], [wire.TUNNEL_ID, wire.CHALLENGE, wire.RESPONSE, wire.FRAMING]])
def test_hidden_avps(peer, avps):
    """HIDE-1…HIDE-3: in SCCRP and ICRP"""
    server = peer.call(name="proof", secret=SECRET, challenge=True,
                       hidden=(*avps, wire.SESSION_ID))
    peer.still_up(server)


def test_hidden_without_a_secret(peer):
    """HIDE-5: StopCCN 2/6 (or 4) with text, and the user is told what is missing."""
    server = peer.start(secret=b"x", hidden=(wire.FRAMING,))
    _, last = peer.fail()
    assert "secret" in last.message, last
    result, error, text = server.expect(wire.STOPCCN).message.result
    assert (result, error) == (2, 6) or result == 4
    assert text


# SCCRP: what is wrong, and what is merely odd (section 14). Expected: (result, error) of StopCCN.

UNKNOWN = Avp(200, b"?")
VENDOR = Avp(100, b"?", vendor=9)


def cut(octets):
    """The header's Length ends so many octets early; HDR-4."""
    def spoil(outgoing):
        outgoing.length = wire.HEADER + len(outgoing.body) - octets
    return spoil


def padded(octets):
    """Octets after the message; HDR-4."""
    def spoil(outgoing):
        cut(0)(outgoing)
        outgoing.tail = b"\x80" * octets
    return spoil


BAD_SCCRP = {
    "FZ-17": (cut(3), (2, 2)),
    "FZ-18": (tail(b"\x80"), (2, 2)), "FZ-19": (plus(Avp(8, length=0)), (2, 2)),
    "FZ-20": (plus(Avp(8, length=5)), (2, 2)), "FZ-21": (plus(Avp(8, b"x", length=99)), (2, 2)),
    "FZ-22": (plus(Avp(8, b"x", m=False, length=99)), (2, 2)),
    "FZ-23": (plus(Avp(8, length=1023)), (2, 2)),
    "FZ-24": (plus(Avp(8, b"x", reserved=0x0400)), (2, 8)), "FZ-26": (plus(UNKNOWN), (2, 8)),
    "vendor": (plus(VENDOR), (2, 8)), "FZ-37": (without(9), (2, 3)),
    "FZ-38": (replaced(u16(9, 0)), (2, 3)), "FZ-39": (replaced(u32(9, 7)), (2, 2)),
    "FZ-43": (replaced(Avp(2, b"\2\0")), (5, 0x0100)), "FZ-44": (replaced(u16(10, 0)), (2, 3)),
    "FZ-48": (plus(Avp(wire.CHALLENGE)), (2, 2)), "no-AVP-3": (without(3), (2, 3)),
    "FZ-32": (lambda each: each.avps.__setitem__(0, u32(0, 2)), (2, 2)),
    "FZ-31": (lambda each: each.avps.__setitem__(0, Avp(0, b"\2")), (2, 2)),
}


@pytest.mark.parametrize("case", BAD_SCCRP)
def test_malformed_sccrp(peer, case):
    """HDR-21…HDR-25, TUN-6, TUN-25, LAC-21"""
    edit, (result, error) = BAD_SCCRP[case]
    server = peer.start(edit={wire.SCCRP: edit})
    up, last = peer.fail()
    assert up.rc == CONNECT_FAILED and last.message.startswith("tunnel: "), up
    if case == "FZ-43":
        assert "version" in last.message, last
    told = server.expect(wire.STOPCCN).message
    assert told.result[:2] == (result, error), told
    if error == 8 and case != "FZ-24":
        assert re.search(rb"200|\b100\b", told.result[2]), told  # HDR-24
    if case == "FZ-37":
        assert told.tunnel_id == 0  # MSG-24
    assert not server.received(wire.SCCCN) and len(server.received(wire.SCCRQ)) == 1


INSTEAD_OF_SCCRP = {
    "FZ-34": (lambda: message(0), [(2, 3), (2, 8)]), "FZ-35": (lambda: message(13), [(2, 8)]),
    "FZ-64": (lambda: message(wire.SCCCN), [(7, None), (7, 0)]),
}


@pytest.mark.parametrize("case", INSTEAD_OF_SCCRP)
def test_no_sccrp(peer, case):
    """TUN-8, HDR-29: not what a client may be sent now."""
    build, wanted = INSTEAD_OF_SCCRP[case]
    server = peer.start(instead={wire.SCCRQ: lns.sends(lambda *_: build())})
    up, last = peer.fail()
    assert up.rc == CONNECT_FAILED and last.message.startswith("tunnel: "), up
    assert server.expect(wire.STOPCCN).message.result[:2] in wanted


def vector(octets=b"0123456789abcdef"):
    return Avp(wire.RANDOM_VECTOR, octets)


BADLY_HIDDEN = {
    "HIDE-3": [Avp(wire.TUNNEL_ID, wire.hide(9, b"\1\2", SECRET, b"x"), h=True)],
    "HIDE-3-order": [Avp(wire.TUNNEL_ID, wire.hide(9, b"\1\2", SECRET, vector().value), h=True),
                     vector()],
    "HIDE-4-empty": [vector(), Avp(wire.TUNNEL_ID, b"", h=True)],
    "HIDE-4-short": [vector(), Avp(wire.TUNNEL_ID, b"\x55", h=True)],
    "HIDE-4-length": [vector(), Avp(wire.TUNNEL_ID, wire.hide(9, b"123", SECRET, vector().value),
                                    h=True)],
    "HIDE-4-beyond": [vector(), Avp(wire.TUNNEL_ID, wire.hide(
        9, b"1" * 40, SECRET, vector().value)[:16], h=True)],
    "HIDE-8": [vector(), Avp(wire.RANDOM_VECTOR, b"x" * 18, h=True)],
}


@pytest.mark.parametrize("case", BADLY_HIDDEN)
def test_badly_hidden(peer, case):
    """HIDE-3, HIDE-4, HIDE-8: StopCCN, and no tunnel."""
    def spoil(outgoing):
        without(wire.TUNNEL_ID)(outgoing)
        plus(*BADLY_HIDDEN[case])(outgoing)
    server = peer.start(name="proof", secret=SECRET, edit={wire.SCCRP: spoil})
    up, last = peer.fail()
    assert up.rc == CONNECT_FAILED and last.message.startswith("tunnel: "), up
    assert server.expect(wire.STOPCCN).message.result[0] == 2


def test_badly_hidden_and_optional(peer):
    """HDR-25: with M=0 it costs nothing."""
    avp = Avp(wire.VENDOR_NAME, b"\x55", m=False, h=True)
    peer.still_up(peer.call(name="proof", secret=SECRET, edit={wire.SCCRP: plus(vector(), avp)}))


def test_short_response(peer):
    """FZ-47"""
    server = peer.start(name="proof", edit={wire.SCCRP: plus(Avp(wire.RESPONSE, b"x" * 15))})
    peer.fail()
    assert server.expect(wire.STOPCCN).message.result[:2] == (2, 2)


GOOD_SCCRP = {
    "FZ-16": padded(30), "FZ-89": padded(1400),
    "FZ-25": plus(Avp(8, b"x", m=False, reserved=0x0400)),
    "FZ-27": plus(Avp(200, b"?", m=False)), "LAC-19": plus(Avp(100, b"?", m=False, vendor=9)),
    "FZ-50": plus(Avp(wire.RESPONSE, b"x" * 16)), "TUN-31": without(wire.WINDOW),
    "TUN-25": replaced(Avp(2, b"\1\1")), "HDR-30": plus(u16(wire.SESSION_ID, 7)),
    "AVP-5": plus(Avp(wire.TIE_BREAKER, b"12345678", m=False)),
    "AVP-76": plus(Avp(76, b"\0\3\0\0\x75\x30", m=False)),
    "HDR-28": lambda each: each.avps.__setitem__(slice(1, None), each.avps[:0:-1]),
    "HDR-26": lambda each: [setattr(avp, "m", False) for avp in each.avps[1:]],
    "HDR-7": lambda each: setattr(each, "word", 0xC902),
    "HDR-3": lambda each: setattr(each, "word", 0xFCF2),
    "FZ-51": plus(u16(wire.TUNNEL_ID, 1)),
    "FZ-90": plus(*[Avp(200, b"?", m=False)] * 100),
    "AVP-8": plus(Avp(wire.VENDOR_NAME, b"", m=False)),
}


@pytest.mark.parametrize("case", GOOD_SCCRP)
def test_odd_sccrp(peer, case):
    """Legal, or harmless: the call is made."""
    peer.still_up(peer.call(edit={wire.SCCRP: GOOD_SCCRP[case]}))


# ICRP

BAD_ICRP = {
    "FZ-28": (plus(VENDOR), (2, 8)), "HDR-24": (plus(UNKNOWN), (2, 8)),
    "FZ-57": (replaced(u16(14, 0)), (2, 3)), "FZ-58": (without(14), (2, 3)),
    "LAC-21": (plus(Avp(8, length=4)), (2, 2)), "HDR-22": (tail(b"\1\2\3"), (2, 2)),
}


@pytest.mark.parametrize("case", BAD_ICRP)
def test_malformed_icrp(peer, case):
    """HDR-21, HDR-24, SES-6: a CDN for the call; the tunnel is closed without blame."""
    edit, wanted = BAD_ICRP[case]
    server = peer.start(edit={wire.ICRP: edit})
    up, last = peer.fail()
    assert up.rc == CONNECT_FAILED and last.message.startswith("session: "), up
    assert server.expect(wire.CDN).message.result[:2] == wanted
    assert server.expect(wire.STOPCCN).message.result[0] == 1
    assert not server.received(wire.ICCN)


GOOD_ICRP = {
    "FZ-29": plus(Avp(100, b"?", m=False, vendor=9)), "QRK-4": plus(u16(wire.WINDOW, 8)),
    "HDR-26": lambda each: [setattr(avp, "m", False) for avp in each.avps[1:]],
}


@pytest.mark.parametrize("case", GOOD_ICRP)
def test_odd_icrp(peer, case):
    """HDR-24, HDR-26, HDR-30"""
    peer.still_up(peer.call(edit={wire.ICRP: GOOD_ICRP[case]}))


def test_stray_icrps(peer):
    """FZ-55, FZ-56: one to session 0 and one to an unknown session; then the right one."""
    def strays(tunnel, heard):
        for session_id in (0, 1):
            tunnel.send(message(wire.ICRP, u16(wire.SESSION_ID, 0x4321)), session_id)
        tunnel.on_icrq(heard)
    server = peer.start(instead={wire.ICRQ: strays})
    peer.up()
    iccn = server.expect(wire.ICCN).message
    assert iccn.session_id in server.tunnel.sessions
    server.expect_acked()
    assert not server.received(wire.STOPCCN)
    for record in server.received(wire.CDN):  # 2/5 to the id of AVP 14 is allowed
        assert record.message.result[:2] == (2, 5) and record.message.session_id == 0x4321


def test_no_attempt_is_announced_that_is_not_made(peer):
    """A refusal that ends the attempt is not called one of several."""
    server = peer.start(instead={wire.SCCRQ: stop(2, 4)})
    for _ in range(5):
        up, _ = peer.fail("TunnelRefused")
        assert "again" not in up.stderr, up
    assert len(server.received(wire.SCCRQ)) == 5


@pytest.mark.parametrize("point", [wire.SCCCN, wire.ICRQ])
def test_stopccn_while_the_call_is_made(peer, point):
    """TUN-17: the tunnel was closed, so TunnelRefused, as it is in stage ppp."""
    peer.start(instead={point: stop(6, 0, b"maintenance")})
    up, _ = peer.fail("TunnelRefused")
    assert up.rc == CONNECT_FAILED


def test_hidden_without_a_secret_has_a_remedy(peer):
    """HIDE-5: what is missing is our secret; the LNS breaks nothing."""
    peer.start(secret=b"x", hidden=(wire.FRAMING,))
    up, last = peer.fail("NoSecrets")
    assert up.rc == AUTH_FAILED and "tunnel-secret" in last.remedy, up


@pytest.mark.parametrize("how", [stop, clear])
def test_end_at_ppp_is_told_at_once(peer, how):
    """LAC-4, SES-10: pppd does not talk to a session that is gone; its LCP Terminate is in vain."""
    server = peer.start(instead={wire.ICCN: how(3)}, terminates=False)
    peer.up()
    server.expect(wire.ICCN)
    began = time.monotonic()
    peer.failed()
    assert time.monotonic() - began < 1.2
