# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""L2TP inside IPsec that ends too early: by its user, or with its service."""

import time

import pytest

from bed import wait_for
from l2tp_ipsec import Wire, add, assert_nothing_secret_left
from service import Service, cli, status
from strongswan import lns_conf, policies


@pytest.mark.parametrize("step", ("connecting", "initiating", "phase-1", "up"))
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


def test_service_killed(bed, ours, lns_charon, lns, service):
    """The next one ends what it finds, under the SA that is still there, and dials anew."""
    lns_charon.load(lns_conf())
    add(bed)
    wire = Wire(bed)
    cli(bed, "up", "work", check=True)
    before = status(bed, "work")
    service.kill()
    assert "action block" in policies("lac")
    second = Service(bed)
    after = wait_for(lambda: (info := status(bed, "work"))["state"] == "connected"
                     and info["tunnel_id"] != before["tunnel_id"] and info, 30, "another tunnel")
    assert after["secured"], after
    assert policies("lac").count("action block") == 2, "one guard for each direction"
    bed.ping(lns.address)
    cli(bed, "down", "work", check=True)
    wire.assert_never_in_clear()
    assert_nothing_secret_left(ours)
    second.stop()
