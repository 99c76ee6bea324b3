#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""Runs a command on a display of its own: display.py COMMAND…. Nothing of the user's session is
seen: no bus, no settings, no accessibility, no portal."""

import contextlib
import os
import subprocess
import sys

SESSION = {
    "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent",
    "GDK_BACKEND": "x11",
    "GSETTINGS_BACKEND": "memory",
    "GSK_RENDERER": "cairo",
    "GTK_A11Y": "none",
    "GTK_USE_PORTAL": "0",
    "LC_ALL": "C.UTF-8",
    "NO_AT_BRIDGE": "1",
}


@contextlib.contextmanager
def display():
    """A display, as the environment of its clients."""
    read_end, write_end = os.pipe()
    with subprocess.Popen(["Xvfb", "-displayfd", str(write_end), "-screen", "0", "1280x1200x24",
                           "-nolisten", "tcp", "-noreset"],
                          pass_fds=[write_end], stderr=subprocess.DEVNULL) as server:
        os.close(write_end)
        try:
            # Xvfb writes the number when it is ready, and ends the pipe when it is not.
            with os.fdopen(read_end) as numbers:
                number = numbers.readline().strip()
            assert number, "Xvfb does not start"
            yield {**os.environ, **SESSION, "DISPLAY": f":{number}"}
        finally:
            server.terminate()


if __name__ == "__main__":
    with display() as env:
        sys.exit(subprocess.run(sys.argv[1:], check=False, env=env).returncode)
