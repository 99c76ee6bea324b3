# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""A relay that hangs up in the LNS's name at the worst moment: its CDN (result 1) is on the wire
just before the IPCP Configure-Ack that completes PPP. hangup_relay.py HERE PORT LNS PORT."""

import select
import socket
import struct
import sys

CONTROL = 0x80  # T bit of the first octet
IPCP_ACK = bytes.fromhex("8021 02")


def avp(kind, value):
    return struct.pack(">HHH", 0x8000 | 6 + len(value), 0, kind) + value


def ppp_frame(datagram):
    """What follows the data header (HDR-2), without FF03."""
    flags = struct.unpack(">H", datagram[:2])[0]
    at = 6 + (2 if flags & 0x4000 else 0) + (4 if flags & 0x0800 else 0)
    frame = datagram[at:]
    return frame[2:] if frame[:2] == b"\xff\x03" else frame


class Call:
    """What the relay has seen pass, as much as a CDN needs."""

    def __init__(self):
        self.tunnel = self.session = self.lns_session = self.next_ns = self.nr = 0

    def from_lns(self, datagram):
        _, length, tunnel, session, ns, nr = struct.unpack(">HHHHHH", datagram[:12])
        self.tunnel, self.session, self.nr = tunnel, session or self.session, nr
        if length > 12:  # no ZLB
            self.next_ns = ns + 1
        if datagram[18:20] == b"\x00\x0b":  # ICRP: AVP 14 follows the Message Type
            self.lns_session = struct.unpack(">H", datagram[26:28])[0]

    def cdn(self):
        body = avp(0, b"\x00\x0e") + avp(1, b"\x00\x01\x00\x00")
        body += avp(14, struct.pack(">H", self.lns_session))
        return struct.pack(">HHHHHH", 0xC802, 12 + len(body), self.tunnel, self.session,
                           self.next_ns, self.nr) + body


def main(here, here_port, there, there_port):
    outer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    outer.bind((here, int(here_port)))
    inner = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    inner.connect((there, int(there_port)))
    call, client, hung_up = Call(), None, False
    print("relaying", flush=True)
    while True:
        for ready in select.select([outer, inner], [], [])[0]:
            if ready is outer:
                datagram, client = outer.recvfrom(65536)
                if not (hung_up and datagram[0] & CONTROL):
                    inner.send(datagram)
                continue
            datagram = inner.recv(65536)
            if datagram[0] & CONTROL:
                if hung_up:
                    continue
                call.from_lns(datagram)
            elif not hung_up and ppp_frame(datagram).startswith(IPCP_ACK):
                outer.sendto(call.cdn(), client)
                hung_up = True
                print("hung up", flush=True)
            outer.sendto(datagram, client)


main(*sys.argv[1:])
