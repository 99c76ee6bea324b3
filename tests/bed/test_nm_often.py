# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""A VPN of NetworkManager's again and again; a file of its own, for it takes its time."""

from bed import LNS
from nm import NetworkManager

TIMES = 20


def test_up_and_down(bed, lns, service):
    """Many times, and nothing is left. The full tunnel's routes: everything through the VPN but its
    own packets."""
    nm = NetworkManager(bed)
    nm.add()
    for _ in range(TIMES):
        assert "successfully activated" in nm.up(check=True).stdout
        interface, = bed.ppp_interfaces()
        bed.ping(lns.address)
        assert nm.default_routes() == {interface: 50, "v0": 100}, nm.routes()
        assert any(line.startswith(f"{LNS} dev v0 ") and "metric 50" in line
                   for line in nm.routes()), nm.routes()
        nm.down(check=True)
    nm.assert_all_gone(service)
    assert nm.default_routes() == {"v0": 100}
