# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""An LNS that says nothing, each way of saying nothing at the same time: 65 seconds."""

import time

import wire
from bed import wait_for
from peer import CONNECT_FAILED, cli_directly

GUARD = 60  # SES-25
GIVE_UP = 31  # XPRT-9


def start(peer, name, port, **settings):
    """One connection on its way to one LNS."""
    peer.shared.add(name, f"port={port}")
    server = peer.start(name=name, port=port, **settings)
    peer.up()
    return server


def await_failure(peer, name, began):
    """Seconds until it failed, and last_error."""
    peer.name = name
    wait_for(lambda: peer.shared.state(name) == "failed", 90, f"failure of {name}")
    return time.monotonic() - began, peer.last_error()


def test_guards(peer):
    """LAC-3, LAC-14, SES-25, ERR-35, TUN-18, XPRT-9: nothing is waited for for ever, no
    retransmission is given up early, and the user is told what did not come."""
    began = time.monotonic()
    no_sccrp = start(peer, "no-sccrp", 1702, unanswered=(wire.SCCRQ,))
    no_icrp = start(peer, "no-icrp", 1703, unanswered=(wire.ICRQ,))
    no_ack = start(peer, "no-ack", 1704, deaf=(wire.ICRQ,))

    seconds, last = await_failure(peer, "no-ack", began)
    assert GIVE_UP - 1 <= seconds < GIVE_UP + 6, seconds
    assert last.name == "Timeout" and last.message.startswith("session: "), last
    assert len(no_ack.received(wire.ICRQ)) >= 6

    up = cli_directly(peer.bed, "up", "no-icrp", "-w", "90")  # joins the attempt
    seconds, last = await_failure(peer, "no-icrp", began)
    assert GUARD - 1 <= seconds < GUARD + 5, seconds
    assert up.rc == CONNECT_FAILED, up
    assert last.name == "Timeout" and last.message.startswith("session: "), last
    assert no_icrp.expect(wire.CDN).message.result[0] == 10
    assert no_icrp.expect(wire.STOPCCN).message.result[0] == 1

    seconds, last = await_failure(peer, "no-sccrp", began)
    assert GUARD - 1 <= seconds < GUARD + 5, seconds
    assert last.name == "Timeout" and last.message.startswith("tunnel: "), last
    assert len(no_sccrp.received(wire.SCCRQ)) == 1
    told = no_sccrp.expect(wire.STOPCCN).message
    assert told.tunnel_id == 0 and told.result[0] == 1, told
