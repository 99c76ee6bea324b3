# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""L2TP inside IPsec by the installed unit, in its sandbox. Runs with `run --systemd`."""

import signal
import time

from l2tp_ipsec import assert_nothing_secret_left, connect, connected
from service import cli, status
from test_adopt import Ping, assert_same
from test_adopt_systemd import hang, kill
from test_systemd import UNIT, run, show, unit  # the fixture is used by its name


def test_the_main_job(bed, ours, lns_charon, lns, unit):
    wire, _ = connected(bed, lns_charon)
    assert status(bed, "work")["secured"]
    bed.ping(lns.address)
    cli(bed, "down", "work", check=True)
    assert_nothing_secret_left(ours)
    connect(bed)
    start = time.monotonic()
    run("systemctl", "stop", UNIT)
    assert time.monotonic() - start < 4 and show("Result") == "success"
    wire.assert_never_in_clear()
    assert_nothing_secret_left(ours)
    bed.assert_nothing_left()


def test_killed(bed, ours, lns_charon, lns, unit):
    wire, before = connected(bed, lns_charon)
    ping = Ping(bed, lns.address)
    kill(show("MainPID"), signal.SIGKILL)
    assert_same(bed, before)
    assert ping.stop() == 0
    run("systemctl", "stop", UNIT)
    wire.assert_never_in_clear()
    assert_nothing_secret_left(ours)
    bed.assert_nothing_left()


def test_stop_of_a_hung_service(bed, ours, lns_charon, lns, unit):
    """What it has in strongSwan and in the kernel goes with it."""
    wire, _ = connected(bed, lns_charon)
    hang(bed)
    run("systemctl", "stop", UNIT)
    wire.assert_never_in_clear()
    assert_nothing_secret_left(ours)
    bed.assert_nothing_left()
