#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""Which IDs of the reference have a test: ids.py SOURCE-DIR [--list | --prune].
Prints TAP; with --list each ID and its tests; --prune takes the excuses away that are not needed.

A test that shows a rule cites its ID (helpers and peers cite nothing); a range ("TUN-1 … TUN-33") cites nothing. The vectors cite too:
each FZ case by its id, and messages.json the messages and AVPs that it decodes and builds again.
What has no test stands in ids-without-test.txt, "ID reason", and only that."""

import json
import re
import sys
from pathlib import Path

TESTS = Path(sys.argv[1]) / "tests"
LINT = TESTS / "lint"
RANGE = re.compile(r"\b[A-Z]{2,4}-\w+ *(?:…|\.\.\.?|–) *(?:[A-Z]{2,4}-)?\w+")
CITED = re.compile(r"\b([A-Z]{2,4})-([0-9A-Z]+)((?:/[0-9]+)*)(?![0-9A-Za-z])")
IS_TEST = re.compile(r"(test|fuzz)[-_].*\.(c|py)$|sim[-_].*\.c$|.*\.json$")


def lines(name):
    for line in (LINT / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line


def cited_by(text):
    for family, first, others in CITED.findall(RANGE.sub("", text)):
        for number in [first, *others.split("/")[1:]]:
            yield f"{family}-{number}"


def cited_by_vectors():
    for vector in json.loads((TESTS / "vectors/messages.json").read_text(encoding="utf-8"))["vectors"]:
        avps = vector["decoded"]["avps"]
        for avp in avps:
            if avp["vendor"] == 0:
                yield f"AVP-{avp['type']}"
        if avps:
            yield f"MSG-{int(avps[0]['value'], 16)}"


def find_tests(ids):
    """Each ID and the files that cite it."""
    found = {i: set() for i in ids}
    for path in sorted(TESTS.rglob("*")):
        if not IS_TEST.match(path.name) or not path.is_file() or LINT in path.parents:
            continue
        for i in cited_by(path.read_text(encoding="utf-8", errors="replace")):
            if i in found:
                found[i].add(path.relative_to(TESTS).as_posix())
    for i in cited_by_vectors():
        if i in found:
            found[i].add("vectors/messages.json")
    return found


def main():
    ids = list(lines("ids.txt"))
    excuses = dict(line.split(None, 1) if " " in line else (line, "") for line in lines("ids-without-test.txt"))
    found = find_tests(ids)
    if "--list" in sys.argv:
        for i in ids:
            print(i, ", ".join(sorted(found[i])) or f"no test: {excuses.get(i, '?')}")
        return 0
    if "--prune" in sys.argv:
        table = LINT / "ids-without-test.txt"
        kept = [line for line in table.read_text(encoding="utf-8").splitlines()
                if line.startswith("#") or not found.get(line.split(None, 1)[0])]
        table.write_text("\n".join(kept) + "\n", encoding="utf-8")
        return 0

    complaints = [f"{i}: neither a test nor a reason" for i in ids if not found[i] and i not in excuses]
    complaints += [f"{i}: no reason given" for i in excuses if not excuses[i].strip()]
    complaints += [f"{i}: excused, and tested by {', '.join(sorted(found[i]))}" for i in excuses if found.get(i)]
    complaints += [f"{i}: excused, but no such ID" for i in excuses if i not in found]
    print("1..1")
    for complaint in complaints:
        print("#", complaint)
    print(f"# {len(ids)} IDs: {sum(bool(found[i]) for i in ids)} tested, {len(excuses)} excused")
    print("not ok" if complaints else "ok", "1 ids")
    return 1 if complaints else 0


sys.exit(main())
