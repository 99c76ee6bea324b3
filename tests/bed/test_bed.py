# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""The bed is real: its kernel does L2TP and PPP, its LNS takes calls and refuses them, its helpers
do what they say. The service has no part in it."""

import errno
import re
import socket
from pathlib import Path

import pytest

import netns
from bed import L2TP_PORT, LAC, LNS, LNS6, wait_for
from xl2tpd import Lac, Lns


def connect(bed, lac):
    """Has xl2tpd dial; returns the interface and the address."""
    watch = netns.AddressWatch("lac")
    lac.connect()
    _, interface, address = watch.wait()
    watch.close()
    return interface, address


def test_the_machine_is_safe():
    """What is written is written to the overlay, and the source tree is not writable at all."""
    assert "overlay / overlay rw" in Path("/proc/mounts").read_text()
    with pytest.raises(OSError) as info:
        (Path(__file__).parent / "written").touch()
    assert info.value.errno == errno.EROFS


def test_xl2tpd_to_xl2tpd(bed, lns):
    lac = Lac(bed).start()
    interface, address = connect(bed, lac)
    assert address.startswith("10.77.0.")
    assert bed.ppp_interfaces() == [interface]
    assert len(netns.l2tp_tunnels("lac")) == 3  # the tunnel, its own socket, the session
    bed.ping(Lns.address, count=3)
    assert len(lac.pppds()) == 1 and len(lns.pppds()) == 1


@pytest.mark.parametrize("auth", ["pap", "mschap-v2"])
def test_auth(bed, auth):
    Lns(bed, auth=auth, secret="tunnel-secret").start()
    connect(bed, Lac(bed, secret="tunnel-secret").start())
    names = {"pap": "PAP AuthReq", "mschap-v2": "auth chap MS-v2"}
    assert names[auth] in (bed.out / "lns-pppd.log").read_text()


def test_wrong_password(bed, lns):
    """Also proves that the sides do not share their secrets files."""
    Lac(bed, password="wrong").start().connect()
    log = bed.out / "xl2tpd-lac-pppd.log"
    wait_for(lambda: log.exists() and "CHAP authentication failed" in log.read_text(), 20,
             "the LNS rejects the password")
    assert "10.77.0." not in bed.exec("lac", "ip", "-4", "addr")


def test_wrong_tunnel_secret(bed):
    lns = Lns(bed, secret="right").start()
    Lac(bed, secret="wrong").start().connect()
    lns.process.wait_for_log("Invalid challenge authentication")


def test_leaks_are_seen(bed, lns):
    bed.assert_nothing_left()
    lac = Lac(bed).start()
    connect(bed, lac)
    with pytest.raises(AssertionError, match="1 pppd.*TUNNEL.*SESSION.*ppp0"):
        bed.assert_nothing_left(timeout=0.1)
    lac.stop()
    bed.assert_nothing_left()


def test_lns_stop_and_kill(bed, lns):
    for end in (lns.stop, lns.kill):
        end()
        bed.assert_port_closed()
        lns.start()


def test_lns_frozen(bed, lns):
    lns.freeze()
    lac = Lac(bed).start()
    watch = netns.AddressWatch("lac")
    lac.connect()
    with pytest.raises(AssertionError):
        watch.wait(timeout=1)
    lns.thaw()
    watch.wait()


@pytest.mark.parametrize("address", [LNS, LNS6])
def test_silent_lns(bed, address):
    bed.assert_port_closed(address=address)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with bed.silent_lns(address=address) as silent, \
            netns.socket_in("lac", family, socket.SOCK_DGRAM) as client:
        client.sendto(b"hello", (address, L2TP_PORT))
        silent.settimeout(5)
        assert silent.recv(100) == b"hello"


def test_netem(bed):
    bed.netem(rtt=80)
    times = [float(ms) for ms in re.findall(r"time=([\d.]+)", bed.ping(LNS, count=5))]
    assert 80 <= sorted(times)[2] < 120
    bed.netem(loss=100)
    with pytest.raises(AssertionError, match="100% packet loss"):
        bed.ping(LNS, wait=1)
    bed.netem()
    bed.ping(LNS)


def test_capture(bed):
    dump = bed.capture("ping", device="v0", expression="icmp")
    bed.ping(LNS)
    dump.stop()
    text = bed.exec("lac", "tcpdump", "-nr", bed.out / "ping.pcap")
    assert f"{LAC} > {LNS}" in text and f"{LNS} > {LAC}" in text
