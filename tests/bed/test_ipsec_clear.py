# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""While service/ipsec goes through everything that can happen to it, one end does not cease to send
L2TP: not one packet leaves in clear, and an IPsec connection of the administrator's carries on."""

import contextlib
import os
import threading

import pytest

from bed import LNS, wait_for
from strongswan import Admins, Client, Probe, lns_conf, nothing_in_clear, start_echo

PSK = "s3cret-psk"


class Chatter(threading.Thread):
    """Sends from port 1701 to the LNS's, and counts what the kernel refused, and the answers."""

    def __init__(self):
        super().__init__(daemon=True)
        self.client, self.done = Client(), threading.Event()
        self.client.socket.setblocking(False)
        self.refused = self.answered = 0
        self.start()

    def run(self):
        sock = self.client.socket
        while not self.done.wait(0.02):
            try:
                sock.sendto(b"x" * 100, (LNS, 1701))
            except (PermissionError, BlockingIOError):
                self.refused += 1
            with contextlib.suppress(BlockingIOError):
                self.answered += len(sock.recv(2048)) == 100

    def wait_for_more(self, what):
        before = getattr(self, what)
        wait_for(lambda: getattr(self, what) > before + 2, 10, f"more packets {what}")

    def close(self):
        self.done.set()
        self.join()
        self.client.close()


class Scene:
    """What all that follows happens in: the guard, the chatter, the administrator's connection."""

    def __init__(self, bed, ours, lns_charon, pki, version):
        self.bed, self.ours, self.lns_charon, self.pki = bed, ours, lns_charon, pki
        self.version, self.count = version, 0
        self.admins = Admins(bed, ours, lns_charon)
        start_echo(bed)
        self.holder = Probe(bed, "holder", tag="holder", ipsec_psk=PSK, guard="yes")
        self.chatter = None

    def probe(self, **options):
        self.count += 1
        return Probe(self.bed, f"probe{self.count}", **{
            "ipsec_psk": PSK, "ipsec_ikev2": "yes" if self.version == 2 else "no", **options})

    def serve(self, **kwargs):
        self.admins.load_lns(lns_conf(**{"version": self.version, **kwargs}))

    def up(self, **options):
        probe = self.probe(**options)
        probe.up()
        self.chatter.wait_for_more("answered")
        return probe

    def end(self, probe):
        probe.down()
        self.chatter.wait_for_more("refused")

    @contextlib.contextmanager
    def on(self):
        with nothing_in_clear(self.bed):
            self.chatter = Chatter()
            try:
                yield
            finally:
                self.chatter.close()


def up_and_down(scene):
    scene.end(scene.up())


def rekeyed(scene):
    probe = scene.up()
    scene.ours.swanctl("--rekey", "--child", "l2tp")
    probe.wait("changed")
    scene.chatter.wait_for_more("answered")
    scene.end(probe)


def terminated_by_us(scene):
    probe = scene.up()
    scene.ours.swanctl("--terminate", "--ike", "l2tp-client-probe")
    probe.wait("lost")
    scene.end(probe)


def terminated_by_lns(scene):
    probe = scene.up()
    scene.lns_charon.swanctl("--terminate", "--ike", "lns")
    probe.wait("lost")
    scene.end(probe)


def load_all(scene):
    probe = scene.up()
    scene.ours.load(scene.admins.conf)
    scene.chatter.wait_for_more("answered")
    assert not probe.heard("lost")
    scene.end(probe)


def cancelled(scene):
    probe = scene.probe()
    probe.send("up")
    probe.wait("progress")
    probe.send("cancel")
    probe.wait("failed", "up")
    scene.end(probe)


def fails(scene, expected, **options):
    probe = scene.probe(**options)
    failure = probe.fail()
    assert failure[0] in expected, failure
    scene.end(probe)


def wrong_psk(scene):
    fails(scene, ("psk",), ipsec_psk="wr0ng")


def wrong_id(scene):
    scene.serve(local="id = other.example")
    fails(scene, ("peer-id", "psk"), ipsec_remote_id="lns.example")


def wrong_version(scene):
    scene.serve(version=3 - scene.version)
    fails(scene, ("ike-proposal", "version"))


def wrong_esp(scene):
    scene.serve(esp="camellia128-sha1")
    fails(scene, ("esp-proposal",))


def old_lns(scene):
    scene.serve(ike="3des-sha1-modp1024", esp="3des-sha1")
    up_and_down(scene)


def rogue(scene):
    pki = scene.pki
    pki.give(scene.lns_charon, "rogue-lns", "rogue-ca")
    pki.give(scene.lns_charon, "rogue-lns", "ca")
    scene.serve(auth="pubkey", local="certs = rogue-lns.pem;id = lns.example",
                remote="cacerts = ca.pem")
    fails(scene, ("untrusted",), machine_auth_type="tls", machine_ca=pki.dir / "ca.pem",
          machine_cert=pki.dir / "client.pem", machine_key=pki.dir / "client.key",
          ipsec_remote_id="lns.example")


def killed(scene):
    probe = scene.up()
    os.kill(scene.ours.pid(), 9)
    assert probe.wait("lost").startswith("lost daemon-ended")
    scene.chatter.wait_for_more("refused")
    scene.ours.start()
    scene.ours.load(scene.admins.conf)
    probe.up()
    scene.chatter.wait_for_more("answered")
    scene.end(probe)


HAPPENINGS = (up_and_down, rekeyed, terminated_by_us, terminated_by_lns, load_all, cancelled,
              wrong_psk, wrong_id, wrong_version, wrong_esp, old_lns, rogue)


@pytest.mark.parametrize("version", (1, 2))
def test_never_in_clear(bed, ours, lns_charon, pki, version):
    scene = Scene(bed, ours, lns_charon, pki, version)
    with scene.on():
        for happening in HAPPENINGS:
            print(happening.__name__, flush=True)
            scene.serve()
            happening(scene)
            scene.admins.assert_untouched()
        scene.admins.assert_known()
        # The daemon has forgotten then, not the kernel.
        scene.serve()
        killed(scene)
        scene.admins.assert_untouched()
    assert "l2tp-client" not in ours.swanctl("--list-conns") + ours.swanctl("--list-sas")
