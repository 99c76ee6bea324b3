# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""tap.py FILE [PYTEST-OPTION…]: runs pytest and prints TAP, one line a test."""

import sys

import pytest


def comment(text):
    for line in str(text).splitlines():
        print(f"# {line}", flush=True)


class Tap:
    def __init__(self):
        self.number = 0
        self.outcome = {}

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config):
        # Not "-p no:terminal", which would take options along that others read.
        config.pluginmanager.unregister(name="terminalreporter")

    def pytest_collection_finish(self, session):
        print(f"1..{len(session.items)}", flush=True)

    def pytest_collectreport(self, report):
        if report.failed:
            comment(report.longrepr)
            print(f"Bail out! {report.nodeid} cannot be collected", flush=True)

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.outcome[report.nodeid] = "not ok"
            comment(f"{report.when}: {report.longreprtext}")
            for title, text in report.sections:
                comment(f"---- {title} ----\n{text}")
        elif report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
            self.outcome.setdefault(report.nodeid, f"ok # SKIP {reason}")
        if report.when == "teardown":
            self._print(report.nodeid)

    def _print(self, nodeid):
        self.number += 1
        verdict, _, directive = self.outcome.get(nodeid, "ok").partition(" # ")
        name = nodeid.split("::", 1)[-1].replace("#", "")
        tail = f" # {directive}" if directive else ""
        print(f"{verdict} {self.number} - {name}{tail}", flush=True)


if __name__ == "__main__":
    sys.exit(pytest.main([*sys.argv[1:], "-p", "no:cacheprovider"], plugins=[Tap()]))
