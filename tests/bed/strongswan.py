# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""strongSwan on either side, and the probe that drives service/ipsec in lac.

Each daemon has a folder of its own for its settings and its socket: the one in lac listens in the
usual place, because that is where it is looked for."""

import contextlib
import functools
import os
import queue
import re
import shutil
import socket as sockets
import subprocess
import threading
import time
from pathlib import Path

import netns
from bed import LAC, LNS, Process, run, wait_for

MODULES = """xfrm_user af_key esp4 esp6 xfrm4_tunnel xfrm_ipcomp ipcomp authenc authencesn cbc ctr gcm
ccm ghash-generic hmac seqiv echainiv des_generic sha512_generic chacha20poly1305 cmac xcbc drbg
cryptd""".split()
FOLDERS = """x509 x509ca x509ocsp x509aa x509ac x509crl pubkey private rsa ecdsa bliss pkcs8
pkcs12""".split()
PLUGINS = """aes sha1 sha2 md5 random nonce x509 revocation constraints pubkey pkcs1 pkcs8 pem openssl
gmp hmac kdf gcm drbg kernel-netlink socket-default vici"""
USUAL_SOCKET = "/run/charon.vici"

# Only the plugins that are of use here: the others cost a second of every start.
STRONGSWAN_CONF = """
charon-systemd {{
  load = {plugins}
  {settings}
  plugins {{
    vici {{
      socket = unix://{socket}
    }}
  }}
  filelog {{
    stderr {{
      default = 1
      flush_line = yes
    }}
  }}
  journal {{
    default = -1
  }}
}}
swanctl {{
  load = pem pkcs1 pkcs8 x509 openssl random
}}
"""


@functools.cache
def load_modules():
    subprocess.run(["modprobe", "-qa", *MODULES], check=False)


class Charon:
    """charon-systemd without systemd."""

    def __init__(self, bed, ns, socket=None, settings=""):
        load_modules()
        self.bed, self.ns = bed, ns
        self.dir = bed.scratch / f"charon-{ns}"
        shutil.rmtree(self.dir, ignore_errors=True)
        for name in FOLDERS:
            (self.dir / name).mkdir(parents=True, exist_ok=True)
        self.socket = socket or str(self.dir / "vici")
        (self.dir / "strongswan.conf").write_text(STRONGSWAN_CONF.format(
            plugins=" ".join(PLUGINS.split()), socket=self.socket, settings=settings))
        self.env = {**os.environ, "STRONGSWAN_CONF": str(self.dir / "strongswan.conf"),
                    "SWANCTL_DIR": str(self.dir)}
        self.process = None

    def start(self):
        Path(self.socket).unlink(missing_ok=True)
        self.process = Process(self.bed, f"charon-{self.ns}", ["charon-systemd"], self.ns,
                               env=self.env)
        wait_for(lambda: Path(self.socket).is_socket() or not self.process.alive(), 20,
                 f"strongSwan in {self.ns}")
        assert self.process.alive(), self.process.log
        return self

    def pid(self):
        return netns.processes(self.ns, "charon-systemd")[0]

    def swanctl(self, *args, check=True):
        return run("swanctl", *args, "--uri", f"unix://{self.socket}", ns=self.ns, env=self.env,
                   check=check)

    def load(self, text):
        (self.dir / "swanctl.conf").write_text(text)
        out = self.swanctl("--load-all", "--noprompt", "--file", self.dir / "swanctl.conf")
        assert "failed" not in out, out


CONN = """
connections {{
  lns {{
    version = {version}
    local_addrs = {address}
    proposals = {ike}
    {conn}
    local {{
      auth = {auth}
      {local}
    }}
    remote {{
      auth = {auth}
      {remote}
    }}
    children {{
      l2tp {{
        mode = transport
        local_ts = {local_ts}
        remote_ts = {remote_ts}
        esp_proposals = {esp}
        {child}
      }}
    }}
  }}
}}
secrets {{
  ike-lns {{
    secret = "{psk}"
  }}
}}
"""

# The first group that we propose is among the LNS's: to one that wants another, charon 5.9 repeats its
# IKEv2 request, loses an answer that comes while it does, and may then fail to authenticate.
DEFAULTS = {
    "version": 1, "address": LNS, "auth": "psk", "psk": "s3cret-psk",
    "ike": "aes256-sha256-ecp384-modp2048", "esp": "aes256-sha256",
    "local_ts": "dynamic[17/1701]", "remote_ts": "dynamic[17]",
    "conn": "", "local": "", "remote": "", "child": "",
}


def lns_conf(**kwargs):
    fields = {**DEFAULTS, **kwargs}
    for key in ("conn", "local", "remote", "child"):
        fields[key] = "\n".join(part.strip() for part in fields[key].split(";"))
    return CONN.format(**fields)


TWO_KEYS = """
secrets {
  ike-1 {
    id = 10.9.0.2
    secret = one
  }
  ike-2 {
    id = 10.9.0.3
    secret = two
  }
}
"""


def two_lns_conf(**kwargs):
    """An LNS at 10.9.0.2, with the key "one", and one at 10.9.0.3, with the key "two"."""
    first, second = (lns_conf(address=address, local=f"id = {address}", **kwargs).split("secrets")[0]
                     for address in ("10.9.0.2", "10.9.0.3"))
    return first + second.replace("  lns {", "  lns2 {") + TWO_KEYS


ADMINS_CONF = """
connections {{
  admin {{
    version = 2
    local_addrs = {address}
    remote_addrs = {peer}
    proposals = aes128-sha256-modp2048
    local {{
      auth = psk
      id = {name}.example
    }}
    remote {{
      auth = psk
      id = {peer_name}.example
    }}
    children {{
      tunnel {{
        mode = tunnel
        local_ts = {net}
        remote_ts = {peer_net}
        esp_proposals = aes128-sha256
      }}
    }}
  }}
}}
secrets {{
  ike-admin {{
    id-1 = left.example
    id-2 = right.example
    secret = admins
  }}
}}
"""


class Admins:
    """An IPsec connection of the host's administrator, between networks behind both ends. It has
    addresses of its own, so that the LNS does not take ours for it."""

    LEFT = {"address": "10.9.0.7", "name": "left", "net": "10.55.1.0/24"}
    RIGHT = {"address": "10.9.0.8", "name": "right", "net": "10.55.2.0/24"}

    def __init__(self, bed, ours, lns_charon):
        self.bed, self.ours, self.lns_charon = bed, ours, lns_charon
        for ns, side, inside in (("lac", self.LEFT, "10.55.1.1"), ("lns", self.RIGHT, "10.55.2.1")):
            bed.add_address(f"{side['address']}/24", ns)
            bed.add_address(f"{inside}/32", ns)
        self.conf = self._conf(self.LEFT, self.RIGHT)
        ours.load(self.conf)
        self.load_lns("")
        ours.swanctl("--initiate", "--child", "tunnel")
        self.spis = self._spis()
        assert len(self.spis) == 2
        self.assert_untouched()

    @staticmethod
    def _conf(near, far):
        return ADMINS_CONF.format(**near, **{f"peer_{key}": value for key, value in far.items()},
                                  peer=far["address"])

    def load_lns(self, conf):
        """The LNS's settings besides the administrator's."""
        self.lns_charon.load(self._conf(self.RIGHT, self.LEFT) + conf)

    def _spis(self):
        state = self.bed.exec("lac", "ip", "xfrm", "state")
        blocks = ("src " + block for block in state.split("src ")[1:])
        return {re.search(r"spi (\S+)", block)[1] for block in blocks if "mode tunnel" in block}

    def assert_untouched(self):
        """The same SAs still carry its packets."""
        assert self._spis() == self.spis
        self.bed.exec("lac", "ping", "-n", "-c", "1", "-W", "5", "-I", "10.55.1.1", "10.55.2.1")

    def assert_known(self):
        """And the daemon has them, and what it needs for the next ones."""
        out = self.ours.swanctl("--list-sas")
        assert "admin: #" in out and "INSTALLED" in out, out
        assert "admin:" in self.ours.swanctl("--list-conns")


class Pki:
    """Two authorities, one of them nobody's, and what they signed. Made by openssl once a module."""

    def __init__(self, directory):
        self.dir = Path(directory)
        self.dir.mkdir(parents=True, exist_ok=True)
        for name in ("ca", "rogue-ca"):
            self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
                          "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj",
                          f"/O=Bed/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE",
                          "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        self.sign("lns", "lns.example")
        self.sign("client", "client.example")
        self.sign("rogue-lns", "lns.example", ca="rogue-ca")
        self.sign("expired-lns", "lns.example", expired=True)

    def _openssl(self, *args):
        run("openssl", *args, cwd=self.dir, timeout=120)

    def sign(self, name, common_name, ca="ca", expired=False):
        (self.dir / "san.cnf").write_text(f"subjectAltName=DNS:{common_name}\n")
        self._openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key",
                      "-out", f"{name}.csr", "-subj", f"/O=Bed/CN={common_name}")
        if expired:
            (self.dir / "index.txt").write_text("")
            (self.dir / "serial").write_text("4242\n")
            (self.dir / "ca.cnf").write_text(
                "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\n"
                "default_md=sha256\npolicy=p\nunique_subject=no\n[p]\norganizationName=optional\n"
                "commonName=supplied\n")
            self._openssl("ca", "-batch", "-config", "ca.cnf", "-cert", f"{ca}.pem", "-keyfile",
                          f"{ca}.key", "-in", f"{name}.csr", "-out", f"{name}.pem", "-notext",
                          "-startdate", "20200101000000Z", "-enddate", "20200201000000Z",
                          "-extfile", "san.cnf")
        else:
            self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{ca}.pem", "-CAkey",
                          f"{ca}.key", "-CAcreateserial", "-days", "20", "-out", f"{name}.pem",
                          "-extfile", "san.cnf")

    def encrypt_key(self, name, passphrase):
        self._openssl("pkcs8", "-topk8", "-in", f"{name}.key", "-out", f"{name}.p8", "-passout",
                      f"pass:{passphrase}")
        return self.dir / f"{name}.p8"

    def pkcs12(self, name, passphrase):
        self._openssl("pkcs12", "-export", "-in", f"{name}.pem", "-inkey", f"{name}.key",
                      "-certfile", "ca.pem", "-out", f"{name}.p12", "-name",
                      name, "-passout", f"pass:{passphrase}")
        return self.dir / f"{name}.p12"

    def give(self, charon, name, ca="ca"):
        for source, target in ((f"{name}.pem", f"x509/{name}.pem"), (f"{ca}.pem", f"x509ca/{ca}.pem"),
                               (f"{name}.key", f"private/{name}.pem")):
            (charon.dir / target).write_bytes((self.dir / source).read_bytes())


class Probe:
    """ipsec-probe in lac: one line a command, one line an answer."""

    def __init__(self, bed, name="probe", ns="lac", **options):
        self.bed, self.name = bed, name
        self.log = open(bed.out / f"{name}.log", "ab")
        program = Path(os.environ["BED_BUILD"]) / "tests/bed/ipsec-probe"
        with netns.inside(ns):
            self.popen = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                          stderr=self.log, start_new_session=True)
        self.pid = self.popen.pid
        self.lines, self.seen = queue.Queue(), []
        threading.Thread(target=self._read, daemon=True).start()
        bed.processes.append(self)
        options = {"ipsec-enabled": "yes", **{key.replace("_", "-"): value
                                              for key, value in options.items()}}
        self.send(*(f"{key}={value}" for key, value in options.items()), "")
        self.wait("ready")

    def _read(self):
        for line in self.popen.stdout:
            self.log.write(line)
            self.log.flush()
            self.lines.put(line.decode(errors="replace").rstrip("\n"))
        self.lines.put(None)

    def send(self, *lines):
        self.popen.stdin.write("".join(f"{line}\n" for line in lines).encode())
        self.popen.stdin.flush()

    def wait(self, *starts, timeout=30):
        """The next line that begins with one of these words; others are kept in seen."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                line = self.lines.get(timeout=max(deadline - time.monotonic(), 0))
            except queue.Empty:
                raise AssertionError(f"not within {timeout} s: {starts}; {self.seen}") from None
            assert line is not None, f"the probe has ended; {self.seen}"
            self.seen.append(line)
            if line.split(" ", 1)[0] in starts:
                return line

    def up(self, timeout=30):
        self.send("up")
        line = self.wait("up", "failed", timeout=timeout)
        assert line.startswith("up "), line
        return fields(line)

    def fail(self, timeout=30):
        """(failure, D-Bus error, message) of an up that must fail."""
        self.send("up")
        line = self.wait("up", "failed", timeout=timeout)
        assert line.startswith("failed "), line
        return line.split(" ", 3)[1:]

    def down(self):
        self.send("down")
        self.wait("down", timeout=5)

    def heard(self, start):
        """What has come already, without waiting."""
        while not self.lines.empty():
            self.seen.append(self.lines.get())
        return [line for line in self.seen if line and line.startswith(start)]

    def alive(self):
        return self.popen.poll() is None

    def kill(self):
        self.popen.kill()
        return self.popen.wait()

    def quit(self):
        self.send("quit")
        assert self.popen.wait(10) == 0


def fields(line):
    return dict(re.findall(r"(\S+?)=(\S*)", line))


def sas(ns):
    return run("ip", "-n", ns, "xfrm", "state").count("proto esp")


def policies(ns):
    return run("ip", "-n", ns, "xfrm", "policy")


ECHO = """
import socket, sys
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind((sys.argv[1], 1701))
print("echoing", flush=True)
while True:
    data, peer = sock.recvfrom(2048)
    sock.sendto(data, peer)
"""


def start_echo(bed, address=LNS):
    process = bed.start("echo", "lns", "/usr/bin/python3", "-c", ECHO, address)
    process.wait_for_log("echoing")
    return process


class Client:
    """A UDP socket in lac as L2TP's: asks the echo. Not connected: the guard refuses that, too."""

    def __init__(self, port=1701, address=LAC, ns="lac", peer=LNS):
        self.peer = peer
        self.socket = netns.socket_in(ns, sockets.AF_INET, sockets.SOCK_DGRAM)
        self.socket.bind((address, port))

    def ask(self, timeout=2, size=100):
        """Whether an answer came; the kernel's refusal to send is none."""
        self.socket.settimeout(timeout)
        try:
            self.socket.sendto(b"x" * size, (self.peer, 1701))
            return len(self.socket.recv(2048)) == size
        except (TimeoutError, PermissionError, BlockingIOError):
            return False

    def close(self):
        self.socket.close()


def assert_answers(client, **kwargs):
    """In IKEv1 the LNS may have its SAs a moment after us, and the first packet is lost."""
    wait_for(lambda: client.ask(0.5, **kwargs), 5, "an answer through the SA")


def assert_protected(bed, port=1701):
    """An echo through the SA, and not one packet in clear."""
    start_echo(bed)
    capture = bed.capture("wire", "lns", "v1", "udp port 1701 or esp or udp port 4500")
    client = Client(port)
    assert client.ask(), "no answer through the SA"
    client.close()
    capture.stop()
    seen = run("tcpdump", "-n", "-r", bed.out / "wire.pcap")
    # Behind the SA the receiving end sees the packet again; only what left in clear matters.
    clear = [line for line in seen.splitlines() if ".1701: " in line and "ESP" not in line]
    assert "ESP" in seen and not clear, seen


@contextlib.contextmanager
def nothing_in_clear(bed, ns="lac", address=LAC):
    """Of ours, that is: an LNS without a guard may answer once more while its SA goes."""
    name = f"clear-{ns}"
    capture = bed.capture(name, ns, "v0", f"src host {address} and udp port 1701")
    yield
    capture.stop()
    out = run("tcpdump", "-n", "-r", bed.out / f"{name}.pcap")
    assert ".1701" not in out, out


def assert_nothing_left(ours):
    out = ours.swanctl("--list-conns") + ours.swanctl("--list-sas")
    assert "l2tp-client" not in out, out
    assert not sas("lac")
    assert "0x4c32" not in policies("lac") and "19506" not in policies("lac")


def assert_nowhere(bed, secret):
    """In no file but the LNS's, no argument list and no environment."""
    needle = secret.encode()
    for proc in Path("/proc").iterdir():
        if proc.name.isdigit() and int(proc.name) != os.getpid():
            for name in ("cmdline", "environ"):
                try:
                    assert needle not in (proc / name).read_bytes(), proc
                except OSError:
                    pass
    for top in ("/run", "/tmp", "/etc", "/var/log", str(bed.out)):
        for path in Path(top).rglob("*"):
            # A namespace is a file that cannot be read.
            if (path.is_file() and path.name != "swanctl.conf" and not path.is_symlink()
                    and path.parent.name != "netns"):
                assert needle not in path.read_bytes(), path
