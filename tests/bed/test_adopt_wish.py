# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""The service dies while a connection has no call, or just before its LNS dies: what was wanted is
wanted still, design section 6."""

import time

from bed import wait_for
from service import cli, status
from test_adopt import again, assert_same, states, up
from test_connect import add


def in_pause(bed, failures):
    """Its status in the pause after so many failures, with some seconds left."""
    def found():
        now = status(bed, "work")
        return now["retry_count"] >= failures and now["next_retry"] is not None and now
    return wait_for(found, 60, f"the pause after {failures} failures", interval=0.02)


def delete(bed, service):
    """And with it the stand-by pppd."""
    cli(bed, "delete", "work", check=True)
    bed.assert_nothing_left(service)


def test_in_a_pause(bed, lns, service):
    """The failures count on, the pause is over when it would have been, and nothing is hammered."""
    up(bed, "work", "persist=yes")
    lns.stop()
    before = in_pause(bed, 3)
    service = again(bed, service)
    after = status(bed, "work")
    assert after["state"] == "reconnecting"
    assert after["retry_count"] >= before["retry_count"]
    assert after["last_error"] == before["last_error"]
    in_pause(bed, before["retry_count"] + 1)
    lns.start()
    wait_for(lambda: status(bed, "work")["state"] == "connected", 90, "connected", interval=0.5)
    bed.ping(lns.address)
    assert status(bed, "work")["retry_count"] == 0
    cli(bed, "down", "work", check=True)
    delete(bed, service)


def test_ended_in_a_pause(bed, lns, service):
    """What the user wanted down does not come back."""
    up(bed, "work", "persist=yes")
    lns.stop()
    in_pause(bed, 2)
    cli(bed, "down", "work", check=True)
    assert not states()
    service = again(bed, service)
    assert status(bed, "work")["state"] == "disconnected"
    delete(bed, service)


def test_without_a_network(bed, lns, service):
    """Waits on, and goes when there is a way."""
    add(bed, "work", "persist=yes")
    bed.link(False)
    cli(bed, "up", "work", "--wait", "0", check=True)
    wait_for(lambda: status(bed, "work")["phase"] == "network", 30, "waits for a network")
    failures = status(bed, "work")["retry_count"]
    service = again(bed, service)
    wait_for(lambda: status(bed, "work")["phase"] == "network", 10, "waits again")
    assert status(bed, "work")["retry_count"] <= failures + 1
    bed.link(True)
    wait_for(lambda: status(bed, "work")["state"] == "connected", 15, "connected")
    bed.ping(lns.address)
    cli(bed, "down", "work", check=True)
    delete(bed, service)


def test_lns_dies_after_adoption(bed, lns, service):
    """Session and tunnel are watched as those of a call of its own."""
    before = up(bed, "work", "persist=yes", "lcp-echo-interval=5")
    service = again(bed, service)
    assert_same(bed, before)
    lns.kill()
    killed = time.monotonic()
    lns.start()

    def moved():
        now = status(bed, "work")
        return (now["state"] == "connected" and
                now["tunnel_id"] not in (before["tunnel_id"], 0) and now)
    after = wait_for(moved, 30, "another tunnel")
    (bed.out / "times.log").write_text(f"{time.monotonic() - killed:.1f} s\n")
    assert after["interface"] == before["interface"] and after["addresses"] == before["addresses"]
    bed.ping(lns.address)
