#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""Makes the fuzz targets' first inputs from the vectors: seeds.py VECTORS/messages.json OUT-DIR.
One file TARGET.hex each, one input a line; the layouts are at the head of each fuzz-TARGET.c."""

import json
import struct
import sys
from pathlib import Path

VECTORS, OUT = Path(sys.argv[1]).parent, Path(sys.argv[2])


def load(name):
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


def datagrams():
    for name in ("messages", "malformed"):
        for vector in load(name)["vectors"]:
            yield bytes.fromhex(vector["hex"])
    for vector in load("hidden_avps")["messages"] + load("hidden_avps")["negative"]:
        if "hex" in vector:
            yield bytes.fromhex(vector["hex"])


def message():
    for data in datagrams():
        yield b"\1" + data
        yield b"\3" + data[12:]


def hide():
    for vector in load("hidden_avps")["vectors"]:
        secret, rv, padding, value = (bytes.fromhex(vector[f"{key}_hex"]) for key in
                                      ("secret", "random_vector", "padding", "hidden_value"))
        yield (struct.pack("!HBBB", vector["attribute"], len(secret), len(rv), min(len(padding), 255))
               + secret + rv + padding[:255] + value)


DATAGRAM, AVPS, SEQUENCE, MESSAGE, TIMEOUT, WAIT, CLOSE, PROBE, DATA, ACK, OPEN, CONNECT, HANGUP = range(13)
UP = bytes((OPEN, 7, MESSAGE, 2, 0, MESSAGE, 11, 7, CONNECT, 7, ACK))


def tunnel():
    for flags in (7, 15):
        start = bytes((flags,))
        yield start + UP + bytes((PROBE, ACK, HANGUP, 7, ACK, TIMEOUT, ACK, TIMEOUT))
        yield start + UP + bytes((MESSAGE, 14, 7, OPEN, 9, MESSAGE, 11, 9, CONNECT, 9, CLOSE, 1, ACK, TIMEOUT))
        yield start + UP + bytes((TIMEOUT, SEQUENCE, 1, 0, SEQUENCE, 0, 0, SEQUENCE, 255, 1, MESSAGE, 4, 0))
        yield start + UP + bytes((TIMEOUT,) * 12)
        yield start + bytes((WAIT, 4, 0) * 12)
    for data in datagrams():
        if len(data) < 256 + 12:
            yield b"\x07" + bytes((OPEN, 7, DATAGRAM, min(len(data), 255))) + data[:255]
            yield b"\x0f" + UP + bytes((AVPS, 7, len(data[12:]))) + data[12:] + bytes((TIMEOUT,))


def state():
    for flags in range(16):
        yield bytes((flags,))
        for at in range(0, 400, 3):
            yield bytes((flags,)) + b"".join(struct.pack(">HB", at + i, (at * 7 + i) & 255) for i in range(3))
            yield struct.pack(">BHB", flags, at, 255)


def link():
    shapes = ((1, 16, 5), (1, 16, 6), (3, 0, 1), (2, 257, 0), (16, 4, 0), (17, 4, 0), (18, 4, 1), (19, 0, 0),
              (20, 512, 0), (22, 0, 0), (23, 4, 0))
    for kind, size, fds in shapes:
        yield bytes((fds, kind)) + bytes(size)
        yield bytes((fds, kind)) + bytes(size + 1)
    yield (b"\0\x15" + bytes((10, 77, 0, 10, 10, 77, 0, 1)) + bytes(8) + struct.pack("=I", 1400)
           + b"ppp0".ljust(16, b"\0"))
    yield b"\0\x14" + "Login ü incorrect".encode().ljust(512, b"\0")


def options():
    yield b"name=work\ngateway=10.9.0.2\nmtu=1300\nrefuse-pap=yes\npassword=s3cret\n"
    yield b"name=w\ngateway=lns.example.com\nuser=u\nipsec-psk=x\n"
    yield b"name=w\ngateway=[2001:db8::1]\nport=1701\n"
    for text in (b"10.9.0.2", b"[::1]", b"lns.example", b"1400", b"yes", b"ppp0", b"auto", b"\x1b[1m",
                 b"d3b07384-d113-4ec6-a3b1-000000000000"):
        for first in range(0, 64, 7):
            yield bytes((first,)) + b"\n" + (text + b"\n") * 8


def profile():
    yield b"[connection]\ngateway=g\n"
    yield (b"# ours\n\n[connection]\nuuid=d3b07384-d113-4ec6-a3b1-000000000000\nname=office\n"
           b"gateway=vpn.example.org\nuser=ann\nmtu=1300\nrefuse-pap=yes\nlocal-port=auto\n"
           b"password-flags=0\n[secrets]\npassword=s3\\s\\\\cret\ntunnel-secret= t\n[permissions]\nuser=alice\n")
    yield b"[connection]\r\n gateway = [::1]\r\nipsec-psk-flags=2\n[secrets]\nipsec-psk=\\sx#;\n"
    yield b"[connection]\ngateway=g\nmtu=99\n"
    yield b"[secrets]\npassword=\\s\n[permissions]\nuser=1007\n[connection]\nroutes=10.0.0.0/8,fd00::/64\ngateway=10.9.0.2"


def imports():
    files = sorted(path for path in (VECTORS / "import").rglob("*")
                   if path.is_file() and path.suffix != ".expected")
    for path in files:
        for text in path.read_bytes().split(b"\n\n"):
            yield b"\3" + text
    nested = [b"\0" + path.read_bytes() for path in files if path.parent.name == "files"]
    for data in nested:
        yield b"\1[lac a]\nlns=a.example\npppoptfile=f\n" + data


def vici():
    def name(text):
        return bytes((len(text),)) + text

    def value(text):
        return struct.pack("!H", len(text)) + text

    pair = b"\3" + name(b"key1") + value(b"value1")
    items = b"\4" + name(b"list1") + b"\5" + value(b"item1") + b"\5" + value(b"") + b"\6"
    tree = pair + b"\1" + name(b"section1") + b"\1" + name(b"sub") + pair + b"\2" + items + b"\2"
    for kind in range(9):
        yield bytes((kind,)) + tree
    yield b"\7" + name(b"ike-updown") + b"\3" + name(b"up") + value(b"yes") + tree
    yield b"\1" + b"\1\1a" * 16 + b"\2" * 16
    yield b"\1" + b"\1\1a" * 17 + b"\2" * 17
    for cut in range(1, len(tree), 3):
        yield b"\1" + tree[:cut]


OUT.mkdir(parents=True, exist_ok=True)
for name, target in (("message", message), ("hide", hide), ("tunnel", tunnel), ("state", state),
                     ("link", link), ("options", options), ("profile", profile),
                     ("import", imports), ("vici", vici)):
    lines = [data.hex() for data in target() if data]
    (OUT / f"{name}.hex").write_text("\n".join(lines) + "\n", encoding="utf-8")
