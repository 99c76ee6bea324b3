# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""What only looks like a dead LNS: nothing healthy may be torn down for it. And what watching for a
dead one costs an idle machine."""

import re
import time

import pytest

from bed import run, wait_for
from service import cli, status
from shaper import Shaper, is_control
from test_liveness import NOTICED
from test_transport import LNS_B
from traffic import OneWay, Traffic, identity, state_is, tell, up


@pytest.mark.parametrize("deaf", ["both", "lac", "lns"])
def test_path_blocked_for_a_while(bed, lns, service, deaf):
    """Longer than it takes to be noticed; the LNS remembers, and nothing is torn down for it."""
    before = up(bed)
    traffic = Traffic(bed, lns.address)
    traffic.wait_after(0, 5)
    devices = {"both": ("lac", "lns"), "lac": ("lns",), "lns": ("lac",)}[deaf]
    for ns in devices:
        run("tc", "-n", ns, "qdisc", "add", "dev", {"lac": "v0", "lns": "v1"}[ns], "root", "netem",
            "loss", "100%")
    noticed = state_is(bed, "reconnecting", NOTICED)
    for ns in devices:
        run("tc", "-n", ns, "qdisc", "del", "dev", {"lac": "v0", "lns": "v1"}[ns], "root")
    opened = time.time()
    back = traffic.wait_after(opened, 5)
    connected = state_is(bed, "connected", 5)
    tell(bed, noticed=noticed, back=back, connected=connected)
    assert identity(status(bed, "work")) == identity(before)


@pytest.mark.parametrize("options", [(), ("lcp-echo-interval=0",)])
def test_one_way_traffic(bed, lns, service, options):
    """Nothing comes back by nature. Without LCP echoes it is Hellos that are answered."""
    before = up(bed, *options)
    with OneWay(lns.address):
        service.wait_for_log("liveness: unanswered → suspected", 20)
        for _ in range(2):
            seen = service.log.count("→ suspected")
            wait_for(lambda: service.log.count("→ suspected") > seen, 20, "another suspicion")
    assert identity(status(bed, "work")) == identity(before)
    assert "→ trial" not in service.log


def test_bad_path(bed, lns, service):
    """30 % loss each way and a second of delay, with one-way traffic, which gets no other answer."""
    before = up(bed)
    bed.netem(rtt=2000, loss=30)
    with OneWay(lns.address, interval=0.2):
        seen = service.log.count("→ suspected")
        wait_for(lambda: service.log.count("→ suspected") >= seen + 3, 60, "suspicions")
    bed.netem()
    wait_for(lambda: status(bed, "work")["state"] == "connected", 20, "connected")
    assert identity(status(bed, "work")) == identity(before)


def test_late_hello(bed, lns, service):
    """The LNS acknowledges after 2 s, and opens a new tunnel at once."""
    def late(datagram, to_lns):
        return 2 if not to_lns and is_control(datagram) and len(datagram) == 12 else 0  # XPRT-2

    bed.add_address(f"{LNS_B}/24")
    with Shaper(LNS_B) as shaper:
        before = up(bed, "lcp-echo-interval=0", gateway=LNS_B)
        shaper.rule = late
        with OneWay(lns.address):
            for count in (1, 2):
                wait_for(lambda: service.log.count("trial → unanswered") +
                         service.log.count("trial → none") >= count, 30, "an answered Hello")
        assert identity(status(bed, "work")) == identity(before)
        shaper.rule = lambda datagram, to_lns: 0
        cli(bed, "down", "work", check=True)
        bed.assert_nothing_left(service)


def test_idle_costs_nothing(bed, lns, service):
    """Wakeups of an idle call: one look every 4 s."""
    def switches():
        text = open(f"/proc/{service.pid}/status", encoding="ascii").read()
        return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", text, re.M).group(1))

    up(bed)
    bed.ping(lns.address)
    before, began = switches(), time.monotonic()
    wait_for(lambda: time.monotonic() - began > 20, 30, "20 s", interval=1)
    rate = (switches() - before) / (time.monotonic() - began)
    tell(bed, wakeups_per_second=rate)
    assert rate < 1
