# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""A relay between the service and its LNS that can lose what a test wants lost, to hold a bring-up
in one stage, and answer from another port of its own, as an LNS may (HDR-12):
relay.py [--answer-from PORT] FROM PORT TO PORT [data|MESSAGE-TYPE]. FROM may be an IPv6 address,
with %INTERFACE if it is link-local."""

import argparse
import select
import socket


def is_lost(datagram, lost):
    if lost == "data":
        return not datagram[0] & 0x80  # HDR-2
    if lost:
        # HDR-28: the first AVP is the Message Type
        return datagram[:2] == b"\xc8\x02" and datagram[18:20] == int(lost).to_bytes(2, "big")
    return False


def bound_socket(address, port):
    where = socket.getaddrinfo(address, port, type=socket.SOCK_DGRAM)[0]
    sock = socket.socket(where[0], socket.SOCK_DGRAM)
    sock.bind(where[4])
    return sock


def relay(outer, answering, inner, lost):
    """outer hears the client first; answering, which may be the same, is what it sees later."""
    client = None
    while True:
        for ready in select.select({outer, answering, inner}, [], [])[0]:
            if ready is inner:
                datagram = inner.recv(65536)
                if client and not is_lost(datagram, lost):
                    answering.sendto(datagram, client)
            else:
                datagram, client = ready.recvfrom(65536)
                if not is_lost(datagram, lost):
                    inner.send(datagram)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--answer-from", type=int)
    parser.add_argument("here")
    parser.add_argument("here_port", type=int)
    parser.add_argument("there")
    parser.add_argument("there_port", type=int)
    parser.add_argument("lost", nargs="?")
    options = parser.parse_args()
    outer = answering = bound_socket(options.here, options.here_port)
    if options.answer_from:
        answering = bound_socket(options.here, options.answer_from)
    inner = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    inner.connect((options.there, options.there_port))
    print("relaying", flush=True)
    relay(outer, answering, inner, options.lost)


main()
