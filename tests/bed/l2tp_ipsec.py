# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""What the tests of L2TP inside IPsec share."""

import json

from bed import LNS, run, wait_for
from service import cli, status
from strongswan import assert_nothing_left, lns_conf, policies

PSK = "s3cret-psk"


def add(bed, name="work", *options, gateway=LNS, psk=PSK):
    """A connection with a pre-shared key."""
    path = bed.scratch / f"{name}.psk"
    path.write_text(psk + "\n")
    path.chmod(0o600)
    cli(bed, "add", name, f"gateway={gateway}", "user=alice", "ipsec-enabled=yes", *options,
        "--password-file", "-", "--ipsec-psk-file", path, stdin="s3cret\n", check=True)
    path.unlink()


def add_with_certificate(bed, pki, *options):
    """By certificates; the key is root's alone."""
    key = pki.dir / "client.key"
    key.chmod(0o600)
    cli(bed, "add", "work", f"gateway={LNS}", "user=alice", "ipsec-enabled=yes",
        "machine-auth-type=tls", f"machine-ca={pki.dir / 'ca.pem'}",
        f"machine-cert={pki.dir / 'client.pem'}", f"machine-key={key}",
        "ipsec-remote-id=lns.example", *options, "--password-file", "-", stdin="s3cret\n",
        check=True)


def ike(version):
    return f"ipsec-ikev2={'yes' if version == 2 else 'no'}"


def connect(bed, name="work"):
    return cli(bed, "up", name, check=True).stdout


class Wire:
    """What leaves v0 on the way to the LNS: the guard's and the SA's word is proved there. What an
    LNS sends in clear, for lack of a guard, is its own affair, and is dropped."""

    def __init__(self, bed, name="wire"):
        self.bed, self.name = bed, name
        link = json.loads(bed.exec("lac", "ip", "-json", "link", "show", "v0"))
        self.capture = bed.capture(name, "lac", "v0", f"ether src {link[0]['address']} and "
                                   "(udp port 1701 or esp or udp port 4500)")

    def stop(self):
        """(lines of L2TP in clear, lines of ESP)"""
        self.capture.stop()
        lines = run("tcpdump", "-n", "-r", self.bed.out / f"{self.name}.pcap").splitlines()
        esp = [line for line in lines if "ESP" in line]
        return [line for line in lines if ".1701: " in line and "ESP" not in line], esp

    def assert_never_in_clear(self):
        clear, esp = self.stop()
        assert not clear and esp, clear


def assert_nothing_secret_left(ours):
    """No SA, no policy, no guard, no connection and no key in the daemon."""
    assert_nothing_left(ours)
    assert "action block" not in policies("lac"), policies("lac")
    assert "l2tp-client" not in ours.swanctl("--list-authorities")
    keys = run("ip", "-n", "lac", "xfrm", "state")
    assert not keys.strip(), keys


def wait_for_tunnel(bed, before, timeout):
    """Connected, and not by the tunnel of that status."""
    return wait_for(lambda: (info := status(bed, "work"))["state"] == "connected"
                    and info["tunnel_id"] != before["tunnel_id"] and info, timeout, "another tunnel")


def connected(bed, lns_charon, *options, **conf):
    """work, with a pre-shared key: what leaves since before it was up, and its status then. conf:
    the LNS's, as of lns_conf()."""
    lns_charon.load(lns_conf(**conf))
    add(bed, "work", *options)
    wire = Wire(bed)
    connect(bed)
    return wire, status(bed, "work")


def end(bed, ours, service, wire):
    """Down: not a packet was in clear, and nothing is left."""
    cli(bed, "down", "work", check=True)
    wire.assert_never_in_clear()
    assert_nothing_secret_left(ours)
    bed.assert_nothing_left(service)
