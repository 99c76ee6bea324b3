# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""strongSwan that is installed and does not run is started by systemd, and left running."""

from bed import run
from strongswan import Probe, load_modules


def test_started_by_systemd(bed):
    load_modules()
    run("systemctl", "stop", "strongswan.service", check=False)
    probe = Probe(bed, ipsec_psk="s3cret-psk")
    probe.send("prepare")
    assert probe.wait("prepared", "failed", timeout=60) == "prepared"
    # Not before its own settings have been loaded, which removes what is not among them.
    assert run("systemctl", "is-active", "strongswan.service").strip() == "active"
    probe.down()
    probe.quit()
    assert run("systemctl", "is-active", "strongswan.service").strip() == "active"


def test_not_to_be_started(bed):
    """Masked: the administrator's word is the last one, and the user hears of it."""
    run("systemctl", "stop", "strongswan.service", check=False)
    run("systemctl", "mask", "--runtime", "strongswan.service")
    probe = Probe(bed, "masked", ipsec_psk="s3cret-psk")
    failure, code, message = probe.fail(timeout=60)
    assert (failure, code) == ("no-daemon", "MissingDependency") and "masked" in message, message
