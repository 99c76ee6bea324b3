# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""An LNS that agrees to every tunnel and every session, acknowledges the rest, and keeps next to
nothing: responder.py ADDRESS PORT. A line on standard input is answered by one with the numbers of
tunnels, sessions and Hellos so far."""

import select
import socket
import struct
import sys

SCCRQ, SCCRP, SCCCN, HELLO, ICRQ, ICRP, ICCN = 1, 2, 3, 6, 10, 11, 12
TUNNEL_ID, SESSION_ID = 9, 14
RECEIVE_BUFFER = 4 << 20


def avp(attribute, value):
    return struct.pack("!HHH", 0x8000 | 6 + len(value), 0, attribute) + value


def message(kind, *avps):
    return avp(0, struct.pack("!H", kind)) + b"".join(avps)


def find_avp(octets, wanted):
    """The two octets of an attribute."""
    while octets:
        size, vendor, attribute = struct.unpack_from("!HHH", octets)
        size &= 0x3FF
        if (vendor, attribute) == (0, wanted):
            return struct.unpack_from("!H", octets, 6)[0]
        octets = octets[size:]
    raise ValueError(f"no AVP {wanted}")


class Responder:
    def __init__(self, address, port):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self.socket.bind((address, port))
        self.peers = [0]  # the peer's tunnel id, by ours
        self.ours = {}  # ours, by who and its id
        self.sent = [0]  # messages sent, by our tunnel id: the next Ns
        self.counts = {SCCCN: 0, ICCN: 0, HELLO: 0}

    def send(self, client, tunnel, session, nr, payload=b""):
        header = struct.pack("!HHHHHH", 0xC802, 12 + len(payload), self.peers[tunnel], session,
                             self.sent[tunnel], nr)
        self.socket.sendto(header + payload, client)
        if payload:
            self.sent[tunnel] = self.sent[tunnel] + 1 & 0xFFFF

    def tunnel_of(self, client, payload):
        """The id that we assign; a repeated SCCRQ gets no second one."""
        peer = find_avp(payload, TUNNEL_ID)
        if (client, peer) not in self.ours:
            self.ours[client, peer] = len(self.peers)
            self.peers.append(peer)
            self.sent.append(0)
        return self.ours[client, peer]

    def handle(self, datagram, client):
        _, size, tunnel, _, ns, _ = struct.unpack_from("!HHHHHH", datagram)
        payload = datagram[12:size]
        if not payload:
            return  # an acknowledgement
        kind = find_avp(payload, 0)
        nr = ns + 1 & 0xFFFF
        if kind == SCCRQ:
            tunnel = self.tunnel_of(client, payload)
            self.sent[tunnel] = 0
            self.send(client, tunnel, 0, nr, message(
                SCCRP, avp(2, b"\1\0"), avp(3, bytes(4)), avp(7, b"responder"),
                avp(TUNNEL_ID, struct.pack("!H", tunnel)), avp(10, struct.pack("!H", 8))))
        elif kind == ICRQ:
            session = find_avp(payload, SESSION_ID)
            self.send(client, tunnel, session, nr,
                      message(ICRP, avp(SESSION_ID, struct.pack("!H", session))))
        else:
            self.send(client, tunnel, 0, nr)
            if kind in self.counts:
                self.counts[kind] += 1

    def run(self):
        while True:
            ready, _, _ = select.select([self.socket, sys.stdin], [], [])
            if self.socket in ready:
                self.handle(*self.socket.recvfrom(65536))
            if sys.stdin in ready:
                if not sys.stdin.readline():
                    return
                print(*self.counts.values(), flush=True)


Responder(sys.argv[1], int(sys.argv[2])).run()
