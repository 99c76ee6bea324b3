# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""What the bus costs, with the service of ../null, without kernel and pppd.

GetManagedObjects with so many connections, against a program that is nothing but GDBus's object
manager with as many objects (api-peer.c). Then Connect, one call after the other, while as many
connections come up at once: how long each call takes, how long the main loop was busy at a time, seen
from inside, and how long a cheap call had to wait that came every millisecond from another process.

A turn of the main loop by the clock has the other programs of the machine in it; by the processor's
time it has not. The difference is the machine's load."""

import argparse
import contextlib
import os
import socket
import statistics
import subprocess
import sys
import threading
import time

from gi.repository import Gio, GLib

from null_service import TIMEOUT, Caller, running, wait_for
from private_bus import Bus

HERE = os.path.dirname(os.path.abspath(__file__))
ADDRESS = "127.0.0.1"
ROUNDS = 9
CONNECTION = "org.l2tp.Connection"
GOAL = 5  # ms


def ms(seconds):
    return 1000 * seconds


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def call_for_long(caller, dest):
    """ms for the answer to come; it is not looked at."""
    begun = time.monotonic()
    caller.connection.call_sync(dest, "/org/l2tp", "org.freedesktop.DBus.ObjectManager",
                                "GetManagedObjects", None, None, 0, 1000 * TIMEOUT, None)
    return ms(time.monotonic() - begun)


def add(caller, number, port):
    settings = {"name": GLib.Variant("s", f"bench-{number}"),
                "gateway": GLib.Variant("s", ADDRESS), "user": GLib.Variant("s", "alice"),
                "port": GLib.Variant("u", port)}
    error, result = caller.manager(
        "AddConnection", "(a{sv}a{sv}a{sv})", settings, {"password": GLib.Variant("s", "x")},
        {"persist": GLib.Variant("s", "memory"), "private": GLib.Variant("b", False)})
    assert error is None, result
    return result[0]


class Peer:
    def __init__(self, bus, program, number):
        self.popen = subprocess.Popen([program, str(number)], env=bus.env)
        self.caller = Caller(bus.env["DBUS_SYSTEM_BUS_ADDRESS"])
        wait_for(lambda: not self.caller.has_owner("org.l2tp.Peer") and "no name", TIMEOUT, "peer")

    def stop(self):
        self.popen.kill()
        self.popen.wait()
        self.caller.leave()


def bench_objects(bus, service, program, numbers):
    print(f"GetManagedObjects, ms{'':12}{'ours':>10}{'GDBus':>10}{'ours/GDBus':>12}"
          f"{'ours: longest turn, CPU':>26}")
    paths = []
    for number in numbers:
        while len(paths) < number:
            paths.append(add(service.caller, len(paths), 9))
        peer = Peer(bus, program, number)
        service.stalls()
        ours, theirs = [], []
        for _ in range(ROUNDS):  # in turn, so that the machine's load is the same
            ours.append(call_for_long(service.caller, "org.l2tp"))
            theirs.append(call_for_long(peer.caller, "org.l2tp.Peer"))
        _, cpu, _, _ = service.stalls()
        peer.stop()
        ours, theirs = statistics.median(ours), statistics.median(theirs)
        print(f"  {number:6} connections{'':13}{ours:10.2f}{theirs:10.2f}{ours / theirs:12.2f}"
              f"{cpu:26.2f}", flush=True)
    for path in paths:
        service.caller.call(path, CONNECTION, "Delete", GLib.Variant("(a{sv})", ({},)))


def ping(address):
    """Every millisecond, until a line comes: how long the answers took."""
    connection = Caller(address).connection
    args, took, stop = GLib.Variant("(sa{sv})", ("", {})), [], threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), stop.set()), daemon=True).start()
    print("ready", flush=True)
    due = time.monotonic()
    while not stop.is_set():
        begun = time.monotonic()
        connection.call_sync("org.l2tp", "/org/l2tp/Manager", "org.l2tp.Manager", "FindByName",
                             args, None, 0, 1000 * TIMEOUT, None)
        now = time.monotonic()
        took.append(ms(now - begun))
        due = max(due + 0.001, now)
        time.sleep(due - now)
    print(len(took), statistics.median(took), percentile(took, 0.99), max(took), flush=True)


class Ping:
    def __init__(self, address):
        self.popen = subprocess.Popen([sys.executable, __file__, "--ping", address], text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.popen.stdout.readline() == "ready\n"

    def stop(self):
        answer, _ = self.popen.communicate("\n")
        return tuple(map(float, answer.split()))


def up(caller):
    return sum(info[CONNECTION]["State"] == 4 for path, info in caller.objects().items()
               if CONNECTION in info)


def bench_connect(service, address, port, at_once):
    caller = Caller(address)
    paths = [add(caller, number, port) for number in range(2 * at_once)]
    nothing = GLib.Variant("(a{sv})", ({},))
    quiet = Ping(address)
    time.sleep(1)
    rows = [("nothing else", quiet.stop(), None)]
    service.stalls()
    pings = Ping(address)
    others = Caller(address)
    answers, latencies = [], []
    for begin in range(0, at_once, 50):  # the gate takes 64 calls of one program
        answers += [others.start(path, CONNECTION, "Connect", nothing)
                    for path in paths[begin:min(begin + 50, at_once)]]
        for path in paths[at_once + begin:at_once + min(begin + 50, at_once)]:
            begun = time.monotonic()
            error, text = caller.call(path, CONNECTION, "Connect", nothing)
            latencies.append(ms(time.monotonic() - begun))
            assert error is None, text
        others.wait(*answers)
    assert all(error is None for error, _ in answers), answers
    turns = service.stalls()
    wait_for(lambda: (n := up(caller)) < len(paths) and f"{n} of {len(paths)}", TIMEOUT, "all up")
    rows.append((f"{at_once} others connect", pings.stop(), turns))
    print(f"\nConnect while {at_once} others connect: median {statistics.median(latencies):.2f} ms, "
          f"p99 {percentile(latencies, 0.99):.2f} ms, longest {max(latencies):.2f} ms")
    show_stalls(rows)
    for path in paths:
        caller.start(path, CONNECTION, "Disconnect", nothing)
        error, text = caller.call(path, CONNECTION, "Delete", nothing)
        assert error is None, text


def show_stalls(rows):
    print(f"{'a cheap call every ms, ms':32}{'calls':>8}{'median':>9}{'p99':>9}{'longest':>9}")
    for what, (calls, median, p99, longest), _ in rows:
        print(f"  {what:30}{calls:8.0f}{median:9.2f}{p99:9.2f}{longest:9.2f}")
    longest, cpu, turns, late = rows[-1][2]
    print(f"the main loop's longest turn: {longest:.2f} ms by the clock, {cpu:.2f} ms of the "
          f"processor (goal {GOAL}); {late} of {turns} turns longer than {GOAL} ms")


@contextlib.contextmanager
def responder():
    """The LNS that agrees to everything; its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((ADDRESS, 0))
        port = sock.getsockname()[1]
    lns = subprocess.Popen([sys.executable, os.path.join(HERE, "responder.py"), ADDRESS, str(port)],
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
    try:
        lns.stdin.write("?\n")
        assert lns.stdout.readline(), "the responder has ended"
        yield port
    finally:
        lns.kill()
        lns.wait()


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/api")
    parser.add_argument("--peer", required=True)
    parser.add_argument("--connections", default="1,100,1000")
    parser.add_argument("--at-once", type=int, default=100)
    options = parser.parse_args()
    bus = Bus()
    try:
        with running(bus, debug=False) as service:
            bench_objects(bus, service, options.peer, map(int, options.connections.split(",")))
        with running(bus, debug=False) as service, responder() as port:
            bench_connect(service, service.address, port, options.at_once)
    finally:
        bus.stop()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--ping"]:
        ping(sys.argv[2])
    else:
        main()
