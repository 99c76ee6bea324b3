# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""What the tests of EAP-TLS share. The LNS's side is pppd's own."""

from bed import LNS
from service import cli
from xl2tpd import Lns

PHRASE = "canary-" + "51ac77d0"  # not even in this file


class TlsLns(Lns):
    """It has the certificate `cert` and trusts `ca`."""

    def __init__(self, bed, pki, cert="lns", ca="ca", auth="eap", **settings):
        super().__init__(bed, users={}, auth=auth, **settings)
        self.write("ppp/eaptls-server", f"alice lns - {pki.dir / cert}.pem {pki.dir / ca}.pem "
                                        f"{pki.dir / cert}.key *\n")


def make_files(pki):
    """The user's certificates: alice.pem, .key, .p8 and .p12, and those of somebody else."""
    pki.sign("alice", "alice")
    pki.encrypt_key("alice", PHRASE)
    pki.pkcs12("alice", PHRASE)
    pki.sign("rogue-alice", "alice", ca="rogue-ca")
    pki.sign("expired-alice", "alice", expired=True)
    return pki


def add(bed, files, *options, cert="alice.pem", key="alice.p8", phrase=PHRASE, name="work"):
    path = bed.scratch / "phrase"
    path.write_text(f"{phrase}\n")
    path.chmod(0o600)
    cli(bed, "add", name, f"gateway={LNS}", "user=alice", "user-auth-type=tls",
        f"user-ca={files.dir / 'ca.pem'}", f"user-cert={files.dir / cert}",
        f"user-key={files.dir / key}", *options,
        *(["--user-certpass-file", path] if phrase else []), check=True)
    path.unlink()


def fail_to_connect(bed):
    done = cli(bed, "up", "work")
    assert done.rc != 0, done
    return done
