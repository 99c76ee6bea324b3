# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""service/ip and the monitor of the way to the LNS, on real routes. The VPN is a dummy interface
or, for what only PPP does, a pair of pppds; ip-probe does what the service will do."""

import itertools
import os
import re
import signal
import socket
import struct
import sys
import threading
from pathlib import Path

import pytest

import netns
from bed import LAC, LNS, LNS6, run, wait_for
from service import cli, status
from test_connect import add
from xl2tpd import Lns

sys.path.append(str(Path(__file__).resolve().parent.parent / "bus"))
import mocks

mocks.PROBE = Path(os.environ["BED_BUILD"]) / "tests/bed/ip-probe"

FAR = "192.0.2.1"  # an LNS behind a router
FAR6 = "2001:db8:5::1"
INNER = "10.77.0.10"


class Host:
    """lac as a host with one uplink, v0 to the router lns, a second, w0, and a VPN, vpn0."""

    def __init__(self, bed):
        self.bed = bed
        self.ip("route", "add", "default", "via", LNS, "dev", "v0", "metric", 100)
        self.ip("-6", "route", "add", "default", "via", LNS6, "dev", "v0", "metric", 100)
        run("ip", "-n", "lns", "addr", "add", f"{FAR}/32", "dev", "lo")
        run("ip", "-n", "lns", "addr", "add", f"{FAR6}/128", "dev", "lo", "nodad")
        run("ip", "-n", "lns", "addr", "add", "198.51.100.7/32", "dev", "lo")
        # Without addresses that the kernel has to check first, and routes that come with them.
        self.ip("-6", "addr", "flush", "dev", "v0", "scope", "link")
        run("ip", "link", "add", "w0", "netns", "lac", "type", "veth", "peer", "name", "w1",
            "netns", "lns")
        self.ip("link", "set", "w0", "addrgenmode", "none")
        self.ip("addr", "add", "10.8.0.1/24", "dev", "w0")
        run("ip", "-n", "lns", "addr", "add", "10.8.0.2/24", "dev", "w1")
        self.ip("link", "set", "w0", "up")
        run("ip", "-n", "lns", "link", "set", "w1", "up")
        self.vpn(INNER, "10.77.0.1")
        self.probes = []

    def ip(self, *words, check=True):
        return run("ip", "-n", "lac", *words, check=check)

    def vpn(self, address, peer):
        self.ip("link", "add", "vpn0", "type", "dummy")
        self.ip("link", "set", "vpn0", "addrgenmode", "none")
        self.ip("link", "set", "vpn0", "mtu", 1400, "up")
        self.ip("addr", "add", address, "peer", peer, "dev", "vpn0")

    def tables(self):
        return {family: self.ip(family, "route", "show", "table", "all") for family in ("-4", "-6")}

    def ours(self):
        """Our routes, one a line."""
        text = "".join(self.ip(family, "route", "show", "table", "all", "proto", 76)
                       for family in ("-4", "-6"))
        return [re.sub(r" (pref medium|scope link|dev lo)", "", line).strip()
                for line in text.splitlines()]

    def route_to(self, address):
        return self.ip("route", "get", address, check=False).splitlines()[0].strip()

    def probe(self):
        probe = mocks.Probe(dict(os.environ), ["ip", "netns", "exec", "lac"])
        self.probes.append(probe)
        return probe

    def close(self):
        for probe in self.probes:
            (self.bed.out / "probe.log").write_text("\n".join(probe.seen))
            probe.stop()


@pytest.fixture
def host(bed):
    the_host = Host(bed)
    yield the_host
    the_host.close()


def start(host, options, lns=FAR):
    """A probe that knows options and uplink."""
    probe = host.probe()
    assert probe.do(f"config ip-config=service {options}") == "done"
    assert probe.do(f"uplink {lns}").startswith("dev v0")
    return probe


# --- The way to the LNS ----------------------------------------------------------------------


def test_uplink(host):
    probe = host.probe()
    for lns, answer in (
            (FAR, f"dev v0 via {LNS} src {LAC} mtu 1500"),
            (LNS, f"dev v0 via - src {LAC} mtu 1500"),
            (FAR6, f"dev v0 via {LNS6} src fd09::1 mtu 1500"),
            (LAC, f"dev v0 via - src {LAC} mtu 1500 local"),
            (f"{FAR} v0 {LAC}", f"dev v0 via {LNS} src {LAC} mtu 1500"),
            (f"{FAR} w0", "none"),
            (f"{LNS} v0 10.9.0.77", "none"),
            (f"{LNS} nothere0", "none")):
        assert probe.do(f"uplink {lns}") == answer, lns


def test_uplink_events(host):
    """Every kind of change is told, and what changes nothing is not."""
    probe = host.probe()
    probe.do(f"uplink {FAR}")
    host.ip("route", "add", "default", "via", "10.8.0.2", "dev", "w0", "metric", 50)
    assert "dev w0 via 10.8.0.2 src 10.8.0.1" in probe.expect("changed dev w0")
    host.ip("route", "add", f"{FAR}/32", "via", LNS)
    probe.expect(f"changed dev v0 via {LNS}")
    host.ip("route", "del", f"{FAR}/32", "via", LNS)
    probe.expect("changed dev w0")
    host.ip("rule", "add", "to", FAR, "unreachable", "pref", 100)
    probe.expect("changed none")
    host.ip("rule", "del", "to", FAR, "unreachable", "pref", 100)
    probe.expect("changed dev w0")
    host.ip("link", "set", "w0", "mtu", 1300)
    probe.expect("src 10.8.0.1 mtu 1300")
    host.ip("link", "set", "w0", "down")
    probe.expect(f"changed dev v0 via {LNS}")
    host.ip("addr", "del", f"{LAC}/24", "dev", "v0")
    probe.expect("changed none")
    host.ip("addr", "add", f"{LAC}/24", "dev", "v0")
    host.ip("route", "add", "default", "via", LNS)
    probe.expect(f"changed dev v0 via {LNS}")
    told = len([line for line in probe.seen if line.startswith("changed")])
    host.ip("route", "add", "198.51.100.0/24", "via", LNS)
    host.ip("addr", "add", "10.88.0.1/24", "dev", "vpn0")
    probe.do("check")
    assert len([line for line in probe.seen if line.startswith("changed")]) == told
    probe.send("overrun")
    probe.expect(f"changed dev v0 via {LNS}")


def test_lost_events(host):
    """More events than the kernel keeps for us: the change among them is found nevertheless."""
    probe = host.probe()
    probe.do(f"uplink {FAR}")
    batch = "".join(f"route add 10.200.{n // 250}.{n % 250} via {LNS}\n" for n in range(12000))
    probe.signal(signal.SIGSTOP)
    run("ip", "-n", "lac", "-batch", "-", input=batch)
    host.ip("route", "add", "default", "via", "10.8.0.2", "dev", "w0", "metric", 50)
    sockets = [line.split() for line in netns.proc_net("lac", "netlink").splitlines()]
    assert any(int(line[8]) > 0 for line in sockets[1:]), "none was lost"
    probe.signal(signal.SIGCONT)
    probe.expect("changed dev w0")


def test_policy_routing(host):
    """The kernel's rules count: a table of one's own for the LNS."""
    probe = host.probe()
    probe.do(f"uplink {FAR}")
    host.ip("route", "add", "default", "via", "10.8.0.2", "dev", "w0", "table", 1000)
    host.ip("rule", "add", "to", FAR, "lookup", 1000, "pref", 100)
    probe.expect("changed dev w0 via 10.8.0.2")


def test_carrier(host):
    """A link without a carrier is no uplink although its routes are there."""
    probe = host.probe()
    probe.do(f"uplink {FAR}")
    run("ip", "-n", "lns", "link", "set", "v1", "down")
    probe.expect("changed none")
    host.ip("route", "add", "default", "via", "10.8.0.2", "dev", "w0", "metric", 600)
    probe.expect("changed dev w0")
    run("ip", "-n", "lns", "link", "set", "v1", "up")
    probe.expect("changed dev v0")


# --- Routes ----------------------------------------------------------------------------------

OPTIONS = ["", "default-route=yes", "routes=10.0.0.0/8,fd20::/32 ipv6=yes",
           "default-route=yes ipv6=yes kill-switch=yes routes=10.20.0.0/16,0.0.0.0/0"]


def test_undone_exactly(host):
    before = host.tables()
    for lns, options in itertools.product((FAR, FAR6, LNS), OPTIONS):
        probe = start(host, options, lns)
        for command in ("up vpn0 ipv6 mtu=1400", "down", "hold", "up vpn0 ipv6 mtu=1400", "hold",
                        "up vpn0 mtu=1400", "down"):
            assert probe.do(command) == "done", (lns, options, command)
        assert host.tables() == before, (lns, options)
        assert probe.do("down") == "done"
        assert host.tables() == before, (lns, options)
        probe.stop()


def test_everything(host):
    """The two halves beat any default route, and the LNS keeps its way."""
    host.ip("route", "add", "default", "via", LNS)  # of metric 0: nothing beats it by metric
    probe = start(host, "default-route=yes")
    assert probe.do("up vpn0") == "done"
    assert host.ours() == ["0.0.0.0/1 dev vpn0 metric 50", "128.0.0.0/1 dev vpn0 metric 50",
                           f"{FAR} via {LNS} dev v0 metric 50"]
    assert "dev vpn0 src 10.77.0.10" in host.route_to("198.51.100.7")
    assert f"via {LNS} dev v0" in host.route_to(FAR)
    assert "dev v0" in host.route_to(LNS)
    assert f"via {LNS6} dev v0" in host.route_to("2001:db8:9::9")


def test_taken(host):
    """A route of others with the same metric stays; ours takes the next."""
    host.ip("route", "add", "10.20.0.0/16", "via", LNS, "metric", 50)
    host.ip("-6", "route", "add", "fd20::/32", "via", LNS6, "metric", 50)
    before = host.tables()
    probe = start(host, "routes=10.20.0.0/16,fd20::/32 ipv6=yes")
    assert probe.do("up vpn0 ipv6") == "done"
    assert [line for line in host.ours() if "metric 51" in line] == [
        "10.20.0.0/16 dev vpn0 metric 51", "fd20::/32 dev vpn0 metric 51"]
    assert probe.do("down") == "done"
    assert host.tables() == before


def test_two_connections(host):
    """To one LNS: each has its own host route, and the one that goes leaves the other's."""
    before = host.tables()
    first, second = start(host, "routes=10.20.0.0/16"), start(host, "routes=10.30.0.0/16")
    host.ip("link", "add", "vpn1", "type", "dummy")
    host.ip("link", "set", "vpn1", "up")
    assert first.do("up vpn0") == "done" and second.do("up vpn1") == "done"
    assert f"{FAR} via {LNS} dev v0 metric 51" in host.ours()
    assert first.do("down") == "done"
    assert host.ours() == ["10.30.0.0/16 dev vpn1 metric 50", f"{FAR} via {LNS} dev v0 metric 51"]
    assert second.do("down") == "done"
    host.ip("link", "del", "vpn1")
    assert host.tables() == before


def test_under_another(host):
    """A connection that routes everything, or drops everything, is no way to another one's LNS and
    not in its way."""
    host.ip("link", "add", "vpn1", "type", "dummy")
    host.ip("link", "set", "vpn1", "up")
    first = start(host, "default-route=yes kill-switch=yes", "198.51.100.7")
    assert first.do("up vpn0") == "done"
    second = start(host, "default-route=yes")
    assert "dev vpn0" in host.route_to(FAR)
    assert second.do("hold") == "done"
    assert f"via {LNS} dev v0" in host.route_to(FAR)
    host.bed.ping(FAR)
    assert second.do("up vpn1") == "done"
    assert f"dev v0 via {LNS}" in first.do("check")
    host.ip("link", "del", "vpn0")
    assert first.do("hold") == "done"
    host.bed.ping(FAR)
    host.bed.ping("198.51.100.7")


def test_refused(host):
    """The error names the key; what was done is undone by down."""
    before = host.tables()
    probe = start(host, "routes=10.20.0.0/16,10.30.0.0/16")
    host.ip("link", "set", "vpn0", "down")
    answer = probe.do("up vpn0")
    assert answer.startswith("failed: routes: the kernel refuses the route 10.20.0.0/16 dev vpn0"), \
        answer
    assert "|Compare with “ip route”" in answer
    assert host.ours() == [f"{FAR} via {LNS} dev v0 metric 50"]
    assert probe.do("down") == "done"
    assert host.ours() == []
    host.ip("link", "del", "vpn0")
    host.vpn(INNER, "10.77.0.1")
    assert host.tables() == before


def test_cancelled(host):
    """An operation that is cancelled leaves nothing that down does not know."""
    before = host.tables()
    networks = ",".join(f"10.{n}.0.0/16" for n in range(200))
    probe = start(host, f"routes={networks} kill-switch=yes")
    for _ in range(5):
        probe.send("up vpn0")
        probe.send("cancel")
        probe.send("up vpn0")
        assert probe.do("down") == "done"
        assert host.tables() == before
    ups = [line for line in probe.seen if line.startswith("up ")]
    assert ups.count("up done") == 5 and sum("cancelled" in line for line in ups) == 5, ups


# --- Following the uplink --------------------------------------------------------------------


def test_follows(host):
    """The host route goes where the default route goes."""
    before = host.tables()
    probe = start(host, "default-route=yes")
    probe.send("follow")
    assert probe.do("up vpn0") == "done"
    host.ip("route", "add", "default", "via", "10.8.0.2", "dev", "w0", "metric", 50)
    probe.expect("changed dev w0")
    probe.expect("follow done")
    assert [line for line in host.ours() if FAR in line] == [f"{FAR} via 10.8.0.2 dev w0 metric 51"]
    host.ip("route", "del", "default", "via", "10.8.0.2", "dev", "w0", "metric", 50)
    probe.expect("changed dev v0")
    probe.expect("follow done")
    assert f"via {LNS} dev v0" in host.route_to(FAR)
    assert probe.do("down") == "done"
    assert host.tables() == before


def test_link_down_and_up(host):
    """Without an uplink the VPN does not carry itself; back again, so is the way."""
    probe = start(host, "default-route=yes")
    probe.send("follow")
    assert probe.do("up vpn0") == "done"
    host.ip("link", "set", "v0", "down")
    probe.expect("changed none")
    probe.expect("follow done")
    assert f"unreachable {FAR} metric 50" in host.ours()
    host.ip("link", "set", "v0", "up")
    host.ip("route", "add", "default", "via", LNS, "dev", "v0", "metric", 100)
    probe.expect(f"changed dev v0 via {LNS}")
    probe.expect("follow done")
    assert [line for line in host.ours() if FAR in line] == [f"{FAR} via {LNS} dev v0 metric 51"]


def test_short_interruption(host):
    """So short that the answer is the same before and after: the route is there again."""
    probe = start(host, "default-route=yes")
    probe.send("follow")
    assert probe.do("up vpn0") == "done"
    batch = (f"link set v0 down\nlink set v0 up\n"
             f"route add default via {LNS} dev v0 metric 100\n")
    run("ip", "-n", "lac", "-batch", "-", input=batch)
    wait_for(lambda: f"{FAR} via {LNS} dev v0 metric 50" in host.ours(), 5, "the host route")
    host.ip("route", "del", f"{FAR}/32", "proto", 76)
    wait_for(lambda: f"{FAR} via {LNS} dev v0 metric 50" in host.ours(), 5, "the host route")


# --- The loop --------------------------------------------------------------------------------


@pytest.mark.parametrize("owner", ["service", "external"])
def test_loop(host, owner):
    """The LNS's inner address is its outer one: the kernel's route to it goes."""
    host.ip("link", "del", "vpn0")
    host.vpn(INNER, FAR)
    probe = host.probe()
    assert probe.do(f"config ip-config={owner} default-route=yes") == "done"
    assert "dev vpn0" in probe.do(f"uplink {FAR}")
    assert "dev vpn0" in host.route_to(FAR)
    assert probe.do("up vpn0") == "done"
    assert f"via {LNS} dev v0" in host.route_to(FAR)
    assert f"dev v0 via {LNS} src {LAC}" in probe.do("check")
    assert (f"{FAR} via {LNS} dev v0 metric 50" in host.ours()) and (
        len(host.ours()) == (3 if owner == "service" else 1)), host.ours()
    # pppd sets its address once more: the loop is back, and is told.
    def loop_again():
        host.ip("addr", "del", INNER, "peer", FAR, "dev", "vpn0")
        host.ip("addr", "add", INNER, "peer", FAR, "dev", "vpn0")
        probe.expect("looped")
    loop_again()
    assert probe.do("hold") == "done"
    assert f"via {LNS} dev v0" in host.route_to(FAR)
    probe.send("follow")
    loop_again()
    probe.expect("follow done")
    assert f"via {LNS} dev v0" in host.route_to(FAR)


def test_loop_of_ppp(bed, service):
    """The same with a real pppd: the tunnel lives because its packets stay out of it."""
    lns = Lns(bed, settings=[f"local ip = {LNS}"]).start()
    add(bed, "work", "lcp-echo-interval=1", "lcp-echo-failure=2")
    probe = mocks.Probe(dict(os.environ), ["ip", "netns", "exec", "lac"])
    try:
        assert probe.do("config ip-config=external") == "done"
        assert probe.do(f"uplink {LNS}") == f"dev v0 via - src {LAC} mtu 1500"
        cli(bed, "up", "work", check=True)
        assert probe.do("up ppp0") == "done"
        assert "dev v0" in run("ip", "-n", "lac", "route", "get", LNS)
        assert probe.do("check") == f"dev v0 via - src {LAC} mtu 1500"
        bed.ping(LNS, count=15)  # for longer than it takes echoes to fail
        assert status(bed, "work")["state"] == "connected" and lns.pppds()
    finally:
        probe.stop()


# --- The kill switch -------------------------------------------------------------------------


class Talker(threading.Thread):
    """Sends to addresses from lac all the time, whatever the kernel says."""

    def __init__(self, *addresses):
        super().__init__()
        self.addresses, self.over, self.sent, self.refused = addresses, threading.Event(), 0, 0

    def run(self):
        sockets = {family: netns.socket_in("lac", family, socket.SOCK_DGRAM)
                   for family in (socket.AF_INET, socket.AF_INET6)}
        while not self.over.wait(0.002):
            for address in self.addresses:
                family = socket.AF_INET6 if ":" in address else socket.AF_INET
                try:
                    sockets[family].sendto(b"secret", (address, 9))
                    self.sent += 1
                except OSError:
                    self.refused += 1
        for sock in sockets.values():
            sock.close()


def packets(bed, name):
    return run("tcpdump", "-n", "-r", bed.out / f"{name}.pcap", stderr=-3).splitlines()


def test_kill_switch(host):
    """Nothing that is meant for the VPN leaves by the uplink, from hold to down, whatever becomes
    of the interface; the LNS is reached all the time."""
    bed = host.bed
    probe = start(host, "default-route=yes kill-switch=yes")
    assert probe.do("hold") == "done"
    capture = bed.capture("uplink", device="v0", expression="udp port 9")
    talker = Talker("198.51.100.7", "2001:db8:9::9")
    talker.start()
    try:
        for _ in range(3):
            bed.ping(FAR)
            assert probe.do("up vpn0") == "done"
            bed.ping(FAR)
            host.ip("link", "del", "vpn0")  # the unit is gone, and nobody has been told yet
            wait_for(lambda seen=talker.refused: talker.refused > seen + 20, 10, "refusals")
            assert "No route to host" in host.route_to("198.51.100.7")
            assert probe.do("hold") == "done"
            bed.ping(FAR)
            host.vpn(INNER, "10.77.0.1")
        assert talker.sent > 0 and talker.refused > 0
        capture.stop()
        assert packets(bed, "uplink") == []

        # The proof that the capture would have seen it.
        capture = bed.capture("open", device="v0", expression="udp port 9")
        assert probe.do("down") == "done"
        seen = talker.sent
        wait_for(lambda: talker.sent > seen + 20, 10, "packets by the uplink")
        capture.stop()
        assert packets(bed, "open")
    finally:
        talker.over.set()
        talker.join()


def test_kill_switch_of_routes(host):
    """The same network by another interface does not step in; what is not meant for the VPN goes
    on."""
    host.ip("route", "add", "198.51.100.0/24", "via", LNS, "metric", 100)
    probe = start(host, "routes=198.51.100.0/24 kill-switch=yes")
    assert probe.do("up vpn0") == "done"
    assert "dev vpn0" in host.route_to("198.51.100.7")
    host.ip("link", "del", "vpn0")
    assert "No route to host" in host.route_to("198.51.100.7")
    assert "dev v0" in host.route_to("203.0.113.1")
    assert probe.do("down") == "done"
    assert f"via {LNS} dev v0" in host.route_to("198.51.100.7")


def test_no_ipv6(host):
    """A machine without IPv6 has none to guard."""
    host.bed.exec("lac", "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
    before = host.tables()
    probe = start(host, "default-route=yes kill-switch=yes")
    assert probe.do("up vpn0") == "done"
    assert not [line for line in host.ours() if ":" in line]
    assert probe.do("down") == "done"
    assert host.tables() == before


# --- Another process -------------------------------------------------------------------------


def test_adoption(host):
    """A process that died left everything; the next takes it over as it is, and undoes it."""
    before = host.tables()
    options = "default-route=yes kill-switch=yes routes=10.20.0.0/16"
    first = start(host, options)
    assert first.do("up vpn0 ipv6") == "done"
    state, whole = first.do("state"), host.tables()
    first.kill()
    assert host.tables() == whole

    second = start(host, options)
    assert second.do(f"adopt {state}") == "done"
    monitor = host.bed.start("monitor", "lac", "ip", "monitor", "route")
    mark = ["10.66.0.0/16", "via", LNS]
    def marked(times):
        """A route of the test's own comes by: what came before it has been written, too."""
        host.ip("route", "add", *mark)
        host.ip("route", "del", *mark)
        return monitor.log.count(mark[0]) > times
    wait_for(lambda: marked(0), 10, "ip monitor")
    assert second.do("up vpn0 ipv6") == "done"
    assert second.do("clean keep") == "done"
    wait_for(lambda seen=monitor.log.count(mark[0]): marked(seen), 10, "ip monitor")
    assert "proto 76" not in monitor.log, monitor.log
    assert host.tables() == whole
    assert second.do("state") == state
    assert second.do("down") == "done"
    assert host.tables() == before


def test_cleaning(host):
    """What nobody adopts is cleaned up, and nothing of others."""
    host.ip("route", "add", "10.99.0.0/16", "via", LNS, "metric", 50)
    before = host.tables()
    first = start(host, OPTIONS[-1])
    assert first.do("up vpn0 ipv6") == "done"
    first.kill()
    second = start(host, "routes=10.88.0.0/16")
    assert second.do("up vpn0") == "done"
    assert second.do("clean keep") == "done"
    assert [line for line in host.ours() if FAR not in line] == ["10.88.0.0/16 dev vpn0 metric 50"]
    assert second.do("down") == "done"
    assert host.tables() == before


STATES = [
    "@a{sv} {}", "{'version': <uint32 2>}", "{'version': <'1'>, 'routes': <1>, 'dns': <2>}",
    "{'version': <uint32 1>, 'routes': <@a(yyyyuuuayay) []>, 'dns': <(byte 1, uint32 3, '../x')>}",
    "{'version': <uint32 1>, 'dns': <(byte 0, uint32 0, '')>, 'routes': <[(byte 2, byte 33, "
    "byte 1, byte 0, uint32 0, uint32 50, uint32 3, [byte 1, 2, 3, 4], @ay [])]>}",
    "{'version': <uint32 1>, 'dns': <(byte 0, uint32 0, '')>, 'routes': <[(byte 2, byte 8, "
    "byte 1, byte 0, uint32 0, uint32 50, uint32 3, [byte 1, 2, 3], @ay [])]>}",
]


def test_no_adoption(host):
    probe = start(host, "")
    for state in STATES:
        assert "not as it must be" in probe.do(f"adopt {state}"), state
        assert probe.do("config") == "done"


# --- MTU, IPv6 -------------------------------------------------------------------------------


def mtu_of(host, name="vpn0"):
    return int(re.search(r" mtu (\d+)", host.ip("link", "show", name)).group(1))


def test_mtu(host):
    """As wide as the path has room for, as it changes; what the user says is taken."""
    probe = start(host, "")
    probe.send("follow")
    assert probe.do("up vpn0 mtu=1500 overhead=38") == "done"
    assert mtu_of(host) == 1400
    host.ip("link", "set", "v0", "mtu", 1300)
    probe.expect("mtu 1300")
    probe.expect("follow done")
    assert mtu_of(host) == 1262
    host.ip("link", "set", "v0", "mtu", 1500)
    probe.expect("follow done")
    assert mtu_of(host) == 1400
    other = start(host, "mtu=1450")
    assert other.do("up vpn0 mtu=1500") == "done" and mtu_of(host) == 1450
    assert other.do("up vpn0 mtu=1420") == "done" and mtu_of(host) == 1420


def test_mtu_of_the_path(host):
    """What a router has told of the path counts, without anybody's question."""
    run("ip", "-n", "lns", "addr", "add", "10.66.0.1/24", "dev", "lo")
    probe = start(host, "")
    host.ip("route", "add", f"{FAR}/32", "via", LNS, "mtu", 1280)
    assert "mtu 1280" in probe.do("check")
    assert probe.do("up vpn0 mtu=1500 overhead=38") == "done"
    assert mtu_of(host) == 1242


def test_mss(host):
    """The kernel's MSS follows from the interface."""
    probe = start(host, "default-route=yes mtu=1300")
    assert probe.do("up vpn0 mtu=1400") == "done"
    host.ip("link", "set", "vpn0", "mtu", 1300)
    capture = host.bed.capture("mss", device="vpn0", expression="tcp")
    with netns.socket_in("lac", socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.setblocking(False)
        sock.connect_ex(("198.51.100.7", 80))
        wait_for(lambda: "mss 1260" in "".join(packets(host.bed, "mss")), 10, "a SYN")
    capture.stop()


def test_router_advertisements(host):
    """Accepted although the machine forwards, without their default route. Afterwards the name is
    nobody's of ours any more: perhaps another VPN's, that accepts them."""
    conf = "net.ipv6.conf.vpn0.accept_ra"
    def values():
        return host.bed.exec("lac", "sysctl", "-n", conf, f"{conf}_defrtr").split()
    before = values()
    off = start(host, "")
    assert off.do("up vpn0 ipv6") == "done" and values() == before
    probe = start(host, "ipv6=yes")
    assert probe.do("up vpn0 ipv6") == "done"
    assert values() == ["2", "0"]
    state = probe.do("state")
    assert probe.do(f"adopt {state}") == "done"
    assert probe.do("down") == "done"
    assert values() == ["2", "0"]


def send_advertisement():
    """A router on the other end of the VPN: fd66::/64, and itself as the way to everything."""
    prefix = struct.pack("!BBBBIII", 3, 4, 64, 0xc0, 3600, 3600, 0) + socket.inet_pton(
        socket.AF_INET6, "fd66::")
    with netns.socket_in("lns", socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as sock:
        index = netns.call_in("lns", lambda: socket.if_nametoindex("vpn1"))
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        sock.sendto(struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) + prefix,
                    ("ff02::1", 0, 0, index))


def test_router(host):
    """A machine that forwards gets an address from the LNS's router, and no default route."""
    host.ip("link", "del", "vpn0")
    run("ip", "link", "add", "vpn0", "netns", "lac", "type", "veth", "peer", "name", "vpn1",
        "netns", "lns")
    host.bed.exec("lac", "sysctl", "-qw", "net.ipv6.conf.all.forwarding=1")
    probe = start(host, "ipv6=yes routes=fd66:0:0:1::/64")
    run("ip", "-n", "lns", "link", "set", "vpn1", "up")
    host.ip("link", "set", "vpn0", "up")
    assert probe.do("up vpn0 ipv6") == "done"

    def has_address():
        try:
            send_advertisement()
        except OSError:  # its own address is still being checked
            return False
        return "fd66::" in host.ip("-6", "addr", "show", "dev", "vpn0")
    wait_for(has_address, 20, "an address from the router's network", interval=0.2)
    assert "proto ra" not in host.ip("-6", "route", "show", "default", "dev", "vpn0")
    assert "dev vpn0" in host.route_to("fd66::1") and "dev vpn0" in host.route_to("fd66:0:0:1::1")
    assert "dev v0" in host.route_to("2001:db8:9::9")
