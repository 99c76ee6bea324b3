#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""summary.py TESTLOG.JSON…: shows meson's progress from standard input, then each failure with what
the test printed about it, then "N passed, N failed, N skipped" over all subtests. From the second
log on, the names of tests say which build directory it is."""

import json
import re
import sys
from pathlib import Path

# Tests that may be skipped, as "test: subtest". A test that cannot run where it must has failed.
MAY_SKIP = set()

PROGRESS = re.compile(r"^\s*\d+/\d+ ")
RESULT = re.compile(r"^(not )?ok\b\s*\d*\s*(?:- )?([^#]*)(?:#\s*(\w+)\s*(.*))?$")
PLAN = re.compile(r"^1\.\.(\d+)")
LINES_SHOWN = 400


class Summary:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.unexpected = []

    def fail(self, name, text):
        self.failed += 1
        lines = text.rstrip().splitlines()
        print(f"\n---- FAILED {name}")
        if len(lines) > LINES_SHOWN:
            print(f"… {len(lines) - LINES_SHOWN} lines more above")
        print("\n".join(lines[-LINES_SHOWN:]))

    def skip(self, name, reason):
        self.skipped += 1
        if name not in MAY_SKIP:
            self.unexpected.append(f"{name} ({reason or 'no reason given'})")

    def add_log(self, path, label):
        """Returns whether there was anything in it."""
        lines = path.read_text().splitlines() if path.exists() else []
        for line in lines:
            self.add_test(json.loads(line), label)
        return bool(lines)

    def add_test(self, entry, label):
        """One meson test: its subtests, and one failure more if it did not do what it planned."""
        name, bad_before = label + entry["name"], self.failed
        plan, seen, said = None, 0, []
        for line in (entry.get("stdout") or "").splitlines():
            planned, result = PLAN.match(line), RESULT.match(line)
            if planned:
                plan = int(planned[1])
            elif result:
                seen += 1
                self.add_subtest(name, result, said)
                said = []
            else:
                said.append(line.removeprefix("# "))
        trouble = self.trouble(entry, plan, seen, self.failed > bad_before)
        if trouble:
            said.append(entry.get("stderr") or "")
            self.fail(f"{name}: {trouble}", "\n".join(said))

    def add_subtest(self, test, result, said):
        bad, name, directive, reason = result.groups()
        name = f"{test}: {name.strip()}"
        directive = (directive or "").upper()
        if directive.startswith("SKIP"):
            self.skip(name, reason)
        elif bad and directive != "TODO":
            self.fail(name, "\n".join(said))
        else:
            self.passed += 1

    def trouble(self, entry, plan, seen, has_failures):
        """What is wrong with the test as a whole, or None."""
        if entry["result"] == "TIMEOUT":
            return "timeout"
        if plan is None and seen == 0 and entry["result"] == "OK":
            self.passed += 1  # not TAP: its exit status is its result
            return None
        if plan is None:
            return f"no plan, {entry['result']}, status {entry['returncode']}"
        if plan == 0 and entry["returncode"] != 0:
            return f"nothing could run, status {entry['returncode']}"
        if seen != plan:
            return f"{seen} of {plan} subtests ran, status {entry['returncode']}"
        if entry["returncode"] != 0 and not has_failures:
            return f"every subtest ran, and the status is {entry['returncode']}"
        return None


def main():
    said = []
    for line in sys.stdin:
        said.append(line)
        if PROGRESS.match(line):
            print(line, end="", flush=True)
    summary = Summary()
    for number, path in enumerate(map(Path, sys.argv[1:])):
        label = f"{path.parents[1].name}: " if number else ""
        if not summary.add_log(path, label):
            summary.fail(f"{label}meson test", "".join(said))
    for name in summary.unexpected:
        print(f"---- SKIPPED {name}")
    print(f"{summary.passed} passed, {summary.failed} failed, {summary.skipped} skipped")
    return 1 if summary.failed or summary.unexpected else 0


if __name__ == "__main__":
    sys.exit(main())
