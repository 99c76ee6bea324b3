# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""Runs a module's functions that are called test_…, and says so in TAP."""

import traceback


def run(names):
    tests = [test for name, test in names.items() if name.startswith("test_")]
    failed = False
    print(f"1..{len(tests)}", flush=True)
    for number, test in enumerate(tests, 1):
        try:
            test()
            verdict = "ok"
        except Exception:  # pylint: disable=broad-except
            print("".join("# " + line for line in traceback.format_exc().splitlines(True)))
            verdict, failed = "not ok", True
        print(f"{verdict} {number} {test.__doc__}", flush=True)
    return 1 if failed else 0
