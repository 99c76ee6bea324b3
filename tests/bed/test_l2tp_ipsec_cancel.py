# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""L2TP inside IPsec that ends too early, or with an IKE daemon that hangs."""

import os
import signal
import time

import pytest

from l2tp_ipsec import Wire, add, assert_nothing_secret_left
from service import cli
from strongswan import lns_conf, policies, sas
from test_hang_up import log_time
from traffic import tell


@pytest.mark.parametrize("step", ("idle -> opening", "initiating", "phase-1", "up"))
def test_cancelled(bed, ours, lns_charon, lns, service, step):
    lns_charon.load(lns_conf())
    add(bed)
    wire = Wire(bed)
    cli(bed, "up", "work", "-w", "0")
    service.wait_for_log(f"ipsec: {step}")
    start = time.monotonic()
    cli(bed, "down", "work", check=True)
    assert time.monotonic() - start < 4
    clear, _ = wire.stop()
    assert not clear, clear
    assert_nothing_secret_left(ours)
    bed.assert_nothing_left(service)


@pytest.mark.parametrize("who", ("call", "service"))
def test_daemon_hangs(bed, ours, lns_charon, lns, service, who):
    """The end of it all takes 3 s at most, and nothing of it stays in the kernel."""
    lns_charon.load(lns_conf())
    add(bed)
    wire = Wire(bed)
    cli(bed, "up", "work", check=True)
    os.kill(ours.pid(), signal.SIGSTOP)
    if who == "call":
        cli(bed, "down", "work", check=True)
    else:
        service.stop()
    taken = log_time(service, "call: stopping → ended") - log_time(service, "call: up → stopping")
    tell(bed, hung=taken)
    assert taken < 3.1
    assert not sas("lac") and "action block" not in policies("lac"), policies("lac")
    os.kill(ours.pid(), signal.SIGCONT)
    wire.assert_never_in_clear()
    if who == "call":
        cli(bed, "up", "work", check=True)
        bed.ping(lns.address)
        cli(bed, "down", "work", check=True)
        assert_nothing_secret_left(ours)
