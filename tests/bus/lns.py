#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""An LNS for tests, that can misbehave on demand; see wire.py for whom it trusts. As a library:

    with Lns(behaviour) as lns: … lns.expect(wire.ICRQ) …

runs it in a thread. As a program: lns.py [--address A] [--port P] [--log FILE]
[--behaviour NAME[:KEY=VALUE…]]. It stops at the control connection: it lets PPP end, and no more.

Its misbehaviour is data, in Behaviour; PRESETS has names for the common ones. What the client sends
is recorded, and held against the reference by judge.py: `complaints` should stay empty."""

import argparse
import heapq
import itertools
import json
import os
import queue
import random
import select
import signal
import socket
import sys
import threading
import time

import wire
from judge import Flow, judge
from wire import Avp, message, u16, u32

PORT = 1701
RETRIES = (1, 2, 4, 8, 8, 8)  # XPRT-9


class Behaviour:
    """An LNS as it should be. Keyword arguments make it another one.

    The dictionaries are by message type: of what the client sends (deaf, unanswered, instead, then)
    or of what the LNS sends (edit, carry). A function in instead or then gets (tunnel, message),
    one in edit the outgoing Message, one in carry the number of the transmission from 0."""

    secret = None        # octets; with it the client's challenge is answered
    challenge = None     # octets or True; AUTH-2
    window = 4           # AVP-10; None leaves it out
    host_name = b"lns.example"
    ack_delay = 0.0      # seconds that a ZLB is held back
    answer_from = None   # (address, port) of SCCRP and everything after it; HDR-12, HDR-14
    hidden = ()          # AVP types to hide in SCCRP and ICRP
    terminates = True    # acknowledges LCP Terminate-Requests, the one thing it knows of PPP
    deaf = ()            # not even acknowledged; a function of (message, times heard) will do
    unanswered = ()      # acknowledged and no more
    instead = {}         # what to do in place of the answer
    then = {}            # what to do after it
    edit = {}            # spoils a message before it is sent
    carry = {}           # a list of delays, one for each copy on the wire; [] loses it

    def __init__(self, **settings):
        for name, value in settings.items():
            assert hasattr(Behaviour, name), name
            setattr(self, name, value)


# What goes into `edit`.

def without(*kinds):
    def spoil(outgoing):
        outgoing.avps = [avp for avp in outgoing.avps if avp.type not in kinds or avp.vendor]
    return spoil


def plus(*avps):
    def spoil(outgoing):
        outgoing.avps.extend(avps)
    return spoil


def replaced(*avps):
    """Each in the place of its namesake."""
    def spoil(outgoing):
        new = {avp.type: avp for avp in avps}
        outgoing.avps = [new.get(avp.type, avp) for avp in outgoing.avps]
    return spoil


def tail(octets):
    def spoil(outgoing):
        outgoing.tail = octets
    return spoil


# What goes into `carry`.

def lost(times=1):
    return lambda number: [] if number < times else [0]


def twice(number):
    return [0, 0]


def late(seconds):
    return lambda number: [seconds] if number == 0 else [0]


# What goes into `instead` and `then`.

def stop(result, error=None, text=b"", *more):
    return lambda tunnel, _: tunnel.stop(result, error, text, *more)


def clear(result, error=None, text=b"", *more):
    return lambda tunnel, heard: tunnel.clear(tunnel.session_of(heard), result, error, text, *more)


def sends(build):
    """build (tunnel, heard) makes the message."""
    return lambda tunnel, heard: tunnel.send(build(tunnel, heard))


class Session:
    def __init__(self, own, peer):
        self.id, self.peer_id = own, peer


class Tunnel:
    """One client's tunnel: the reliable channel of section 4, and the LNS's answers."""

    def __init__(self, lns, source, sock, sccrq):
        self.lns, self.behaviour, self.peer, self.sock = lns, lns.behaviour, source, sock
        self.id, self.peer_id = lns.free_id(), sccrq.number(wire.TUNNEL_ID)
        self.peer_window = sccrq.number(wire.WINDOW, 4)
        self.challenge = None
        self.ns = self.nr = self.una = 0
        self.told_nr = 0  # the highest Nr that was sent
        self.sent, self.waiting, self.early = {}, [], {}
        self.peer_sessions = {}  # of all there ever were: pppd may end after its session
        self.sessions, self.stopped, self.dead, self.mute = {}, False, False, False
        self.flow = Flow(lns.behaviour.window)
        self.heard = {}

    # Out

    def send(self, outgoing, session_id=None):
        """Puts a message into the channel (XPRT-1, XPRT-11)."""
        outgoing.tunnel_id = self.peer_id
        if session_id is not None:
            outgoing.session_id = session_id
        spoil = self.behaviour.edit.get(outgoing.type)
        if spoil:
            spoil(outgoing)
        self.waiting.append(outgoing)
        self._pump()

    def _pump(self):
        while self.waiting and wire.distance(self.ns, self.una) < max(1, self.peer_window):
            outgoing = self.waiting.pop(0)
            outgoing.ns = self.ns
            self.ns = (self.ns + 1) & 0xFFFF
            self.sent[outgoing.ns] = outgoing
            self._transmit(outgoing, 0)

    def _transmit(self, outgoing, number):
        """XPRT-8: the same Ns and payload, a fresh Nr."""
        if self.sent.get(outgoing.ns) is not outgoing or self.mute:
            return
        if number > len(RETRIES) - 1:
            self.dead = True
            return
        carry = self.behaviour.carry.get(outgoing.type)
        delays = carry(number) if carry else [0]
        for delay in delays:
            self.lns.after(delay, lambda: self.emit(outgoing)) if delay else self.emit(outgoing)
        if not delays:
            outgoing.nr = self.told_nr = self.nr  # the acknowledgement is lost with it
            self.lns.record("lost", self.peer, outgoing)
        self.lns.after(RETRIES[number], lambda: self._transmit(outgoing, number + 1))

    def emit(self, outgoing):
        outgoing.nr = self.told_nr = self.nr
        self.lns.transmit(self.sock, self.peer, outgoing)

    def acknowledge(self):
        """XPRT-2, unless something has carried it meanwhile."""
        if self.told_nr != self.nr:
            self.zlb()

    def zlb(self, **more):
        self.emit(wire.Message(tunnel_id=self.peer_id, ns=self.ns, **more))

    def inject(self, datagram):
        """Octets outside the channel."""
        self.lns.inject(self.sock, self.peer, datagram)

    # In

    def receive(self, heard):
        """XPRT-4…XPRT-6"""
        released = wire.acknowledges(self.una, self.ns, heard.nr)
        if released:
            for _ in range(released):
                self.sent.pop(self.una, None)
                self.una = (self.una + 1) & 0xFFFF
            self._pump()
        if heard.type is wire.ZLB:
            return
        kind = wire.classify(self.nr, heard.ns)
        if kind == "duplicate":
            self.zlb()
        elif kind == "future":
            self.early[heard.ns] = heard
        else:
            self._deliver_run(heard)

    def _deliver_run(self, heard):
        while heard:
            self.nr = (self.nr + 1) & 0xFFFF
            if not self.stopped:
                self._deliver(heard)
            heard = self.early.pop(self.nr, None)
        if self.behaviour.ack_delay and not self.stopped:
            self.lns.after(self.behaviour.ack_delay, self.acknowledge)
        else:
            self.acknowledge()

    def _deliver(self, heard):
        kind, behaviour = heard.type, self.behaviour
        self.heard.setdefault(kind, []).append(heard)
        if kind == wire.ICRQ:
            session = Session(self.lns.free_id(), heard.number(wire.SESSION_ID))
            self.sessions[session.id] = session
            self.peer_sessions[session.id] = session.peer_id
        if kind in behaviour.instead:
            behaviour.instead[kind](self, heard)
        elif kind not in behaviour.unanswered:
            answer = self.ANSWERS.get(kind)
            if answer:
                answer(self, heard)
        if kind in behaviour.then:
            behaviour.then[kind](self, heard)

    def answer_data(self, data):
        """LCP: Terminate-Ack for a Terminate-Request (RFC 1661, 5.5), so that pppd need not wait."""
        at = data.payload.find(b"\xc0\x21\x05")
        peer_id = self.peer_sessions.get(data.session_id)
        if self.behaviour.terminates and not self.mute and peer_id and at in (0, 2):
            frame = data.payload[:at + 2] + b"\6" + data.payload[at + 3:]
            self.lns.inject(self.sock, self.peer, wire.encode_data(self.peer_id, peer_id, frame))

    def session_of(self, heard=None):
        """The session that a message is about; without one the latest."""
        if heard is None or heard.type not in (wire.ICRQ, wire.ICCN, wire.CDN):
            return list(self.sessions.values())[-1]
        if heard.session_id:
            return self.sessions[heard.session_id]
        peer_id = heard.number(wire.SESSION_ID)  # MSG-24
        return next(each for each in self.sessions.values() if each.peer_id == peer_id)

    # The LNS's side of sections 5 and 6

    def on_sccrq(self, heard):
        behaviour = self.behaviour
        avps = [Avp(wire.PROTOCOL_VERSION, b"\1\0"), u32(wire.FRAMING, 3),
                Avp(wire.HOST_NAME, behaviour.host_name), u16(wire.TUNNEL_ID, self.id)]
        if behaviour.window is not None:
            avps.append(u16(wire.WINDOW, behaviour.window))
        challenge = heard.get(wire.CHALLENGE)
        if challenge and behaviour.secret is not None:
            proof = wire.challenge_response(wire.SCCRP, behaviour.secret, challenge.value)
            avps.append(Avp(wire.RESPONSE, proof))
        if behaviour.challenge:
            self.challenge = os.urandom(16) if behaviour.challenge is True else behaviour.challenge
            avps.append(Avp(wire.CHALLENGE, self.challenge))
        if behaviour.answer_from:
            self.sock = self.lns.open(*behaviour.answer_from)
        self.send(self._hiding(message(wire.SCCRP, *avps)))

    def on_scccn(self, heard):
        """AUTH-1, AUTH-3"""
        if self.challenge is not None:
            proof = wire.challenge_response(wire.SCCCN, self.behaviour.secret or b"", self.challenge)
            told = heard.get(wire.RESPONSE)
            if not told or told.value != proof:
                self.stop(4, 0, b"wrong response")

    def on_icrq(self, heard):
        session = self.session_of(heard)
        answer = message(wire.ICRP, u16(wire.SESSION_ID, session.id), session_id=session.peer_id)
        self.send(self._hiding(answer))

    def on_cdn(self, heard):
        """MSG-14: the session is gone; a refusal of OCRQ or ICRQ has none here."""
        try:
            self.sessions.pop(self.session_of(heard).id)
        except (KeyError, StopIteration):
            pass

    def on_stopccn(self, _):
        """XPRT-14"""
        self.stopped = True
        self.sessions.clear()
        self.waiting.clear()
        self.sent.clear()

    ANSWERS = {wire.SCCRQ: on_sccrq, wire.SCCCN: on_scccn, wire.ICRQ: on_icrq, wire.CDN: on_cdn,
               wire.STOPCCN: on_stopccn}

    def _hiding(self, outgoing):
        if self.behaviour.hidden:
            secret = self.behaviour.secret or b"?"
            outgoing.avps = wire.conceal(outgoing.avps, secret, *self.behaviour.hidden)
        return outgoing

    def stop(self, result, error=None, text=b"", *more):
        self.send(message(wire.STOPCCN, wire.result_code(result, error, text),
                          u16(wire.TUNNEL_ID, self.id), *more))

    def clear(self, session, result, error=None, text=b"", *more):
        self.send(message(wire.CDN, wire.result_code(result, error, text),
                          u16(wire.SESSION_ID, session.id), *more, session_id=session.peer_id))

    def hello(self):
        self.send(message(wire.HELLO))

    def swapped_hellos(self):
        """LAC-8: two Hellos, the second one first on the wire."""
        first, second = ((self.ns + more) & 0xFFFF for more in (0, 1))
        hellos = [message(wire.HELLO, tunnel_id=self.peer_id, ns=ns) for ns in (second, first)]
        self.ns = (self.ns + 2) & 0xFFFF
        for each in hellos:
            self.sent[each.ns] = each
            self._transmit(each, 0)


class Record:
    """One datagram: direction in (from the client), drop (the same, not listened to), stray (to
    no tunnel of ours), bad, data; out, lost."""

    def __init__(self, direction, peer, content, began):
        self.time, self.direction, self.peer = time.monotonic() - began, direction, peer
        self.message = content if isinstance(content, wire.Message) else None
        self.octets = content.encode() if self.message else content

    def __repr__(self):
        name = self.message.name if self.message else ""
        return f"{self.time:.3f} {self.direction} {name} {self.octets.hex()}"

    def json(self):
        line = {"time": round(self.time, 4), "direction": self.direction,
                "address": self.peer[0], "port": self.peer[1], "hex": self.octets.hex()}
        if self.message:
            line |= {"message": self.message.name, "ns": self.message.ns, "nr": self.message.nr,
                     "tunnel": self.message.tunnel_id, "session": self.message.session_id}
        return json.dumps(line)


def plain_socket(*arguments):
    return socket.socket(*arguments)


class Lns:
    """Sockets, timers, tunnels, records; its thread is the only one that touches tunnels."""

    def __init__(self, behaviour=None, address="127.0.0.1", port=PORT, make_socket=plain_socket,
                 log=None):
        self.behaviour = behaviour or Behaviour()
        self.make_socket, self.address, self.port = make_socket, address, port
        self.began = time.monotonic()
        self.records, self.complaints, self.errors = [], [], []
        self.tunnels = {}
        self.changed = threading.Condition()
        self.sockets, self.timers, self.orders = [], [], queue.SimpleQueue()
        self.counter = itertools.count()
        self.waker, self.wakes = socket.socketpair()
        self.log = open(log, "a", encoding="utf-8") if log else None
        self.ending = False
        self.open(address, port)
        self.port = self.sockets[0].getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.do(lambda: setattr(self, "ending", True))
        self.thread.join()
        for sock in (*self.sockets, self.waker, self.wakes):
            sock.close()
        if self.log:
            self.log.close()

    # For the test's thread

    def do(self, function, *arguments):
        """Calls a function in the LNS's thread; returns what it returns."""
        answer = queue.SimpleQueue()

        def order():
            try:
                answer.put((function(*arguments), None))
            except Exception as error:
                answer.put((None, error))
        self.orders.put(order)
        self.waker.send(b"!")
        value, error = answer.get(timeout=10)
        if error:
            raise error
        return value

    def received(self, kind, since=0):
        """Every record of a message type from the client; kind "data": of data messages."""
        with self.changed:
            records = self.records[since:]
        if kind == "data":
            return [each for each in records if each.direction == "data"]
        return [each for each in records
                if each.direction in ("in", "drop") and each.message.type == kind]

    def expect(self, kind, timeout=5, count=1, since=0):
        """Waits for the count-th message of a type from the client; returns its record."""
        def come():
            found = self.received(kind, since)
            return found[count - 1] if len(found) >= count else None
        return self.wait_for(come, timeout, wire.NAMES.get(kind, kind))

    def wait_for(self, condition, timeout, what):
        deadline = time.monotonic() + timeout
        with self.changed:
            while True:
                value = condition()
                if value:
                    return value
                left = deadline - time.monotonic()
                assert left > 0, f"no {what} within {timeout} s; {self.records}"
                self.changed.wait(left)

    def expect_acked(self, timeout=5):
        """Waits until the client has acknowledged all that the latest tunnel has sent."""
        tunnel = self.tunnel
        self.wait_for(lambda: tunnel.una == tunnel.ns and not tunnel.waiting, timeout,
                      "acknowledgement")

    @property
    def tunnel(self):
        return list(self.tunnels.values())[-1]

    def mark(self):
        """For since: what comes from now on."""
        with self.changed:
            return len(self.records)

    # For behaviours

    def after(self, seconds, function):
        heapq.heappush(self.timers, (time.monotonic() + seconds, next(self.counter), function))

    def open(self, address, port):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        sock = self.make_socket(family, socket.SOCK_DGRAM)
        sock.bind((address, port))
        self.sockets.append(sock)
        return sock

    def close_port(self):
        """LAC-17: the kernel answers with ICMP until reopen_port()."""
        sock = self.sockets.pop(0)
        sock.close()

    def reopen_port(self):
        sock = self.open(self.address, self.port)
        self.sockets.insert(0, self.sockets.pop())
        for tunnel in self.tunnels.values():
            tunnel.sock = sock

    def free_id(self):
        """HDR-5; unique over the whole LNS, which makes a mixed-up id show."""
        taken = {key for tunnel in self.tunnels.values() for key in (tunnel.id, *tunnel.sessions)}
        while True:
            number = random.randint(1, 0xFFFF)
            if number not in taken:
                return number

    def transmit(self, sock, peer, outgoing):
        self.record("out", peer, outgoing)
        self._sendto(sock, peer, outgoing.encode())

    def inject(self, sock, peer, datagram):
        self.record("out", peer, datagram)
        self._sendto(sock, peer, datagram)

    def _sendto(self, sock, peer, datagram):
        try:
            sock.sendto(datagram, peer)
        except OSError:
            pass  # a closed port of ours or of the client's, as the test wants it

    def record(self, direction, peer, content):
        if isinstance(content, wire.Message):
            content = wire.Message(**vars(content))  # Nr changes with each transmission
        record = Record(direction, peer, content, self.began)
        with self.changed:
            self.records.append(record)
            self.changed.notify_all()
        if self.log:
            self.log.write(record.json() + "\n")
            self.log.flush()

    # The thread

    def run(self):
        while not self.ending:
            try:
                self._turn()
            except Exception as error:
                self.errors.append(error)
            with self.changed:
                self.changed.notify_all()

    def _turn(self):
        timeout = max(0, self.timers[0][0] - time.monotonic()) if self.timers else None
        ready, _, _ = select.select([self.wakes, *self.sockets], [], [], timeout)
        while self.timers and self.timers[0][0] <= time.monotonic():
            heapq.heappop(self.timers)[2]()
        for sock in ready:
            if sock is self.wakes:
                sock.recv(1)
                self.orders.get()()
            else:
                self._read(sock)

    def _read(self, sock):
        try:
            datagram, source = sock.recvfrom(65536)
        except ConnectionRefusedError:
            return
        if not wire.is_control(datagram):
            self._read_data(source, datagram)
            return
        try:
            heard = wire.decode(datagram)
        except (wire.BadHeader, wire.BadAvps) as error:
            self.complaints.append(f"not to be decoded, {error}: {datagram.hex()}")
            self.record("bad", source, datagram)
            return
        self._hear(sock, source, datagram, heard)

    def _read_data(self, source, datagram):
        """HDR-15: by our tunnel id, like control messages."""
        self.record("data", source, datagram)
        try:
            data = wire.decode_data(datagram)
        except wire.BadHeader as error:
            self.complaints.append(f"data, {error}: {datagram.hex()}")
            return
        for tunnel in self.tunnels.values():
            if tunnel.id == data.tunnel_id:
                tunnel.answer_data(data)

    def _hear(self, sock, source, datagram, heard):
        tunnel = self._tunnel_of(sock, source, heard)
        deaf = self._is_deaf(heard) or (tunnel and tunnel.mute)
        if tunnel:
            self._judge(heard, datagram, tunnel)
        self.record("stray" if not tunnel else "drop" if deaf else "in", source, heard)
        if tunnel and not deaf:
            tunnel.receive(heard)

    def _judge(self, heard, datagram, tunnel):
        for text in itertools.chain(judge(heard, datagram, tunnel), tunnel.flow.judge(heard, tunnel)):
            self.complaints.append(f"{heard.name} {datagram.hex()}: {text}")

    def _is_deaf(self, heard):
        deaf = self.behaviour.deaf
        if callable(deaf):
            return deaf(heard, len(self.received(heard.type)))
        return heard.type in deaf

    def _tunnel_of(self, sock, source, heard):
        """HDR-15: by our id; an SCCRQ, and a StopCCN from who does not know it, by theirs."""
        if heard.tunnel_id:
            return next((each for each in self.tunnels.values() if each.id == heard.tunnel_id), None)
        key = (source, heard.number(wire.TUNNEL_ID))
        if heard.type is wire.ZLB:
            return None
        if key not in self.tunnels and heard.type == wire.SCCRQ:
            self.tunnels[key] = Tunnel(self, source, sock, heard)
        return self.tunnels.get(key)


def refuse_tunnel(result=2, error=None, text=""):
    return Behaviour(instead={wire.SCCRQ: stop(result, error, text.encode())})


def refuse_call(result=2, error=None, text=""):
    return Behaviour(instead={wire.ICRQ: clear(result, error, text.encode())})


PRESETS = {
    "good": Behaviour,
    "silent": lambda: Behaviour(deaf=(wire.SCCRQ,)),
    "no-sccrp": lambda: Behaviour(unanswered=(wire.SCCRQ,)),
    "no-icrp": lambda: Behaviour(unanswered=(wire.ICRQ,)),
    "slow-acks": lambda seconds=0.5: Behaviour(ack_delay=seconds),
    "other-port": lambda address="127.0.0.1", port=0: Behaviour(answer_from=(address, port)),
    "window-1": lambda: Behaviour(window=1),
    "challenge": lambda secret="": Behaviour(secret=secret.encode(), challenge=True),
    "stop": refuse_tunnel,
    "cdn": refuse_call,
}


def preset(text):
    """NAME[:KEY=VALUE,…]; a value that looks like a number is one."""
    name, _, rest = text.partition(":")
    settings = {}
    for word in filter(None, rest.split(",")):
        key, _, value = word.partition("=")
        try:
            settings[key] = json.loads(value)
        except ValueError:
            settings[key] = value
    return PRESETS[name](**settings)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--log", help="JSON, one line a datagram")
    parser.add_argument("--behaviour", default="good", metavar="NAME[:KEY=VALUE,…]",
                        help="one of " + ", ".join(PRESETS))
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    lns = Lns(preset(options.behaviour), options.address, options.port, log=options.log)
    print(f"listening on port {lns.port}", flush=True)
    try:
        lns.run()
    except KeyboardInterrupt:
        pass
    for complaint in lns.complaints:
        print(complaint, file=sys.stderr)
    return 1 if lns.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
