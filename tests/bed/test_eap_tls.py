# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""EAP-TLS: the user and the LNS know each other by certificates."""

import os
import signal

import pytest

from bed import wait_for
from caller import MANAGER, Caller
from eap_tls import PHRASE, TlsLns, add, fail_to_connect, make_files
from service import Service, cli, status
from strongswan import assert_nowhere


@pytest.fixture(scope="module", name="files")
def fixture_files(pki):
    return make_files(pki)


@pytest.mark.parametrize("cert, key, phrase", [
    ("alice.pem", "alice.key", None), ("alice.pem", "alice.p8", PHRASE),
    ("alice.p12", "alice.p12", PHRASE)])
def test_connects(bed, service, files, cert, key, phrase):
    """Whatever the files are, and the refuse-… options are for other ways (as in NetworkManager)."""
    lns = TlsLns(bed, files).start()
    add(bed, files, "refuse-eap=yes", cert=cert, key=key, phrase=phrase)
    cli(bed, "up", "work", check=True)
    bed.ping(lns.address)
    assert "authenticated by EAP-TLS\n" in service.log
    cli(bed, "down", "work", check=True)
    cli(bed, "delete", "work", check=True)
    bed.assert_nothing_left(service)


def test_kept_through_repairs(bed, service, files):
    """A pppd that dies is replaced under the same interface, by one with the same certificate; so it
    is when another service has taken over, which reads it anew."""
    lns = TlsLns(bed, files).start()
    add(bed, files)
    cli(bed, "up", "work", check=True)
    for _ in range(2):
        old = status(bed, "work")["pppd_pid"]
        os.kill(old, signal.SIGKILL)
        wait_for(lambda: (info := status(bed, "work"))["state"] == "connected"
                 and info["pppd_pid"] not in (0, old), 20, "another pppd")  # noqa: B023
        bed.ping(lns.address)
        service.kill()
        service = Service(bed)
        wait_for(lambda: status(bed, "work")["state"] == "connected", 10, "the call goes on")
        bed.ping(lns.address)


def test_canary(bed, service, files):
    """The passphrase is in no file but the profile, no argument list, no environment and no log, and
    what pppd has of the key is memory that nobody changes any more."""
    TlsLns(bed, files).start()
    add(bed, files)
    cli(bed, "up", "work", check=True)
    assert_nowhere(bed, PHRASE)
    pid = status(bed, "work")["pppd_pid"]
    memory = [number for number, target in Service.descriptors_of(pid).items()
              if target.startswith("/memfd:user-")]
    assert len(memory) == 3, Service.descriptors_of(pid)
    for number in memory:
        with pytest.raises(PermissionError):
            with open(f"/proc/{pid}/fd/{number}", "ab") as file:
                file.write(b"x")
    cli(bed, "down", "work", check=True)
    service.stop()
    assert_nowhere(bed, PHRASE)


def test_passphrase_asked_for(bed, service, files):
    """One that is missing or wrong is asked for, before the LNS hears of us."""
    lns = TlsLns(bed, files).start()
    add(bed, files, phrase=None)
    done = fail_to_connect(bed)
    assert "user-key: the passphrase is missing\n" in done.stderr, done
    with Caller() as caller:
        caller.register()
        path = caller.call(MANAGER, "FindByName", "work", {})[0]
        caller.call(path, "Connect", {})
        assert caller.question().names == ["user-certpass"]
        caller.reply({"user-certpass": "n0t-this"})
        question = caller.question()
        assert question.names == ["user-certpass"] and question.hints["retry"] is True
        assert "Start-Control-Connection-Request" not in lns.process.log, lns.process.log
        caller.reply({"user-certpass": PHRASE})
        wait_for(lambda: status(bed, "work")["state"] == "connected", 30, "connected")
    bed.ping(lns.address)
