# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""Fixtures: a fresh bed for each test, the usual LNS, the service. A failure shows every log."""

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

# Where the LNS that misbehaves is.
sys.path.append(str(Path(__file__).resolve().parent.parent / "bus"))

import peer as peer_module
import service as service_module
import strongswan
import xl2tpd
from bed import Bed

LINES_SHOWN = 150


@pytest.fixture
def bed(request):
    name = re.sub(r"[^\w.-]+", "-", f"{request.path.stem}/{request.node.name}".replace("/", "--"))
    out = Path(os.environ.get("BED_OUT", "/tmp/bed-out")) / name
    request.node.bed_out = out
    # What an earlier run left there would be taken for this one's.
    shutil.rmtree(out, ignore_errors=True)
    with Bed(out) as the_bed:
        yield the_bed


@pytest.fixture
def lns(bed):
    """xl2tpd with CHAP, user alice, password s3cret."""
    return xl2tpd.Lns(bed).start()


@pytest.fixture
def service(bed):
    return service_module.Service(bed)


@pytest.fixture
def ours(bed):
    """This machine's strongSwan."""
    return strongswan.Charon(bed, "lac", strongswan.USUAL_SOCKET).start()


@pytest.fixture
def lns_charon(bed):
    """The LNS's strongSwan, without a connection yet."""
    return strongswan.Charon(bed, "lns").start()


@pytest.fixture(scope="module")
def pki():
    return strongswan.Pki("/tmp/bed-pki")


@pytest.fixture(scope="module")
def shared(request):
    """One bed and one service for a module; see peer.py."""
    the_shared = peer_module.Shared(f"{request.path.stem}/shared")
    with the_shared.bed:
        yield the_shared


@pytest.fixture
def peer(request, shared):
    """The LNS that misbehaves, and its user."""
    request.node.bed_out = shared.bed.out
    yield from peer_module.run_with_peer(shared)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    out = getattr(item, "bed_out", None)
    if report.failed and out:
        for log in sorted(out.glob("*.log")):
            lines = log.read_text(errors="replace").splitlines()[-LINES_SHOWN:]
            report.sections.append((log.name, "\n".join(lines)))
