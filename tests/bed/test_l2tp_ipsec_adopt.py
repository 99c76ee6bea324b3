# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""The service dies; tunnel and SA do not, and the next service looks after both: design section 6."""

import os
import re
import signal
from pathlib import Path

import pytest

from bed import wait_for
from l2tp_ipsec import (Wire, add_with_certificate, assert_nothing_secret_left, connect, connected,
                        end, ike, wait_for_tunnel)
from service import Service, status, wait_for_state
from strongswan import Charon, lns_conf, policies, sas
from test_adopt import Ping, again, assert_same, states
from test_l2tp_ipsec_life import LOST


def spis(bed):
    return sorted(re.findall(r"spi (0x\w+)", bed.exec("lac", "ip", "xfrm", "state")))


def guards():
    """Their selectors and numbers in the kernel's table."""
    return sorted(block for block in policies("lac").split("src ") if "action block" in block)


def end_all(bed, ours, service, wire):
    end(bed, ours, service, wire)
    assert not states()
    service.stop()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGUSR1])
@pytest.mark.parametrize("version", (1, 2))
def test_no_packet_is_lost(bed, ours, lns_charon, lns, service, version, number):
    wire, _ = connected(bed, lns_charon, ike(version), version=version)
    before, of_before, guard = status(bed, "work"), spis(bed), guards()
    assert len(guard) == 2 and before["secured"]
    ping = Ping(bed, lns.address)
    for _ in range(3):
        service = again(bed, service, number)
        assert_same(bed, before)
        service.wait_for_log("strongSwan's SA is adopted")
    assert ping.stop() == 0
    after = status(bed, "work")
    assert (after["cipher"], after["encap"]) == (before["cipher"], before["encap"]), after
    assert spis(bed) == of_before and guards() == guard
    end_all(bed, ours, service, wire)


def test_looked_after(bed, ours, lns_charon, lns, service):
    """The next service hears of its end, and has strongSwan load what somebody took out of it."""
    wire, before = connected(bed, lns_charon)
    service = again(bed, service)
    service.wait_for_log("strongSwan's SA is adopted")
    ours.load("")
    ours.swanctl("--rekey", "--child", "l2tp")  # an event, so that it looks
    service.wait_for_log("loading it again")
    wait_for(lambda: before["uuid"] in ours.swanctl("--list-conns"), 5, "the connection")
    ours.swanctl("--terminate", "--ike", f"l2tp-client-{before['uuid']}")
    service.wait_for_log(LOST)
    after = wait_for_state(bed, "work", "connected")
    assert after["tunnel_id"] == before["tunnel_id"] and after["secured"], after
    bed.ping(lns.address)
    end_all(bed, ours, service, wire)


def test_certificates(bed, ours, lns_charon, lns, service, pki):
    """Key and authorities go with the connection, whoever had them loaded."""
    pki.give(lns_charon, "lns")
    lns_charon.load(lns_conf(auth="pubkey", local="certs = lns.pem;id = lns.example",
                             remote="cacerts = ca.pem"))
    add_with_certificate(bed, pki)
    wire = Wire(bed)
    connect(bed)
    before = status(bed, "work")
    service = again(bed, service)
    service.wait_for_log("strongSwan's SA is adopted")
    assert_same(bed, before)
    bed.ping(lns.address)
    end_all(bed, ours, service, wire)


@pytest.mark.parametrize("how", ("terminated", "killed"))
def test_lost_meanwhile(bed, ours, lns_charon, lns, service, how):
    """No service sees it; the next one asks for another SA under the tunnel, behind the guard."""
    wire, before = connected(bed, lns_charon)
    service.kill()
    if how == "terminated":
        ours.swanctl("--terminate", "--ike", f"l2tp-client-{before['uuid']}")
    else:
        os.kill(ours.pid(), signal.SIGKILL)
        ours.start()
    service = Service(bed)
    service.wait_for_log(LOST)
    after = wait_for_state(bed, "work", "connected")
    assert after["tunnel_id"] == before["tunnel_id"] and after["secured"], after
    bed.ping(lns.address)
    end_all(bed, ours, service, wire)


def test_pppd_gone(bed, ours, lns_charon, lns, service):
    """What cannot be adopted is dialled anew, with an SA of its own, and one guard."""
    wire, before = connected(bed, lns_charon)
    service.kill()
    os.kill(before["pppd_pid"], signal.SIGKILL)
    service = Service(bed)
    after = wait_for_tunnel(bed, before, 30)
    assert after["secured"] and len(guards()) == 2 and sas("lac") == 2, after
    bed.ping(lns.address)
    end_all(bed, ours, service, wire)


@pytest.mark.parametrize("pppd", ("there", "gone"))
def test_not_wanted_any_more(bed, ours, lns_charon, lns, service, pppd):
    """Its profile has gone while no service ran: so does the SA."""
    wire, before = connected(bed, lns_charon)
    service.kill()
    if pppd == "gone":
        os.kill(before["pppd_pid"], signal.SIGKILL)
    for path in Path("/var/lib/l2tp-client/connections").glob("*.conf"):
        path.unlink()
    service = Service(bed)
    wait_for(lambda: not sas("lac") and before["uuid"] not in ours.swanctl("--list-conns"), 10,
             "no SA")
    wire.assert_never_in_clear()
    assert_nothing_secret_left(ours)
    bed.assert_nothing_left(service)


def test_hung_service_with_a_socket_of_its_own(bed, lns_charon, lns):
    """What ExecStopPost= does finds strongSwan where the service did."""
    settings = Path("/etc/l2tp-client/l2tp-client.conf")
    ours = Charon(bed, "lac", "/run/own.vici").start()
    settings.parent.mkdir(exist_ok=True)
    settings.write_text("[ipsec]\nvici-socket=/run/own.vici\n")
    service = Service(bed)
    wire, _ = connected(bed, lns_charon)
    service.kill()
    bed.exec("lac", "env", "SERVICE_RESULT=timeout", "/usr/libexec/l2tp-clientd", "--clean-up")
    wire.assert_never_in_clear()
    assert_nothing_secret_left(ours)
    bed.assert_nothing_left()
    settings.unlink()
