# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""service/ipsec when it goes wrong: each failure has a name, and nothing stays behind."""

import time

import pytest

from strongswan import Probe, assert_nothing_left, assert_protected, lns_conf, sas

PSK = "s3cret-psk"


@pytest.mark.parametrize("version", (1, 2))
def test_wrong_psk(bed, ours, lns_charon, version):
    lns_charon.load(lns_conf(version=version))
    probe = Probe(bed, ipsec_psk="wr0ng", ipsec_ikev2="yes" if version == 2 else "no")
    start = time.monotonic()
    failure, code, message = probe.fail()
    assert (failure, code) == ("psk", "AuthFailed") and "ipsec-psk" in message
    assert time.monotonic() - start < 10
    assert "wr0ng" not in message
    assert_nothing_left(ours)


@pytest.mark.parametrize("version", (1, 2))
def test_wrong_id(bed, ours, lns_charon, version):
    lns_charon.load(lns_conf(version=version, local="id = other.example"))
    probe = Probe(bed, ipsec_psk=PSK, ipsec_remote_id="lns.example",
                  ipsec_ikev2="yes" if version == 2 else "no")
    failure, code, message = probe.fail()
    # An LNS with IKEv2 is told whom we want, and may refuse by itself.
    assert failure == "peer-id" or (version == 2 and failure == "psk"), message
    assert "ipsec-" in message
    assert_nothing_left(ours)


def test_no_ikev1(bed, ours, lns_charon):
    lns_charon.load(lns_conf(version=2))
    probe = Probe(bed, ipsec_psk=PSK)
    failure, code, message = probe.fail()
    assert failure in ("ike-proposal", "version") and "ipsec-ikev2=yes" in message
    assert_nothing_left(ours)


def test_no_answer(bed, ours):
    sock = bed.silent_lns(port=500)
    probe = Probe(bed, ipsec_psk=PSK)
    start = time.monotonic()
    failure, code, message = probe.fail()
    assert (failure, code) == ("no-answer", "Timeout"), message
    assert 8 < time.monotonic() - start < 14
    sock.close()
    assert_nothing_left(ours)


def test_closed_and_unreachable(bed, ours):
    probe = Probe(bed, ipsec_psk=PSK)
    start = time.monotonic()
    assert probe.fail()[:2] == ["no-ike", "Unreachable"]
    assert time.monotonic() - start < 5
    probe = Probe(bed, "nobody", ipsec_psk=PSK, peer="10.9.0.99 1701")
    assert probe.fail()[:2] == ["unreachable", "Unreachable"]
    probe = Probe(bed, "nowhere", ipsec_psk=PSK, peer="192.0.2.1 1701")
    assert probe.fail()[:2] == ["unreachable", "Unreachable"]
    assert_nothing_left(ours)


def test_service_crashed(bed, ours, lns_charon):
    """What a service that was killed has left in the daemon is in nobody's way."""
    lns_charon.load(lns_conf())
    Probe(bed, "killed", ipsec_psk=PSK).up()
    bed.processes[-1].kill()
    probe = Probe(bed, ipsec_psk=PSK)
    probe.up()
    assert sas("lac") == 2
    assert_protected(bed)
    probe.down()
    assert_nothing_left(ours)


def test_daemon_not_there(bed, ours):
    probe = Probe(bed, ipsec_psk=PSK, socket="/run/nobody.vici")
    failure, code, message = probe.fail()
    assert (failure, code) == ("no-daemon", "MissingDependency")
