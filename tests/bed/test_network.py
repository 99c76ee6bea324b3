# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""The service's own IP configuration with a real LNS: routes, and what a change of network does."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

import netns
from bed import LAC, LNS, run, wait_for
from service import Service, cli, status
from test_transport import FIXED
from traffic import OneWay, Traffic, identity, tell
from xl2tpd import Lns

INNER = "10.88.0.0/16"

# Says of every name that it is the LNS, by IPv4: RFC 1035 section 4.1.
NAME_SERVER = f"""
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("10.88.0.53", 53))
print("answering", flush=True)
while True:
    query, client = server.recvfrom(512)
    end = query.index(0, 12) + 5
    has_address = query[end - 4:end - 2] == bytes([0, 1])
    server.sendto(query[:2] + bytes([0x81, 0x80, 0, 1, 0, has_address, 0, 0, 0, 0]) + query[12:end]
                  + has_address * (bytes([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4])
                                   + socket.inet_aton("{LNS}")), client)
"""


def add(bed, *options, gateway=LNS):
    cli(bed, "add", "work", f"gateway={gateway}", "user=alice", "--password-file", "-", *options,
        stdin="s3cret\n", check=True)


def routes():
    """All of IPv4, and what of IPv6 the kernel does not change by itself."""
    return run("ip", "-n", "lac", "-4", "route", "show", "table", "all") + run(
        "ip", "-n", "lac", "-6", "route", "show", "proto", "76")


def ours():
    return run("ip", "-n", "lac", "route", "show", "proto", "76")


def state(bed):
    return status(bed, "work")["state"]


def test_routes_come_and_go(bed, lns, service):
    """Exactly undone, and the LNS is reached by the uplink meanwhile."""
    before = routes()
    add(bed, f"routes={INNER}", "default-route=yes")
    cli(bed, "up", "work", check=True)
    shown = ours()
    device = status(bed, "work")["interface"]
    for route in (f"0.0.0.0/1 dev {device}", f"128.0.0.0/1 dev {device}", f"{INNER} dev {device}",
                  f"{LNS} dev v0"):
        assert route in shown, (route, shown)
    bed.ping(lns.address)
    cli(bed, "down", "work", check=True)
    assert routes() == before
    bed.assert_nothing_left(service)


def test_routes_come_back(bed, lns, service):
    add(bed, f"routes={INNER}")
    cli(bed, "up", "work", check=True)
    lns.stop()
    wait_for(lambda: state(bed) != "connected", 30, "the loss is noticed")
    Lns(bed).start()
    wait_for(lambda: state(bed) == "connected", 60, "connected")
    assert f"{INNER} dev {status(bed, 'work')['interface']}" in ours()
    cli(bed, "down", "work", check=True)
    assert ours() == ""


@pytest.mark.parametrize("what", [f"routes={INNER}", "default-route=yes"])
def test_kill_switch(bed, lns, service, what):
    """From the loss until the VPN is back nothing gets out that was meant for it."""
    run("ip", "-n", "lac", "route", "add", "default", "via", LNS)
    run("ip", "-n", "lns", "addr", "add", "10.88.1.1/32", "dev", "lo")
    add(bed, what, "kill-switch=yes")
    cli(bed, "up", "work", check=True)
    capture = bed.capture("uplink", "lac", "v0", "net 10.88.0.0/16")
    with OneWay("10.88.1.1"):
        lns.stop()
        wait_for(lambda: status(bed, "work")["next_retry"], 30, "a pause between two calls")
        assert "unreachable" in ours()
        Lns(bed).start()
        wait_for(lambda: state(bed) == "connected", 30, "connected")
    capture.stop()
    assert run("tcpdump", "-n", "-r", bed.out / "uplink.pcap", stderr=subprocess.DEVNULL) == ""
    cli(bed, "down", "work", check=True)
    assert ours() == ""


def test_kill_switch_keeps_name_server_away(bed, lns, service):
    """The LNS's name cannot be resolved while the VPN is down, also not by another service: the
    address that carried the last call is dialled."""
    bed.add_address("10.88.0.53/32")
    bed.start("name-server", "lns", "/usr/bin/python3", "-c", NAME_SERVER).wait_for_log("answering")
    run("ip", "-n", "lac", "route", "add", "default", "via", LNS)
    Path("/etc/resolv.conf").write_text("nameserver 10.88.0.53\n")
    add(bed, f"routes={INNER}", "kill-switch=yes", gateway="vpn.bed.example")
    cli(bed, "up", "work", check=True)
    run("ip", "-n", "lac", "-batch", "-", input=(
        f"addr del {LAC}/24 dev v0\naddr add 10.9.0.77/24 dev v0\nroute add default via {LNS}\n"))
    wait_for(lambda: status(bed, "work")["local_address"] == "10.9.0.77" and
             state(bed) == "connected", 20, "another call")
    assert "Error resolving" in service.log
    service.kill()
    for pid in netns.processes("lac", "pppd"):
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not bed.ppp_interfaces(), 5, "no pppd")
    again = Service(bed)
    wait_for(lambda: state(bed) == "connected", 20, "connected")
    assert "not adopted" in again.log and "Error resolving" in again.log
    bed.ping(lns.address)
    cli(bed, "down", "work", check=True)
    assert ours() == ""


def test_link_goes_and_comes(bed, lns, service):
    """Nothing is dialled for it: the tunnel is still there, and what was in it goes on."""
    add(bed)
    cli(bed, "up", "work", check=True)
    before = status(bed, "work")
    traffic = Traffic(bed, lns.address)
    traffic.wait_after(0, 5)
    bed.link(False)
    service.wait_for_log("→ suspected")
    bed.link(True)
    traffic.wait_after(time.time(), 10)
    wait_for(lambda: state(bed) == "connected", 10, "connected")
    assert identity(status(bed, "work")) == identity(before)
    cli(bed, "down", "work", check=True)
    cli(bed, "delete", "work", check=True)
    bed.assert_nothing_left(service)


def refuse(bed, lns):
    """From now on there is another password; what is up is lost, and fails."""
    lns.write_users({"alice": "another"})
    for pid in lns.pppds():
        os.kill(pid, signal.SIGTERM)
    wait_for(lambda: state(bed) == "failed", 30, "failed")


def test_kill_switch_of_a_failure(bed, lns, service):
    """It stays until the user says otherwise: not by another failure, nor by another service."""
    kept = f"unreachable {INNER} metric 75"
    add(bed, f"routes={INNER}", "kill-switch=yes")
    cli(bed, "up", "work", check=True)
    refuse(bed, lns)
    assert ours().strip() == kept
    assert "“l2tp-client down 'work'”" in cli(bed, "status", "work", check=True).stdout
    failed = cli(bed, "up", "work")
    assert failed.rc == 5 and "“l2tp-client down 'work'”" in failed.stderr, failed
    assert ours().strip() == kept
    service.signal(signal.SIGUSR1)
    service.wait()
    service = Service(bed)
    wait_for(lambda: state(bed) == "failed", 5, "failed still")
    assert ours().strip() == kept
    cli(bed, "down", "work", check=True)
    assert state(bed) == "disconnected" and ours() == ""
    assert "l2tp-client down" not in cli(bed, "status", "work", check=True).stdout
    lns.write_users({"alice": "s3cret"})
    cli(bed, "up", "work", check=True)
    refuse(bed, lns)
    assert ours().strip() == kept
    lns.write_users({"alice": "s3cret"})
    cli(bed, "up", "work", check=True)
    assert f"{INNER} dev {status(bed, 'work')['interface']}" in ours()
    refuse(bed, lns)
    cli(bed, "edit", "work", "kill-switch=no", check=True)
    wait_for(lambda: state(bed) == "disconnected" and ours() == "", 5, "the end of the kill switch")
    cli(bed, "edit", "work", "kill-switch=yes", check=True)
    lns.write_users({"alice": "s3cret"})
    cli(bed, "up", "work", check=True)
    refuse(bed, lns)
    cli(bed, "delete", "work", check=True)
    assert ours() == ""
    bed.assert_nothing_left(service)


def test_no_network(bed, service):
    """A state and no failure: no attempt, and at once when there is a way again."""
    Lns(bed).start()
    add(bed, "persist=yes")
    run("ip", "-n", "lac", "link", "set", "v0", "down")
    cli(bed, "up", "work", "-w", "0", check=True)
    wait_for(lambda: status(bed, "work")["phase"] == "network", 30, "waits for a network")
    assert status(bed, "work")["next_retry"] is None
    attempts = service.log.count("trying ")
    run("ip", "-n", "lac", "link", "set", "v0", "up")
    start = time.monotonic()
    wait_for(lambda: state(bed) == "connected", 10, "connected")
    assert time.monotonic() - start < 5
    assert service.log.count("trying ") <= attempts + 2
    cli(bed, "down", "work", check=True)
    cli(bed, "delete", "work", check=True)
    bed.assert_nothing_left(service)


def test_address_changes(bed, lns, service):
    """The tunnel comes from an address that is gone: another one at once."""
    add(bed)
    cli(bed, "up", "work", check=True)
    before = status(bed, "work")["local_address"]
    run("ip", "-n", "lac", "addr", "del", f"{before}/24", "dev", "v0")
    run("ip", "-n", "lac", "addr", "add", "10.9.0.77/24", "dev", "v0")
    wait_for(lambda: status(bed, "work")["local_address"] == "10.9.0.77" and
             state(bed) == "connected", 30, "connected from the new address")
    bed.ping(lns.address)


def test_address_changes_after_failures(bed, lns, service):
    """They were made by another way, and cost no pause now."""
    add(bed)
    cli(bed, "up", "work", check=True)
    lns.stop()
    wait_for(lambda: status(bed, "work")["retry_count"] >= 4, 60, "some attempts")
    Lns(bed).start()
    cli(bed, "up", "work", check=False)  # now, if there is a pause
    wait_for(lambda: state(bed) == "connected", 60, "connected")
    attempts = service.log.count("attempt 1 in")
    before = status(bed, "work")["local_address"]
    run("ip", "-n", "lac", "addr", "del", f"{before}/24", "dev", "v0")
    run("ip", "-n", "lac", "addr", "add", "10.9.0.77/24", "dev", "v0")
    wait_for(lambda: status(bed, "work")["local_address"] == "10.9.0.77" and
             state(bed) == "connected", 30, "connected from the new address")
    assert service.log.count("attempt 1 in") == attempts + 1
    bed.ping(lns.address)


@pytest.mark.parametrize("stage, address, options", [
    ("tunnel", LAC, ()), ("tunnel", "10.9.0.77", (FIXED,)), ("ppp", "10.9.0.77", ())])
def test_link_back_while_dialling(bed, lns, service, stage, address, options):
    """Whatever waits for an answer asks again at once, or begins anew where it cannot; that is no
    failure, not even of a first attempt."""
    add(bed, "trace=yes", *options)
    if stage == "tunnel":
        bed.netem(loss=100)
    cli(bed, "up", "work", "-w", "0", check=True)
    if stage == "tunnel":
        wait_for(lambda: service.log.count("sent SCCRQ") == 3, 10, "the next repetition is far")
    else:
        wait_for(lns.pppds, 10, "the LNS's pppd", interval=0.001)
        lns.freeze()
    run("ip", "-n", "lac", "link", "set", "v0", "down")
    if stage == "tunnel":
        bed.netem()
    else:
        lns.thaw()
    if address != LAC:
        run("ip", "-n", "lac", "addr", "flush", "dev", "v0")
        run("ip", "-n", "lac", "addr", "add", f"{address}/24", "dev", "v0")
    began = time.monotonic()
    run("ip", "-n", "lac", "link", "set", "v0", "up")
    wait_for(lambda: state(bed) in ("connected", "failed"), 60, "connected")
    outage = time.monotonic() - began
    tell(bed, outage=outage)
    assert outage < 2 and state(bed) == "connected"
    assert status(bed, "work")["local_address"] == address
    bed.ping(lns.address)
