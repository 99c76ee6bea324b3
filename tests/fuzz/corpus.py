#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""Corpora as directories, for libFuzzer, and as text, for git and the replay.
corpus.py unpack DIR FILE.hex… | corpus.py pack DIR FILE.hex"""

import hashlib
import sys
from pathlib import Path

MAX_INPUTS, MAX_OCTETS = 400, 400  # what is kept in git: the smallest ones


def unpack(directory, files):
    directory.mkdir(parents=True, exist_ok=True)
    for file in files:
        for line in Path(file).read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                data = bytes.fromhex(line)
                (directory / hashlib.sha1(data).hexdigest()).write_bytes(data)


def pack(directory, file):
    head = [line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    inputs = {path.read_bytes() for path in directory.iterdir()}
    kept = sorted((data for data in inputs if 0 < len(data) <= MAX_OCTETS), key=lambda d: (len(d), d))
    lines = head + [data.hex() for data in kept[:MAX_INPUTS]]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


if sys.argv[1] == "unpack":
    unpack(Path(sys.argv[2]), sys.argv[3:])
else:
    pack(Path(sys.argv[2]), Path(sys.argv[3]))
