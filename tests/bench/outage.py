# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""How long the VPN is away after what goes wrong: this service and xl2tpd as LAC, in turn, with the
same xl2tpd as LNS.

Every 10 ms a ping leaves for the LNS's inner address. An outage is the longest time without an
answer since the event, until answers have come for three seconds again. Where something is away and
returns (the LNS, the link), the time after its return is told, too. Each round has namespaces, an
LNS and a client of its own.

ours    the profile says persist=yes, and the stand-by pppd is idle
xl2tpd  redial = yes, redial timeout = 1"""

import argparse
import math
import os
import select
import signal
import socket
import statistics
import struct
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bed"))

from gi.repository import GLib  # noqa: E402

import netns  # noqa: E402
from bed import LAC, LNS, UPLINK_LNS, Bed, run, wait_for  # noqa: E402
from connect import CONNECTED, Profile, call, wait_for_idle_pppd  # noqa: E402
from service import Service  # noqa: E402
from xl2tpd import Lac, Lns  # noqa: E402

INTERVAL = 0.01
BREAK = 0.5  # seconds without an answer that are no accident of a busy machine
STEADY = 3  # seconds of answers without a break
GIVE_UP = 150
LINK_DOWN = 2
NEW_ADDRESS = "10.9.0.77"


def checksum(packet):
    total = sum(struct.unpack(f"!{len(packet) // 2}H", packet))
    total = (total & 0xffff) + (total >> 16)
    return ~(total + (total >> 16)) & 0xffff


def ping(address):
    """Never ends: a line with the time for each answer. What cannot be sent is not answered."""
    ident = os.getpid() & 0xffff
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as sock:
        number, due = 0, time.monotonic()
        while True:
            number = (number + 1) & 0xffff
            packet = struct.pack("!BBHHH", 8, 0, 0, ident, number)
            packet = packet[:2] + struct.pack("!H", checksum(packet)) + packet[4:]
            try:
                sock.sendto(packet, (address, 0))
            except OSError:
                pass
            due = max(due + INTERVAL, time.monotonic())
            while select.select([sock], [], [], max(0, due - time.monotonic()))[0]:
                answer = sock.recv(2048)[20:]
                if answer[0] == 0 and answer[4:6] == packet[4:6]:
                    print(f"{time.monotonic():.4f}", flush=True)


class Pings:
    """The answers as they come, in seconds of the monotonic clock."""

    def __init__(self, bed, address):
        self.process = bed.start("pings", "lac", sys.executable, "-B", __file__, "--ping", address)
        self.log = open(self.process.log_path, "rb")
        self.rest = b""
        self.last = self.steady_since = None
        self.mark()

    def mark(self):
        """The longest time without an answer counts from here; one that has begun counts whole."""
        self.longest, self.longest_end = 0, None

    def read(self):
        *lines, self.rest = (self.rest + self.log.read()).split(b"\n")
        for now in map(float, lines):
            gap = math.inf if self.last is None else now - self.last
            if gap > BREAK:
                self.steady_since = now
            if gap > self.longest:
                self.longest, self.longest_end = gap, now
            self.last = now

    def steady(self, since=0):
        """Answers without a break, for long enough after since, and now."""
        assert self.process.alive(), self.process.log
        now = time.monotonic()
        self.read()
        return (self.last is not None and now - self.last < BREAK
                and now - max(self.steady_since, since) >= STEADY)

    def close(self):
        self.process.kill()
        self.log.close()


class Ours:
    def __init__(self, bed):
        self.bed = bed
        self.service = Service(bed, debug=False)
        self.profile = Profile(persist=True)
        wait_for_idle_pppd()
        self.profile.call("Connect")
        self.profile.wait_for_state(CONNECTED)
        wait_for(lambda: len(netns.processes("lac", "pppd")) == 2, 30, "the next stand-by pppd")

    def pppd(self):
        return call(self.profile.path, "org.freedesktop.DBus.Properties", "Get",
                    GLib.Variant("(ss)", ("org.l2tp.Session", "PppPid")), "(v)")[0]

    def has_noticed(self):
        return self.profile.get("State") != CONNECTED

    def crash(self):
        self.service.kill()
        self.service = Service(self.bed, debug=False)

    def restart(self):
        self.service.signal(signal.SIGUSR1)  # RestartKillSignal= of the unit
        self.service.wait()
        self.service = Service(self.bed, debug=False)

    def stop(self):
        self.service.stop()


class Theirs:
    def __init__(self, bed):
        # Not bound to an address, so that it may survive a change of address.
        self.lac = Lac(bed, debug=False, redial=True, listen="0.0.0.0").start()
        watch = netns.AddressWatch("lac")
        self.lac.connect()
        watch.wait()
        watch.close()

    def pppd(self):
        pid, = self.lac.pppds()
        return pid

    def has_noticed(self):
        return not self.lac.pppds()

    def crash(self):
        """Its pppd goes with it, as its unit would have it."""
        self.lac.kill()
        self.lac.start().connect()

    def restart(self):
        self.lac.stop()
        self.lac.start().connect()

    def stop(self):
        self.lac.kill()


class Round:
    """What an event may lay its hands on."""

    def __init__(self, bed, client):
        self.bed, self.lns = bed, Lns(bed, debug=False).start()
        self.client = client(bed)
        self.pings = Pings(bed, self.lns.address)
        wait_for(self.pings.steady, 60, "answers to the pings")
        self.deadline = None

    def restart_lns(self):
        Lns(self.bed, debug=False).start()
        return time.monotonic()

    def measure(self, event):
        """Seconds without an answer; seconds of them after the return, or None without one."""
        self.pings.read()
        self.pings.mark()
        begun = time.monotonic()
        self.deadline = begun + GIVE_UP
        try:
            returned = event(self)
            wait_for(lambda: self.pings.steady(max(begun, returned or 0)), self.left(),
                     "answers again")
        except AssertionError:
            if time.monotonic() < self.deadline:
                raise
            return math.inf, None
        return self.pings.longest, returned and max(0, self.pings.longest_end - returned)

    def left(self):
        return max(0, self.deadline - time.monotonic())

    def close(self):
        self.pings.close()
        self.bed.netem()
        self.client.stop()


def service_killed(the_round):
    """And back at once, as soon as it has started."""
    the_round.client.crash()


def service_restarted(the_round):
    """As by systemctl."""
    the_round.client.restart()


def pppd_killed(the_round):
    os.kill(the_round.client.pppd(), signal.SIGKILL)


def pppd_faulted(the_round):
    os.kill(the_round.client.pppd(), signal.SIGSEGV)


def pppd_terminated(the_round):
    os.kill(the_round.client.pppd(), signal.SIGTERM)


def lcp_terminated(the_round):
    """The LNS's pppd ends: LCP Terminate-Request, and xl2tpd's CDN."""
    pid, = the_round.lns.pppds()
    os.kill(pid, signal.SIGTERM)


def cdn_sent(the_round):
    (_, session_id), = netns.l2tp_session_ids("lns")
    the_round.lns.command(f"h {session_id}")


def stopccn_sent(the_round):
    """By an LNS that stays."""
    (tunnel_id, _), = netns.l2tp_session_ids("lns")
    the_round.lns.command(f"d {tunnel_id}")


def lns_killed(the_round):
    """And back at once, with no memory of the tunnel."""
    the_round.lns.kill()
    return the_round.restart_lns()


def lns_stopped(the_round):
    """StopCCN; away for as long as its pppd takes to end, seconds."""
    the_round.lns.stop()
    return the_round.restart_lns()


def link_lost(the_round):
    the_round.bed.link(False)
    time.sleep(LINK_DOWN)
    the_round.bed.link(True)
    return time.monotonic()


def address_changed(the_round):
    run("ip", "-n", "lac", "addr", "del", f"{LAC}/24", "dev", "v0")
    run("ip", "-n", "lac", "addr", "add", f"{NEW_ADDRESS}/24", "dev", "v0")


def route_moved(the_round):
    """There is a better way to the LNS, by another interface; the old one stays."""
    the_round.bed.add_uplink()
    run("ip", "-n", "lac", "route", "add", LNS, "via", UPLINK_LNS, "dev", "w0")


def lns_silent(the_round, directions=("lac", "lns")):
    """Nothing passes, until the client has noticed."""
    the_round.bed.netem(loss=100, directions=directions)
    wait_for(the_round.client.has_noticed, the_round.left(), "it notices", interval=0.05)
    the_round.bed.netem()
    return time.monotonic()


def lns_unheard(the_round):
    return lns_silent(the_round, directions=("lns",))


EVENTS = {
    "service-kill": (service_killed, "service SIGKILL, restarted"),
    "service-restart": (service_restarted, "service restarted"),
    "pppd-kill": (pppd_killed, "pppd SIGKILL"),
    "pppd-fault": (pppd_faulted, "pppd SIGSEGV"),
    "pppd-term": (pppd_terminated, "pppd SIGTERM"),
    "lcp-terminate": (lcp_terminated, "LCP terminate from the LNS"),
    "cdn": (cdn_sent, "CDN"),
    "stopccn": (stopccn_sent, "StopCCN"),
    "lns-kill": (lns_killed, "LNS killed and restarted"),
    "lns-stop": (lns_stopped, "LNS stopped and restarted"),
    "link": (link_lost, f"link down for {LINK_DOWN} s"),
    "address": (address_changed, "another address"),
    "route": (route_moved, "another interface"),
    "silent": (lns_silent, "LNS silent until noticed"),
    "unheard": (lns_unheard, "the same, one direction"),
}
CLIENTS = {"ours": Ours, "xl2tpd": Theirs}


def measure_once(event, client):
    with Bed() as bed:
        the_round = Round(bed, client)
        try:
            return the_round.measure(event)
        finally:
            the_round.close()


def in_seconds(value):
    return f"> {GIVE_UP}" if math.isinf(value) else f"{value:.2f}"


def ratio(ours, theirs):
    if math.isinf(ours) or ours == 0:
        return ""
    return f"> {GIVE_UP / ours:.1f}" if math.isinf(theirs) else f"{theirs / ours:.1f}"


def row(what, values, who):
    """values: by client, one for each round."""
    medians = {client: statistics.median(values[client]) for client in who}
    line = f"{what:30}" + "".join(f"{in_seconds(medians[client]):>10}" for client in who)
    if len(who) == 2:
        line += f"{ratio(medians['ours'], medians['xl2tpd']):>10}"
    return line + "   " + "; ".join(
        client + " " + " ".join(map(in_seconds, sorted(values[client]))) for client in who)


def show(name, results, who):
    print(row(EVENTS[name][1], {client: [gap for gap, _ in results[client]] for client in who}, who))
    after = {client: [after for _, after in results[client] if after is not None] for client in who}
    if all(after.values()):
        print(row("  of it after the return", after, who))
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/outage")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--events", default=",".join(EVENTS), help="with commas: %(default)s")
    parser.add_argument("--who", default="ours,xl2tpd", help="clients, with commas")
    options = parser.parse_args()
    who = [client for client in CLIENTS if client in options.who.split(",")]
    names = options.events.split(",")
    if not who or set(names) - set(EVENTS):
        parser.error("--events: some of " + ",".join(EVENTS) + "; --who: some of " + ",".join(CLIENTS))
    print(f"{'seconds without an answer':30}" + "".join(f"{client:>10}" for client in who)
          + (f"{'ratio':>10}" if len(who) == 2 else "") + f"   {options.rounds} rounds, each",
          flush=True)
    for name in names:
        results = {client: [] for client in who}
        for _ in range(options.rounds):
            for client in who:
                results[client].append(measure_once(EVENTS[name][0], CLIENTS[client]))
                print(f"{name}, {client}: {in_seconds(results[client][-1][0])}", file=sys.stderr,
                      flush=True)
        show(name, results, who)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--ping"]:
        ping(sys.argv[2])
    else:
        main()
