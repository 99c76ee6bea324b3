#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The l2tp-client authors

"""nmcli with our plugin, as a user types it.

Environment: NM_L2TP_PLUGIN, the module; NM_L2TP_NAME, the .name file that will be installed."""

import configparser
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import tap

HERE = Path(__file__).resolve().parent
PLUGIN = os.environ["NM_L2TP_PLUGIN"]
NAME_FILE = os.environ["NM_L2TP_NAME"]
TIMEOUT = 30
BUS_CONF = HERE.parent / "bus/bus.conf"


@contextlib.contextmanager
def directory():
    """A directory with a .name file that names the plugin of the build tree."""
    with tempfile.TemporaryDirectory() as path:
        text = Path(NAME_FILE).read_text(encoding="utf-8")
        text = text.replace("plugin=libnm-vpn-plugin-l2tp.so", f"plugin={PLUGIN}")
        assert PLUGIN in text
        Path(path, "nm-l2tp-service.name").write_text(text, encoding="utf-8")
        yield Path(path)


@contextlib.contextmanager
def process(*command, env):
    """A process that prints a line when it is ready: the line."""
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True) as child:
        try:
            yield child.stdout.readline().strip()
        finally:
            child.terminate()


def nmcli(env, *args):
    done = subprocess.run(["nmcli", *args], env=env, capture_output=True, text=True,
                          timeout=TIMEOUT, check=False)
    assert done.returncode == 0, done
    return done.stdout


def environment(path, address="unix:path=/nonexistent"):
    return {**os.environ, "NM_VPN_PLUGIN_DIR": str(path), "LC_ALL": "C.UTF-8",
            "DBUS_SYSTEM_BUS_ADDRESS": address}


@contextlib.contextmanager
def network_manager():
    """The environment in which nmcli finds a NetworkManager, and a directory."""
    with directory() as path:
        with process("dbus-daemon", f"--config-file={BUS_CONF}", "--nofork", "--print-address",
                     env=dict(os.environ)) as address:
            env = environment(path, address)
            with process(sys.executable, HERE / "stand_in_nm.py", env=env) as line:
                assert line == "READY", line
                yield env, path


def data_of(env, name):
    text = nmcli(env, "-s", "-g", "vpn.data", "connection", "show", name).strip()
    return dict(pair.split(" = ", 1) for pair in text.replace("\\:", ":").split(", "))


def test_offline():
    """nmcli --offline makes a profile of type l2tp, and knows the service behind the name"""
    with directory() as path:
        text = nmcli(environment(path), "--offline", "connection", "add", "type", "vpn",
                     "vpn-type", "l2tp", "ifname", "*", "con-name", "Office",
                     "vpn.data", "gateway=vpn.example.org, user=alice, ipsec-enabled=yes")
    assert "service-type=org.freedesktop.NetworkManager.l2tp" in text, text
    assert "gateway=vpn.example.org" in text and "ipsec-enabled=yes" in text, text


def test_import():
    """nmcli imports a file of NetworkManager-l2tp"""
    with network_manager() as (env, _path):
        out = nmcli(env, "connection", "import", "type", "l2tp", "file",
                    str(HERE / "files/nm-l2tp-1.20.conf"))
        assert "Old office" in out and "successfully added" in out, out
        data = data_of(env, "Old office")
        assert data["gateway"] == "vpn.example.org" and data["ipsec-enabled"] == "yes", data
        assert data["refuse-pap"] == "yes" and data["mtu"] == "1300", data
        routes = nmcli(env, "-g", "ipv4.routes", "connection", "show", "Old office")
        assert "10.0.0.0/8 10.1.1.1 5" in routes, routes


def test_export():
    """nmcli exports, and imports what it exported, without the secrets"""
    with network_manager() as (env, path):
        nmcli(env, "connection", "add", "type", "vpn", "vpn-type", "l2tp", "ifname", "*",
              "con-name", "Office", "vpn.data", "gateway=vpn.example.org, x-colour=blue, "
              "noaccomp=yes, password-flags=0", "vpn.secrets", "password=wonderland")
        file = path / "office.conf"
        nmcli(env, "connection", "export", "Office", str(file))
        text = file.read_text(encoding="utf-8")
        assert text.startswith("#org.freedesktop.NetworkManager.l2tp\n"), text
        assert "wonderland" not in text and "noaccomp=true" in text, text
        again = path / "Again.conf"
        shutil.copy(file, again)
        again.write_text(text.replace("id=Office", "id=Again"), encoding="utf-8")
        nmcli(env, "connection", "import", "type", "l2tp", "file", str(again))
        assert data_of(env, "Again") == data_of(env, "Office")


def test_import_refused():
    """nmcli says what is wrong with a file"""
    with network_manager() as (env, _path):
        done = subprocess.run(["nmcli", "connection", "import", "type", "l2tp", "file",
                               str(HERE / "files/bad-boolean.conf")], env=env, text=True,
                              capture_output=True, timeout=TIMEOUT, check=False)
        assert done.returncode != 0 and "[vpn] refuse-pap: must be true or false" in done.stderr, done


def test_name_file():
    """the .name file says what NetworkManager has to know"""
    names = configparser.ConfigParser()
    names.read(NAME_FILE)
    vpn = names["VPN Connection"]
    assert vpn["service"] == "org.freedesktop.NetworkManager.l2tp", dict(vpn)
    assert vpn["program"].startswith("/") and vpn["name"] == "l2tp", dict(vpn)
    assert vpn["supports-multiple-connections"] == "true", dict(vpn)
    assert vpn["supports-safe-private-file-access"] == "true", dict(vpn)
    assert names["GNOME"]["supports-external-ui-mode"] == "true", dict(names["GNOME"])
    assert names["GNOME"]["supports-hints"] == "true", dict(names["GNOME"])


if __name__ == "__main__":
    sys.exit(tap.run(globals()))
