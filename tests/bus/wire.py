# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""L2TPv2 as octets, for the tests' own LNS: headers, AVPs, hiding, tunnel authentication. Written
from RFC 2661 and the rules cited, with no look at the service's code, so that what one of the two
has misread cannot pass unseen. Nothing here keeps a caller from building nonsense."""

import hashlib
import os
import struct
from dataclasses import dataclass, field

SCCRQ, SCCRP, SCCCN, STOPCCN, HELLO = 1, 2, 3, 4, 6
OCRQ, OCRP, OCCN, ICRQ, ICRP, ICCN, CDN, WEN, SLI = 7, 8, 9, 10, 11, 12, 14, 15, 16
FSQ, FSR, CSUN, CSURQ = 21, 22, 28, 29
ZLB = None

NAMES = {
    ZLB: "ZLB", SCCRQ: "SCCRQ", SCCRP: "SCCRP", SCCCN: "SCCCN", STOPCCN: "StopCCN", HELLO: "HELLO",
    OCRQ: "OCRQ", OCRP: "OCRP", OCCN: "OCCN", ICRQ: "ICRQ", ICRP: "ICRP", ICCN: "ICCN", CDN: "CDN",
    WEN: "WEN", SLI: "SLI", FSQ: "FSQ", FSR: "FSR", CSUN: "CSUN", CSURQ: "CSURQ",
}

# Bits of the header's first word, and of an AVP's.
T, L, S, O, P = 0x8000, 0x4000, 0x0800, 0x0200, 0x0100
VERSION_MASK, CONTROL = 0x000F, 0xC802  # HDR-1
M, H, RESERVED = 0x8000, 0x4000, 0x3C00
HEADER = 12

MESSAGE_TYPE, RESULT_CODE, PROTOCOL_VERSION, FRAMING, BEARER, TIE_BREAKER = 0, 1, 2, 3, 4, 5
FIRMWARE, HOST_NAME, VENDOR_NAME, TUNNEL_ID, WINDOW, CHALLENGE = 6, 7, 8, 9, 10, 11
Q931_CAUSE, RESPONSE, SESSION_ID, SERIAL = 12, 13, 14, 15
CALL_ERRORS, ACCM, RANDOM_VECTOR, PPP_CAUSE = 34, 35, 36, 46


class BadHeader(Exception):
    """To be dropped without a word (HDR-8)."""


class BadAvps(Exception):
    """The header was good; then framing was lost (HDR-21, HDR-22)."""


@dataclass
class Avp:
    """value is what is on the wire: the hidden octets if h. length: a lie about it (HDR-21)."""
    type: int
    value: bytes = b""
    m: bool = True
    h: bool = False
    vendor: int = 0
    reserved: int = 0
    length: int | None = None

    def encode(self):
        length = 6 + len(self.value) if self.length is None else self.length
        word = (M if self.m else 0) | (H if self.h else 0) | self.reserved | length
        return struct.pack("!HHH", word, self.vendor, self.type) + self.value

    @property
    def number(self):
        return int.from_bytes(self.value, "big")


def u16(kind, number, **more):
    return Avp(kind, struct.pack("!H", number), **more)


def u32(kind, number, **more):
    return Avp(kind, struct.pack("!I", number), **more)


def result_code(result, error=None, text=b""):
    """AVP-1: 2 octets, 4, or 4 and a text."""
    value = struct.pack("!H", result)
    if error is not None or text:
        value += struct.pack("!H", error or 0) + text
    return Avp(RESULT_CODE, value)


def ppp_cause(code, protocol=0, direction=0, text=b""):
    """AVP-46, RFC 3145"""
    return Avp(PPP_CAUSE, struct.pack("!HHB", code, protocol, direction) + text, m=False)


@dataclass
class Message:
    """A control message; no AVPs at all: a ZLB. tail: raw octets after the AVPs (HDR-22)."""
    avps: list = field(default_factory=list)
    tunnel_id: int = 0
    session_id: int = 0
    ns: int = 0
    nr: int = 0
    tail: bytes = b""
    word: int = CONTROL
    length: int | None = None

    @property
    def body(self):
        return b"".join(avp.encode() for avp in self.avps) + self.tail

    def encode(self):
        body = self.body
        length = HEADER + len(body) if self.length is None else self.length
        return struct.pack("!6H", self.word, length, self.tunnel_id, self.session_id,
                           self.ns, self.nr) + body

    @property
    def type(self):
        """HDR-28; ZLB for an empty message."""
        return self.avps[0].number if self.avps else ZLB

    @property
    def name(self):
        return NAMES.get(self.type, f"type {self.type}")

    def get(self, kind, vendor=0):
        """HDR-31: of two the first."""
        for avp in self.avps:
            if (avp.vendor, avp.type) == (vendor, kind):
                return avp
        return None

    def number(self, kind, default=0):
        avp = self.get(kind)
        return avp.number if avp else default

    @property
    def result(self):
        """AVP-1 as (result, error, text); what is missing is None."""
        value = self.get(RESULT_CODE).value
        error = int.from_bytes(value[2:4], "big") if len(value) >= 4 else None
        return int.from_bytes(value[:2], "big"), error, value[4:]


def message(kind, *avps, m=True, **header):
    """A message of one type; m is the bit of its Message Type."""
    return Message([u16(MESSAGE_TYPE, kind, m=m), *avps], **header)


def is_control(datagram):
    return len(datagram) >= 2 and bool(datagram[0] & 0x80)


def split_avps(body):
    """HDR-21, HDR-22"""
    avps = []
    while body:
        if len(body) < 6:
            raise BadAvps(f"{len(body)} stray octets")
        word, vendor, kind = struct.unpack_from("!HHH", body)
        length = word & 0x3FF
        if not 6 <= length <= len(body):
            raise BadAvps(f"AVP {kind} has length {length}, {len(body)} octets are left")
        avps.append(Avp(kind, body[6:length], bool(word & M), bool(word & H), vendor,
                        word & RESERVED))
        body = body[length:]
    return avps


def decode(datagram):
    """HDR-1…HDR-7, HDR-28. A BadAvps has the message without AVPs as its argument 1."""
    if len(datagram) < HEADER:
        raise BadHeader("too short")
    word, length, tunnel, session, ns, nr = struct.unpack_from("!6H", datagram)
    if word & (T | L | S) != T | L | S or word & O:
        raise BadHeader(f"flags {word:04x}")
    if word & VERSION_MASK != 2:
        raise BadHeader(f"version {word & VERSION_MASK}")
    if not HEADER <= length <= len(datagram):
        raise BadHeader(f"length {length} of {len(datagram)}")
    decoded = Message([], tunnel, session, ns, nr, word=word)
    try:
        decoded.avps = split_avps(datagram[HEADER:length])
        check_message_type(decoded.avps)
    except BadAvps as error:
        decoded.avps = []
        raise BadAvps(str(error), decoded) from None
    return decoded


def check_message_type(avps):
    """HDR-28"""
    if avps:
        first = avps[0]
        if (first.vendor, first.type, first.h, len(first.value)) != (0, MESSAGE_TYPE, False, 2):
            raise BadAvps("the first AVP is no Message Type")


@dataclass
class Data:
    """A data message (HDR-2)."""
    word: int
    tunnel_id: int
    session_id: int
    payload: bytes
    length: int | None = None
    ns: int | None = None
    nr: int | None = None
    offset_size: int | None = None


def decode_data(datagram):
    """HDR-2, HDR-4, HDR-10, DATA-2, DATA-6"""
    words = [number for number, in struct.iter_unpack("!H", datagram[:len(datagram) & ~1])]
    flags = words.pop(0) if words else 0
    count = 2 + bool(flags & L) + 2 * bool(flags & S) + bool(flags & O)
    if len(words) < count or flags & T or flags & VERSION_MASK != 2:
        raise BadHeader("no data message")
    at, size = 2 + 2 * count, len(datagram)
    length = words.pop(0) if flags & L else None
    data = Data(flags, words.pop(0), words.pop(0), b"", length)
    if flags & S:
        data.ns, data.nr = words.pop(0), words.pop(0)
    if flags & O:
        data.offset_size = words.pop(0)
        at += data.offset_size
    if length is not None:
        size = length if length <= size else -1
    if at >= size or not data.session_id or not data.tunnel_id:
        raise BadHeader("length, offset, ids or payload")
    data.payload = datagram[at:size]
    return data


def encode_data(tunnel_id, session_id, payload):
    """HDR-2: the shortest form, which Linux uses as well (KRN-9)."""
    return struct.pack("!3H", 2, tunnel_id, session_id) + payload


def challenge_response(kind, secret, challenge):
    """AUTH-1: kind is the type of the message that carries the response."""
    return hashlib.md5(bytes([kind]) + secret + challenge).digest()


def _mask(kind, secret, vector, cipher, number):
    """HIDE-2: what block number of the hidden value is combined with."""
    if number == 0:
        return hashlib.md5(struct.pack("!H", kind) + secret + vector).digest()
    return hashlib.md5(secret + cipher[16 * (number - 1):16 * number]).digest()


def _xor(one, other):
    return bytes(a ^ b for a, b in zip(one, other))


def hide(kind, value, secret, vector, padding=b""):
    """HIDE-1, HIDE-2: the octets on the wire."""
    plain, cipher = struct.pack("!H", len(value)) + value + padding, b""
    for number in range((len(plain) + 15) // 16):
        block = plain[16 * number:16 * number + 16]
        cipher += _xor(block, _mask(kind, secret, vector, cipher, number))
    return cipher


def unhide(kind, cipher, secret, vector):
    """HIDE-2, HIDE-4"""
    plain = b"".join(
        _xor(cipher[16 * number:16 * number + 16], _mask(kind, secret, vector, cipher, number))
        for number in range((len(cipher) + 15) // 16))
    length = int.from_bytes(plain[:2], "big")
    if len(plain) < 2 or length > len(plain) - 2:
        raise BadAvps(f"hidden AVP {kind} says {length} of {len(plain)} octets")
    return plain[2:2 + length]


def reveal(avps, secret):
    """HIDE-3, HIDE-8: the same AVPs with their values in the clear (h stays)."""
    vector, clear = None, []
    for avp in avps:
        value = avp.value
        if avp.h:
            if vector is None or avp.type in (MESSAGE_TYPE, RANDOM_VECTOR):
                raise BadAvps(f"AVP {avp.type} cannot be hidden here")
            value = unhide(avp.type, value, secret, vector)
        elif (avp.vendor, avp.type) == (0, RANDOM_VECTOR):
            vector = value
        clear.append(Avp(avp.type, value, avp.m, avp.h, avp.vendor, avp.reserved))
    return clear


def conceal(avps, secret, *kinds, padding=7):
    """HIDE-7: hides the AVPs of these kinds behind a fresh Random Vector."""
    vector = os.urandom(16)
    hidden = [avps[0], Avp(RANDOM_VECTOR, vector)]
    for avp in avps[1:]:
        if avp.type in kinds and not avp.vendor:
            cipher = hide(avp.type, avp.value, secret, vector, os.urandom(padding))
            avp = Avp(avp.type, cipher, avp.m, True)
        hidden.append(avp)
    return hidden


def distance(later, earlier):
    """XPRT-3: from one sequence number to another, modulo 65536."""
    return (later - earlier) & 0xFFFF


def classify(expected, ns):
    """XPRT-3"""
    ahead = distance(ns, expected)
    if ahead == 0:
        return "in-order"
    return "future" if ahead < 32768 else "duplicate"


def acknowledges(una, following, nr):
    """XPRT-6: how many messages Nr releases; None if it acknowledges what was never sent."""
    count = distance(nr, una)
    return count if count <= distance(following, una) else None
