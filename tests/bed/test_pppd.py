# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""pppd dies, the VPN does not: KRN-21, PPP-29, and ends that are no crash."""

import os
import re
import signal
import socket
from pathlib import Path

import pytest

import netns
from bed import wait_for
from service import cli, status
from test_connect import add
from traffic import Sessions, up

KEPT = ("tunnel_id", "peer_tunnel_id", "session_id", "peer_session_id", "interface", "addresses",
        "local_port")


def ifindex(bed, name):
    return bed.exec("lac", "ip", "-o", "link", "show", name).split(":")[0]


def wait_for_new_pppd(bed, old):
    def replaced():
        info = status(bed, "work")
        return info["state"] == "connected" and info["pppd_pid"] not in (0, None, old) and info
    return wait_for(replaced, 15, "another pppd, connected")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
@pytest.mark.parametrize("persist", ["yes", "no"])
def test_crash(bed, lns, service, number, persist):
    """Tunnel, session, interface, address and a route over it stay; only pppd is new."""
    add(bed, "work", f"persist={persist}")
    cli(bed, "up", "work", check=True)
    before = status(bed, "work")
    index = ifindex(bed, before["interface"])
    bed.exec("lac", "ip", "route", "add", "10.88.0.0/16", "dev", before["interface"])
    dump = bed.capture("crash", device="v0", expression="udp port 1701")
    os.kill(before["pppd_pid"], number)
    after = wait_for_new_pppd(bed, before["pppd_pid"])
    assert {key: after[key] for key in KEPT} == {key: before[key] for key in KEPT}
    assert ifindex(bed, after["interface"]) == index
    assert "10.88.0.0/16" in bed.exec("lac", "ip", "route", "show", "dev", after["interface"])
    bed.ping(lns.address, count=3)
    dump.stop()
    messages = bed.exec("lac", "tcpdump", "-nvr", bed.out / "crash.pcap")
    assert not re.search(r"\*MSGTYPE\((?!HELLO)", messages), "control messages were needed"
    cli(bed, "down", "work", check=True)
    cli(bed, "delete", "work", check=True)
    bed.assert_nothing_left(service)


def test_tcp_survives_a_crash(bed, lns, service):
    """An idle connection, and what was written while pppd was dead."""
    add(bed, "work", "persist=yes")
    cli(bed, "up", "work", check=True)
    before = status(bed, "work")
    with netns.socket_in("lns", socket.AF_INET, socket.SOCK_STREAM) as listener, \
            netns.socket_in("lac", socket.AF_INET, socket.SOCK_STREAM) as client:
        listener.bind((lns.address, 4000))
        listener.listen()
        client.settimeout(20)
        client.connect((lns.address, 4000))
        server, _ = listener.accept()
        server.settimeout(20)
        os.kill(before["pppd_pid"], signal.SIGKILL)
        client.send(b"while it was dead")
        wait_for_new_pppd(bed, before["pppd_pid"])
        assert server.recv(100) == b"while it was dead"
        server.send(b"answer")
        assert client.recv(100) == b"answer"
        server.close()


def test_stream_survives_a_crash(bed, lns, service):
    """One TCP connection that never pauses, and still carries data at its end."""
    add(bed, "work", "persist=yes")
    cli(bed, "up", "work", check=True)
    bed.start("iperf-server", "lns", "iperf3", "-s", "--forceflush").wait_for_log("listening")
    stream = bed.start("iperf", "lac", "iperf3", "-c", lns.address, "-t", "3", "-i", "0.5", "-b",
                       "10M", "--forceflush")
    stream.wait_for_log("0.50-1.00")
    killed = status(bed, "work")["pppd_pid"]
    os.kill(killed, signal.SIGKILL)
    wait_for_new_pppd(bed, killed)
    assert stream.wait(20) == 0, stream.log
    last = re.search(r"2\.50-3\.\d+ +sec +([\d.]+) ([KM])Bytes", stream.log)
    assert last and float(last[1]) > 0, stream.log


def test_crash_three_times(bed, lns, service):
    add(bed, "work", "persist=yes")
    cli(bed, "up", "work", check=True)
    for _ in range(3):
        info = status(bed, "work")
        os.kill(info["pppd_pid"], signal.SIGKILL)
        wait_for_new_pppd(bed, info["pppd_pid"])
    bed.ping(lns.address)


def assert_new_session(bed, lns, before):
    """In the same tunnel, on the same interface. The old one may have its address for a moment
    more, and then the LNS gives another; else the routes are as they were."""
    index = ifindex(bed, before["interface"])
    after = wait_for_new_pppd(bed, before["pppd_pid"])
    assert after["tunnel_id"] == before["tunnel_id"]
    assert after["session_id"] != before["session_id"]
    assert after["interface"] == before["interface"]
    assert ifindex(bed, after["interface"]) == index
    if after["addresses"] == before["addresses"]:
        assert "10.88.0.0/16" in bed.exec("lac", "ip", "route", "show", "dev", before["interface"])
    bed.ping(lns.address)


def test_lns_ends_ppp(bed, lns, service):
    """LCP Terminate-Request and CDN (ERR-40): the tunnel is kept, a new session in it. Not even a
    route of somebody else's is lost."""
    before = up(bed)
    bed.exec("lac", "ip", "route", "add", "10.88.0.0/16", "dev", before["interface"])
    with Sessions():
        pid, = lns.pppds()
        os.kill(pid, signal.SIGTERM)
        assert_new_session(bed, lns, before)
    cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(service)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end(bed, lns, service, number):
    """ERR-45: not by us. Whoever wants the end says `down`."""
    before = up(bed, "routes=10.88.0.0/16")
    with Sessions():
        os.kill(before["pppd_pid"], number)
        assert_new_session(bed, lns, before)
    assert "10.88.0.0/16" in bed.exec("lac", "ip", "route", "show", "dev", before["interface"])
    cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(service)


def test_lns_falls_silent(bed, lns, service):
    """ERR-55, LCP echo: pppd's end, and no CDN; a new session in the tunnel all the same."""
    add(bed, "work", "lcp-echo-interval=1", "lcp-echo-failure=2")
    cli(bed, "up", "work", check=True)
    before = status(bed, "work")
    frozen = lns.pppds()
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    after = wait_for_new_pppd(bed, before["pppd_pid"])
    assert after["tunnel_id"] == before["tunnel_id"]
    assert after["session_id"] != before["session_id"]
    for pid in frozen:  # their interface still has the route to us
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not set(frozen) & set(lns.pppds()), 5, "the frozen pppd is gone")
    bed.ping(lns.address)


def test_both_pppds_killed(bed, lns, service):
    """killall -9 pppd takes the stand-by, too; the service learns of both at once."""
    add(bed, "work", "persist=yes")
    cli(bed, "up", "work", check=True)
    before = status(bed, "work")
    pids = wait_for(lambda: len(netns.processes("lac", "pppd")) == 2
                    and netns.processes("lac", "pppd"), 10, "two pppds")
    service.signal(signal.SIGSTOP)
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not netns.processes("lac", "pppd"), 5, "both are dead")
    service.signal(signal.SIGCONT)
    after = wait_for_new_pppd(bed, before["pppd_pid"])
    assert {key: after[key] for key in KEPT} == {key: before[key] for key in KEPT}
    bed.ping(lns.address)


def test_warm_pppd_is_used(bed, lns, service):
    add(bed, "work", "persist=yes")
    waiting = wait_for(lambda: netns.processes("lac", "pppd"), 10, "a stand-by pppd")
    service.wait_for_log("waits for a session")
    # Each has a pidfd of the other; they look alike.
    ours = set(service.descriptors().values()) - {"/dev/null", "anon_inode:[pidfd]"}
    theirs = [os.readlink(f"/proc/{waiting[0]}/fd/{number}") for number in range(4)]
    # Its standard streams and the link; only the pipe of its output has its other end here.
    assert theirs[0] == "/dev/null" and theirs[1] == theirs[2] and theirs[3].startswith("socket:")
    assert ours & set(service.descriptors_of(waiting[0]).values()) == {theirs[1]}
    cli(bed, "up", "work", check=True)
    assert status(bed, "work")["pppd_pid"] == waiting[0]
    wait_for(lambda: len(netns.processes("lac", "pppd")) == 2, 10, "the next stand-by")


def test_edit_while_up(bed, lns, service):
    """A pppd with the new settings waits, the one with the old ones goes; a crash is repaired."""
    add(bed, "work", "persist=yes")
    cli(bed, "up", "work", check=True)
    before = status(bed, "work")
    old = wait_for(lambda: len(netns.processes("lac", "pppd")) == 2
                   and netns.processes("lac", "pppd"), 10, "a stand-by pppd")
    cli(bed, "edit", "work", "lcp-echo-interval=7", check=True)

    def renewed():
        now = netns.processes("lac", "pppd")
        return len(now) == 2 and set(now) & set(old) == {before["pppd_pid"]}
    wait_for(renewed, 10, "one stand-by pppd, another one")
    os.kill(before["pppd_pid"], signal.SIGKILL)
    wait_for_new_pppd(bed, before["pppd_pid"])
    bed.ping(lns.address)


def test_private_etc_ppp(bed, lns, service):
    """PPP-30: neither the host's options nor its secrets are read."""
    with open("/etc/ppp/options", "w", encoding="ascii") as options:
        options.write("this-option-does-not-exist\n")
    add(bed, password="wrong")
    with open("/etc/ppp/chap-secrets", "w", encoding="ascii") as secrets:
        secrets.write('alice * "s3cret" *\n')
    assert cli(bed, "up", "work").rc == 5
