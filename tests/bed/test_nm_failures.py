# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""What NetworkManager and its user are told when a VPN does not come up."""

import pytest

from nm import NetworkManager, nmcli_asks


@pytest.fixture
def nm(bed, service):
    return NetworkManager(bed)


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
    nm.assert_all_gone(service)


def test_stored_password_is_wrong(bed, lns, service, nm):
    """Without anybody who could be asked."""
    nm.add(password="wrong")
    up = assert_fails(nm, "work: The VPN server refuses the user name or the password.")
    assert "secrets" in up.stdout, up
    nm.assert_all_gone(service)


def test_lns_is_silent(bed, service, nm):
    """vpn.timeout is NetworkManager's to keep."""
    with bed.silent_lns():
        nm.add(vpn=("timeout=3",))
        up = assert_fails(nm, within=12)
    assert "timed out" in up.stdout, up
    nm.assert_all_gone(service)


def test_nobody_listens(bed, service, nm):
    """The stage, the cause, the remedy, and where there is more."""
    nm.add()
    bed.assert_port_closed()
    assert_fails(nm, "work: tunnel: ", "journalctl L2TP_CONNECTION=")
    nm.assert_all_gone(service)


def test_unknown_key(bed, service, nm):
    nm.add(data=("x-colour=blue",))
    up = assert_fails(nm, "x-colour: there is no such key", within=10)
    assert "failed to start" in up.stdout, up
    nm.assert_all_gone(service)


def test_what_the_service_refuses(bed, lns, service, nm):
    """A key that is in the table and not built yet."""
    nm.add(data=("mrru=1600",))
    assert_fails(nm, "mrru: multilink PPP is not built yet")
    nm.assert_all_gone(service)
