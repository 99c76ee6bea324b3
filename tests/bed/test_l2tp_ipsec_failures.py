# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""L2TP inside IPsec that cannot come up, or is not to: one error that says why, and nothing stays."""

import time

import pytest

from caller import Caller
from l2tp_ipsec import PSK, Wire, add, assert_nothing_secret_left, ike
from service import cli, status, wait_for_state
from strongswan import lns_conf


def fail(bed, name="work"):
    """What the failed attempt says: (D-Bus error, text)."""
    done = cli(bed, "up", name)
    assert done.rc != 0, done.stdout
    error = status(bed, name)["last_error"]
    return error["name"].removeprefix("org.l2tp.Error."), f"{error['message']}\n{error['remedy']}"


@pytest.mark.parametrize("version", (1, 2))
def test_wrong_psk(bed, ours, lns_charon, lns, service, version):
    """Even where everything else is tried again, this is not."""
    lns_charon.load(lns_conf(version=version))
    add(bed, "work", "persist=yes", ike(version), psk="wr0ng")
    wire = Wire(bed)
    error, text = fail(bed)
    assert error == "AuthFailed" and text.startswith("ipsec: ") and "ipsec-psk" in text, text
    assert "wr0ng" not in text
    info = status(bed, "work")
    assert info["state"] == "failed" and info["next_retry"] is None, info
    clear, esp = wire.stop()
    assert not clear and not esp
    assert_nothing_secret_left(ours)


def test_better_psk(bed, ours, lns_charon, lns, service):
    """A person who is there is asked for a better one."""
    lns_charon.load(lns_conf())
    add(bed, psk="wr0ng")
    with Caller() as agent:
        agent.register()
        path = agent.call("/org/l2tp/Manager", "ListConnections", {})[0]
        agent.call(path, "Connect", {})
        question = agent.question()
        assert question.names == ["ipsec-psk"] and question.hints["retry"] is True, question
        agent.reply({"ipsec-psk": PSK})
        wait_for_state(bed, "work", "connected")
    bed.ping(lns.address)
    cli(bed, "down", "work", check=True)
    assert_nothing_secret_left(ours)


def test_dead_peer(bed, ours, service):
    add(bed)
    with bed.silent_lns(port=500):
        start = time.monotonic()
        error, text = fail(bed)
        assert error == "Timeout" and text.startswith("ipsec: ") and "500" in text, text
        assert time.monotonic() - start < 20
    error, text = fail(bed)
    assert error == "Unreachable" and text.startswith("ipsec: "), text
    assert_nothing_secret_left(ours)
    bed.assert_nothing_left(service)


def test_no_daemon(bed, lns_charon, lns, service):
    add(bed)
    error, text = fail(bed)
    assert error == "MissingDependency" and "strongSwan" in text, text


def test_port_refused(bed, ours, lns_charon, lns, service):
    """IPS-4: an LNS that takes but one kind of local port gets it, whichever comes first."""
    lns_charon.load(lns_conf(remote_ts="dynamic[17/1701]"))
    add(bed, "work", "ephemeral-port=yes")
    cli(bed, "up", "work", check=True)
    assert status(bed, "work")["local_port"] == 1701
    assert "takes no L2TP from any port; trying port 1701" in service.log
    bed.ping(lns.address)
    cli(bed, "down", "work", check=True)
    # Not one that the first attempt comes from, nor one that the second does.
    lns_charon.load(lns_conf(remote_ts="dynamic[17/9]"))
    add(bed, "other")
    error, text = fail(bed, "other")
    assert error == "IkeFailed" and "Neither port 1701 nor any other" in text, text
    assert "takes no L2TP from port 1701; trying any port" in service.log
    assert_nothing_secret_left(ours)
    bed.assert_nothing_left(service)
