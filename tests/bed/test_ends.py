# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""An end at every stage of a bring-up, whoever wants it: it is quick, and leaves nothing behind."""

import signal
import socket
import time
from pathlib import Path

import pytest

import netns
from bed import L2TP_PORT, LNS, run, wait_for
from service import Service, cli, status
from test_connect import add
from xl2tpd import Lns


def hold(bed, stage):
    """Makes a bring-up stay in a stage; returns what has to live as long."""
    if stage == "resolve":
        # A name server that never answers.
        server = netns.socket_in("lac", socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 53))
        Path("/etc/resolv.conf").write_text("nameserver 127.0.0.1\n")
        return server
    if stage == "tunnel":
        return bed.silent_lns()
    bed.add_address("10.9.0.3/24")
    Lns(bed, listen="10.9.0.3").start()
    return bed.relay(LNS, L2TP_PORT, "10.9.0.3", L2TP_PORT,
                     {"session": "11", "ppp": "data"}[stage])


@pytest.mark.parametrize("how", ["down", "stop", "kill"])
@pytest.mark.parametrize("stage", ["resolve", "tunnel", "session", "ppp"])
def test_end_at_stage(bed, service, stage, how):
    held = hold(bed, stage)
    add(bed, gateway="vpn.bed.example" if stage == "resolve" else LNS)
    cli(bed, "up", "work", "-w", "0", check=True)
    wait_for(lambda: status(bed, "work")["phase"] == stage, 10, f"stage {stage}")
    end(bed, service, how)
    del held


@pytest.mark.parametrize("how", ["down", "stop", "kill"])
def test_end_when_connected(bed, lns, service, how):
    add(bed)
    cli(bed, "up", "work", check=True)
    end(bed, service, how)


def end(bed, service, how):
    """Three ways to end: by the user, with the service, and after the service was shot."""
    start = time.monotonic()
    if how == "down":
        cli(bed, "down", "work", check=True)
        assert time.monotonic() - start < 4
        bed.assert_nothing_left(service)
    elif how == "stop":
        service.stop()
        assert time.monotonic() - start < 4
        bed.assert_nothing_left()
    else:
        service.kill()
        again = Service(bed)  # which takes over what was up, and dials anew what was not
        cli(bed, "down", "work", check=True)
        bed.assert_nothing_left(again, timeout=10)


def test_lns_hangs_up_as_ppp_comes_up(bed, service):
    """A CDN that is there just before the addresses are: no connection on a dead session."""
    run("ip", "-n", "lns", "addr", "add", "10.9.0.3/24", "dev", "v1")
    Lns(bed, listen="10.9.0.3").start()
    relay = bed.start("relay", "lns", "/usr/bin/python3", Path(__file__).parent / "hangup_relay.py",
                      LNS, L2TP_PORT, "10.9.0.3", L2TP_PORT)
    relay.wait_for_log("relaying")
    add(bed)
    cli(bed, "up", "work")
    assert "hung up" in relay.log
    # Whichever of the two the service hears of first.
    wait_for(lambda: status(bed, "work")["state"] != "connected", 5, "the end of the session")
    if status(bed, "work")["state"] == "failed":
        assert "closed the call" in status(bed, "work")["last_error"]["message"]
    else:
        cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(service)


def test_connect_while_the_service_stops(bed, lns, service):
    """It neither keeps the service from its end, nor is it left behind."""
    add(bed)
    add(bed, "other", "port=1702")
    cli(bed, "up", "work", check=True)
    lns.freeze()  # the end of the first one takes its 2.5 s
    with bed.silent_lns(port=1702):
        service.signal(signal.SIGTERM)
        wait_for(lambda: status(bed, "work")["state"] == "disconnecting", 5, "the end begins")
        cli(bed, "up", "other", "-w", "0")
        assert service.wait(6) == 0
    lns.thaw()
    bed.assert_nothing_left()
