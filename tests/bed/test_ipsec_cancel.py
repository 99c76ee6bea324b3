# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""service/ipsec when it is made to stop, in every stage: at once, and nothing stays behind."""

import time

import pytest

from strongswan import Probe, assert_nothing_left, lns_conf

PSK = "s3cret-psk"


@pytest.mark.parametrize("version", (1, 2))
@pytest.mark.parametrize("stage", ("none", "connecting", "initiating", "phase-1", "retrying",
                                   "silent"))
def test_cancel(bed, ours, lns_charon, stage, version):
    if stage == "silent":
        lns_charon.process.stop()
        bed.processes.remove(lns_charon.process)
        silent = bed.silent_lns(port=500)
    elif stage == "retrying":
        lns_charon.load(lns_conf(version=version, ike="3des-sha1-modp1024", esp="3des-sha1"))
    else:
        lns_charon.load(lns_conf(version=version))
    probe = Probe(bed, ipsec_psk=PSK, ipsec_ikev2="yes" if version == 2 else "no")
    if stage == "none":
        probe.send("up", "cancel")
    else:
        probe.send("up")
        wanted = "initiating" if stage == "silent" else stage
        while wanted not in probe.wait("progress"):
            pass
        probe.send("cancel")
    start = time.monotonic()
    line = probe.wait("failed", "up")
    assert time.monotonic() - start < 1
    # It may be too late to be cancelled, which the caller sees.
    assert line.startswith("up ") or "g-io-error-quark" in line
    probe.down()
    assert_nothing_left(ours)
    if stage == "silent":
        silent.close()


def test_down_while_going_up(bed, ours, lns_charon):
    lns_charon.load(lns_conf())
    probe = Probe(bed, ipsec_psk=PSK)
    probe.send("up", "down", "up")
    probe.wait("down")
    probe.wait("up")
    probe.down()
    assert_nothing_left(ours)
