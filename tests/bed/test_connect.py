# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""The main job: connect, carry traffic, disconnect, against an LNS that we did not write."""

import json
import re
from pathlib import Path

import pytest

import netns
from bed import L2TP_PORT, LNS, LNS6, run, wait_for
from service import Service, cli, status
from xl2tpd import Lns

STAGES = ["resolve", "tunnel", "session", "ppp", "ip", "connected"]


def add(bed, name="work", *options, password="s3cret", gateway=LNS):
    return cli(bed, "add", name, f"gateway={gateway}", "user=alice", *options,
               "--password-file", "-", stdin=password + "\n", check=True)


def test_up_status_ping_down(bed, lns, service):
    """VER-9, and what the kernel and pppd must be told for it: KRN-1/2/4/5/7/13/22, PPP-26, DATA-1."""
    add(bed)
    up = cli(bed, "up", "work", check=True)
    assert [stage for stage in STAGES if re.search(rf"^{stage}", up.stdout, re.M)] == STAGES
    info = status(bed, "work")
    assert info["name"] == "work" and info["state"] == "connected" and info["phase"] in ("", None)
    assert info["interface"] in bed.ppp_interfaces()
    assert info["addresses"] and info["addresses"][0].startswith("10.77.0.")
    assert info["peer"] == lns.address and info["gateway"] == LNS
    assert info["tunnel_id"] > 0 and info["peer_tunnel_id"] > 0
    assert info["session_id"] > 0 and info["peer_session_id"] > 0
    assert info["local_port"] in netns.bound_udp_ports("lac")
    assert Path(f"/proc/{info['pppd_pid']}/comm").read_text() == "pppd\n"
    assert info["last_error"] is None and info["since"]
    before = info["rx_bytes"]
    bed.ping(lns.address, count=3)
    assert status(bed, "work")["rx_bytes"] >= before + 3 * 84
    cli(bed, "down", "work", check=True)
    assert status(bed, "work")["state"] == "disconnected"
    bed.assert_nothing_left(service)
    service.stop()


def test_list_and_delete(bed, lns, service):
    add(bed, "one")
    add(bed, "two", "mtu=1300")
    assert [entry["name"] for entry in json.loads(cli(bed, "list", "--json").stdout)] == ["one", "two"]
    cli(bed, "up", "two", check=True)
    assert "mtu 1300" in bed.exec("lac", "ip", "link", "show", status(bed, "two")["interface"])
    cli(bed, "delete", "two", check=True)
    assert [entry["name"] for entry in json.loads(cli(bed, "list", "--json").stdout)] == ["one"]
    bed.assert_nothing_left(service)


@pytest.mark.parametrize("auth, name", [
    ("pap", "PAP"), ("chap", "CHAP-MD5"), ("mschap", "MS-CHAP"), ("mschap-v2", "MS-CHAPv2"),
    ("eap", "EAP")])
def test_authentication(bed, service, auth, name):
    """PPP-20: the plugin's hook answers, whatever the LNS asks with, and pppd tells which it was."""
    lns = Lns(bed, auth=auth).start()
    add(bed)
    cli(bed, "up", "work", check=True)
    assert f"authenticated by {name}\n" in service.log
    bed.ping(lns.address)


def test_tunnel_secret(bed, service, tmp_path):
    """AUTH-1, AUTH-2: each side proves itself to the other."""
    lns = Lns(bed, secret="tunnel-s3cret").start()
    secret = tmp_path / "secret"
    secret.write_text("tunnel-s3cret\n")
    add(bed, "work", "--tunnel-secret-file", secret)
    cli(bed, "up", "work", check=True)
    bed.ping(lns.address)


def test_sequencing(bed, lns, service):
    """AVP-39, KRN-11: ICCN asks for it. xl2tpd numbers nothing all the same, and the kernel follows it
    (DATA-3), so that nothing is lost."""
    add(bed, "work", "sequencing=yes")
    dump = bed.capture("sequencing", device="v0", expression="udp port 1701")
    cli(bed, "up", "work", check=True)
    bed.ping(lns.address, count=3)
    dump.stop()
    messages = bed.exec("lac", "tcpdump", "-nvr", bed.out / "sequencing.pcap")
    assert re.search(r"MSGTYPE\(ICCN\).*SEQ_REQUIRED", messages), messages


def test_hidden_avps(bed, service, tmp_path):
    """HIDE-6: xl2tpd understands what is hidden once it has authenticated us."""
    lns = Lns(bed, secret="tunnel-s3cret").start()
    secret = tmp_path / "secret"
    secret.write_text("tunnel-s3cret\n")
    add(bed, "work", "hide-avps=yes", "--tunnel-secret-file", secret)
    cli(bed, "up", "work", check=True)
    bed.ping(lns.address)


def test_trace(bed, tmp_path):
    """In words, without what would help to find the secret, and without any other debug line."""
    service = Service(bed, debug=False)
    Lns(bed, secret="tunnel-s3cret").start()
    secret = tmp_path / "secret"
    secret.write_text("tunnel-s3cret\n")
    add(bed, "work", "trace=yes", "hide-avps=yes", "calling-number=555", "--tunnel-secret-file", secret)
    cli(bed, "up", "work", check=True)
    cli(bed, "down", "work", check=True)
    for line in (r"sent SCCRQ to tunnel 0 session 0, Ns 0 Nr 0: Message Type 1, .*Host Name “l2tp-client”"
                 r".*Challenge \(16 octets\)",
                 r"received SCCRP to tunnel \d+ session 0, Ns 0 Nr 1: .*Vendor Name “xelerance.com”"
                 r".*Challenge Response \(16 octets\)",
                 r"sent ICRQ to .*Random Vector \(\d+ octets\).*Calling Number \(hidden\)",
                 r"received ICRP to ", r"sent ICCN to ", r"received ZLB to ", r"sent CDN to ",
                 r"sent StopCCN to .*Result Code 1"):
        assert re.search(line, service.log), f"{line}\n{service.log}"
    assert "tunnel-s3cret" not in service.log and "wait-ctl-reply" not in service.log
    assert "Calling Number “" not in service.log
    bed.assert_nothing_left(service)


def test_no_trace(bed, lns, service):
    add(bed)
    cli(bed, "up", "work", check=True)
    assert "SCCRQ to tunnel" not in service.log


def test_address_for_the_lns(bed, service):
    """It gets ours, having none."""
    lns = Lns(bed, options=["noipdefault", "ipcp-accept-local"])
    conf = (lns.dir / "xl2tpd.conf").read_text()
    lns.write("xl2tpd.conf", conf.replace(f"local ip = {lns.address}\n", ""))
    lns.start()
    add(bed, "work", "ipcp-peer-ip=10.77.0.77")
    cli(bed, "up", "work", check=True)
    assert status(bed, "work")["peer"] == "10.77.0.77"
    bed.ping("10.77.0.77")


def test_address_that_the_lns_does_not_want(bed, lns, service):
    """It has one, which is good enough for us."""
    add(bed, "work", "ipcp-peer-ip=10.77.0.77")
    cli(bed, "up", "work", check=True)
    assert status(bed, "work")["peer"] == lns.address
    bed.ping(lns.address)


@pytest.mark.parametrize("silent", [False, True])
def test_who_speaks_first(bed, service, silent):
    """PPP-24, PPP-25: an LNS that starts LCP, and one that waits for it; nobody waits 3 s."""
    lns = Lns(bed, silent=silent).start()
    add(bed)
    cli(bed, "up", "work", check=True)
    timeline = dict((mark["stage"], mark["time_us"] / 1e6) for mark in status(bed, "work")["timeline"])
    assert timeline["connected"] - timeline["session"] < 2.5
    bed.ping(lns.address)


def test_dns_and_no_resolv_conf(bed, service):
    """PPP-28: the servers are reported, /etc/ppp is neither read nor written."""
    Lns(bed, dns=["10.77.0.53", "10.77.0.54"]).start()
    add(bed)
    cli(bed, "up", "work", check=True)
    assert status(bed, "work")["dns"] == ["10.77.0.53", "10.77.0.54"]
    assert not Path("/etc/ppp/resolv.conf").exists()
    assert run("ls", f"/proc/{service.pid}/root/etc/ppp") == ""


def test_the_only_dns_server_is_told_once(bed, service):
    Lns(bed, dns=["10.77.0.53"]).start()
    add(bed)
    cli(bed, "up", "work", check=True)
    assert status(bed, "work")["dns"] == ["10.77.0.53"]


def test_interface_name(bed, lns, service):
    add(bed, "work", "interface-name=vpn0")
    cli(bed, "up", "work", check=True)
    assert status(bed, "work")["interface"] == "vpn0"
    assert "vpn0" in netns.interfaces("lac")


def test_fixed_local_port(bed, lns, service):
    """A fixed port is connected before the first packet (HDR-12 has the price)."""
    add(bed, "work", f"local-port={L2TP_PORT}")
    cli(bed, "up", "work", check=True)
    assert status(bed, "work")["local_port"] == L2TP_PORT
    cli(bed, "down", "work", check=True)
    cli(bed, "up", "work", check=True)  # the port is free again at once
    bed.ping(lns.address)


def test_ipv6_transport(bed, service):
    """KRN-3: the other sockaddr. xl2tpd has no IPv6, so the LNS's side is a relay to it."""
    lns = Lns(bed).start()
    bed.relay(LNS6, L2TP_PORT, LNS, L2TP_PORT)
    add(bed, gateway=f"[{LNS6}]")
    cli(bed, "up", "work", check=True)
    bed.ping(lns.address)
    cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(service)


def test_host_name(bed, lns, service):
    """The name comes from /etc/hosts; the first address refuses, the second one works."""
    hosts = Path("/etc/hosts")
    hosts.write_text(hosts.read_text() + f"10.9.0.3 vpn.bed.example\n{LNS} vpn.bed.example\n")
    run("ip", "-n", "lns", "addr", "add", "10.9.0.3/24", "dev", "v1")
    add(bed, gateway="vpn.bed.example")
    cli(bed, "up", "work", check=True)
    bed.ping(lns.address)


def test_twenty_times(bed, lns, service):
    """Nothing piles up."""
    add(bed, "work", "persist=yes")
    for _ in range(20):
        cli(bed, "up", "work", check=True)
        cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(pppds=1)
    cli(bed, "delete", "work", check=True)
    bed.assert_nothing_left(service)


def test_linger_ends(bed, lns, service):
    """XPRT-13: the plain socket that acknowledges repeats is there for 31 s, and no longer."""
    add(bed)
    cli(bed, "up", "work", check=True)
    cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(service)
    wait_for(lambda: not service.extra_descriptors(linger=False), 40, "the end of the linger")


def test_two_at_once(bed, lns, service):
    add(bed, "one")
    add(bed, "two")
    cli(bed, "up", "one", check=True)
    cli(bed, "up", "two", check=True)
    one, two = status(bed, "one"), status(bed, "two")
    assert one["interface"] != two["interface"] and one["addresses"] != two["addresses"]
    cli(bed, "down", "one", check=True)
    bed.ping(lns.address)
    assert status(bed, "two")["pppd_pid"] == two["pppd_pid"]


def test_nothing_secret_is_seen(bed, lns, service):
    """PPP-12"""
    add(bed)
    cli(bed, "up", "work", check=True)
    for pid in (service.pid, status(bed, "work")["pppd_pid"]):
        for part in ("cmdline", "environ"):
            assert b"s3cret" not in Path(f"/proc/{pid}/{part}").read_bytes()
    cli(bed, "down", "work", check=True)
    service.stop()
    assert "s3cret" not in service.log
