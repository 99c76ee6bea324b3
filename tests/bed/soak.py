# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""Random events for a connection that is to stay up (design section 6): everything follows from a
seed, but for how long the real pppd and the real LNS take. After each event the VPN comes back in
time; at the end the service is as large as it was. tests/bed/soak runs it for long,
test_soak.py for a minute.

An event is a function that does it, and may return what undoes it: the VPN comes back before and
after that. One that finds nothing to hit returns False. It is a row of EVENTS with its deadline, and
nothing else knows it; Soak.service may be replaced by an event.

The LNS is at an address of its own, behind either of two links, so that its route can move."""

import argparse
import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

import netns
from bed import Bed, run, wait_for
from service import Service, cli, status
from traffic import Background, OneWay
from xl2tpd import Lns

GATEWAY = "10.99.0.1"
INNER = "10.88.0.0/16"  # behind the LNS, and dropped while the VPN is down
LINKS = {"v": "10.9.0", "w": "10.8.0"}  # v0 in lac, v1 in lns; the first one is the better way
STALE = 120  # seconds until an LNS whose packets were lost has forgotten a tunnel: Hello and retries
GRACE = 40  # seconds until nothing lingers (XPRT-13)
CLOSE_TOGETHER = 0.25  # the share of events that another one follows before the VPN is back
GROWTH = {"rss": 1024, "pss": 1024}  # KiB that the heap may be more scattered than after warming up
STABLE = 10  # seconds of being up after which the service forgets how often it has failed …
PAUSE = 60  # … and so for how long it may wait before the next attempt
PPPDS = 2  # one at work and one on stand-by


# --- The events ---------------------------------------------------------------------------------

def pppd_ends(number):
    def event(soak):
        pid = soak.status()["pppd_pid"]
        with contextlib.suppress(ProcessLookupError):
            return os.kill(pid, number) if pid else False
        return False
    return event


def all_pppds_killed(soak):
    for pid in netns.processes("lac", "pppd"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def lcp_terminated(soak):
    """The LNS's pppd ends: LCP Terminate-Request, and xl2tpd's CDN."""
    pids = soak.lns.pppds()
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    return None if pids else False


def lns_says(verb, which):
    """xl2tpd's commands: h and a session is a CDN, d and a tunnel a StopCCN."""
    def event(soak):
        ids = netns.l2tp_session_ids("lns")
        if not ids:
            return False
        return soak.lns.command(f"{verb} {soak.random.choice(ids)[which]}")
    return event


def lns_restarted(soak):
    """Without a word, and without memory."""
    soak.lns.kill()
    soak.lns.start()


def lns_away(soak):
    """Its port is closed for a while."""
    (soak.lns.kill if soak.chance(0.5) else soak.lns.stop)()
    soak.pause(1, 12)
    soak.lns.start()


def lns_frozen(soak):
    """It takes everything and answers nothing; and later all at once."""
    soak.lns.freeze()
    soak.pause(1, 20)
    soak.lns.thaw()


def lost(*namespaces):
    """Everything that these send is lost for a while."""
    def event(soak):
        soak.shape("loss 100%", *namespaces)
        soak.pause(1, 30)
        soak.shape(None, *namespaces)
    return event


def bad_line(soak):
    """Loss, reordering, duplicates and delay of both directions, until undone."""
    draw = soak.random.randint
    soak.shape(f"delay {draw(5, 60)}ms {draw(1, 20)}ms loss {draw(1, 12)}% "
               f"duplicate {draw(0, 10)}% reorder {draw(0, 25)}%", "lac", "lns")
    return lambda: soak.shape(None, "lac", "lns")


def link_lost(soak):
    """The better link; there is another one."""
    soak.link("v", False)
    return lambda: soak.link("v", True)


def no_network(soak):
    for name in LINKS:
        soak.link(name, False)
    soak.pause(0.5, 15)
    for name in LINKS:
        soak.link(name, True)


def link_flaps(soak):
    """Too short for anybody to do something about it."""
    for _ in range(soak.random.randint(1, 4)):
        soak.link("v", False)
        soak.pause(0, 0.3)
        soak.link("v", True)
        soak.pause(0, 0.3)


def address_changed(soak):
    run("ip", "-n", "lac", "-4", "addr", "flush", "dev", "v0")
    soak.pause(0, 1)
    soak.address("v", soak.random.randint(10, 200))


def route_moved(soak):
    run("ip", "-n", "lac", "route", "del", "default", "dev", "v0", check=False)
    return lambda: soak.default_route("v")


def small_mtu(soak):
    for ns, device in (("lac", "v0"), ("lns", "v1")):
        run("ip", "-n", ns, "link", "set", device, "mtu", soak.random.randint(1280, 1450))

    def undo():
        for ns, device in (("lac", "v0"), ("lns", "v1")):
            run("ip", "-n", ns, "link", "set", device, "mtu", "1500")
    return undo


def user_reconnects(soak):
    cli(soak.bed, "down", "work", check=True)
    soak.nothing_left()
    soak.pause(0, 1)
    cli(soak.bed, "up", "work", "-w", "0", check=True)


def user_changes_his_mind(soak):
    """up and down at once, in any stage."""
    for _ in range(soak.random.randint(1, 4)):
        cli(soak.bed, "down", "work", check=True)
        cli(soak.bed, "up", "work", "-w", "0", check=True)
        soak.pause(0, 0.4)


def up_in_a_pause(soak):
    """The user does not wait for the next attempt."""
    soak.lns.stop()
    with contextlib.suppress(AssertionError):  # it may be in the middle of a long attempt
        wait_for(lambda: soak.status()["next_retry"], 15, "a pause")
    soak.lns.start()
    cli(soak.bed, "up", "work", "-w", "0", check=False)


def profile_edited(soak):
    cli(soak.bed, "edit", "work", f"mtu={soak.random.randint(1200, 1400)}",
        f"lcp-echo-interval={soak.random.randint(5, 30)}", check=True)


def read_again(soak):
    soak.service.signal(signal.SIGHUP)


def service_ends(number):
    """And the next one finds what it had."""
    def event(soak):
        soak.service.signal(number)
        soak.service.wait()
        soak.service = Service(soak.bed)
    return event


Event = namedtuple("Event", "function deadline unheard", defaults=(0,))

# The deadline is in seconds on a machine that is busy with other things, from the moment when what
# was away is there again. Up to 60 s of pause (design section 6) follow a long absence. unheard: how
# many tunnels may end without the LNS being told, so that it keeps them for a while.
EVENTS = {
    "pppd-kill": Event(pppd_ends(signal.SIGKILL), 20),
    "pppd-segv": Event(pppd_ends(signal.SIGSEGV), 20),
    "pppd-term": Event(pppd_ends(signal.SIGTERM), 20),
    "pppd-kill-all": Event(all_pppds_killed, 20),
    "lcp-terminate": Event(lcp_terminated, 20),
    "cdn": Event(lns_says("h", 1), 20),
    "stopccn": Event(lns_says("d", 0), 30),
    "lns-restart": Event(lns_restarted, 40),
    "lns-away": Event(lns_away, 50),
    "lns-frozen": Event(lns_frozen, 60, 2),
    "silence": Event(lost("lac", "lns"), 75, 2),
    "one-way-up": Event(lost("lac"), 75, 2),
    "one-way-down": Event(lost("lns"), 75, 2),
    "bad-line": Event(bad_line, 60, 2),
    "link": Event(link_lost, 30, 2),
    "no-network": Event(no_network, 30, 2),
    "flaps": Event(link_flaps, 30, 2),
    "address": Event(address_changed, 30, 2),
    "route": Event(route_moved, 30, 2),
    "mtu": Event(small_mtu, 20),
    "reconnect": Event(user_reconnects, 20),
    "change-of-mind": Event(user_changes_his_mind, 20),
    "up-in-a-pause": Event(up_in_a_pause, 30),
    "edit": Event(profile_edited, 10),
    "reload": Event(read_again, 10),
    "service-kill": Event(service_ends(signal.SIGKILL), 20),
    "service-restart": Event(service_ends(signal.SIGUSR1), 20),
}

AT_ONCE = {"link", "no-network", "flaps", "address", "route"}  # whatever has failed before


# --- What must be true --------------------------------------------------------------------------

class Watch(Background):
    """Sees at any time what must never be: two sessions, or a pppd too many for longer than one
    takes to die."""

    def __init__(self):
        super().__init__(0.05)
        self.found, self.too_many, self.number = [], 0, 0

    def once(self):
        self.number += 1
        seen = netns.l2tp_sessions("lac")
        if len(seen) > 1:
            self.found.append(f"two sessions: {seen}")
        if self.number % 4 == 0:
            self._count_pppds(netns.processes("lac", "pppd"))

    def _count_pppds(self, pids):
        self.too_many = self.too_many + 1 if len(pids) > PPPDS else 0
        if self.too_many == 10:
            self.found.append(f"{len(pids)} pppds for two seconds: {pids}")

    def check(self):
        assert not self.found, self.found


def our_routes():
    return run("ip", "-n", "lac", "route", "show", "proto", "76").splitlines()


def udp_sockets(service):
    """Those of tunnels that are over acknowledge for a while what an LNS repeats (XPRT-13)."""
    inodes = {f"socket:[{inode}]" for inode in netns.udp_inodes("lac")}
    return [target for target in service.descriptors().values() if target in inodes]


def size_of(service):
    """KiB, descriptors without those of udp_sockets(), and threads of a service."""
    memory = Path(f"/proc/{service.pid}/smaps_rollup").read_text()
    return {**{name: int(re.search(rf"^{name}:\s+(\d+)", memory, re.M | re.I)[1])
               for name in GROWTH},
            "descriptors": len(service.descriptors()) - len(udp_sockets(service)),
            "threads": len(os.listdir(f"/proc/{service.pid}/task"))}


# --- The run ------------------------------------------------------------------------------------

class Soak:
    """warm_up: events before the service is measured for the first time; names: of EVENTS; scale: of
    how long things last."""

    def __init__(self, bed, seed, warm_up, names=None, tell=print, scale=1):
        self.bed, self.seed, self.warm_up, self.tell = bed, seed, warm_up, tell
        self.random, self.scale = random.Random(seed), scale
        self.names, self.deck = list(names or EVENTS), []
        self.longest, self.count, self.unheard, self.first_size = {}, 0, [], None
        self.down = set()
        self.back_at = time.monotonic()
        self._second_link()
        self.lns = Lns(bed, listen=GATEWAY).start()
        self.service = Service(bed)
        self.watch = Watch()
        cli(bed, "add", "work", f"gateway={GATEWAY}", "user=alice", "persist=yes",
            f"routes={INNER}", "kill-switch=yes", "--password-file", "-", stdin="s3cret\n", check=True)

    def _second_link(self):
        run("ip", "link", "add", "w0", "netns", "lac", "type", "veth", "peer", "name", "w1",
            "netns", "lns")
        run("ip", "-n", "lns", "addr", "add", f"{LINKS['w']}.2/24", "dev", "w1")
        run("ip", "-n", "lns", "addr", "add", f"{GATEWAY}/32", "dev", "lo")
        run("ip", "-n", "lns", "link", "set", "w1", "up")
        run("ip", "-n", "lac", "link", "set", "w0", "up")
        self.address("w", 1)
        self.default_route("v")

    # What the events use.

    def status(self):
        return status(self.bed, "work")

    def chance(self, share):
        return self.random.random() < share

    def pause(self, least, most):
        """How long something lasts: part of the event, nothing is waited for."""
        time.sleep(self.random.uniform(least, most) * self.scale)

    def default_route(self, link):
        """A link that is down has none; it gets it when it is up."""
        if link in self.down:
            return
        run("ip", "-n", "lac", "route", "replace", "default", "via", f"{LINKS[link]}.2", "dev",
            f"{link}0", "metric", 100 if link == "v" else 200)

    def address(self, link, last):
        run("ip", "-n", "lac", "addr", "replace", f"{LINKS[link]}.{last}/24", "dev", f"{link}0")
        self.default_route(link)

    def link(self, link, up):
        run("ip", "-n", "lac", "link", "set", f"{link}0", "up" if up else "down")
        if up:
            self.down.discard(link)
            self.default_route(link)
        else:
            self.down.add(link)

    def shape(self, what, *namespaces):
        """tc-netem's words for what leaves these namespaces, None for a good line."""
        for ns in namespaces:
            for link in LINKS:
                at = ["tc", "-n", ns, "qdisc"]
                device = f"{link}{0 if ns == 'lac' else 1}"
                run(*at, "del", "dev", device, "root", check=False)
                if what:
                    run(*at, "add", "dev", device, "root", "netem", *what.split())

    def nothing_left(self):
        """After a user's down: the stand-by pppd only."""
        def left():
            return (netns.l2tp_tunnels("lac") + self.bed.ppp_interfaces()
                    + netns.processes("lac", "pppd")[1:] + our_routes())
        wait_for(lambda: not left(), 10, "everything of the call is gone")

    # What is checked.

    def answers(self):
        """Connected, and a ping through the interface: the LNS's inner address is its own."""
        assert self.service.alive(), "the service has ended"
        self.watch.check()
        info = self.status()
        assert info["state"] not in ("failed", "disconnected"), \
            f"{info['state']}: {info['last_error']}"
        if info["state"] != "connected" or not info["interface"]:
            return False
        answer = self.bed.exec("lac", "ping", "-n", "-c", "1", "-W", "1", "-I", info["interface"],
                               self.lns.address, check=False)
        return " 0% packet loss" in answer and self.routes_are_right(info["interface"])

    def routes_are_right(self, device):
        """The LNS by an uplink, what is inside by the VPN or not at all, and nothing else."""
        lns, inner = [], set()
        for route in our_routes():
            words = route.split()
            if words[0] == GATEWAY:
                lns.append(route)
            else:
                inner.add(" ".join(words[:3]))
        return len(lns) == 1 and inner == {f"{INNER} dev {device}", f"unreachable {INNER} metric"}

    def one_session_at_lns(self):
        """As soon as the LNS can know."""
        now = time.monotonic()
        self.unheard = [(at, n) for at, n in self.unheard if now - at < STALE]
        most = 1 + sum(n for _, n in self.unheard)
        wait_for(lambda: len(netns.l2tp_sessions("lns")) <= most, 20,
                 f"{most} sessions at most at the LNS")

    def recover(self, deadline):
        begun = time.monotonic()
        wait_for(self.answers, deadline, "connected, and a ping answered", interval=0.1)
        self.back_at = time.monotonic()
        took = self.back_at - begun
        self.one_session_at_lns()
        return took

    def settle(self):
        """Down, and the next pppd on stand-by; then what the service is made of."""
        cli(self.bed, "down", "work", check=True)
        self.nothing_left()
        wait_for(lambda: len(netns.processes("lac", "pppd")) == 1, 10, "a stand-by pppd")
        # GLib's idle threads end by themselves.
        threads = self.first_size["threads"] if self.first_size else 4
        wait_for(lambda: size_of(self.service)["threads"] <= threads, GRACE, "idle threads end")
        size = size_of(self.service)
        self.tell(f"quiet: {size}")
        return size

    # What happens.

    def draw(self):
        """Every event comes once before one comes again."""
        if not self.deck:
            self.deck = self.random.sample(self.names, len(self.names))
        return self.deck.pop()

    def one_event(self):
        """Or two, close together; both are undone, the last one first."""
        names, undo = [self.draw()], []
        if self.chance(CLOSE_TOGETHER):
            names.append(self.draw())
        stable = time.monotonic() - self.back_at > STABLE
        deadline = 0 if stable or set(names) <= AT_ONCE else PAUSE
        label, hit = " + ".join(names), None
        for name in names:
            hit = EVENTS[name].function(self)
            undo += [hit] if callable(hit) else []
            deadline += EVENTS[name].deadline
            self.unheard.append((time.monotonic(), EVENTS[name].unheard))
            if name is not names[-1]:
                self.pause(0, 1.5)
        took = self.recover(deadline)
        for again in reversed(undo):
            again()
        if undo:
            took = max(took, self.recover(deadline))
        self.longest[label] = max(took, self.longest.get(label, 0))
        self.tell(f"{self.count:4} {label}: {took:.1f} s{' (nothing to hit)' if hit is False else ''}")

    def load(self):
        """A stream that may end as it likes."""
        return self.bed.start("iperf", "lac", "timeout", "20", "iperf3", "-c", self.lns.address,
                              "-t", self.random.randint(1, 8), "-b", "2M")

    def measure_first(self):
        self.first_size = self.settle()
        cli(self.bed, "up", "work", check=True)

    def compare(self):
        last = self.settle()
        for name, value in last.items():
            assert value <= self.first_size[name] + GROWTH.get(name, 0), \
                f"{name}: {self.first_size} became {last}"
        wait_for(lambda: not udp_sockets(self.service), GRACE, "nothing lingers")

    def run(self, is_over):
        """is_over (number of events so far)"""
        server = self.bed.start("iperf-server", "lns", "iperf3", "-s", "--forceflush")
        server.wait_for_log("listening")
        cli(self.bed, "up", "work", check=True)
        with self.watch, OneWay(self.lns.address, interval=0.05):
            while not is_over(self.count):
                if self.count == self.warm_up:
                    self.measure_first()
                self.count += 1
                if self.chance(0.3):
                    self.load()
                self.one_event()
                self.pause(0, 3 if self.chance(0.7) else 2 * STABLE)
            self.recover(10)
            self.watch.check()
        self.compare()
        self.no_complaints()
        cli(self.bed, "delete", "work", check=True)
        wait_for(lambda: not netns.processes("lac", "pppd"), 10, "the stand-by pppd ends")
        self.bed.assert_nothing_left(self.service)
        self.service.stop()

    def no_complaints(self):
        lines = [line for line in self.service.log.splitlines()
                 if "CRITICAL" in line or "assertion" in line]
        assert not lines, lines

    def run_and_tell_seed(self, is_over):
        try:
            self.run(is_over)
        except (AssertionError, OSError, subprocess.SubprocessError) as error:
            raise AssertionError(f"event {self.count} of seed {self.seed}: {error}") from error


def main():
    parser = argparse.ArgumentParser(prog="tests/bed/soak", description=__doc__.split("\n\n")[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--scale", type=float, default=1, help="of how long things last")
    parser.add_argument("--events", help="some, with commas: " + ", ".join(EVENTS))
    options = parser.parse_args()
    names = options.events.split(",") if options.events else None
    if set(names or ()) - set(EVENTS):
        parser.error("--events: some of " + ", ".join(EVENTS))
    end = time.monotonic() + options.minutes * 60
    print(f"seed {options.seed}", flush=True)
    with Bed() as bed:
        soak = Soak(bed, options.seed, len(names or EVENTS) // 2, names,
                    lambda text: print(text, flush=True), options.scale)
        soak.run_and_tell_seed(lambda count: time.monotonic() > end and count > soak.warm_up)
        slowest = sorted(soak.longest.items(), key=lambda item: -item[1])[:5]
        print(f"{soak.count} events; the slowest: "
              + ", ".join(f"{name} {took:.1f} s" for name, took in slowest))


if __name__ == "__main__":
    sys.exit(main())
