# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""service/ipsec against libreswan, which is what many an LNS runs, and is nobody's kin."""

import pytest

from libreswan import Pluto
from strongswan import (Client, Probe, assert_nothing_left, assert_protected, fields,
                        nothing_in_clear, sas)

PSK = "s3cret-psk"
# An IP packet of AES-CBC and HMAC-SHA256-128 grows by SPI and number, IV, padding, two octets, ICV.
OVERHEAD = 8 + 16 + 15 + 2 + 16


@pytest.fixture
def pluto(bed):
    return Pluto(bed)


@pytest.fixture
def clear(bed):
    """Not one L2TP packet in clear, from the first to the last moment."""
    with nothing_in_clear(bed):
        yield


def probe_for(bed, version, name="probe", **options):
    return Probe(bed, name, ipsec_ikev2="yes" if version == 2 else "no", **options)


def assert_life(bed, ours, pluto, probe, version):
    """Up, data, and an end that the LNS decides."""
    status = probe.up()
    assert status["ikev2"] == str(version - 1) and status["compatible"] == "0", status
    assert status["ike"] == ("AES_CBC-256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048"), status
    assert status["esp"] == "AES_CBC-256/HMAC_SHA2_256_128", status
    assert status["encap"] == "0" and int(status["overhead"]) == OVERHEAD, status
    assert_protected(bed)
    client = Client()
    assert client.ask(size=1400)
    pluto.whack("--terminate", "--name", "lns")
    assert probe.wait("lost").startswith("lost lost IkeFailed")
    assert not client.ask(0.3), "sent without an SA"
    client.close()
    probe.send("status")
    assert fields(probe.wait("status"))["up"] == "0"
    # The same object goes up again.
    probe.up()
    assert sas("lac") == 2
    probe.down()
    assert_nothing_left(ours)


@pytest.mark.parametrize("version", (1, 2))
def test_psk(bed, ours, pluto, clear, version):
    pluto.start(psk=PSK, ikev2="insist" if version == 2 else "no")
    probe = probe_for(bed, version, ipsec_psk=PSK, guard="yes")
    assert_life(bed, ours, pluto, probe, version)


@pytest.mark.parametrize("version", (1, 2))
def test_certificates(bed, ours, pluto, clear, pki, version):
    pluto.give(pki)
    pluto.start(ikev2="insist" if version == 2 else "no")
    probe = probe_for(bed, version, machine_auth_type="tls", machine_ca=pki.dir / "ca.pem",
                      machine_cert=pki.dir / "client.pem", machine_key=pki.dir / "client.key",
                      ipsec_remote_id="lns.example", guard="yes")
    assert_life(bed, ours, pluto, probe, version)


@pytest.mark.parametrize("version", (1, 2))
def test_wrong_psk(bed, ours, pluto, version):
    """libreswan says nothing in IKEv1: what comes again and again is the hint."""
    pluto.start(psk=PSK, ikev2="insist" if version == 2 else "no")
    probe = probe_for(bed, version, ipsec_psk="wr0ng")
    failure, code, message = probe.fail()
    assert (failure, code) == ("psk", "AuthFailed") and "ipsec-psk" in message, message
    assert_nothing_left(ours)
