# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""What a kernel lacks. Always in User-Mode Linux: modules of this machine are not ours to unload,
and the kernel's own modprobe would not see the bed's files."""

from pathlib import Path

from bed import run
from service import cli
from test_connect import add
from test_failures import CONNECT_FAILED, assert_failed


def test_kernel_without_l2tp(bed, lns, service):
    """The remedy names the file that switches the module off."""
    rule = Path("/etc/modprobe.d/l2tp_ppp-blacklist.conf")
    lns.stop()
    run("modprobe", "-r", "l2tp_ppp")
    rule.write_text("install l2tp_ppp /bin/false\n")
    try:
        add(bed)
        assert_failed(bed, service, cli(bed, "up", "work"), CONNECT_FAILED,
                      "tunnel", "cannot carry PPP over L2TP", str(rule), "MissingKernelSupport")
    finally:
        rule.unlink()
        run("modprobe", "l2tp_ppp")
