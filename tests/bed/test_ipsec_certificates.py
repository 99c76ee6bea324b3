# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""service/ipsec with certificates against strongSwan."""

import pytest

from strongswan import Probe, assert_nothing_left, assert_protected, lns_conf


@pytest.mark.parametrize("version", (1, 2))
def test_certificates(bed, ours, lns_charon, pki, version):
    pki.give(lns_charon, "lns")
    lns_charon.load(lns_conf(version=version, auth="pubkey", local="certs = lns.pem;id = lns.example",
                             remote="cacerts = ca.pem"))
    key = pki.encrypt_key("client", "n0t-this") if version == 1 else pki.dir / "client.key"
    # Of several authorities one will do.
    bundle = bed.scratch / "bundle.pem"
    bundle.write_text("".join((pki.dir / name).read_text() for name in ("rogue-ca.pem", "ca.pem")))
    probe = Probe(bed, machine_auth_type="tls", machine_ca=bundle,
                  machine_cert=pki.dir / "client.pem", machine_key=key, machine_certpass="n0t-this",
                  ipsec_remote_id="lns.example", ipsec_ikev2="yes" if version == 2 else "no")
    assert probe.up()["remote"] == "lns.example"
    assert_protected(bed)
    probe.down()
    assert_nothing_left(ours)
    assert "ca" not in ours.swanctl("--list-authorities")
    assert "has private key" not in ours.swanctl("--list-certs"), "our key is still there"


def test_pkcs12(bed, ours, lns_charon, pki):
    pki.give(lns_charon, "lns")
    lns_charon.load(lns_conf(auth="pubkey", local="certs = lns.pem;id = lns.example",
                             remote="cacerts = ca.pem"))
    path = pki.pkcs12("client", "box")
    probe = Probe(bed, machine_auth_type="tls", machine_cert=path, machine_certpass="box",
                  ipsec_remote_id="lns.example")
    probe.up()
    assert not probe.heard("warning")
    probe.down()
    # Without an identity the authority decides alone, and the user is told.
    probe = Probe(bed, "anybody", machine_auth_type="tls", machine_cert=path,
                  machine_certpass="box")
    probe.up()
    assert "ipsec-remote-id" in probe.heard("warning")[0]
    probe.down()
    probe = Probe(bed, "wrong-pass", machine_auth_type="tls", machine_cert=path,
                  machine_certpass="bux")
    _, code, message = probe.fail()
    assert code == "NoSecrets" and "machine-cert" in message


@pytest.mark.parametrize("name, ca, expected", (
    ("rogue-lns", "rogue-ca", "untrusted"), ("expired-lns", "ca", "expired")))
@pytest.mark.parametrize("version", (1, 2))
def test_bad_certificate(bed, ours, lns_charon, pki, version, name, ca, expected):
    pki.give(lns_charon, name, ca)
    pki.give(lns_charon, name, "ca")
    lns_charon.load(lns_conf(version=version, auth="pubkey",
                             local=f"certs = {name}.pem;id = lns.example", remote="cacerts = ca.pem"))
    probe = Probe(bed, machine_auth_type="tls", machine_ca=pki.dir / "ca.pem",
                  machine_cert=pki.dir / "client.pem", machine_key=pki.dir / "client.key",
                  ipsec_remote_id="lns.example", ipsec_ikev2="yes" if version == 2 else "no")
    failure, code, message = probe.fail()
    assert (failure, code) == (expected, "IkeFailed"), message
    assert_nothing_left(ours)
