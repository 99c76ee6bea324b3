#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""The tests' own LNS against the vectors, and against a client of a few lines: is it fit to judge
the service? test-lns.py VECTOR-DIRECTORY. Speaks TAP."""

import json
import pathlib
import socket
import subprocess
import sys
import traceback

import lns
import wire
from judge import Flow, judge, judge_message
from lns import Behaviour, Lns
from wire import Avp, message, u16, u32

VECTORS = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "tests/vectors")
HERE = pathlib.Path(__file__).resolve().parent


def load(name):
    return json.loads((VECTORS / f"{name}.json").read_text())


def whole_messages():
    """Every message that is given with what it means."""
    cisco = load("cisco_capture")
    for entry in (*load("messages")["vectors"], *cisco["complete"], *cisco["reconstructed"],
                  *load("hidden_avps")["messages"]):
        yield entry


def live_packets():
    for server in ("xl2tpd", "l2tpns"):
        for scenario in load(f"live_{server}")["scenarios"]:
            for packet in scenario["packets"]:
                yield scenario, packet


def compare_avp(avp, clear, wanted):
    assert (avp.type, avp.vendor, avp.m, avp.h) == (
        wanted["type"], wanted["vendor"], bool(wanted["M"]), bool(wanted["H"])), (avp, wanted)
    assert clear.value.hex() == wanted["value"], (clear, wanted)
    assert avp.value.hex() == (wanted["hidden_value"] if avp.h else wanted["value"]), (avp, wanted)
    if wanted.get("name") == "ResultCode":
        result, error, text = wire.Message([avp]).result
        assert result == wanted.get("result", result) and error == wanted.get("error", error)
        assert text.decode() == wanted.get("error_message", text.decode())


def check_messages():
    """VER-1: decoded as the vectors say, and encoded to the same octets."""
    for entry in whole_messages():
        octets, wanted = bytes.fromhex(entry["hex"]), entry["decoded"]
        decoded = wire.decode(octets)
        assert decoded.encode() == octets, entry["name"]
        assert (decoded.tunnel_id, decoded.session_id, decoded.ns, decoded.nr) == tuple(
            wanted[key] for key in ("tunnel_id", "session_id", "ns", "nr")), entry["name"]
        assert wanted["message"] in (decoded.name, "unknown", "FSQ"), entry["name"]
        secret = bytes.fromhex(entry.get("secret_hex", ""))
        clear = wire.reveal(decoded.avps, secret)
        assert len(clear) == len(wanted["avps"])
        for avp, plain, expected in zip(decoded.avps, clear, wanted["avps"]):
            compare_avp(avp, plain, expected)


def check_live_packets():
    """VER-1, VER-8"""
    count = 0
    for _, packet in live_packets():
        octets = bytes.fromhex(packet["hex"])
        decoded = wire.decode(octets)
        assert decoded.encode() == octets and decoded.name == packet["message"], packet
        count += 1
    assert count > 50


def check_authentication():
    """VER-2: AUTH-1"""
    auth = load("auth")
    for entry in auth["vectors"]:
        kind = entry.get("message_type_octet", entry.get("chap_id"))
        secret, challenge = (bytes.fromhex(entry[key]) for key in ("secret_hex", "challenge_hex"))
        assert wire.challenge_response(kind, secret, challenge).hex() == entry["response_hex"], entry
    for entry in auth["negative"]:
        assert entry["response_hex"] != entry["must_not_equal"]


def check_hiding():
    """VER-3: HIDE-1, HIDE-2 both ways"""
    for entry in load("hidden_avps")["vectors"]:
        secret, vector, value, padding, cipher = (bytes.fromhex(entry[key]) for key in (
            "secret_hex", "random_vector_hex", "cleartext_value_hex", "padding_hex",
            "hidden_value_hex"))
        kind = entry["attribute"]
        assert wire.hide(kind, value, secret, vector, padding) == cipher, entry["name"]
        assert wire.unhide(kind, cipher, secret, vector) == value, entry["name"]
        assert Avp(kind, cipher, h=True).encode().hex()[4:] == entry["avp_hex"][4:], entry["name"]
    example = Avp(9, wire.hide(9, b"\x12\x34", b"hello", bytes(range(0x10, 0x20))), h=True)
    assert example.encode().hex() == "c00a00000009184d2857"  # HIDE-9


def check_bad_hiding():
    """HIDE-3, HIDE-4, HIDE-8: nothing but BadAvps, or a value."""
    for entry in load("hidden_avps")["negative"]:
        try:
            avps = wire.decode(bytes.fromhex(entry["hex"])).avps
            clear = wire.reveal(avps, bytes.fromhex(entry["secret_hex"]))
            assert any(words in entry["name"] for words in (
                "wrong for the attribute", "zero-length Random", "no shared secret")), entry["name"]
            assert all(len(avp.value) < 1024 for avp in clear)
        except wire.BadAvps:
            pass


def check_concealment():
    """HIDE-7: what conceal() makes, reveal() undoes."""
    avps = message(wire.SCCRP, u16(wire.TUNNEL_ID, 7), u32(wire.FRAMING, 3)).avps
    hidden = wire.conceal(avps, b"hello", wire.TUNNEL_ID)
    assert [avp.h for avp in hidden] == [False, False, True, False]
    clear = wire.reveal(wire.split_avps(b"".join(avp.encode() for avp in hidden)), b"hello")
    assert [avp.value for avp in clear if avp.type != wire.RANDOM_VECTOR] == \
        [avp.value for avp in avps]


def check_malformed():
    """FZ-1…FZ-23, FZ-30…FZ-36: bad headers and lost framing are told apart; nothing else rises."""
    bad = {"headers": set(), "avps": set()}
    for entry in load("malformed")["vectors"]:
        number = int(entry["id"].split("-")[1])
        try:
            wire.decode(bytes.fromhex(entry["hex"]))
        except wire.BadHeader:
            bad["headers"].add(number)
        except wire.BadAvps as error:
            assert error.args[1].type is wire.ZLB
            bad["avps"].add(number)
    assert bad["headers"] == {*range(1, 7), *range(9, 16)}, bad
    assert bad["avps"] == {*range(17, 24), 30, 31, 32, 36}, bad


def check_data():
    """VER-5"""
    data = load("data")
    for entry in data["vectors"]:
        found, wanted = wire.decode_data(bytes.fromhex(entry["hex"])), entry["decoded"]
        for key in ("tunnel_id", "session_id", "length", "ns", "nr", "offset_size"):
            assert getattr(found, key) == wanted.get(key), (entry["name"], key)
        assert found.payload.hex() == wanted["payload"], entry["name"]
    for entry in data["negative"]:
        try:
            found = wire.decode_data(bytes.fromhex(entry["hex"]))
            assert "unknown" in entry["name"], (entry["name"], found)
        except wire.BadHeader:
            pass


def check_counters():
    """VER-4: XPRT-3, XPRT-6"""
    transport = load("transport")
    for entry in transport["receive_compare"]:
        assert wire.classify(entry["expected"], entry["ns"]) == entry["class"], entry
    for entry in transport["ack_validity"]:
        released = wire.acknowledges(entry["snd_una"], entry["snd_next"], entry["nr"])
        assert (released is not None) == entry["valid"], entry
        if entry["valid"]:
            assert released == entry["acked"], entry


def check_judge():
    """The judge accepts what a real client and the vectors say, and sees what is wrong."""
    for entry in load("messages")["vectors"]:
        decoded = wire.decode(bytes.fromhex(entry["hex"]))
        if decoded.type in (wire.SCCRQ, wire.SCCCN, wire.HELLO, wire.CDN, wire.STOPCCN):
            found = list(judge_message(decoded))
            assert not found, (entry["name"], found)
    good = message(wire.HELLO)
    for bad in (
            message(wire.HELLO, u16(wire.TUNNEL_ID, 1)), message(wire.OCRP), message(wire.SCCRP),
            message(wire.STOPCCN, wire.result_code(1)),
            message(wire.STOPCCN, wire.result_code(2), u16(wire.TUNNEL_ID, 1)),
            message(wire.STOPCCN, wire.result_code(2, 6), u16(wire.TUNNEL_ID, 1)),
            message(wire.STOPCCN, wire.result_code(1), u16(wire.TUNNEL_ID, 0)),
            message(wire.STOPCCN, wire.result_code(1), u16(wire.TUNNEL_ID, 1, m=False)),
            message(wire.HELLO, word=0xC803), message(wire.HELLO, word=0xCA02)):
        assert list(judge(bad, bad.encode(), None)), bad
    assert not list(judge(good, good.encode(), None))


class Wire:
    """Stands in for a tunnel in check_flow."""
    ns, told_nr = 5, 0


def check_flow():
    """The judge of counters: XPRT-1, XPRT-2, XPRT-6, XPRT-8, XPRT-11."""
    def complaints(*messages, window=4):
        flow = Flow(window)
        return [text[:7].rstrip(":") for each in messages for text in flow.judge(each, Wire)]
    hello, other = message(wire.HELLO), message(wire.CSUN)
    second = message(wire.HELLO, ns=1)
    assert complaints(hello, hello, second, wire.Message(ns=2)) == []
    assert complaints(hello, wire.Message(ns=0)) == ["XPRT-2"]
    assert complaints(hello, other) == ["XPRT-8"]
    assert complaints(message(wire.HELLO, ns=1)) == ["XPRT-1"]
    assert complaints(hello, second, window=1) == ["XPRT-11"]
    assert complaints(message(wire.HELLO, nr=6)) == ["XPRT-6"]
    assert complaints(message(wire.HELLO, nr=2), message(wire.HELLO, ns=1, nr=1)) == ["XPRT-8"]


class Client:
    """Just enough of a LAC to talk to the LNS: it sends what it is told to."""

    def __init__(self, port, tunnel_id=0x1234):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(5)
        self.port, self.id, self.peer_id = port, tunnel_id, 0

    def send(self, ns, nr, outgoing=None, session_id=0):
        outgoing = outgoing or wire.Message()
        outgoing.ns, outgoing.nr, outgoing.tunnel_id = ns, nr, self.peer_id
        outgoing.session_id = session_id
        self.socket.sendto(outgoing.encode(), ("127.0.0.1", self.port))

    def receive(self, kind, ns, nr):
        datagram, self.source = self.socket.recvfrom(65536)
        heard = wire.decode(datagram)
        assert (heard.type, heard.ns, heard.nr) == (kind, ns, nr), heard
        return heard

    def open(self, *more):
        """SCCRQ and SCCRP"""
        self.send(0, 0, message(wire.SCCRQ, Avp(2, b"\1\0"), u32(3, 3), Avp(7, b"lac"),
                                u16(9, self.id), *more))
        heard = self.receive(wire.SCCRP, 0, 1)
        self.peer_id = heard.number(wire.TUNNEL_ID)
        return heard

    def call(self):
        """SCCCN, ICRQ, ICRP, ICCN"""
        self.send(1, 1, message(wire.SCCCN))
        self.receive(wire.ZLB, 1, 2)
        self.send(2, 1, message(wire.ICRQ, u16(14, 99), u32(15, 1)))
        sid = self.receive(wire.ICRP, 1, 3).number(wire.SESSION_ID)
        self.send(3, 2, message(wire.ICCN, u32(24, 1), u32(19, 1)), sid)
        self.receive(wire.ZLB, 2, 4)
        return sid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


def talk(behaviour, script, complaints=0):
    with Lns(behaviour, port=0) as peer, Client(peer.port) as client:
        script(client, peer)
    assert not peer.errors and len(peer.complaints) == complaints, (peer.errors, peer.complaints)


def check_call():
    """The flow of section 4: XPRT-1, XPRT-2, XPRT-4."""
    def script(client, peer):
        heard = client.open()
        assert heard.tunnel_id == client.id and heard.number(wire.WINDOW) == 4
        sid = client.call()
        client.send(3, 2, message(wire.ICCN, u32(24, 1), u32(19, 1)), sid)  # a duplicate
        client.receive(wire.ZLB, 2, 4)
        request = b"\xff\x03\xc0\x21\5\1\0\4"
        client.socket.sendto(wire.encode_data(client.peer_id, sid, request), ("127.0.0.1", peer.port))
        answer = wire.decode_data(client.socket.recv(100))
        assert (answer.tunnel_id, answer.session_id) == (client.id, 99)
        assert answer.payload == request.replace(b"\5", b"\6")
        client.send(4, 2, message(wire.CDN, wire.result_code(3, 0), u16(14, 99)), sid)
        client.receive(wire.ZLB, 2, 5)
        client.send(5, 2, message(wire.STOPCCN, wire.result_code(1, 0), u16(9, client.id)))
        client.receive(wire.ZLB, 2, 6)
        assert not peer.tunnel.sessions and peer.tunnel.stopped
    talk(None, script)


def check_challenge():
    """AUTH-1…AUTH-3"""
    def right(client, peer):
        heard = client.open(Avp(wire.CHALLENGE, b"abcd"))
        assert heard.get(wire.RESPONSE).value == wire.challenge_response(2, b"hello", b"abcd")
        proof = wire.challenge_response(3, b"hello", heard.get(wire.CHALLENGE).value)
        client.send(1, 1, message(wire.SCCCN, Avp(wire.RESPONSE, proof)))
        client.receive(wire.ZLB, 1, 2)

    def wrong(client, peer):
        client.open()
        client.send(1, 1, message(wire.SCCCN))
        assert client.receive(wire.STOPCCN, 1, 2).result[0] == 4
    behaviour = Behaviour(secret=b"hello", challenge=True)
    talk(behaviour, right)
    talk(behaviour, wrong)


def check_faults():
    """Losing, repeating, floating, hiding, silence: the wire shows them."""
    talk(Behaviour(carry={wire.SCCRP: lns.lost()}), lambda client, _: client.open())

    def repeated(client, _):
        client.open()
        client.receive(wire.SCCRP, 0, 1)
    talk(Behaviour(carry={wire.SCCRP: lns.twice}), repeated)

    def floated(client, peer):
        client.open()
        assert client.source[1] != peer.port
    talk(Behaviour(answer_from=("127.0.0.1", 0)), floated)

    def hidden(client, _):
        client.send(0, 0, message(wire.SCCRQ, Avp(2, b"\1\0"), u32(3, 3), Avp(7, b"lac"), u16(9, 5)))
        avps = wire.reveal(client.receive(wire.SCCRP, 0, 1).avps, b"hello")
        assert [len(avp.value) for avp in avps if avp.type == wire.TUNNEL_ID] == [2]
    talk(Behaviour(secret=b"hello", hidden=(wire.TUNNEL_ID,)), hidden)

    def unanswered(client, peer):
        client.send(0, 0, message(wire.SCCRQ, Avp(2, b"\1\0"), u32(3, 3), Avp(7, b"lac"), u16(9, 5)))
        client.receive(wire.ZLB, 0, 1)
    talk(Behaviour(unanswered=(wire.SCCRQ,)), unanswered)


def check_refusals():
    """The data of Behaviour: instead, then, edit."""
    def stopped(client, _):
        client.send(0, 0, message(wire.SCCRQ, Avp(2, b"\1\0"), u32(3, 3), Avp(7, b"lac"), u16(9, 5)))
        assert client.receive(wire.STOPCCN, 0, 1).result == (2, 4, b"full")
    talk(Behaviour(instead={wire.SCCRQ: lns.stop(2, 4, b"full")}), stopped)

    def spoilt(client, _):
        client.send(0, 0, message(wire.SCCRQ, Avp(2, b"\1\0"), u32(3, 3), Avp(7, b"lac"), u16(9, 5)))
        assert client.receive(wire.SCCRP, 0, 1).get(wire.TUNNEL_ID) is None
    talk(Behaviour(edit={wire.SCCRP: lns.without(wire.TUNNEL_ID)}), spoilt)

    def swapped(client, peer):
        client.open()
        client.call()
        peer.do(peer.tunnel.swapped_hellos)
        client.receive(wire.HELLO, 3, 4)
        client.receive(wire.HELLO, 2, 4)
    talk(None, swapped)


def check_program():
    """The same as a process, with its record of JSON lines."""
    process = subprocess.Popen(
        [sys.executable, HERE / "lns.py", "--port", "0", "--log", "/dev/stderr",
         "--behaviour", "stop:result=2,error=6,text=no"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    port = int(process.stdout.readline().split()[-1])
    with Client(port) as client:
        client.send(0, 0, message(wire.SCCRQ, Avp(2, b"\1\0"), u32(3, 3), Avp(7, b"lac"), u16(9, 5)))
        assert client.receive(wire.STOPCCN, 0, 1).result == (2, 6, b"no")
    process.terminate()
    _, log = process.communicate(timeout=10)
    assert process.returncode == 0, log
    lines = [json.loads(line) for line in log.splitlines()]
    assert [line["message"] for line in lines] == ["SCCRQ", "StopCCN"], lines
    assert [line["direction"] for line in lines] == ["in", "out"]


def main():
    checks = [(name, value) for name, value in globals().items() if name.startswith("check_")]
    print(f"1..{len(checks)}", flush=True)
    failed = 0
    for number, (name, check) in enumerate(checks, 1):
        try:
            check()
            print(f"ok {number} - {name[6:]}", flush=True)
        except Exception:
            failed += 1
            print("".join(f"# {line}\n" for line in traceback.format_exc().splitlines()), end="")
            print(f"not ok {number} - {name[6:]}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
