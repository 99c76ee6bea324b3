# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""service/ipsec against strongSwan: ours in lac, the LNS's in lns, and a UDP echo on port 1701 in
the place of L2TP."""

import os
from pathlib import Path

from bed import LAC, wait_for
from strongswan import (USUAL_SOCKET, Charon, Probe, assert_nothing_left, assert_protected, lns_conf,
                        policies, sas)

PSK = "s3cret-psk"


def test_ikev1_psk(bed, ours, lns_charon):
    lns_charon.load(lns_conf())
    probe = Probe(bed, ipsec_psk=PSK)
    status = probe.up()
    assert status["ikev2"] == "0" and status["encap"] == "0" and status["compatible"] == "0", status
    assert status["ike"].startswith("AES_CBC-256") and status["overhead"] != "0", status
    assert "progress phase-1" in probe.seen and not probe.heard("warning")
    assert_protected(bed)
    probe.down()
    assert_nothing_left(ours)
    probe.quit()


def test_ikev2_psk(bed, ours, lns_charon):
    lns_charon.load(lns_conf(version=2))
    probe = Probe(bed, ipsec_psk=PSK, ipsec_ikev2="yes")
    assert probe.up()["ikev2"] == "1"
    # IKEv2 needs the key once, and it can be found only as anybody's: it does not stay.
    wait_for(lambda: "unloaded shared key" in ours.process.log, 5, "the key's removal")
    assert_protected(bed)
    probe.down()
    assert_nothing_left(ours)


def test_prepared(bed, ours, lns_charon):
    lns_charon.load(lns_conf())
    probe = Probe(bed, ipsec_psk="0s" + "czNjcmV0LXBzaw==")
    probe.send("prepare")
    probe.wait("prepared")
    probe.up()
    assert "progress connecting" not in probe.seen
    probe.down()
    # And again, with the same object.
    probe.up()
    probe.down()
    assert_nothing_left(ours)


def test_anybodys_key(bed, ours, lns_charon):
    """An administrator's key for anybody is not taken for ours."""
    ours.load("secrets {\n  ike-any {\n    secret = anybody\n  }\n}\n")
    lns_charon.load(lns_conf())
    probe = Probe(bed, ipsec_psk=PSK)
    probe.up()
    probe.down()
    assert_nothing_left(ours)


def test_old_lns(bed, ours, lns_charon):
    lns_charon.load(lns_conf(ike="3des-sha1-modp1024", esp="3des-sha1"))
    probe = Probe(bed, ipsec_psk=PSK)
    status = probe.up()
    assert status["compatible"] == "1" and "3DES_CBC" in status["esp"], status
    warning = probe.heard("warning")[0]
    assert "3DES_CBC" in warning and "MODP_1024" in warning
    assert_protected(bed)
    probe.down()

    modern = Probe(bed, "modern", ipsec_psk=PSK, ipsec_profile="modern")
    failure, code, message = modern.fail()
    assert (failure, code) == ("ike-proposal", "IkeFailed")
    assert "ipsec-profile=compatible" in message and "aes256-sha256-ecp384" in message
    assert_nothing_left(ours)


def test_esp_proposal(bed, ours, lns_charon):
    lns_charon.load(lns_conf(esp="camellia128-sha1"))
    probe = Probe(bed, ipsec_psk=PSK)
    failure, code, message = probe.fail()
    assert failure == "esp-proposal" and "phase 2" in message and "NO_PROPOSAL_CHOSEN" in message
    custom = Probe(bed, "custom", ipsec_psk=PSK, ipsec_ike="aes_cbc256-sha2_256;dh14",
                   ipsec_esp="aes256-sha1")
    failure, code, message = custom.fail()
    assert failure == "esp-proposal" and "Remove ipsec-ike and ipsec-esp" in message
    assert_nothing_left(ours)


def test_pfs_only(bed, ours, lns_charon):
    lns_charon.load(lns_conf(ike="aes128-sha1-modp1536", esp="aes128-sha1-modp1536"))
    probe = Probe(bed, ipsec_psk=PSK)
    assert probe.up()["pfs"] == "1"
    probe.down()
    lns_charon.load(lns_conf())
    probe = Probe(bed, "pfs", ipsec_psk=PSK, ipsec_pfs="yes")
    assert probe.fail()[0] == "esp-proposal"
    assert_nothing_left(ours)


def test_selectors(bed, ours, lns_charon):
    lns_charon.load(lns_conf(remote_ts="dynamic[17/1701]"))
    probe = Probe(bed, ipsec_psk=PSK, local=f"{LAC} 45702")
    failure, code, message = probe.fail()
    assert failure == "selectors" and "local-port=1701" in message
    lns_charon.load(lns_conf())
    probe = Probe(bed, "ephemeral", ipsec_psk=PSK, local=f"{LAC} 45702", ipsec_forceencaps="yes")
    status = probe.up()
    assert status["encap"] == "1"
    assert_protected(bed, 45702)
    probe.down()
    assert_nothing_left(ours)


def test_daemon_killed(bed, ours, lns_charon):
    lns_charon.load(lns_conf())
    probe = Probe(bed, ipsec_psk=PSK, guard="yes")
    probe.up()
    assert sas("lac") == 2
    os.kill(ours.pid(), 9)
    assert probe.wait("lost").startswith("lost daemon-ended IkeFailed")
    assert sas("lac") == 0, "stale SAs"
    assert "dir out action block" in policies("lac")
    ours.start()
    probe.up()
    assert_protected(bed)
    probe.down()
    assert_nothing_left(ours)


def test_daemon_started(bed, lns_charon):
    """Without systemd, by its init script."""
    lns_charon.load(lns_conf())
    ours = Charon(bed, "lac", USUAL_SOCKET)
    script = Path("/etc/init.d/strongswan")
    script.write_text(f"#!/bin/sh\nSTRONGSWAN_CONF={ours.dir}/strongswan.conf exec setsid "
                      f"charon-systemd </dev/null >{bed.out}/started.log 2>&1 &\n")
    script.chmod(0o755)
    Path(USUAL_SOCKET).unlink(missing_ok=True)
    try:
        probe = Probe(bed, ipsec_psk=PSK)
        probe.up()
        probe.down()
        pid = ours.pid()
        assert pid, "strongSwan was stopped"
        os.kill(pid, 9)
    finally:
        script.unlink()
