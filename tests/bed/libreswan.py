# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""libreswan as the LNS's IKE daemon. Its package and strongSwan's exclude each other, so it is only
unpacked into the throw-away root: tests/bed/run --unpack libreswan."""

import os
import shutil
from pathlib import Path

from bed import LNS, Process, run, wait_for
from strongswan import load_modules

PROGRAMS = Path("/usr/libexec/ipsec")

CONF = """
config setup
  logtime=no
  ikev1-policy=accept
  dumpdir={dir}

conn lns
  left={address}
  leftprotoport=17/1701
  leftupdown=%disabled
  right=%any
  rightprotoport={protoport}
  type=transport
  ikev2={ikev2}
  ike={ike}
  phase2alg={esp}
  pfs=no
  rekey=no
  auto=add
{auth}
"""

PSK_AUTH = "  authby=secret"
CERTIFICATE_AUTH = """
  authby=rsasig
  leftcert=lns
  leftid=@lns.example
  leftsendcert=always
  rightid=%fromcert
  rightca=%same
"""


class Pluto:
    """pluto by itself, with its settings, keys and socket in a folder of its own."""

    def __init__(self, bed, ns="lns"):
        assert (PROGRAMS / "pluto").exists(), "run this with tests/bed/run --unpack libreswan"
        load_modules()
        self.bed, self.ns = bed, ns
        self.dir = bed.scratch / f"pluto-{ns}"
        shutil.rmtree(self.dir, ignore_errors=True)
        (self.dir / "nss").mkdir(parents=True)
        self.nss = f"sql:{self.dir}/nss"
        self.conf, self.secrets = self.dir / "ipsec.conf", self.dir / "ipsec.secrets"
        run("certutil", "-N", "-d", self.nss, "--empty-password")
        self.process = None

    def give(self, pki, name="lns"):
        """A certificate with its key, and the authority to trust."""
        path = pki.pkcs12(name, "box")
        run("pk12util", "-i", path, "-d", self.nss, "-W", "box", "-K", "")
        run("certutil", "-A", "-d", self.nss, "-n", "ca", "-t", "CT,,", "-a", "-i",
            pki.dir / "ca.pem")

    def start(self, psk=None, ikev2="no", ike="aes256-sha2;modp2048", esp="aes256-sha2",
              address=LNS):
        # In IKEv2 it takes "any port" for none that a client might want.
        self.conf.write_text(CONF.format(
            dir=self.dir, address=address, ikev2=ikev2, ike=ike, esp=esp,
            protoport="17/%any" if ikev2 == "no" else "17/1701",
            auth=PSK_AUTH if psk else CERTIFICATE_AUTH))
        self.secrets.write_text(f'{address} %any : PSK "{psk}"\n' if psk else "")
        self.process = Process(self.bed, "pluto", [
            PROGRAMS / "pluto", "--nofork", "--stderrlog", "--log-no-time", "--config", self.conf,
            "--secretsfile", self.secrets, "--rundir", self.dir, "--nssdir", self.dir / "nss",
            "--no-dnssec"], self.ns)
        socket = self.dir / "pluto.ctl"
        wait_for(lambda: socket.exists() or not self.process.alive(), 20, "libreswan")
        assert self.process.alive(), self.process.log
        self.tool("addconn", "--config", self.conf, "--ctlsocket", socket, "lns")
        self.whack("--listen")
        return self

    def tool(self, name, *args, **kwargs):
        env = {**os.environ, "IPSEC_EXECDIR": str(PROGRAMS)}
        return run(PROGRAMS / name, *args, ns=self.ns, env=env, **kwargs)

    def whack(self, *args, **kwargs):
        return self.tool("whack", "--rundir", self.dir, *args, **kwargs)
