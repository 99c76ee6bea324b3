# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""How a VPN of NetworkManager's ends: asked to at every stage, with the service, or with
NetworkManager."""

import time

import pytest

from bed import L2TP_PORT, LNS, wait_for
from nm import NetworkManager, nmcli_asks
from service import status

RELAY = "10.9.0.3"
AT_ONCE = 10  # s, on a busy machine; who waits for a silent LNS takes longer
# What the relay loses, for the bring-up to stay in a stage: SCCRP, ICRP, PPP.
LOST = {"tunnel": "2", "session": "11", "ppp": "data"}


@pytest.fixture
def nm(bed, service):
    return NetworkManager(bed)


@pytest.mark.parametrize("stage", LOST)
def test_down_at_each_stage(bed, lns, service, nm, stage):
    """At once, and nothing is left."""
    bed.add_address(f"{RELAY}/24")
    bed.relay(RELAY, L2TP_PORT, LNS, L2TP_PORT, LOST[stage])
    nm.add(gateway=RELAY)
    nm.up(wait=0, check=True)
    wait_for(lambda: "work" in service.log and status(bed, "work")["phase"] == stage, 20, stage,
             0.1)
    begun = time.monotonic()
    nm.down(check=True)
    assert time.monotonic() - begun < AT_ONCE
    nm.wait_for_state(None)
    nm.assert_all_gone(service)


def test_down_while_asked(bed, lns, service, nm):
    """Nobody has to answer a question whose VPN has ended."""
    nm.add(password=None, flags=2)
    up = nmcli_asks(bed, "--ask", "connection", "up", "work",
                    dialog=[("password\\): ", "wrong"),
                            ("(?s)refuses.*password\\): ", lambda: nm.down(check=True))])
    assert up.rc != 0, up
    nm.assert_all_gone(service)


def test_service_stops(bed, lns, service, nm):
    """In order, and by force: the VPN ends, and says so."""
    nm.add()
    nm.up(check=True)
    service.stop()
    nm.wait_for_log("work: the service was stopped")
    nm.wait_for_state(None)
    wait_for(lambda: not nm.plugins(), 10, "the plugin ends")
    bed.assert_nothing_left()


def test_networkmanager_ends(bed, lns, service, nm):
    """Stopped, or killed: its VPN ends with it, and the next one starts afresh."""
    nm.add()
    for end in (nm.stop, None):
        nm.up(check=True)
        (end or nm.kill)()
        nm.assert_all_gone(service)
        nm = NetworkManager(bed)
    nm.up(check=True)
    bed.ping(lns.address)
    nm.down(check=True)
    nm.assert_all_gone(service)
