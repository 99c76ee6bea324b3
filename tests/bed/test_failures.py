# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""What goes wrong has a stage, a cause, a remedy and an exit code, and leaves nothing behind."""

import shutil
import time
from pathlib import Path

import pytest

from bed import L2TP_PORT, LNS, run
from service import cli, status
from test_connect import add
from xl2tpd import Lns

CONNECT_FAILED, AUTH_FAILED, TIMEOUT = 4, 5, 3


def assert_failed(bed, service, up, code, stage, cause, remedy, error):
    """The CLI's exit code and two lines; the same in last_error; nothing left."""
    assert up.rc == code, up
    assert f"{stage}: " in up.stderr and cause in up.stderr and remedy in up.stderr
    info = status(bed, "work")
    assert info["state"] == "failed"
    assert info["last_error"]["name"] == f"org.l2tp.Error.{error}"
    assert info["last_error"]["message"].startswith(f"{stage}: ")
    assert cause in info["last_error"]["message"] and remedy in info["last_error"]["remedy"]
    bed.assert_nothing_left(service)


@pytest.mark.parametrize("auth, words", [
    ("pap", "“Login incorrect”"), ("chap", "“Access denied”"), ("mschap", "(MS-CHAP error 691)"),
    ("mschap-v2", "“Access denied”"), ("eap", "or the password")])
def test_wrong_password(bed, service, auth, words):
    """PPP-9: with the LNS's own words, where the protocol has any."""
    Lns(bed, auth=auth).start()
    add(bed, password="wrong")
    assert_failed(bed, service, cli(bed, "up", "work"), AUTH_FAILED,
                  "ppp", words, "password", "AuthFailed")


def test_no_password(bed, lns, service):
    """Known before the first packet."""
    cli(bed, "add", "work", f"gateway={LNS}", "user=alice", check=True)
    up = cli(bed, "up", "work")
    assert up.rc == AUTH_FAILED, up
    assert "password: is missing, and there is nobody to ask" in up.stderr
    assert status(bed, "work")["state"] == "disconnected"
    bed.assert_nothing_left(service)


def test_wrong_password_then_right(bed, lns, service):
    """A failure is no state that one cannot leave."""
    add(bed, password="wrong")
    assert cli(bed, "up", "work").rc == AUTH_FAILED
    cli(bed, "delete", "work", check=True)
    add(bed)
    cli(bed, "up", "work", check=True)


def test_port_closed(bed, service):
    """XPRT-22, before there is a tunnel: the next address at once."""
    bed.assert_port_closed()
    add(bed)
    start = time.monotonic()
    up = cli(bed, "up", "work")
    assert time.monotonic() - start < 5  # ICMP, not the timeout
    assert_failed(bed, service, up, CONNECT_FAILED,
                  "tunnel", f"nothing listens on UDP port {L2TP_PORT}", "gateway", "Unreachable")


def sccrqs_at(silent):
    """How many SCCRQs have come."""
    silent.setblocking(False)
    packets = []
    try:
        while True:
            packets.append(silent.recv(2000))
    except BlockingIOError:
        return sum(packet[12:20] == bytes.fromhex("8008000000000001") for packet in packets)


def test_silent_lns(bed, service):
    """XPRT-9, TUN-12: six sends, then the end after 31 s."""
    with bed.silent_lns() as silent:
        add(bed)
        up = cli(bed, "up", "work")
        assert sccrqs_at(silent) == 6
    assert_failed(bed, service, up, CONNECT_FAILED, "tunnel", "does not answer", "1701", "Timeout")


@pytest.mark.parametrize("options, sends, end", [
    (("retry-timeout=3", "max-retries=1"), 2, 9), (("retry-timeout=8",), 6, 48)])
def test_silent_lns_asked_as_wanted(bed, service, options, sends, end):
    """XPRT-8: the pace and the number are the user's, and the stage's deadline minds them."""
    with bed.silent_lns() as silent:
        add(bed, "work", *options)
        start = time.monotonic()
        up = cli(bed, "up", "work", timeout=90)
        took = time.monotonic() - start
        assert sccrqs_at(silent) == sends
    assert end - 0.5 < took < end + 5, took
    assert_failed(bed, service, up, CONNECT_FAILED, "tunnel", "does not answer", "1701", "Timeout")


def test_no_route(bed, lns, service):
    """The kernel's own word, at once, and not the silence of the LNS after half a minute."""
    add(bed, gateway="192.0.2.1")
    start = time.monotonic()
    up = cli(bed, "up", "work")
    assert time.monotonic() - start < 5
    assert_failed(bed, service, up, CONNECT_FAILED,
                  "tunnel", "cannot be reached", "network connection", "Unreachable")


def test_every_address_is_tried(bed, service):
    """Two that are silent, then the one that answers: each gets its time, none gets the last one's."""
    addresses = ("10.9.0.2", "10.9.0.3", "10.9.0.200")
    for address in addresses[1:]:
        run("ip", "-n", "lns", "addr", "add", f"{address}/24", "dev", "v1")
    with open("/etc/hosts", "a", encoding="ascii") as hosts:
        hosts.write("".join(f"{address} many.bed.example\n" for address in addresses))
    lns = Lns(bed, listen=addresses[2]).start()
    with bed.silent_lns(address=addresses[0]), bed.silent_lns(address=addresses[1]):
        add(bed, gateway="many.bed.example")
        cli(bed, "up", "work", check=True, timeout=90)
    bed.ping(lns.address)


def test_unknown_host(bed, service):
    add(bed, gateway="nowhere.bed.example")
    assert_failed(bed, service, cli(bed, "up", "work"), CONNECT_FAILED,
                  "resolve", "nowhere.bed.example", "gateway", "ResolveFailed")


def test_wrong_tunnel_secret(bed, service, tmp_path):
    """AUTH-3, TUN-32: the LNS's answer to our challenge is wrong."""
    Lns(bed, secret="right").start()
    secret = tmp_path / "secret"
    secret.write_text("wrong\n")
    add(bed, "work", "--tunnel-secret-file", secret)
    assert_failed(bed, service, cli(bed, "up", "work"), AUTH_FAILED,
                  "tunnel", "secret", "tunnel-secret", "AuthFailed")


def test_tunnel_secret_missing(bed, service):
    """TUN-29"""
    Lns(bed, secret="right").start()
    add(bed)
    assert_failed(bed, service, cli(bed, "up", "work"), AUTH_FAILED,
                  "tunnel", "secret", "tunnel-secret", "NoSecrets")


def test_pppd_missing(bed, lns, service):
    pppd = Path("/usr/sbin/pppd")
    away = pppd.with_suffix(".away")
    shutil.move(pppd, away)
    try:
        add(bed)
        assert_failed(bed, service, cli(bed, "up", "work"), CONNECT_FAILED,
                      "ppp", str(pppd), "ppp", "MissingDependency")
    finally:
        shutil.move(away, pppd)


def test_up_gives_up_waiting(bed, service):
    """Exit code 3: the attempt goes on, and down ends it."""
    with bed.silent_lns():
        add(bed)
        up = cli(bed, "up", "work", "-w", "1")
        assert up.rc == TIMEOUT
        assert status(bed, "work")["state"] == "connecting"
        cli(bed, "down", "work", check=True)
    bed.assert_nothing_left(service)


def test_bad_arguments(bed, service):
    """The message names the key; nothing is added."""
    for word, message in (("mtu=9", "mtu"), ("colour=red", "colour"), ("gateway=a b", "gateway"),
                          ("password=x", "password"), ("user=a\nb", "user")):
        done = cli(bed, "add", "work", f"gateway={LNS}", word)
        assert done.rc == 2 and message in done.stderr, done
    assert cli(bed, "status", "work").rc == 6
    assert cli(bed, "up", "nosuch").rc == 6


def test_not_built(bed, lns, service):
    """What we cannot do is kept and refused, never left out."""
    add(bed, "work", "mrru=1500")
    up = cli(bed, "up", "work")
    assert up.rc == CONNECT_FAILED, up
    assert "mrru: " in up.stderr and "not built yet" in up.stderr, up
    info = status(bed, "work")
    assert info["state"] == "failed"
    assert info["last_error"]["name"] == "org.l2tp.Error.InvalidSettings"
    assert info["last_error"]["message"].startswith("mrru: ")
    bed.assert_nothing_left(service)


def test_service_not_running(bed, service):
    service.stop()
    assert cli(bed, "list").rc == 8
