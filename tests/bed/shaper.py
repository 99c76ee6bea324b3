# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""A relay between the service and its LNS, for any number of tunnels, that loses or holds back what
a rule says: rule (datagram, to_lns) returns seconds, or None to lose it. The rule may be changed at
any time. Runs in a thread of the test."""

import heapq
import itertools
import select
import socket
import threading
import time

import netns
from bed import L2TP_PORT, LNS


def is_control(datagram):
    return bool(datagram[0] & 0x80)  # HDR-2


class Shaper:
    def __init__(self, address, lns=LNS, rule=None):
        self.rule = rule or (lambda datagram, to_lns: 0)
        self.lns = lns
        self.outer = netns.socket_in("lns", socket.AF_INET, socket.SOCK_DGRAM)
        self.outer.bind((address, L2TP_PORT))
        self.clients = {}  # by inner socket
        self.due, self.number, self.ending = [], itertools.count(), False
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending = True
        self.thread.join()
        for sock in (self.outer, *self.clients):
            sock.close()

    def _run(self):
        while not self.ending:
            wait = min(0.05, max(0, self.due[0][0] - time.monotonic())) if self.due else 0.05
            for sock in select.select([self.outer, *self.clients], [], [], wait)[0]:
                self._read(sock)
            while self.due and self.due[0][0] <= time.monotonic():
                self._send(*heapq.heappop(self.due)[2:])

    def _inner_of(self, client):
        for sock, known in self.clients.items():
            if known == client:
                return sock
        sock = netns.socket_in("lns", socket.AF_INET, socket.SOCK_DGRAM)
        sock.connect((self.lns, L2TP_PORT))
        self.clients[sock] = client
        return sock

    def _read(self, sock):
        try:
            datagram, source = sock.recvfrom(65536)
        except ConnectionRefusedError:
            return
        to_lns = sock is self.outer
        delay = self.rule(datagram, to_lns)
        if delay is None:
            return
        inner = self._inner_of(source) if to_lns else sock
        heapq.heappush(self.due, (time.monotonic() + delay, next(self.number), inner, datagram, to_lns))

    def _send(self, inner, datagram, to_lns):
        try:
            if to_lns:
                inner.send(datagram)
            else:
                self.outer.sendto(datagram, self.clients[inner])
        except OSError:
            pass  # an end that is closed, as the test wants it
