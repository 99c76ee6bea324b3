# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""When a call has ended for good: what is tried again, when, and what the user sees of it."""

import os
import signal
import time

from bed import LAC, LNS, wait_for
from service import Service, cli, status
from test_transport import LNS_B, name_for
from xl2tpd import Lns


def add(bed, *options, password="s3cret", gateway=LNS):
    cli(bed, "add", "work", f"gateway={gateway}", "user=alice", "--password-file", "-", *options,
        stdin=f"{password}\n", check=True)


def state(bed):
    return status(bed, "work")["state"]


def wait_for_state(bed, wanted, timeout=30):
    wait_for(lambda: state(bed) == wanted, timeout, wanted)


def lose(bed, lns):
    """The LNS says that it goes, and is gone."""
    lns.stop()
    wait_for(lambda: state(bed) != "connected", 60, "the loss is noticed")


def test_comes_back(bed, lns, service):
    """An LNS that dies without a word and has no memory of us: another tunnel, another session."""
    add(bed, "hello-interval=1")
    cli(bed, "up", "work", check=True)
    before = status(bed, "work")
    lns.kill()
    wait_for_state(bed, "reconnecting", 60)
    Lns(bed).start()
    wait_for_state(bed, "connected", 60)
    after = status(bed, "work")
    assert after["tunnel_id"] != before["tunnel_id"]
    assert after["retry_count"] == 0
    bed.ping(lns.address)
    cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(service)


def test_pause_is_shown_and_cut(bed, lns, service):
    """Attempt, next attempt and reason; up means now; down ends the pause."""
    add(bed)
    cli(bed, "up", "work", check=True)
    lose(bed, lns)
    wait_for(lambda: status(bed, "work")["retry_count"] >= 4, 60, "some attempts")
    wait_for(lambda: status(bed, "work")["next_retry"], 60, "a pause")
    shown = status(bed, "work")
    assert shown["state"] == "reconnecting"
    assert shown["last_error"]["name"].startswith("org.l2tp.Error."), shown
    Lns(bed).start()
    cli(bed, "up", "work", check=True)
    assert state(bed) == "connected"
    cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(service)


def test_down_in_a_pause(bed, lns, service):
    add(bed)
    cli(bed, "up", "work", check=True)
    lose(bed, lns)
    wait_for(lambda: status(bed, "work")["next_retry"], 60, "a pause")
    start = time.monotonic()
    cli(bed, "down", "work", check=True)
    assert time.monotonic() - start < 3
    assert state(bed) == "disconnected"
    bed.assert_nothing_left(service)


def test_address_that_worked_is_first(bed, lns, service):
    """Of several, also when the user connects anew: the silent one costs its eight seconds no more."""
    bed.add_address(f"{LNS_B}/24")
    add(bed, gateway=name_for(LNS_B, LNS))
    cli(bed, "up", "work", check=True)
    assert service.log.count(f"trying {LNS_B}") == 1
    with bed.silent_lns(address=LNS_B):
        bed.exec("lac", "ip", "addr", "del", f"{LAC}/24", "dev", "v0")
        bed.add_address("10.9.0.77/24", "lac")
        wait_for(lambda: status(bed, "work")["local_address"] == "10.9.0.77" and
                 state(bed) == "connected", 7, "another call")
        cli(bed, "down", "work", check=True)
        cli(bed, "up", "work", check=True)
        bed.ping(lns.address)
    assert service.log.count(f"trying {LNS_B}") == 1
    assert service.log.count(f"trying {LNS}") == 3


def test_limit(bed, lns, service):
    add(bed, "reconnect-limit=2")
    cli(bed, "up", "work", check=True)
    lose(bed, lns)
    wait_for_state(bed, "failed", 60)
    assert service.log.count("attempt ") == 2
    bed.assert_nothing_left(service)


def test_a_refused_password_is_not_tried_again(bed, service):
    """Not even by a connection that is to be up always: LNSs lock accounts."""
    Lns(bed).start()
    add(bed, "persist=yes", password="wrong")
    cli(bed, "up", "work")
    assert state(bed) == "failed"
    assert status(bed, "work")["next_retry"] is None
    assert service.log.count("-> wait-ctl-reply") == 1


def test_refused_when_it_is_redialled(bed, lns, service):
    """The password was changed at the LNS while the VPN was up: the same, and no repair counts."""
    add(bed, "persist=yes")
    cli(bed, "up", "work", check=True)
    lns.write_users({"alice": "another"})
    for pid in lns.pppds():
        os.kill(pid, signal.SIGTERM)
    wait_for_state(bed, "failed", 20)
    error = status(bed, "work")["last_error"]
    assert error["name"] == "org.l2tp.Error.AuthFailed", error
    assert status(bed, "work")["next_retry"] is None
    assert service.log.count("exited with 19") == 1
    cli(bed, "delete", "work", check=True)
    bed.assert_nothing_left(service)


def test_first_attempt_of_persist(bed, service):
    """Up before the LNS is."""
    add(bed, "persist=yes")
    cli(bed, "up", "work", "-w", "0", check=True)
    wait_for(lambda: status(bed, "work")["retry_count"] >= 2, 60, "attempts")
    assert state(bed) == "connecting"
    Lns(bed).start()
    wait_for_state(bed, "connected", 60)
    cli(bed, "down", "work", check=True)
    cli(bed, "delete", "work", check=True)
    bed.assert_nothing_left(service)


def test_autostart(bed, service):
    """At the start of the service, and again when the LNS comes later than we do."""
    add(bed, "autostart=yes")
    service.stop()
    again = Service(bed)
    wait_for(lambda: state(bed) == "connecting", 10, "an attempt")
    Lns(bed).start()
    wait_for_state(bed, "connected", 60)
    cli(bed, "delete", "work", check=True)
    bed.assert_nothing_left(again)
