# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""What NetworkManager and its user are told when a VPN does not come up, and its end at every
stage."""

import time

import pytest

from bed import wait_for
from nm import NetworkManager, nmcli_asks
from service import status
from xl2tpd import Lns

SLOW = 1500  # ms, a round trip


@pytest.fixture
def nm(bed, service):
    return NetworkManager(bed)


def assert_all_gone(bed, nm, service):
    wait_for(lambda: not nm.plugins(), 10, "the plugin ends")
    bed.assert_nothing_left(service, timeout=15)


def assert_fails(nm, *said, within=20):
    up = nm.up()
    assert up.rc == 4 and up.seconds < within, up
    for text in said:
        nm.wait_for_log(text)
    return up


def test_wrong_password_then_right(bed, lns, service, nm):
    """nmcli --ask: the refusal is told, and the question comes again."""
    nm.add(password=None, flags=2)
    up = nmcli_asks(bed, "--ask", "connection", "up", "work",
                    dialog=[("password\\): ", "wrong"), ("(?s)refuses.*password\\): ", "s3cret")])
    assert up.rc == 0, up.stdout
    bed.ping(lns.address)
    nm.down(check=True)
    assert_all_gone(bed, nm, service)


def test_stored_password_is_wrong(bed, lns, service, nm):
    """Without anybody who could be asked."""
    nm.add(password="wrong")
    up = assert_fails(nm, "work: The VPN server refuses the user name or the password.")
    assert "secrets" in up.stdout, up
    assert_all_gone(bed, nm, service)


def test_lns_is_silent(bed, service, nm):
    """vpn.timeout is NetworkManager's to keep."""
    with bed.silent_lns():
        nm.add(vpn=("timeout=3",))
        up = assert_fails(nm, within=12)
    assert "timed out" in up.stdout, up
    assert_all_gone(bed, nm, service)


def test_nobody_listens(bed, service, nm):
    """The stage, the cause, the remedy, and where there is more."""
    nm.add()
    bed.assert_port_closed()
    assert_fails(nm, "work: tunnel: ", "journalctl L2TP_CONNECTION=")
    assert_all_gone(bed, nm, service)


def test_unknown_key(bed, service, nm):
    nm.add(data=("x-colour=blue",))
    up = assert_fails(nm, "x-colour: there is no such key", within=10)
    assert "failed to start" in up.stdout, up
    assert_all_gone(bed, nm, service)


def test_what_the_service_refuses(bed, lns, service, nm):
    """A key that is in the table and not built yet."""
    nm.add(data=("mrru=1600",))
    assert_fails(nm, "mrru: multilink PPP is not built yet")
    assert_all_gone(bed, nm, service)


def test_down_at_each_stage(bed, lns, service, nm):
    """At once, and nothing is left."""
    nm.add()
    bed.netem(rtt=SLOW)
    for stage in ("tunnel", "session", "ppp"):
        nm.up(wait=0, check=True)
        wait_for(lambda: "work" in service.log and status(bed, "work")["phase"] == stage, 20, stage,
                 0.1)
        begun = time.monotonic()
        nm.down(check=True)
        assert time.monotonic() - begun < 3
        nm.wait_for_state(None)
        assert_all_gone(bed, nm, service)
        service.log_start = service.log_path.stat().st_size
    bed.netem()


def test_down_while_asked(bed, lns, service, nm):
    """Nobody has to answer a question whose VPN has ended."""
    nm.add(password=None, flags=2)
    up = nmcli_asks(bed, "--ask", "connection", "up", "work",
                    dialog=[("password\\): ", "wrong"),
                            ("(?s)refuses.*password\\): ", lambda: nm.down(check=True))])
    assert up.rc != 0, up
    assert_all_gone(bed, nm, service)


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
        assert_all_gone(bed, nm, service)
        nm = NetworkManager(bed)
    nm.up(check=True)
    bed.ping(lns.address)
    nm.down(check=True)
    assert_all_gone(bed, nm, service)
