# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""A relay between the service and its LNS that can lose what a test wants lost, to hold a bring-up
in one stage: relay.py FROM PORT TO PORT [data|MESSAGE-TYPE]. FROM may be an IPv6 address."""

import select
import socket
import sys


def is_lost(datagram, lost):
    if lost == "data":
        return not datagram[0] & 0x80  # HDR-2
    if lost:
        # HDR-28: the first AVP is the Message Type
        return datagram[:2] == b"\xc8\x02" and datagram[18:20] == int(lost).to_bytes(2, "big")
    return False


def main(here, here_port, there, there_port, lost=None):
    outer = socket.socket(socket.AF_INET6 if ":" in here else socket.AF_INET, socket.SOCK_DGRAM)
    outer.bind((here, int(here_port)))
    inner = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    inner.connect((there, int(there_port)))
    client = None
    print("relaying", flush=True)
    while True:
        for ready in select.select([outer, inner], [], [])[0]:
            if ready is outer:
                datagram, client = outer.recvfrom(65536)
                if not is_lost(datagram, lost):
                    inner.send(datagram)
            else:
                datagram = inner.recv(65536)
                if client and not is_lost(datagram, lost):
                    outer.sendto(datagram, client)


main(*sys.argv[1:])
