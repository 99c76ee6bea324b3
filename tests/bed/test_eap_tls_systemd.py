# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""EAP-TLS by the installed unit, in its sandbox. Runs with `run --systemd`."""

from eap_tls import TlsLns, add, make_files
from service import cli, status
from strongswan import Pki
from test_systemd import unit  # the fixture is used by its name


def test_the_main_job(bed, unit):
    """Files from /etc: the unit has a /tmp of its own."""
    files = make_files(Pki("/etc/bed-pki"))
    lns = TlsLns(bed, files).start()
    add(bed, files)
    cli(bed, "up", "work", check=True)
    assert status(bed, "work")["state"] == "connected"
    bed.ping(lns.address)
    cli(bed, "down", "work", check=True)
    bed.assert_nothing_left()
