# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""An LNS that ends a session or a tunnel that was up: another one at once, then pauses."""

import re
import time

import pytest

import netns
from bed import wait_for
from service import cli, status
from test_pppd import ifindex
from test_transport import FIXED
from traffic import Sessions, Traffic, tell, up
from xl2tpd import Lns


def log_time(service, pattern):
    """Of the last line that matches."""
    return float(re.findall(rf"^ *(\d+\.\d+) .*{pattern}", service.log, re.M)[-1])


@pytest.mark.parametrize("options", [(), (FIXED,)])
@pytest.mark.parametrize("what", ["cdn", "stopccn"])
def test_hung_up_by_the_lns(bed, lns, service, what, options):
    """SES-10, SES-13: pppd has nothing to add, and the interface stays."""
    before = up(bed, "persist=yes", *options)
    index = ifindex(bed, before["interface"])
    bed.exec("lac", "ip", "route", "add", "10.88.0.0/16", "dev", before["interface"])
    wait_for(lambda: len(netns.processes("lac", "pppd")) == 2, 10, "the next stand-by")
    traffic = Traffic(bed, lns.address)
    traffic.wait_after(0, 5)
    (tunnel_id, session_id), = netns.l2tp_session_ids("lns")
    with Sessions():
        lns.command(f"h {session_id}" if what == "cdn" else f"d {tunnel_id}")
        told = time.time()
        wait_for(lambda: status(bed, "work")["session_id"] not in (before["session_id"], 0) and
                 status(bed, "work")["state"] == "connected", 10, "another session")
        outage = traffic.wait_after(told + 0.1, 5) + 0.1
    redialled = (log_time(service, "replied -> established") -
                 log_time(service, "session .* established -> idle"))
    tell(bed, outage=outage, redialled=redialled)
    assert redialled < 0.8  # with 0.1 s of jitter; the rest of the outage is the LNS's pppd
    after = status(bed, "work")
    assert (after["tunnel_id"] == before["tunnel_id"]) == (what == "cdn")
    assert after["interface"] == before["interface"]
    assert ifindex(bed, before["interface"]) == index
    if after["addresses"] == before["addresses"]:  # the old session may have it for a moment more
        assert "10.88.0.0/16" in bed.exec("lac", "ip", "route", "show", "dev", before["interface"])
    assert after["retry_count"] == 0
    cli(bed, "down", "work", check=True)
    cli(bed, "delete", "work", check=True)
    bed.assert_nothing_left(service)


def test_restarted(bed, lns, service):
    """An LNS that goes in order and returns after seconds: one attempt, and the interface stays."""
    before = up(bed)
    index = ifindex(bed, before["interface"])
    lns.stop()
    wait_for(lambda: service.log.count("ICMP: Connection refused") > 2, 10, "a closed port")
    shown = status(bed, "work")
    assert (shown["state"], shown["last_error"]["name"]) == ("reconnecting",
                                                             "org.l2tp.Error.Unreachable"), shown
    Lns(bed).start()
    wait_for(lambda: status(bed, "work")["state"] == "connected", 10, "connected")
    assert ifindex(bed, before["interface"]) == index
    assert service.log.count("attempt ") == 1
    bed.ping(lns.address)
    cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(service)


def test_hung_up_for_good(bed, lns, service):
    """One attempt at once, and then pauses: the one that follows is the second."""
    up(bed)
    lns.stop()
    service.wait_for_log("attempt 3 in", 30)
    assert [service.log.count(f"attempt {count} in") for count in (1, 2, 3)] == [1, 1, 1]
    assert "attempt 1 in 0." in service.log
    cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(service)
