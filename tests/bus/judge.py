# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""What a LAC client may send, as two tables and a judge who holds every datagram against them."""

import wire

# Type: least and most octets of the value, M, may be hidden (section 2 of the reference).
AVPS = {
    0: (2, 2, True, False), 1: (2, 1017, True, False), 2: (2, 2, True, False),
    3: (4, 4, True, True), 4: (4, 4, True, True), 5: (8, 8, False, False), 6: (2, 2, False, True),
    7: (1, 1017, True, False), 8: (0, 1017, False, True), 9: (2, 2, True, True),
    10: (2, 2, True, False), 11: (1, 1017, True, True), 12: (3, 1017, True, False),
    13: (16, 16, True, True), 14: (2, 2, True, True), 15: (4, 4, True, True),
    18: (4, 4, True, True), 19: (4, 4, True, True), 21: (0, 1017, True, True),
    22: (0, 1017, True, True), 23: (0, 1017, True, True), 24: (4, 4, True, True),
    25: (4, 4, False, True), 29: (2, 2, False, True), 36: (1, 1017, True, False),
    37: (0, 1017, False, True), 38: (4, 4, False, True), 39: (0, 0, True, False),
    46: (5, 1017, False, True),
}

# MSG-1…MSG-14: what a client sends, with mandatory and optional AVPs after the Message Type.
MESSAGES = {
    wire.SCCRQ: ({2, 3, 7, 9}, {4, 5, 6, 8, 10, 11}),
    wire.SCCCN: (set(), {13}),
    wire.STOPCCN: ({1, 9}, set()),
    wire.HELLO: (set(), set()),
    wire.ICRQ: ({14, 15}, {18, 21, 22, 23, 25}),
    wire.ICCN: ({19, 24}, {29, 37, 38, 39}),
    wire.CDN: ({1, 14}, {12, 46}),
}


def judge_header(message, datagram):
    """HDR-1, HDR-3, HDR-16"""
    if message.word != wire.CONTROL:
        yield f"HDR-1: the first word is {message.word:04x}"
    if len(datagram) >= 1280:
        yield f"HDR-16: {len(datagram)} octets"
    if int.from_bytes(datagram[2:4], "big") != len(datagram):
        yield "HDR-4: octets after the message"


def judge_avp(avp):
    """HDR-23, HDR-27 and the values' lengths"""
    if avp.vendor:
        return
    if avp.type not in AVPS:
        yield f"unknown AVP {avp.type}"
        return
    least, most, m, may_hide = AVPS[avp.type]
    if avp.reserved:
        yield f"HDR-23: AVP {avp.type} has reserved bits"
    if avp.m != m:
        yield f"HDR-27: AVP {avp.type} has M={int(avp.m)}"
    if avp.h and not may_hide:
        yield f"HIDE-5: AVP {avp.type} is hidden"
    if not avp.h and not least <= len(avp.value) <= most:
        yield f"AVP {avp.type} has {len(avp.value)} octets"


def judge_message(message):
    """MSG-1…MSG-21, ERR-11"""
    if message.type not in MESSAGES:
        yield f"a client never sends {message.name}"
        return
    mandatory, optional = MESSAGES[message.type]
    kinds = [avp.type for avp in message.avps[1:] if not avp.vendor and avp.type != 36]
    for kind in sorted(mandatory - set(kinds)):
        yield f"AVP {kind} is missing"
    for kind in sorted(set(kinds) - mandatory - optional):
        yield f"AVP {kind} has no place here"
    if len(kinds) != len(set(kinds)):
        yield "HDR-31: an AVP twice"
    for avp in message.avps:
        yield from judge_avp(avp)
        if avp.type in (9, 14) and not avp.h and avp.number == 0:
            yield "HDR-5: id 0 is assigned"
    if 1 in mandatory and message.get(1):
        yield from judge_result(message)


def judge_result(message):
    """ERR-11: the error code that belongs to result 2, and the text to it."""
    result, error, text = message.result
    if result == 2 and error is None:
        yield "ERR-11: result 2 without an error code"
    if result == 2 and error in (6, 7, 8) and not text:
        yield f"ERR-11: error {error} without a text"
    text.decode()


def judge_place(message, tunnel):
    """HDR-5, MSG-20, MSG-21, MSG-24: the ids in the header. The tunnel is None for an SCCRQ."""
    if message.type == wire.SCCRQ:
        if any((message.tunnel_id, message.session_id, message.ns, message.nr)):
            yield "MSG-20: SCCRQ with ids or counters"
    elif message.type in (wire.SCCCN, wire.STOPCCN, wire.HELLO, wire.ICRQ) and message.session_id:
        yield f"session id {message.session_id} on {message.name}"
    elif message.type == wire.ICCN and message.session_id not in tunnel.sessions:
        yield f"MSG-21: ICCN to session {message.session_id}"


def judge(message, datagram, tunnel):
    """Every complaint about one well-framed datagram from the client, as text."""
    yield from judge_header(message, datagram)
    if message.type is not wire.ZLB:
        yield from judge_message(message)
        yield from judge_place(message, tunnel)


class Flow:
    """Ns, Nr and the window of one tunnel, as the LNS's side of the wire sees them. Knows what the
    client has sent even if the LNS pretended not to have heard it."""

    def __init__(self, window):
        self.window = 4 if window is None else window  # AVP-10
        self.following = 0  # the Ns of the client's next new message
        self.bodies = {}  # XPRT-8
        self.highest_nr = 0

    def judge(self, message, tunnel):
        yield from self._judge_nr(message, tunnel)
        if message.type is wire.ZLB:
            if message.ns != self.following:
                yield f"XPRT-2: ZLB with Ns {message.ns}, not {self.following}"
            return
        kind = wire.classify(self.following, message.ns)
        if kind == "duplicate":
            if self.bodies.get(message.ns, message.body) != message.body:
                yield f"XPRT-8: Ns {message.ns} again with another payload"
            return
        if kind == "future":
            yield f"XPRT-1: Ns {message.ns} after {self.following - 1}"
        self.bodies[message.ns] = message.body
        self.following = (message.ns + 1) & 0xFFFF
        outstanding = wire.distance(self.following, tunnel.told_nr)
        if outstanding > self.window:
            yield f"XPRT-11: {outstanding} outstanding, window {self.window}"

    def _judge_nr(self, message, tunnel):
        """XPRT-5, XPRT-6: no acknowledgement of what was not sent, none taken back."""
        if wire.classify(tunnel.ns, message.nr) == "future":
            yield f"XPRT-6: Nr {message.nr}, sent up to {tunnel.ns}"
        if wire.classify(self.highest_nr, message.nr) == "duplicate":
            yield f"XPRT-8: Nr went back from {self.highest_nr} to {message.nr}"
        else:
            self.highest_nr = message.nr
