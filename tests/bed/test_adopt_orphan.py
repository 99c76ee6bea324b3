# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""A service that never comes back: its pppd ends by itself, but not at once."""

import netns
from bed import wait_for
from service import Service, cli
from test_adopt import assert_same, up


def ping_for_a_minute(bed, address):
    ping = bed.start("ping", "lac", "ping", "-n", "-c", "300", "-i", "0.2", address)
    assert ping.wait(90) == 0


def test_nobody_comes_back(bed, lns, service):
    """Whoever comes within the time is a new beginning of it."""
    before = up(bed)
    service.kill()
    ping_for_a_minute(bed, lns.address)
    service = Service(bed)
    assert_same(bed, before)
    service.kill()
    ping_for_a_minute(bed, lns.address)
    assert netns.processes("lac", "pppd") == [before["pppd_pid"]]
    wait_for(lambda: not netns.processes("lac", "pppd"), 90, "the end of pppd", interval=1)
    bed.assert_nothing_left(timeout=1)
    wait_for(lambda: not lns.pppds(), 5, "the LNS has heard the end")
    service = Service(bed)
    cli(bed, "list", check=True)
    service.stop()
