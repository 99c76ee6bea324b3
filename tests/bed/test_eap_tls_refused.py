# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""EAP-TLS with the wrong certificates, and with LNSs that would do without."""

import os

import pytest

from eap_tls import TlsLns, add, fail_to_connect, make_files
from service import status
from test_failures import AUTH_FAILED
from xl2tpd import Lns

SUCCESS = f"plugin {os.environ.get('BED_BUILD')}/tests/bed/success-plugin.so"


@pytest.fixture(scope="module", name="files")
def fixture_files(pki):
    return make_files(pki)


@pytest.mark.parametrize("cert, key, text", [
    ("alice.pem", "rogue-alice.key", "user-key: is not the key of the certificate\n"),
    ("expired-alice.pem", "expired-alice.key", "user-cert: the certificate has expired on 2020"),
    ("alice.pem", "alice.pem", "user-key: no private key in this file\n")])
def test_bad_files(bed, service, files, cert, key, text):
    """They are told by the option that is to be corrected, and nothing is left."""
    add(bed, files, cert=cert, key=key, phrase=None)
    done = fail_to_connect(bed)
    assert text in done.stderr and "hint: " in done.stderr, done
    bed.assert_nothing_left(service)


def test_untrusted_lns(bed, service, files):
    """An LNS whose certificate another authority signed, or that has expired."""
    add(bed, files)
    for cert, why in (("rogue-lns", "unknown CA"), ("expired-lns", "certificate expired")):
        lns = TlsLns(bed, files, cert=cert, name=cert).start()
        done = fail_to_connect(bed)
        assert done.rc == AUTH_FAILED, done
        assert f"the LNS's certificate is refused: “{why}”\n" in done.stderr, done
        lns.stop()


def test_untrusted_user(bed, service, files):
    """An LNS that does not know our authority; the passphrase is not asked for again."""
    TlsLns(bed, files).start()
    add(bed, files, cert="rogue-alice.pem", key="rogue-alice.key", phrase=None)
    done = fail_to_connect(bed)
    assert done.rc == AUTH_FAILED, done
    assert "the LNS rejected the user's certificate: “unknown CA”\n" in done.stderr, done
    assert status(bed, "work")["state"] == "failed"


@pytest.mark.parametrize("auth", ["pap", "chap", "mschap-v2", "eap"])
def test_password_instead(bed, service, files, auth):
    """An LNS that would have a password gets none, though there is one."""
    Lns(bed, auth=auth).start()
    password = bed.scratch / "password"
    password.write_text("s3cret\n")
    password.chmod(0o600)
    add(bed, files, "--password-file", password)
    done = fail_to_connect(bed)
    assert done.rc == AUTH_FAILED, done
    assert "EAP-TLS" in done.stderr, done


def test_bare_success(bed, service, files):
    """pppd by itself takes it, and would go on to IPCP with whoever it is."""
    lns = TlsLns(bed, files, options=[SUCCESS]).start()
    add(bed, files)
    done = fail_to_connect(bed)
    assert done.rc == AUTH_FAILED, done
    assert "the LNS did not prove by EAP-TLS who it is\n" in done.stderr, done
    assert "the LNS does without EAP-TLS" in service.log
    assert "IPCP" not in (bed.out / f"{lns.name}-pppd.log").read_text()


def test_no_authentication(bed, service, files):
    """An LNS that lets everybody in has not shown who it is."""
    lns = TlsLns(bed, files)
    lns.write("xl2tpd.conf", (lns.dir / "xl2tpd.conf").read_text().replace(
        "require authentication = yes", "require authentication = no"))
    lns.write("options", (lns.dir / "options").read_text().replace("require-eap", "noauth"))
    lns.start()
    add(bed, files)
    done = fail_to_connect(bed)
    assert done.rc == AUTH_FAILED, done
    assert "the LNS did not prove by EAP-TLS who it is\n" in done.stderr, done
